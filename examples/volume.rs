//! A volume, filtered along every axis with its own sigma: f64, in place.
//!
//! `cargo run --release --example volume`

use gausstack::{Error, Gaussian, Mode};
use ndarray::{Array3, Axis};

fn main() -> Result<(), Error> {
    // One bright voxel becomes a Gaussian blob.
    let shape = [96, 128, 160];
    let centre = shape.map(|n| n / 2);
    let mut volume = Array3::<f64>::zeros(shape);
    volume[centre] = 1.0;

    // Voxels are twice as long along z as along y and x. Sigma is in samples, hence half along z.
    let sigma = [2.5, 5.0, 5.0];
    let gaussian = Gaussian::new(sigma).mode([Mode::Mirror, Mode::Wrap, Mode::Wrap]);
    let plan = gaussian.plan::<f64, f64>(volume.shape())?;
    println!("{plan}\n");
    plan.apply_in_place(&mut volume)?;

    println!("sum of the blob: {:.15}", volume.sum());
    println!("peak:            {:.9}", volume[centre]);
    let peak: f64 = sigma.iter().map(|s| 1.0 / (s * std::f64::consts::TAU.sqrt())).product();
    println!("peak in theory:  {peak:.9} (of a kernel that never ends)");

    // Its spread along each axis is the requested sigma, slightly reduced by truncation.
    for (axis, &expected) in sigma.iter().enumerate() {
        let variance: f64 = volume
            .axis_iter(Axis(axis))
            .enumerate()
            .map(|(i, plane)| (i as f64 - centre[axis] as f64).powi(2) * plane.sum())
            .sum();
        println!("axis {axis}: spread {:.4} samples, sigma {expected}", variance.sqrt());
    }
    Ok(())
}
