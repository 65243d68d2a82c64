//! `gausstack filter`: one file filtered into another.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use anyhow::anyhow;
use gausstack::{ElementType, Error};
use gausstack_io::{FileJob, Layout, Storage, StreamProgress};

use crate::args::FilterArgs;
use crate::file::{self, report_leftovers};
use crate::input;
use crate::message::say;
use crate::progress::Bar;
use crate::request::Request;
use crate::summary::{Filtered, stages, summary};

/// A run, ready for its pixels.
struct Run<'a> {
    args: &'a FilterArgs,
    bar: Bar,
    axes: Vec<isize>,
    request: Request,
    from: ElementType,
    to: ElementType,
    /// Slabs of the run. Of several the bar shows how many are done, of one its own progress.
    slabs: Arc<AtomicUsize>,
}

/// Filters slab by slab: neither array has to fit the memory.
pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<()> {
    let input = input::look(&args.input)?;
    let Run { args, bar, axes, request, from, to, slabs } = Run::new(args, &input)?;
    file::refuse_dash(&args.output)?;
    // When the first slab of this run was begun, and how many were done before.
    let begun = OnceLock::new();
    let show = |progress: StreamProgress| {
        slabs.store(progress.slabs, Ordering::Relaxed);
        let (start, before) = *begun.get_or_init(|| (Instant::now(), progress.filtered));
        if progress.slabs > 1 {
            let share = (progress.filtered - before) as f64 / progress.slabs as f64;
            let megabytes = share * input.bytes() as f64 / 1e6;
            bar.slabs(&progress, megabytes / start.elapsed().as_secs_f64().max(1e-9));
        }
        ControlFlow::Continue(())
    };
    let storage = Storage {
        chunks: args.chunks.clone(),
        gzip: args.compress.map(|compress| compress.gzip),
        shards: args.shards.clone(),
    };
    let mut job = FileJob::new(&args.input, &args.output, &request)
        .output_type(to)
        .replace(args.force)
        .storage(storage)
        .resumable(true)
        .resume(args.resume)
        .observer(&show);
    if let Some(mask) = &args.mask {
        input::look(mask)?;
        job = job.mask(mask);
    }
    if let Some(folder) = &args.scratch {
        job = job.scratch(folder);
    }
    if let Some(bytes) = args.memory {
        job = job.memory(bytes);
    }
    if let Some(share) = args.shard {
        job = job.share(share);
    }
    if args.dry_run {
        return print_job(args, &input, &job, &request, to);
    }
    report_leftovers(file::folder_of_output(&args.output).as_path());
    let result = job.run();
    bar.clear();
    let done = result.map_err(|error| {
        let unfinished = job.unfinished();
        match error {
            gausstack_io::Error::Filter(error) => with_hint(error),
            error => file::with_resume(error, unfinished.as_deref()),
        }
    })?;
    for name in &done.left_out {
        say(&format!("attribute '{name}' of '{}' is not copied", args.input.display()));
    }
    let (total, seconds) = (done.total.as_secs_f64(), done.filter.working.as_secs_f64());
    let filtered = Filtered { total, seconds, plan: &done.plan };
    say_done(args, &input.shape, &axes, [from, to], &filtered)?;
    if done.slabs.count() > 1 {
        let _ = writeln!(io::stdout(), "{}", stages(&done));
    }
    if !done.complete {
        say(&format!("'{}' gets its name when all shares are done", args.output.display()));
    }
    Ok(())
}

/// Prints what a run would do.
fn print_job(
    args: &FilterArgs,
    input: &Layout,
    job: &FileJob<'_>,
    request: &Request,
    to: ElementType,
) -> anyhow::Result<()> {
    let slabs = job.slabs().map_err(file::with_hint)?;
    let Layout { shape, element, order } = input;
    let plan = request.plan_for(shape, [*element, to], args.mask.is_some()).map_err(with_hint)?;
    let mut out = io::stdout();
    writeln!(out, "input '{}': {element} {shape:?} in {order:?} order", args.input.display())?;
    if let Some(mask) = &args.mask {
        writeln!(out, "mask '{}'", mask.display())?;
    }
    writeln!(out, "output '{}': {to} {shape:?}", args.output.display())?;
    writeln!(out, "{plan}")?;
    writeln!(out, "{slabs}")?;
    if let Some(part) = job.unfinished() {
        writeln!(out, "'{}' is left of an earlier run: --resume goes on with it", part.display())?;
    }
    Ok(())
}

impl<'a> Run<'a> {
    fn new(args: &'a FilterArgs, input: &Layout) -> anyhow::Result<Self> {
        let (bar, slabs) = (Bar::new(), Arc::new(AtomicUsize::new(1)));
        let observer = {
            let (bar, slabs) = (bar.clone(), Arc::clone(&slabs));
            move |progress| {
                if slabs.load(Ordering::Relaxed) <= 1 {
                    bar.show(progress);
                }
                ControlFlow::Continue(())
            }
        };
        let axes = filtered_axes(args, input.shape.len())?;
        let request = Request::new(args, &axes, observer)?;
        let from = input.element;
        let to = args.output_dtype.unwrap_or(from);
        Ok(Self { args, bar, axes, request, from, to, slabs })
    }
}

/// Prints what was done.
fn say_done(
    args: &FilterArgs,
    shape: &[usize],
    axes: &[isize],
    types: [ElementType; 2],
    filtered: &Filtered<'_>,
) -> anyhow::Result<()> {
    let line = summary(args, shape, axes, types, filtered);
    // The output is complete; a closed standard output does not change that.
    let _ = writeln!(io::stdout(), "{line}");
    Ok(())
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
