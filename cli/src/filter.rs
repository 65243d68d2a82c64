//! `gausstack filter`: one .npy file filtered into another.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, anyhow};
use gausstack::{ElementType, Error};
use gausstack_io::memory::Memory;
use gausstack_io::target::Target;
use gausstack_io::{Layout, folder_of, npy};

use crate::args::FilterArgs;
use crate::file::{self, report_leftovers};
use crate::input;
use crate::mask::Mask;
use crate::pieces::Pieces;
use crate::progress::Bar;
use crate::request::Request;
use crate::summary::{Filtered, summary};

/// A run, ready for its pixels.
struct Run<'a> {
    args: &'a FilterArgs,
    bar: Bar,
    axes: Vec<isize>,
    request: Request,
    mask: Option<Mask>,
    from: ElementType,
    to: ElementType,
    /// Opened before the work: an output that cannot be written must not cost an hour.
    target: Target,
}

pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<()> {
    let input = input::open(&args.input)?;
    let array = input.layout();
    let mask = args.mask.as_deref().map(Mask::read).transpose()?;
    let run = Run::new(args, &array, mask)?;
    let elements = input::elements(&input, &args.input)?;
    let plan = run.request.plan(&array.shape, [run.from, run.to], run.mask.is_some());
    let plan = plan.map_err(with_hint)?;
    let mask = run.mask.as_ref().map(|mask| mask.of(&array.shape, &run.axes)).transpose()?;
    let start = Instant::now();
    let data = array.view(elements.bytes())?;
    let smoothed = array.clone().of(run.to);
    let memory = Memory::zeros(smoothed.bytes());
    let mut memory = memory.ok_or(Error::OutOfMemory { bytes: smoothed.bytes() })?;
    let out = smoothed.view_mut(memory.bytes_mut())?;
    let result = match mask {
        Some(mask) => plan.apply_masked_into(data, mask, out),
        None => plan.apply_into(data, out),
    };
    let seconds = start.elapsed().as_secs_f64();
    let (level, tuning, workers) = (plan.level(), plan.tuning(), plan.workers());
    let filtered = Filtered { start, seconds, level, tuning, workers };
    run.finish(result, &smoothed, memory.bytes(), &filtered)
}

impl<'a> Run<'a> {
    fn new(args: &'a FilterArgs, input: &Layout, mask: Option<Mask>) -> anyhow::Result<Self> {
        let bar = Bar::new();
        let observer = {
            let bar = bar.clone();
            move |progress| {
                bar.show(progress);
                ControlFlow::Continue(())
            }
        };
        let axes = filtered_axes(args, input.shape.len())?;
        let request = Request::new(args, &axes, observer)?;
        let target = file::create(&args.output, args.force)?;
        report_leftovers(folder_of(&args.output));
        let from = input.element;
        let to = args.output_dtype.unwrap_or(from);
        Ok(Self { args, bar, axes, request, mask, from, to, target })
    }

    /// Writes a result and says what was done.
    fn finish(
        self,
        result: Result<(), Error>,
        array: &Layout,
        bytes: &[u8],
        filtered: &Filtered,
    ) -> anyhow::Result<()> {
        let written = result.map_err(with_hint).and_then(|()| {
            write(array, bytes, &self.target, &self.bar)
                .with_context(|| format!("could not write '{}'", self.args.output.display()))
        });
        self.bar.clear();
        written?;
        file::publish(self.target)?;
        let line = summary(self.args, &array.shape, &self.axes, [self.from, self.to], filtered);
        // The output is complete; a closed standard output does not change that.
        let _ = writeln!(io::stdout(), "{line}");
        Ok(())
    }
}

/// The library's error, with the options that help.
fn with_hint(error: Error) -> anyhow::Error {
    match error {
        Error::Fill { .. } => {
            anyhow!("{error}; --fill takes another, --output-dtype f32 holds any")
        }
        error => anyhow!(error),
    }
}

/// The filtered axes, in the order of the per-axis options.
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

fn write(array: &Layout, bytes: &[u8], target: &Target, bar: &Bar) -> io::Result<()> {
    let mut file = target.file();
    let pieces = Pieces::new(&mut file, |done| bar.writing(done, bytes.len() as u64));
    npy::write(array, bytes, pieces)
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
