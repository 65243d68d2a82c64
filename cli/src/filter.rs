//! `gausstack filter`: one .npy file smoothed into another.

use std::fmt::Display;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, anyhow};
use gausstack::{Element, Error, Gaussian, Level, PerAxis, Plan, Precision, Threads};
use ndarray::ArrayD;
use ndarray_npy::{ReadableElement, ViewElement, WritableElement, WriteNpyError, WriteNpyExt};

use crate::args::{FilterArgs, PrecisionName};
use crate::interrupt::{Interrupt, Stopped};
use crate::npy::{ElementType, NpyFile};
use crate::progress::Bar;
use crate::target::{Pieces, Target};

pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<()> {
    let interrupt = Interrupt::install()?;
    let input = NpyFile::open(&args.input)?;
    match input.element_type {
        ElementType::F32 => smooth::<f32>(args, &input, &interrupt),
        ElementType::F64 => smooth::<f64>(args, &input, &interrupt),
    }
}

fn smooth<T>(args: &FilterArgs, input: &NpyFile, interrupt: &Interrupt) -> anyhow::Result<()>
where
    T: Element + ViewElement + ReadableElement + WritableElement,
{
    let data = input.array::<T>()?;
    let bar = Bar::new();
    let observer = {
        let (bar, interrupt) = (bar.clone(), interrupt.clone());
        move |progress| {
            bar.show(progress);
            if interrupt.is_raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    };
    let axes = filtered_axes(args, input.shape().len())?;
    let plan: Plan<T, T> = gaussian(args, &axes)?.observer(observer).plan(input.shape())?;
    // Before the work: a folder that is missing or read-only shall not cost an hour.
    let target = Target::create(&args.output, args.force)?;

    let start = Instant::now();
    let result = plan.apply(&data).map_err(|error| match error {
        Error::Stopped { .. } => anyhow!(Stopped),
        error => anyhow!(error),
    });
    let filtered = start.elapsed().as_secs_f64();
    let written = result.and_then(|result| {
        interrupt.check()?;
        write(&result, &target, &bar, interrupt)
            .with_context(|| format!("could not write '{}'", args.output.display()))
    });
    bar.clear();
    // Not the context of a failed write: that the user stopped it is all there is to say.
    interrupt.check()?;
    written?;
    target.publish()?;
    let total = start.elapsed().as_secs_f64();

    let pixels = data.len() as f64;
    let summary = format!(
        "{}: {} {}, sigma {}, axes {}, {}, {}: filtered in {filtered:.3} s ({:.0} Mpixel/s), \
         written in {:.3} s",
        args.output.display(),
        joined(data.shape(), " x "),
        if size_of::<T>() == 4 { "f32" } else { "f64" },
        joined(&args.sigma, ","),
        joined(&axes, ","),
        plan.level().name(),
        if plan.workers() == 1 { "1 thread".into() } else { format!("{} threads", plan.workers()) },
        pixels / filtered / 1e6,
        total - filtered,
    );
    // The file is there; that nobody reads this line changes nothing about it.
    let _ = writeln!(io::stdout(), "{summary}");
    Ok(())
}

/// The axes that the parameters' lists belong to, in the same order.
fn filtered_axes(args: &FilterArgs, ndim: usize) -> Result<Vec<isize>, Error> {
    if args.axes.is_empty() { other_axes(&args.slice_axis, ndim) } else { Ok(args.axes.clone()) }
}

/// The request that a command line makes.
fn gaussian(args: &FilterArgs, axes: &[isize]) -> anyhow::Result<Gaussian> {
    let mut gaussian = Gaussian::new(per_axis(&args.sigma))
        .axes(axes.iter().copied())
        .order(per_axis(&args.order))
        .mode(per_axis(&args.mode))
        .cval(args.cval)
        .truncate(args.truncate)
        .precision(match args.precision {
            PrecisionName::Native => Precision::Native,
            PrecisionName::Double => Precision::Double,
        });
    if !args.radius.is_empty() {
        let radius: Vec<_> = args.radius.iter().copied().map(Some).collect();
        gaussian = gaussian.radius(per_axis(&radius));
    }
    if let Some(threads) = args.threads {
        gaussian = gaussian.threads(Threads::Fixed(threads));
    }
    if let Some(level) = args.level {
        gaussian = gaussian.level(Level::from_name(level.as_str())?);
    }
    Ok(gaussian)
}

/// One value stands for all axes.
fn per_axis<T: Clone>(values: &[T]) -> PerAxis<T> {
    match values {
        [all] => PerAxis::All(all.clone()),
        each => PerAxis::Each(each.to_vec()),
    }
}

/// The axes that do not count slices.
fn other_axes(slice_axes: &[isize], ndim: usize) -> Result<Vec<isize>, Error> {
    let mut others: Vec<isize> = (0..ndim as isize).collect();
    for &axis in slice_axes {
        let index = if axis < 0 { axis + ndim as isize } else { axis };
        if !(0..ndim as isize).contains(&index) {
            return Err(Error::Axis { axis, ndim });
        }
        let Some(place) = others.iter().position(|&other| other == index) else {
            return Err(Error::RepeatedAxis { axis: index as usize });
        };
        others.remove(place);
    }
    Ok(others)
}

fn write<T: WritableElement>(
    result: &ArrayD<T>,
    target: &Target,
    bar: &Bar,
    interrupt: &Interrupt,
) -> io::Result<()> {
    let bytes = (result.len() * size_of::<T>()) as u64;
    let mut file = target.file();
    let pieces = Pieces::new(&mut file, |done| {
        bar.writing(done, bytes);
        interrupt.check().map_err(io::Error::other)
    });
    result.write_npy(pieces).map_err(|error| match error {
        WriteNpyError::Io(error) => error,
        error => io::Error::other(error),
    })
}

fn joined<T: Display>(values: &[T], separator: &str) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slice_axes_leave_the_others() {
        assert_eq!(other_axes(&[1], 3), Ok(vec![0, 2]));
        assert_eq!(other_axes(&[], 3), Ok(vec![0, 1, 2]));
        assert_eq!(other_axes(&[-1, 0], 4), Ok(vec![1, 2]));
        assert_eq!(other_axes(&[0], 1), Ok(vec![]));
        assert_eq!(other_axes(&[3], 3), Err(Error::Axis { axis: 3, ndim: 3 }));
        assert_eq!(other_axes(&[-4], 3), Err(Error::Axis { axis: -4, ndim: 3 }));
        assert_eq!(other_axes(&[1, -2], 3), Err(Error::RepeatedAxis { axis: 1 }));
        assert_eq!(other_axes(&[0], 0), Err(Error::Axis { axis: 0, ndim: 0 }));
    }
}
