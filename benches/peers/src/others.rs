//! The Rust peers, each called as its documentation says. They smooth with reflected borders: f32,
//! libblur u8 and u16 too.

use std::borrow::Cow;
use std::fmt::Debug;
use std::num::NonZeroUsize;

use gausstack::{Mode, Weights};
use imageproc::filter::{horizontal_filter, vertical_filter};
use imageproc::image::{ImageBuffer, Luma};
use libblur::{
    BlurError, BlurImage, BlurImageMut, BufferStore, ConvolutionMode, EdgeMode, FastBlurChannels,
    GaussianBlurParams, IeeeBinaryConvolutionMode, ThreadingPolicy, gaussian_blur,
    gaussian_blur_f32, gaussian_blur_u16,
};
use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis};
use ndarray_ndimage::{BorderMode, gaussian_filter1d};

use crate::job::{Failure, Filter, Job, Source, Target};

/// Where a kernel ends, in sigmas: scipy's default.
const TRUNCATE: usize = 4;

/// Filters with libblur's exact FIR, straight from source to target.
pub(crate) fn libblur(job: Job<'_>) -> Result<(), Failure> {
    let (source, target, filter) = smoothing(job)?;
    blur(&filter, &source, target, |source, target, params, threads| {
        let mode = IeeeBinaryConvolutionMode::Normal;
        gaussian_blur_f32(source, target, params, EdgeMode::Reflect.as_2d(), threads, mode)
    })
}

/// Filters u8 or u16 with libblur, in fixed point or in f32.
pub(crate) fn libblur_integers(job: Job<'_>, mode: ConvolutionMode) -> Result<(), Failure> {
    let filter = plain(&job)?.clone();
    let edges = EdgeMode::Reflect.as_2d();
    match (job.source, job.target) {
        (Source::U8(source), Target::U8(target)) => {
            blur(&filter, &source, target, |source, target, params, threads| {
                gaussian_blur(source, target, params, edges, threads, mode)
            })
        }
        (Source::U16(source), Target::U16(target)) => {
            blur(&filter, &source, target, |source, target, params, threads| {
                gaussian_blur_u16(source, target, params, edges, threads, mode)
            })
        }
        _ => Err("this entry is raced with u8 and u16 only".into()),
    }
}

/// One of libblur's functions, straight from source to target.
fn blur<T: Copy + Default + Debug>(
    filter: &Filter,
    source: &ArrayViewD<'_, T>,
    mut target: ArrayViewMutD<'_, T>,
    run: impl FnOnce(
        &BlurImage<'_, T>,
        &mut BlurImageMut<'_, T>,
        GaussianBlurParams,
        ThreadingPolicy,
    ) -> Result<(), BlurError>,
) -> Result<(), Failure> {
    let [height, width] = plane(filter)?;
    let from = source.as_slice().ok_or("libblur reads contiguous rows")?;
    let to = target.as_slice_mut().ok_or("libblur writes contiguous rows")?;
    let source = BlurImage {
        data: Cow::Borrowed(from),
        width,
        height,
        stride: width,
        channels: FastBlurChannels::Plane,
    };
    let mut target = BlurImageMut {
        data: BufferStore::Borrowed(to),
        width,
        height,
        stride: width,
        channels: FastBlurChannels::Plane,
    };
    let [y_sigma, x_sigma] = [filter.sigma[0], filter.sigma[1]];
    let params = GaussianBlurParams {
        x_kernel: 2 * radius(x_sigma) as u32 + 1,
        x_sigma,
        y_kernel: 2 * radius(y_sigma) as u32 + 1,
        y_sigma,
    };
    let threads = NonZeroUsize::new(filter.threads).ok_or("no threads")?;
    let policy =
        if threads.get() == 1 { ThreadingPolicy::Single } else { ThreadingPolicy::Fixed(threads) };
    run(&source, &mut target, params, policy)?;
    Ok(())
}

/// Filters with imageproc's two one-dimensional filters. Its images own their pixels, so that its
/// time has a copy in and a copy out; beyond the edges it repeats the last sample.
pub(crate) fn imageproc(job: Job<'_>) -> Result<(), Failure> {
    let (source, mut target, filter) = smoothing(job)?;
    let [height, width] = plane(&filter)?;
    let pixels: Vec<f32> = source.iter().copied().collect();
    let image: ImageBuffer<Luma<f32>, Vec<f32>> =
        ImageBuffer::from_raw(width, height, pixels).ok_or("too few pixels for imageproc")?;
    let rows = horizontal_filter(&image, &kernel(filter.sigma[1])?);
    let smooth = vertical_filter(&rows, &kernel(filter.sigma[0])?);
    target.iter_mut().zip(smooth.as_raw()).for_each(|(to, from)| *to = *from);
    Ok(())
}

/// Filters one axis after the other with ndarray-ndimage. It returns a new array for every axis,
/// the last of which is copied into the target.
pub(crate) fn ndarray_ndimage(job: Job<'_>) -> Result<(), Failure> {
    let (source, mut target, filter) = smoothing(job)?;
    let mut smooth: Option<ArrayD<f32>> = None;
    for axis in filter.axes() {
        let data = smooth.as_ref().map_or_else(|| source.view(), |array| array.view());
        let (sigma, border) = (filter.sigma[axis] as f32, BorderMode::Reflect);
        smooth = Some(gaussian_filter1d(&data, sigma, Axis(axis), 0, border, TRUNCATE));
    }
    target.assign(&smooth.ok_or("no axis to filter")?);
    Ok(())
}

/// The arrays of a job that all of these peers can do.
fn smoothing(
    job: Job<'_>,
) -> Result<(ArrayViewD<'_, f32>, ArrayViewMutD<'_, f32>, Filter), Failure> {
    let filter = plain(&job)?.clone();
    match (job.source, job.target) {
        (Source::F32(source), Target::F32(target)) => Ok((source, target, filter)),
        _ => Err("this peer is raced with f32 only".into()),
    }
}

/// The filter of a job that these peers can do, of any element.
fn plain<'j>(job: &'j Job<'_>) -> Result<&'j Filter, Failure> {
    let filter = &job.filter;
    let plain = filter.mode == Mode::Reflect && filter.weights.is_none();
    if !plain || filter.order.iter().any(|&order| order != 0) {
        return Err("this peer smooths with reflected borders and weights of its own".into());
    }
    Ok(filter)
}

/// Height and width of an image both of whose axes are filtered.
fn plane(filter: &Filter) -> Result<[u32; 2], Failure> {
    match (&filter.shape[..], &filter.axes()[..]) {
        (&[height, width], [0, 1]) => Ok([height.try_into()?, width.try_into()?]),
        _ => Err("this peer filters both axes of one image".into()),
    }
}

fn radius(sigma: f64) -> usize {
    (TRUNCATE as f64 * sigma + 0.5) as usize
}

/// All weights of a Gaussian, from the first sample to the last.
fn kernel(sigma: f64) -> Result<Vec<f32>, Failure> {
    let weights = Weights::gaussian(sigma, 0, radius(sigma), 0)?;
    let half = weights.kept();
    Ok(half[1..].iter().rev().chain(half).map(|&weight| weight as f32).collect())
}
