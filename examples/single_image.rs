//! One image: less noise, and the outline of a disc from first derivatives.
//!
//! `cargo run --release --example single_image`

use gausstack::{Error, Gaussian, Mode};
use ndarray::{Array2, ArrayView2};

const SIZE: usize = 512;
const RADIUS: f64 = 180.0;

fn main() -> Result<(), Error> {
    // A disc of brightness 1 on a background of 0, with noise of standard deviation 0.5.
    let mut random = fastrand::Rng::with_seed(1);
    let centre = SIZE as f64 / 2.0;
    let image = Array2::<f32>::from_shape_fn((SIZE, SIZE), |(y, x)| {
        let disc = f32::from((y as f64 - centre).hypot(x as f64 - centre) < RADIUS);
        disc + 0.5 * 3_f32.sqrt() * (2.0 * random.f32() - 1.0)
    });

    // White noise shrinks by 1 / (2 sqrt(pi) sigma) in two dimensions.
    println!("noise on the disc, standard deviation");
    println!("  sigma 0.0: {:.4}", deviation(&image.view()));
    for sigma in [1.0, 2.0, 4.0] {
        let smoothed = Gaussian::new(sigma).mode(Mode::Nearest).apply(&image)?;
        let expected = 0.5 / (2.0 * std::f64::consts::PI.sqrt() * sigma);
        println!("  sigma {sigma:.1}: {:.4}, in theory {expected:.4}", deviation(&smoothed.view()));
    }

    // Slopes along each axis; the gradient is steepest at the rim.
    let down = Gaussian::new(3.0).order([1, 0]).apply(&image)?;
    let right = Gaussian::new(3.0).order([0, 1]).apply(&image)?;
    let slope = |x: usize| down[[SIZE / 2, x]].hypot(right[[SIZE / 2, x]]);
    let steepest = |range: std::ops::Range<usize>| {
        range.max_by(|&a, &b| slope(a).total_cmp(&slope(b))).unwrap_or_default()
    };
    let (left, right) = (steepest(0..SIZE / 2), steepest(SIZE / 2..SIZE));
    println!("rim of the disc on the middle row: columns {left} and {right}");
    println!("  in theory {} and {}", centre - RADIUS, centre + RADIUS);
    Ok(())
}

/// Standard deviation in a square that lies within the disc.
fn deviation(image: &ArrayView2<'_, f32>) -> f64 {
    let middle = image.slice(ndarray::s![160..352, 160..352]).mapv(f64::from);
    middle.std(0.0)
}
