//! `gausstack filter`: one .npy file filtered into another.

use std::fmt::Display;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, anyhow};
use gausstack::{Error, Level};
use ndarray::{ArrayD, ArrayRef, IxDyn};
use ndarray_npy::{WritableElement, WriteNpyError, WriteNpyExt};

use crate::args::{FilterArgs, FilterName, MissingName};
use crate::element::{ElementType, Pixel, with_element};
use crate::interrupt::{Interrupt, Stopped};
use crate::mask::Mask;
use crate::npy::NpyFile;
use crate::progress::Bar;
use crate::request::Request;
use crate::target::{Pieces, Target};

/// A run: all of it that knows no element type.
struct Run<'a> {
    args: &'a FilterArgs,
    interrupt: Interrupt,
    bar: Bar,
    axes: Vec<isize>,
    request: Request,
    mask: Option<Mask>,
    from: ElementType,
    to: ElementType,
}

/// How the pixels were filtered.
struct Filtered {
    start: Instant,
    seconds: f64,
    level: Level,
    workers: usize,
}

pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<()> {
    let interrupt = Interrupt::install()?;
    let input = NpyFile::open(&args.input)?;
    let mask = args.mask.as_deref().map(Mask::read).transpose()?;
    let run = Run::new(args, &input, mask, interrupt)?;
    with_element!(run.from, In => smooth_from(&run, &*input.array::<In>()?))
}

fn smooth_from<In: Pixel>(run: &Run<'_>, data: &ArrayRef<In, IxDyn>) -> anyhow::Result<()> {
    with_element!(run.to, Out => smooth::<In, Out>(run, data))
}

/// All that needs both types: it is compiled for every pair of them.
fn smooth<In: Pixel, Out: Pixel>(run: &Run<'_>, data: &ArrayRef<In, IxDyn>) -> anyhow::Result<()> {
    let masked = run.mask.is_some();
    let plan = run.request.plan::<In, Out>(data.shape(), masked).map_err(told)?;
    let mask = run.mask.as_ref().map(|mask| mask.of(data.shape(), &run.axes)).transpose()?;
    // Before the work: a folder that is missing or read-only shall not cost an hour.
    let target = Target::create(&run.args.output, run.args.force)?;
    let start = Instant::now();
    let result = match &mask {
        Some(mask) => {
            let all = mask.broadcast(data.shape()).context("a mask of another shape")?;
            plan.apply_masked(data, &all)
        }
        None => plan.apply(data),
    };
    let seconds = start.elapsed().as_secs_f64();
    let filtered = Filtered { start, seconds, level: plan.level(), workers: plan.workers() };
    run.finish(result, target, &filtered)
}

impl<'a> Run<'a> {
    fn new(
        args: &'a FilterArgs,
        input: &NpyFile,
        mask: Option<Mask>,
        interrupt: Interrupt,
    ) -> anyhow::Result<Self> {
        let bar = Bar::new();
        let observer = {
            let (bar, interrupt) = (bar.clone(), interrupt.clone());
            move |progress| {
                bar.show(progress);
                let stop = interrupt.is_raised();
                if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }
        };
        let axes = filtered_axes(args, input.shape().len())?;
        let request = Request::new(args, &axes, observer)?;
        let from = input.element_type;
        let to = args.output_dtype.unwrap_or(from);
        Ok(Self { args, interrupt, bar, axes, request, mask, from, to })
    }

    /// Writes a result and tells what was done.
    fn finish<T: WritableElement>(
        &self,
        result: Result<ArrayD<T>, Error>,
        target: Target,
        filtered: &Filtered,
    ) -> anyhow::Result<()> {
        let written = result.map_err(told).and_then(|result| {
            self.interrupt.check()?;
            write(&result, &target, &self.bar, &self.interrupt)
                .with_context(|| format!("could not write '{}'", self.args.output.display()))?;
            Ok(result.shape().to_vec())
        });
        self.bar.clear();
        // Not the context of a failed write: that the user stopped it is all there is to say.
        self.interrupt.check()?;
        let shape = written?;
        target.publish()?;
        // The file is there; that nobody reads this line changes nothing about it.
        let _ = writeln!(io::stdout(), "{}", self.summary(&shape, filtered));
        Ok(())
    }

    fn summary(&self, shape: &[usize], filtered: &Filtered) -> String {
        let total = filtered.start.elapsed().as_secs_f64();
        let pixels = shape.iter().product::<usize>() as f64;
        format!(
            "{}: {} {}, {}{}sigma {}, axes {}, {}, {}: filtered in {:.3} s ({:.0} Mpixel/s), written \
             in {:.3} s",
            self.args.output.display(),
            joined(shape, " x "),
            if self.from == self.to {
                self.from.to_string()
            } else {
                format!("{} to {}", self.from, self.to)
            },
            match self.args.filter {
                FilterName::Gaussian => "",
                FilterName::GradientMagnitude => "gradient magnitude, ",
                FilterName::Laplace => "Laplacian, ",
            },
            match (self.args.missing, &self.args.mask) {
                (MissingName::Propagate, None) => "",
                (MissingName::Ignore, None) => "NaN left out, ",
                (MissingName::Propagate, Some(_)) => "masked, ",
                (MissingName::Ignore, Some(_)) => "masked, NaN left out, ",
            },
            joined(&self.args.sigma, ","),
            joined(&self.axes, ","),
            filtered.level.name(),
            match filtered.workers {
                1 => "1 thread".to_owned(),
                workers => format!("{workers} threads"),
            },
            filtered.seconds,
            pixels / filtered.seconds / 1e6,
            total - filtered.seconds,
        )
    }
}

/// The library's error as a command line tells it.
fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Stopped { .. } => anyhow!(Stopped),
        Error::Rounding { .. } => anyhow!("{error} (--rounding scipy)"),
        error => anyhow!(error),
    }
}

/// The axes that the parameters' lists belong to, in the same order.
fn filtered_axes(args: &FilterArgs, ndim: usize) -> Result<Vec<isize>, Error> {
    if args.axes.is_empty() { other_axes(&args.slice_axis, ndim) } else { Ok(args.axes.clone()) }
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
