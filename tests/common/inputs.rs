//! Random images: constants and ramps hide errors of borders and of summation.

use fastrand::Rng;
use ndarray::{ArrayD, IxDyn};

use super::pixel::Pixel;

/// What the pixels are drawn from; of integers in units of their greatest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distribution {
    /// U[0, 1].
    Unit,
    /// U[0.9, 1]: every partial sum is near its magnitude, the worst case for rounding.
    High,
    /// N(0, 1): sums cancel.
    Normal,
}

impl Distribution {
    /// All three.
    pub(crate) const ALL: [Self; 3] = [Self::Unit, Self::High, Self::Normal];

    fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Self::Unit => rng.f64(),
            Self::High => 0.9 + 0.1 * rng.f64(),
            Self::Normal => {
                let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
                radius * (std::f64::consts::TAU * rng.f64()).cos()
            }
        }
    }
}

/// An array of independent samples.
pub(crate) fn random<T: Pixel>(
    distribution: Distribution,
    shape: &[usize],
    seed: u64,
) -> ArrayD<T> {
    let mut rng = Rng::with_seed(seed);
    let numbers = ArrayD::from_shape_simple_fn(IxDyn(shape), || distribution.draw(&mut rng));
    each(&numbers, &T::drawn)
}

/// The same values as f64.
pub(crate) fn widen<T: Pixel>(data: &ArrayD<T>) -> ArrayD<f64> {
    each(data, &Pixel::wide)
}

/// An array of what becomes of each element. (`mapv` is much more code, and compiled for each
/// function; this is compiled for each pair of types.)
pub(crate) fn each<A: Copy, B>(data: &ArrayD<A>, change: &dyn Fn(A) -> B) -> ArrayD<B> {
    let values = data.iter().map(|&element| change(element)).collect();
    ArrayD::from_shape_vec(data.raw_dim(), values).expect("as many elements")
}

/// max |x|.
pub(crate) fn magnitude<T: Pixel>(data: &ArrayD<T>) -> f64 {
    data.iter().fold(0.0, |max, x| x.wide().abs().max(max))
}
