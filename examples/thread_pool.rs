//! The threads of a run: your own pool, a fixed number of workers, or your own parallel loop.
//!
//! `cargo run --release --example thread_pool`

use std::error::Error;
use std::sync::Arc;

use gausstack::{Gaussian, Threads};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let stack =
        Array3::<f32>::from_shape_fn((12, 300, 400), |(i, y, x)| ((i + 1) * (y ^ x)) as f32);
    let gaussian = Gaussian::new([3.0, 5.0]).axes([1, 2]);

    // A pool that the program shares with other work.
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build()?);
    let shared = gaussian.clone().threads(Threads::Pool(Arc::clone(&pool))).apply(&stack)?;
    println!("pool of {}: mean {:.3}", pool.current_num_threads(), mean(&shared));

    // A fixed number of workers, started and kept by the plan. One worker is the calling thread.
    for workers in [1, 3] {
        let plan =
            gaussian.clone().threads(Threads::Fixed(workers)).plan::<f32, f32>(stack.shape())?;
        let smoothed = plan.apply(&stack)?;
        println!("{} workers: same bits: {}", plan.workers(), smoothed == shared);
    }

    // Your own parallel loop over slices: one plan for all, one scratch per worker.
    let plan = gaussian.plan::<f32, f32>(stack.shape())?;
    let mut smoothed = Array3::<f32>::zeros(stack.raw_dim());
    let mut slices: Vec<_> =
        smoothed.axis_iter_mut(Axis(0)).zip(stack.axis_iter(Axis(0))).collect();
    pool.install(|| {
        slices.par_iter_mut().try_for_each_init(
            || plan.scratch(),
            |scratch, (out, slice)| {
                let scratch = scratch.as_mut().map_err(|error| error.clone())?;
                plan.apply_slice(slice, out, scratch)
            },
        )
    })?;
    println!(
        "own loop, {} bytes of scratch each: same bits: {}",
        plan.scratch_bytes(),
        smoothed == shared
    );
    Ok(())
}

fn mean(stack: &Array3<f32>) -> f64 {
    stack.iter().map(|&x| f64::from(x)).sum::<f64>() / stack.len() as f64
}
