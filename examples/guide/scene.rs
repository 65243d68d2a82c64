//! The image of the guide: a frame, a wedge, and disks of two sizes.

use ndarray::Array2;

const HEIGHT: usize = 200;
const WIDTH: usize = 260;

/// Centres and radii of disks.
const DISKS: [(f32, f32, f32); 7] = [
    (40.0, 40.0, 5.0),
    (150.0, 60.0, 14.0),
    (60.0, 110.0, 14.0),
    (160.0, 130.0, 5.0),
    (30.0, 180.0, 5.0),
    (110.0, 215.0, 14.0),
    (170.0, 190.0, 5.0),
];

pub(crate) struct Scene {
    clean: Array2<f32>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let clean = Array2::from_shape_fn((HEIGHT, WIDTH), |(y, x)| {
            let (y, x) = (y as f32, x as f32);
            let disk = DISKS.iter().any(|&(top, left, radius)| (y - top).hypot(x - left) <= radius);
            let frame = (95.0..105.0).contains(&x) && (90.0..180.0).contains(&y);
            let wedge = x > 170.0 && (y - 80.0).abs() < (x - 170.0) / 6.0;
            0.3 + if disk || frame {
                0.6
            } else if wedge {
                0.4
            } else {
                0.0
            }
        });
        Self { clean }
    }

    /// The image with noise of a third of its contrast.
    pub(crate) fn noisy(&self) -> Array2<f32> {
        let mut random = fastrand::Rng::with_seed(5);
        self.clean.mapv(|x| x + 0.2 * normal(&mut random))
    }

    /// The image with a vignette, darker toward the corners.
    pub(crate) fn vignetted(&self) -> Array2<f32> {
        let mut random = fastrand::Rng::with_seed(6);
        let (middle_y, middle_x) = (HEIGHT as f32 / 2.0, WIDTH as f32 / 2.0);
        let mut image = self.clean.clone();
        for ((y, x), pixel) in image.indexed_iter_mut() {
            let (y, x) = ((y as f32 - middle_y) / middle_y, (x as f32 - middle_x) / middle_x);
            *pixel = *pixel * (1.0 - 0.4 * (y * y + x * x)) + 0.01 * normal(&mut random);
        }
        image
    }
}

/// An image in which two rows, a column, a patch and one pixel in two hundred are NaN.
pub(crate) fn dead(image: &Array2<f32>) -> Array2<f32> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut dead = image.clone();
    for ((y, x), pixel) in dead.indexed_iter_mut() {
        let patch = (120..128).contains(&y) && (30..38).contains(&x);
        let line = y == 55 || y == 56 || x == 205;
        if patch || line || random.f32() < 0.005 {
            *pixel = f32::NAN;
        }
    }
    dead
}

/// The sum of twelve uniform numbers is nearly normal, with variance 1.
fn normal(random: &mut fastrand::Rng) -> f32 {
    (0..12).map(|_| random.f32()).sum::<f32>() - 6.0
}
