//! `gausstack demo`: the whole job on a made stack, timed against the machine's floors and checked
//! against brute force.

mod picture;
mod race;
mod table;

use std::io::{self, Write};

use anyhow::{Context, bail};
use gausstack::{Element, Gaussian, Mode, Plan, Threads};
use gausstack_measure::Machine;
use ndarray::{Array3, Axis};

use crate::args::DemoArgs;
use crate::check::{self, Subject};
use crate::element::ElementType;
use crate::stack;
use crate::summary::cpus;
use crate::target::Target;

/// Random pixels of each slice that is checked.
const CHECKED: usize = 10_000;

/// The stack, where it is filtered and how: what all parts of the demo look at.
struct Job<T> {
    stack: Array3<T>,
    slice_axis: usize,
    sigma: [f64; 2],
    threads: usize,
}

impl<T: Element> Job<T> {
    /// The axes of a slice.
    fn axes(&self) -> [usize; 2] {
        stack::slice_axes(self.slice_axis)
    }

    fn plan(&self, threads: usize) -> Result<Plan<T, T>, gausstack::Error> {
        Gaussian::new(self.sigma)
            .axes(self.axes().map(|axis| axis as isize))
            .threads(Threads::Fixed(threads))
            .plan(self.stack.shape())
    }
}

pub(crate) fn run(args: &DemoArgs, commit: Option<&str>) -> anyhow::Result<()> {
    // Before the work: a picture that cannot be must not cost minutes.
    let picture = args.picture.as_deref().map(|path| Target::create(path, args.force));
    let picture = picture.transpose()?;
    match args.dtype {
        ElementType::F32 => show::<f32>(args, picture, commit),
        ElementType::F64 => show::<f64>(args, picture, commit),
        ElementType::U8 => show::<u8>(args, picture, commit),
        ElementType::I8 => show::<i8>(args, picture, commit),
        ElementType::U16 => show::<u16>(args, picture, commit),
        ElementType::I16 => show::<i16>(args, picture, commit),
        ElementType::U32 => show::<u32>(args, picture, commit),
        ElementType::I32 => show::<i32>(args, picture, commit),
        other @ (ElementType::U64 | ElementType::I64 | ElementType::Bool) => {
            bail!("the demo makes no stacks of {other}")
        }
    }
}

/// The demo in one element type, whose every value is an f64: the check sums in that.
fn show<T: Element + Into<f64>>(
    args: &DemoArgs,
    picture: Option<Target>,
    commit: Option<&str>,
) -> anyhow::Result<()> {
    let mut out = io::stdout();
    let threads = args.threads.unwrap_or_else(cpus).min(cpus());
    let mut machine = Machine::read();
    machine.commit = commit.map(str::to_owned);
    writeln!(out, "{machine}\n")?;
    if let Some(asked) = args.threads.filter(|&asked| asked > threads) {
        writeln!(out, "threads  {threads}, as many as there are CPUs; {asked} were asked for\n")?;
    }

    let stack = stack::build::<T>(args.shape, args.slice_axis, threads)?;
    let job = Job { stack, slice_axis: args.slice_axis, sigma: args.sigma, threads };
    let slices = job.stack.len_of(Axis(job.slice_axis));
    let [rows, columns] = job.axes().map(|axis| job.stack.len_of(Axis(axis)));
    writeln!(
        out,
        "stack    {:?} {}, {:.0} MB: {slices} slices of {rows} x {columns} along axis {}; sigma \
         {}, {}",
        job.stack.dim(),
        T::NAME,
        (job.stack.len() * size_of::<T>()) as f64 * 1e-6,
        job.slice_axis,
        job.sigma[0],
        job.sigma[1],
    )?;
    for line in job.plan(threads)?.to_string().lines() {
        writeln!(out, "         {line}")?;
    }
    writeln!(out)?;
    out.flush()?;

    // No result of this filter: a pixel that nobody writes shows in the check.
    let mut smoothed = Array3::from_elem(job.stack.dim(), stack::unwritten::<T>());
    let race = race::run(&job, args.rounds, &mut smoothed)?;
    write!(out, "{}", table::Table::new(&race))?;
    writeln!(out, "{}\n", race.outcome)?;
    out.flush()?;

    smoothed.fill(stack::unwritten());
    let plan = job.plan(1)?;
    plan.apply_into(&job.stack, &mut smoothed)?;
    let checked = check::run(&Subject {
        input: job.stack.view(),
        output: smoothed.view(),
        slice_axis: job.slice_axis,
        sigma: job.sigma,
        mode: Mode::Reflect,
        precision: plan.precision(),
        random: CHECKED,
    })?;
    writeln!(out, "{checked}")?;
    let threaded = job.plan(threads)?.apply(&job.stack)?;
    let bits = |&value: &T| -> u64 { value.into().to_bits() };
    let same = smoothed.iter().zip(&threaded).all(|(a, b)| bits(a) == bits(b));
    let verdict = if same { "the same bits" } else { "DIFFERENT BITS" };
    writeln!(out, "         one thread into given memory, {threads} into a new array: {verdict}")?;
    if let Some((path, target)) = args.picture.as_ref().zip(picture) {
        picture::draw(target, &job, &smoothed)
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
