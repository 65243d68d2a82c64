//! `gausstack demo`: the whole job on a made stack, timed against the machine's floors and checked
//! against brute force.

mod check;
mod picture;
mod race;
mod reference;
mod stack;
mod table;

use std::io::{self, Write};

use anyhow::{Context, bail};
use gausstack::{Gaussian, Plan, Threads};
use gausstack_measure::Machine;
use ndarray::{Array3, Axis};

use crate::args::DemoArgs;

/// The stack, where it is filtered and how: what all parts of the demo look at.
struct Job {
    stack: Array3<f32>,
    slice_axis: usize,
    sigma: [f64; 2],
    threads: usize,
}

impl Job {
    /// The axes of a slice.
    fn axes(&self) -> [usize; 2] {
        match self.slice_axis {
            0 => [1, 2],
            1 => [0, 2],
            _ => [0, 1],
        }
    }

    fn plan(&self, threads: usize) -> Result<Plan<f32, f32>, gausstack::Error> {
        Gaussian::new(self.sigma)
            .axes(self.axes().map(|axis| axis as isize))
            .threads(Threads::Fixed(threads))
            .plan(self.stack.shape())
    }
}

pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<()> {
    let mut out = io::stdout();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cpus).min(cpus);
    writeln!(out, "{}\n", Machine::read())?;
    if args.threads.is_some_and(|asked| asked > threads) {
        writeln!(out, "threads  {threads}, as many as there are CPUs\n")?;
    }

    let stack = stack::build(args.shape, args.slice_axis, threads)?;
    let job = Job { stack, slice_axis: args.slice_axis, sigma: args.sigma, threads };
    let slices = job.stack.len_of(Axis(job.slice_axis));
    let [rows, columns] = job.axes().map(|axis| job.stack.len_of(Axis(axis)));
    writeln!(
        out,
        "stack    {:?} f32, {:.0} MB: {slices} slices of {rows} x {columns} along axis {}; sigma \
         {}, {}",
        job.stack.dim(),
        job.stack.len() as f64 * 4e-6,
        job.slice_axis,
        job.sigma[0],
        job.sigma[1],
    )?;
    for line in job.plan(threads)?.to_string().lines() {
        writeln!(out, "         {line}")?;
    }
    writeln!(out)?;
    out.flush()?;

    // NaN is no result of this filter: a pixel that nobody writes shows in the check.
    let mut smoothed = Array3::from_elem(job.stack.dim(), f32::NAN);
    let race = race::run(&job, args.rounds, &mut smoothed)?;
    write!(out, "{}", table::Table::new(&race))?;
    writeln!(out, "{}\n", race.outcome)?;
    out.flush()?;

    smoothed.fill(f32::NAN);
    job.plan(1)?.apply_into(&job.stack, &mut smoothed)?;
    let checked = check::run(&job, &smoothed)?;
    writeln!(out, "{checked}")?;
    let threaded = job.plan(threads)?.apply(&job.stack)?;
    let same = smoothed.iter().zip(&threaded).all(|(a, b)| a.to_bits() == b.to_bits());
    let verdict = if same { "the same bits" } else { "DIFFERENT BITS" };
    writeln!(out, "         one thread into given memory, {threads} into a new array: {verdict}")?;
    if let Some(path) = &args.picture {
        picture::draw(path, &job, &smoothed)
            .with_context(|| format!("could not draw '{}'", path.display()))?;
        writeln!(out, "picture  {}", path.display())?;
    }
    out.flush()?;
    if !checked.is_within_bound() {
        bail!("the error is above the bound");
    }
    if !same {
        bail!("the results of one thread and of {threads} differ");
    }
    Ok(())
}
