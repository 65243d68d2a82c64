//! `gausstack demo`: the whole job on a synthetic stack, timed against the machine's floors and checked
//! against brute force.

mod job;
mod picture;
mod race;
mod table;

use std::io::{self, Write};

use anyhow::{Context, bail};
use gausstack::Mode;
use gausstack_measure::Machine;

use self::job::Job;
use crate::args::{DemoArgs, StackArgs};
use crate::check::{self, Subject};
use crate::file;
use crate::layout::StackLayout;
use crate::stack;
use crate::summary::cpus;

/// Random pixels of each slice that is checked.
const CHECKED: usize = 10_000;

pub(crate) fn run(args: &DemoArgs, commit: Option<&str>) -> anyhow::Result<()> {
    // Opened first: a picture that cannot be written must not cost minutes.
    let picture = args.picture.as_deref().map(|path| file::create(path, args.force));
    let picture = picture.transpose()?;
    let mut out = io::stdout();
    let threads = args.threads.unwrap_or_else(cpus).min(cpus());
    let mut machine = Machine::read();
    machine.commit = commit.map(str::to_owned);
    writeln!(out, "{machine}\n")?;
    if let Some(asked) = args.threads.filter(|&asked| asked > threads) {
        writeln!(out, "threads  {threads}, as many as there are CPUs; {asked} were asked for\n")?;
    }

    let StackArgs { shape, sigma, slice_axis } = args.stack;
    let stack = StackLayout::c_order(shape, args.dtype);
    let mut pixels = stack::zeros(stack.bytes())?;
    stack::build(&stack, slice_axis, threads, pixels.bytes_mut());
    let job = Job { stack, pixels, slice_axis, sigma, threads };
    let [a, b, c] = stack.shape;
    let slices = stack.shape[job.slice_axis];
    let [rows, columns] = job.axes().map(|axis| stack.shape[axis]);
    writeln!(
        out,
        "stack    ({a}, {b}, {c}) {}, {:.0} MB: {slices} slices of {rows} x {columns} along axis {}; \
         sigma {}, {}",
        stack.element,
        stack.bytes() as f64 * 1e-6,
        job.slice_axis,
        job.sigma[0],
        job.sigma[1],
    )?;
    for line in job.plan(threads)?.to_string().lines() {
        writeln!(out, "         {line}")?;
    }
    writeln!(out)?;
    out.flush()?;

    // Marked first, so that a pixel the filter does not write fails the check.
    let mut smoothed = stack::zeros(stack.bytes())?;
    stack::mark_unwritten(stack.element, smoothed.bytes_mut());
    let race = race::run(&job, args.rounds, &mut smoothed)?;
    write!(out, "{}", table::Table::new(&race))?;
    writeln!(out, "{}\n", race.outcome)?;
    out.flush()?;

    stack::mark_unwritten(stack.element, smoothed.bytes_mut());
    let plan = job.plan(1)?;
    plan.apply_into(stack.view(job.pixels.bytes()), stack.view_mut(smoothed.bytes_mut()))?;
    let checked = check::run(&Subject {
        stack,
        input: job.pixels.bytes(),
        output: smoothed.bytes(),
        slice_axis: job.slice_axis,
        sigma: job.sigma,
        mode: Mode::Reflect,
        precision: plan.precision(),
        random: CHECKED,
    })?;
    writeln!(out, "{checked}")?;
    let threaded = job.plan(threads)?.apply(stack.view(job.pixels.bytes()))?;
    let threaded = job.copied(&threaded)?;
    let same = smoothed.bytes() == threaded.bytes();
    let verdict = if same { "the same bits" } else { "DIFFERENT BITS" };
    writeln!(out, "         one thread into given memory, {threads} into a new array: {verdict}")?;
    if let Some((path, target)) = args.picture.as_ref().zip(picture) {
        picture::draw(target, &job, smoothed.bytes())
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
