//! An observer that reports the progress of a run, and can stop it.
//!
//! `cargo run --release --example progress`

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use gausstack::{Error, Gaussian, Progress};
use ndarray::Array3;

fn main() -> Result<(), Error> {
    let stack = Array3::<f32>::from_elem((400, 20, 600), 1.0);
    let gaussian = Gaussian::new([3.0, 5.0]).axes([0, 2]);

    // A line per tenth of the run. Calls come one at a time, from any worker thread.
    let shown = AtomicU64::new(0);
    let report = move |progress: Progress| {
        let tenths = 10 * progress.pixels_done / progress.pixels;
        if tenths > shown.swap(tenths, Ordering::Relaxed) {
            println!("{:3} %, {} of {} slices", 10 * tenths, progress.slices_done, progress.slices);
        }
        ControlFlow::Continue(())
    };
    gaussian.clone().observer(report).apply(&stack)?;

    // The same run, stopped: a Ctrl-C handler or a "Cancel" button would set a flag that is read
    // here.
    let stop = |progress: Progress| {
        if progress.slices_done < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    match gaussian.observer(stop).apply(&stack) {
        Err(Error::Stopped { done, total }) => println!("stopped after {done} of {total} slices"),
        Err(error) => return Err(error),
        Ok(_) => println!("finished before it could be stopped"),
    }
    Ok(())
}
