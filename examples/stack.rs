//! A stack of images: every slice along the middle axis is smoothed where it lies.
//!
//! `cargo run --release --example stack`

use std::time::Instant;

use gausstack::{Error, Gaussian};
use ndarray::{Array3, Axis};

fn main() -> Result<(), Error> {
    // Slice i is i times the same picture of blocks.
    let (height, slices, width) = (600, 16, 1000);
    let stack = Array3::<f32>::from_shape_fn((height, slices, width), |(y, i, x)| {
        let inside = (height / 4..height / 2).contains(&y) && (width / 4..width / 2).contains(&x);
        if inside { i as f32 } else { 0.0 }
    });

    // Axes 0 and 2 are filtered, with sigma 3 and 5; axis 1 is the loop.
    let gaussian = Gaussian::new([3.0, 5.0]).axes([0, 2]);
    let plan = gaussian.plan::<f32, f32>(stack.shape())?;
    println!("{plan}\n");

    let mut smoothed = Array3::<f32>::zeros(stack.raw_dim());
    let start = Instant::now();
    plan.apply_into(&stack, &mut smoothed)?;
    let seconds = start.elapsed().as_secs_f64();
    let pixels = stack.len() as f64;
    println!(
        "{} slices in {:.1} ms: {:.0} Mpixel/s",
        slices,
        seconds * 1e3,
        pixels / seconds / 1e6
    );

    // The edge of the block rises from 0 to i over a few pixels; half-way it is i / 2.
    for (i, slice) in smoothed.axis_iter(Axis(1)).enumerate().step_by(5) {
        let edge = &slice.row(height * 3 / 8);
        let around = width / 4;
        println!(
            "slice {i:2}: {:7.4} {:7.4} | {:7.4} {:7.4} across the edge, largest {:7.4}",
            edge[around - 8],
            edge[around - 1],
            edge[around],
            edge[around + 7],
            slice.iter().copied().fold(0.0, f32::max),
        );
    }

    // A slice has the same bits alone as in its stack.
    let alone = Gaussian::new([3.0, 5.0]).apply(&stack.index_axis(Axis(1), 7))?;
    println!(
        "slice 7 alone equals slice 7 of the stack: {}",
        alone == smoothed.index_axis(Axis(1), 7)
    );
    Ok(())
}
