//! Gaussian filters for stacks of images on CPUs, with the parameters, borders and numbers of
//! [`scipy.ndimage`].
//!
//! A *stack* is an array in which some axes are filtered and the others are loops. A tomography
//! scan of shape (3000, 16, 5000), for example, holds sixteen images of 3000 x 5000 pixels along
//! its middle axis. One call smooths all of them, without moving an axis:
//!
//! ```
//! use gausstack::Gaussian;
//! use ndarray::Array3;
//!
//! let stack = Array3::<f32>::from_shape_fn((30, 4, 50), |(y, i, x)| ((x ^ y) * (i + 1)) as f32);
//! let smoothed = Gaussian::new([3.0, 5.0]).axes([0, 2]).apply(&stack)?;
//! assert_eq!(smoothed.shape(), [30, 4, 50]);
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! The same call filters single images, lines and volumes; arrays in C order, Fortran order,
//! sliced, reversed and broadcast views; f32, f64, integers of 8 to 64 bits and bool.
//!
//! # Why use this crate?
//!
//! * **Speed.** Both axes of an image are filtered in one sweep over memory, with AVX-512, AVX2 or
//!   portable vectors, on all cores.
//! * **scipy's numbers.** Parameters, borders and weights are scipy's. f32 results keep a stated
//!   error bound, or have scipy's bits on request ([`Precision::Double`], [`Rounding::Scipy`]).
//! * **The same bits every time**, for any number of threads, any memory layout, in place or not.
//! * **Little memory.** Besides input and output, smoothing an image takes a small scratch per
//!   thread. [`Plan::memory_bytes`] reports the memory of any run beforehand.
//!
//! # What is in it
//!
//! | you need | item |
//! |---|---|
//! | a Gaussian, or a derivative of one | [`Gaussian`] |
//! | edges, whatever their direction; spots | [`GradientMagnitude`], [`Laplace`] |
//! | weights of your own; several such filters combined | [`Separable`]; [`Combination`] of [`Term`]s |
//! | a filter decided once for a shape and run many times | [`Plan`], with [`Scratch`] for single slices |
//! | element types known at run time; slices and foreign memory | [`AnyPlan`], [`ElementType`]; [`AnyView`], [`AnyViewMut`], [`AnyArray`] |
//! | borders | [`Mode`] |
//! | f32 or f64 sums; rounding of integers | [`Precision`], [`Rounding`] |
//! | dead pixels, gaps and masks | [`Missing`] |
//! | exact derivatives of polynomials | [`Derivatives`] |
//! | threads; progress and cancellation | [`Threads`]; [`Progress`] |
//! | parameters passed through by a program | [`Options`] |
//! | one-line forms with scipy's names | [`gaussian_filter`], [`gaussian_filter1d`], [`correlate1d`], [`convolve1d`], [`gaussian_gradient_magnitude`], [`gaussian_laplace`] |
//!
//! All filters have the same verbs: [`apply`](Gaussian::apply) makes a new array,
//! [`apply_into`](Gaussian::apply_into) writes into yours,
//! [`apply_in_place`](Gaussian::apply_in_place) overwrites the input, and [`plan`](Gaussian::plan)
//! decides everything before the first pixel. Filtering into a large new array takes a fifth to a
//! third more time than into an existing one (measured on Zen 4), because the system zeroes its
//! pages: to filter many arrays of one shape, keep an output and write into it. Every parameter is
//! checked before a pixel is written, and an [`Error`] names the value and the axis.
//!
//! # Recipes
//!
//! **In place, on views.** Input and output may have any strides:
//!
//! ```
//! use gausstack::Gaussian;
//! use ndarray::{Array2, s};
//!
//! let mut image = Array2::<f32>::from_shape_fn((64, 96), |(y, x)| ((x * y) % 17) as f32);
//! Gaussian::new(2.0).apply_in_place(&mut image.slice_mut(s![.., 10..80]))?;
//!
//! // Every second row, backwards, into an array of that size.
//! let mut out = Array2::<f32>::zeros((32, 96));
//! Gaussian::new(2.0).apply_into(&image.slice(s![..;-2, ..]), &mut out)?;
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **One plan, many runs.** A [`Plan`] holds weights, tiles and scratch, and can be shared between
//! threads:
//!
//! ```
//! use gausstack::{Gaussian, Mode};
//! use ndarray::Array2;
//!
//! let plan = Gaussian::new(2.0).mode([Mode::Nearest, Mode::Wrap]).plan::<f32, f32>([64, 96])?;
//! println!("{plan}"); // passes, tile, instruction level, tuning, workers and memory
//! let mut out = Array2::<f32>::zeros((64, 96));
//! for frame in 0..3 {
//!     let image = Array2::<f32>::from_elem((64, 96), frame as f32);
//!     plan.apply_into(&image, &mut out)?;
//! }
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **Integers** are read and written directly. Each pixel is rounded once, to nearest;
//! [`Rounding::Scipy`] truncates after each axis, as scipy does. The output may have another type
//! than the input:
//!
//! ```
//! use gausstack::{Gaussian, Rounding};
//! use ndarray::Array2;
//!
//! let camera = Array2::<u16>::from_shape_fn((64, 96), |(y, x)| (40 * (x ^ y)) as u16);
//! let smooth: Array2<u16> = Gaussian::new(2.0).apply(&camera)?;
//! let as_scipy = Gaussian::new(2.0).rounding(Rounding::Scipy).apply(&camera)?;
//! let mut floats = Array2::<f32>::zeros(camera.raw_dim());
//! Gaussian::new(2.0).apply_into(&camera, &mut floats)?;
//! # assert!(smooth.iter().zip(&as_scipy).all(|(a, b)| a.abs_diff(*b) <= 2));
//! # assert!(smooth.iter().zip(&floats).all(|(&a, b)| (f32::from(a) - b).abs() <= 0.51));
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **NaN and masks.** Missing pixels can be left out; each result is then the weighted mean of the
//! valid pixels within the kernel. With [`Missing::Keep`] gaps stay gaps:
//!
//! ```
//! use gausstack::{Gaussian, Missing};
//! use ndarray::Array2;
//!
//! let mut image = Array2::<f32>::from_shape_fn((64, 96), |(y, x)| (x + y) as f32);
//! image.row_mut(20).fill(f32::NAN);
//! let smooth = Gaussian::new(2.0).missing(Missing::Ignore).apply(&image)?;
//! let valid = Array2::from_shape_fn((64, 96), |(y, _)| y != 20);
//! let masked = Gaussian::new(2.0).apply_masked(&image, &valid)?;
//! # assert!(smooth.iter().chain(&masked).all(|x| x.is_finite()));
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **Edges, spots, and weights of your own:**
//!
//! ```
//! use gausstack::{GradientMagnitude, Laplace, Separable};
//! use ndarray::Array2;
//!
//! let image = Array2::<f32>::from_shape_fn((64, 96), |(y, x)| ((x * y) % 17) as f32);
//! let edges = GradientMagnitude::new(1.5).apply(&image)?;
//! let spots = Laplace::new(3.0).apply(&image)?;
//! // The difference to the next pixel along x, after a mean of three along y.
//! let forward = Separable::new([vec![1.0 / 3.0; 3], vec![-1.0, 1.0]]).origin([0, -1]);
//! let forward = forward.apply(&image)?;
//! # assert!(edges.iter().chain(&spots).chain(&forward).all(|x| x.is_finite()));
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **Element types known at run time**, and arrays that are not ndarray's: a slice with a shape and
//! strides is an [`AnyView`], and an [`AnyPlan`] filters it. A program that reads the type from a
//! file is compiled once, not once per type.
//!
//! ```
//! use gausstack::{AnyView, AnyViewMut, ElementType, Gaussian};
//!
//! let (shape, strides) = ([40, 50], [50, 1]);
//! let (pixels, mut smooth) = (vec![1000_u16; 2000], vec![0.0_f32; 2000]);
//! let plan = Gaussian::new(2.0).plan_any(shape, ElementType::U16, ElementType::F32)?;
//! let from = AnyView::from_slice(&pixels, &shape, &strides)?;
//! plan.apply_into(from, AnyViewMut::from_slice(&mut smooth, &shape, &strides)?)?;
//! # assert!(smooth.iter().all(|&pixel| (pixel - 1000.0).abs() < 0.01));
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! **Threads, progress and cancellation.** Slices, and panels of a slice when slices are few, are
//! spread over threads. [`Threads`] selects rayon's global pool (the default), a number of threads,
//! or your pool. A call from inside a rayon task stays on that task's thread, unless you gave it
//! another pool. An observer sees progress and can stop the run:
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use gausstack::{Error, Gaussian};
//! use ndarray::Array3;
//!
//! let stack = Array3::<f32>::zeros((60, 8, 90));
//! let filter = Gaussian::new(2.0).axes([0, 2]).observer(|progress| {
//!     if progress.slices_done < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
//! });
//! # #[cfg(feature = "rayon")]
//! let filter = filter.threads(2);
//! match filter.apply(&stack) {
//!     Err(Error::Stopped { done, total }) => println!("stopped after {done} of {total} slices"),
//!     other => drop(other?),
//! }
//! # Ok::<(), gausstack::Error>(())
//! ```
//!
//! # Instruction levels
//!
//! A plain `cargo build` gives a program that uses the best level of the CPU it runs on. The level
//! is chosen once per plan.
//!
//! | level | needs | f32, f64 per vector | multiply-add |
//! |---|---|---|---|
//! | `avx512` | AVX-512F | 16, 8 | fused |
//! | `avx2` | AVX2 and FMA | 8, 4 | fused |
//! | `portable` | nothing | 4, 2 | as the build's target: two roundings on plain x86-64 |
//!
//! `portable` is built on the crate [`wide`](https://docs.rs/wide), which selects its instructions
//! when it is compiled: SSE2 on plain x86-64, NEON on AArch64, simd128 on WebAssembly where the
//! build enables it.
//!
//! `GAUSSTACK_LEVEL=portable|avx2|avx512` in the environment forces a level, and so does
//! [`level`](Gaussian::level). An unknown name, or a level that the CPU lacks, is an [`Error`].
//!
//! **Tuning.** Some constants depend on the core, not on the level: up to which radius rows are
//! summed without transposes, how much is filtered at a time, how large an output must be to be
//! stored past the caches. [`Tuning`] names the cores on which they were measured, `zen5` and
//! `golden-cove`; `generic` is for all others. The CPU's identification chooses one, unless
//! `GAUSSTACK_TUNING` in the environment or [`tuning`](Gaussian::tuning) names another. An unknown
//! name is an [`Error`]. No choice changes a bit of any result.
//!
//! # Bits
//!
//! 1. Every pixel is summed in one order, which depends on the radius alone, at borders and tails
//!    too.
//! 2. Within a level the result has the same bits for any tuning, number of threads, tile shape,
//!    memory layout and alignment, in place or not, and for a slice alone or in its stack.
//! 3. `avx2` and `avx512` agree bit for bit. `portable` agrees with them only on targets with fused
//!    multiply-add.
//! 4. f32 is summed in f32 ([`Precision::Native`]): two chains of fused multiply-adds, outermost
//!    pair first.
//! 5. The error of f32 sums is at most 2e-7 max|x| sum|w| per filtered axis up to sigma 60. For
//!    nearly constant data filtered along one axis only, the bound holds up to sigma 10.
//! 6. f64, and f32 with [`Precision::Double`], is summed in scipy's order without fusing: scipy's
//!    bits on scipy's weights, at every level.
//! 7. Integers are rounded once, halves to even, and smoothed within one level of the exact result.
//!    With [`Rounding::Scipy`] every pixel equals scipy's.
//! 8. Weights are computed in f64 by scipy's formula, or are the caller's: any numbers, with or
//!    without symmetry.
//! 9. NaN and infinities reach exactly the pixels that have a weight for them, never a whole line
//!    or tile.
//! 10. Borders follow scipy's eight mode names at any distance: a radius may exceed the axis.
//! 11. With f32 sums, data above 1.7e38 overflow where scipy's f64 sums do not.
//!
//! `docs/numerics.md` in the package is the whole contract, with every difference from scipy. No
//! release moves a bit without saying so in the changelog.
//!
//! # Features
//!
//! * `rayon` (default): slices and panels are spread over threads. Without it everything runs on
//!   the calling thread.
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

pub use api::{
    AnyPlan, Plan, convolve1d, correlate1d, gaussian_filter, gaussian_filter1d,
    gaussian_gradient_magnitude, gaussian_laplace,
};
pub use array::{AnyArray, AnyView, AnyViewMut};
pub use error::Error;
pub use gausstack_kernels::{Combine, Element, ElementType, Level, LevelError, Parity, Rounding};
pub use request::{
    AxisNumber, Combination, Derivatives, Gaussian, GradientMagnitude, IntoAxes, IntoPerAxis,
    Laplace, Missing, Mode, Options, Pass, PerAxis, Precision, Progress, Reach, Separable,
    StorePolicy, Term, Threads, TileShape, Tuning, Weights,
};
pub use run::Scratch;

/// The README's code, run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide's code, run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide.md")]
struct Guide;
