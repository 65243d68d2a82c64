//! Smooths a stack with the library as a package index would deliver it.

use gausstack::{Gaussian, Mode, gaussian_filter};
use ndarray::{Array3, Axis, s};

fn main() -> Result<(), gausstack::Error> {
    let data = Array3::<f32>::from_shape_fn((60, 5, 80), |(y, i, x)| (i * (x ^ y)) as f32);
    let stack = Gaussian::new([3.0, 5.0]).axes([0, 2]).mode(Mode::Mirror);
    let smoothed = stack.apply(&data)?;
    let flipped = stack.apply(&data.slice(s![..;-1, .., ..]))?;
    assert_eq!(flipped.slice(s![..;-1, .., ..]), smoothed);
    let image = gaussian_filter(&data.index_axis(Axis(1), 3), [3.0, 5.0])?;
    assert_eq!(image.shape(), [60, 80]);
    println!("{:.4} {:.4}", smoothed[[30, 3, 40]], image[[30, 40]]);
    Ok(())
}
