//! Fast Gaussian filters for stacks of images on CPUs, with the numbers of [`scipy.ndimage`].
//!
//! ```
//! use gausstack::Gaussian;
//! use ndarray::Array3;
//!
//! // A tomography stack: 4 slices along the middle axis, each 30 x 50 pixels.
//! let data = Array3::<f32>::from_shape_fn((30, 4, 50), |(y, i, x)| ((x ^ y) * (i + 1)) as f32);
//! let smoothed = Gaussian::new([3.0, 5.0]).axes([0, 2]).apply(&data)?;
//! assert_eq!(smoothed.shape(), &[30, 4, 50]);
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! * [`Gaussian`] is the request: sigma, order, mode, axes, threads. Its verbs are
//!   [`apply`](Gaussian::apply), [`apply_into`](Gaussian::apply_into) and
//!   [`apply_in_place`](Gaussian::apply_in_place).
//! * Pixels are f32, f64, integers of 8 to 64 bits or bool ([`Element`]); [`Rounding`] says how sums become integers.
//! * [`Separable`] takes weights of the caller's own, [`GradientMagnitude`] and [`Laplace`] combine derivatives, [`Combination`] any
//!   weighted sums; all have the same verbs.
//! * [`Gaussian::missing`] and [`Gaussian::apply_masked`] leave out pixels that are NaN, or that a mask says are not there.
//! * [`Plan`] is the request decided for one shape: built once, run many times.
//! * [`gaussian_filter`], [`gaussian_filter1d`], [`correlate1d`], [`convolve1d`], [`gaussian_gradient_magnitude`] and
//!   [`gaussian_laplace`] are the one-line forms.
//!
//! Instructions are chosen when the program runs ([`Level`]): a plain `cargo add` build uses AVX-512
//! or AVX2 where the CPU has them.
//!
//! # Features
//! * `rayon` (default): slices and panels are spread over threads. Without it everything runs on the
//!   calling thread.
//!
//! [`scipy.ndimage`]: https://docs.scipy.org/doc/scipy/reference/ndimage.html
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod array;
mod error;
mod number;
mod panel;
mod plan;
mod request;
mod run;

pub use api::*;
pub use array::{AnyArray, AnyView, AnyViewMut};
pub use error::Error;
pub use gausstack_kernels::{Combine, Element, ElementType, Level, LevelError, Parity, Rounding};
pub use request::*;
pub use run::Scratch;

/// The README's code, run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// And the guide's.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
struct Guide;
