//! A .npy file of any size, smoothed slice by slice: `large_file IN.npy OUT.npy [AXIS [MIB]]`.
//!
//! Slices lie along the axis, 0 by default. Within so many MiB, by default a quarter of what the
//! system has.

use std::ops::ControlFlow;
use std::process::ExitCode;

use gausstack::Gaussian;
use gausstack_io::npy::NpySource;
use gausstack_io::{FileJob, Source, StreamProgress, default_memory};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, rest @ ..] = arguments.as_slice() else {
        eprintln!("large_file IN.npy OUT.npy [AXIS [MIB]]");
        return ExitCode::from(2);
    };
    match smooth(input, output, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn smooth(input: &str, output: &str, rest: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let axis: usize = rest.first().map_or(Ok(0), |axis| axis.parse())?;
    let memory = match rest.get(1) {
        Some(mib) => mib.parse::<usize>()? << 20,
        None => default_memory(),
    };
    let ndim = NpySource::open(input.as_ref())?.layout().shape.len();
    let axes: Vec<usize> = (0..ndim).filter(|&other| other != axis).collect();
    let filter = Gaussian::new(3.0).axes(axes);
    let show = |progress: StreamProgress| {
        eprint!("\r{} of {} slabs", progress.written, progress.slabs);
        ControlFlow::Continue(())
    };
    let job = FileJob::new(input, output, &filter).memory(memory).observer(&show);
    println!("{}", job.slabs()?);
    let summary = job.run()?;
    eprintln!();
    println!("{:.3} s", summary.total.as_secs_f64());
    for (name, busy) in
        [("read", summary.read), ("filter", summary.filter), ("write", summary.write)]
    {
        let (working, waiting) = (busy.working.as_secs_f64(), busy.waiting.as_secs_f64());
        println!("{name:>6}: {working:.3} s, and {waiting:.3} s waiting");
    }
    Ok(())
}
