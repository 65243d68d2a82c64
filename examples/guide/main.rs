//! Draws the pictures of docs/guide.md.
//!
//! `cargo run --release --example guide` writes them to docs/pictures; an argument after `--` names
//! another folder.

mod picture;
mod scene;

use std::path::PathBuf;

use gausstack::{Gaussian, GradientMagnitude, Laplace, Missing};
use ndarray::{Array1, Array2};

use picture::{Curve, plot, side_by_side};
use scene::{Scene, dead};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let default = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures"));
    let folder = std::env::args().nth(1).map_or(default, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let scene = Scene::new();
    for (name, picture) in [
        ("smoothing", smoothing(&scene)?),
        ("background", background(&scene)?),
        ("edges", edges(&scene)?),
        ("blobs", blobs(&scene)?),
        ("small-sigma", small_sigma()?),
        ("missing", missing(&scene)?),
    ] {
        let path = folder.join(name).with_extension("png");
        picture::write(&path, &picture)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Noise, smoothed with sigma 1 and 3.
fn smoothing(scene: &Scene) -> Result<Array2<u8>, gausstack::Error> {
    let noisy = scene.noisy();
    let slightly = Gaussian::new(1.0).apply(&noisy)?;
    let strongly = Gaussian::new(3.0).apply(&noisy)?;
    Ok(side_by_side(&[noisy, slightly, strongly]))
}

/// A vignette, estimated with a sigma far above the size of the details, and divided away.
fn background(scene: &Scene) -> Result<Array2<u8>, gausstack::Error> {
    let image = scene.vignetted();
    let background = Gaussian::new(40.0).apply(&image)?;
    let flat = &image / &background;
    Ok(side_by_side(&[image, background, flat]))
}

/// A detector with dead rows, a dead patch and dead pixels, beside the result of an intact one.
fn missing(scene: &Scene) -> Result<Array2<u8>, gausstack::Error> {
    let whole = scene.noisy();
    let gaps = dead(&whole);
    let smoothing = Gaussian::new(2.0);
    let plain = smoothing.apply(&gaps)?;
    let ignoring = smoothing.clone().missing(Missing::Ignore).apply(&gaps)?;
    let truth = smoothing.apply(&whole)?;
    Ok(side_by_side(&[gaps, plain, ignoring, truth]))
}

/// Edges at two scales.
fn edges(scene: &Scene) -> Result<Array2<u8>, gausstack::Error> {
    let noisy = scene.noisy();
    let fine = GradientMagnitude::new(1.0).apply(&noisy)?;
    let coarse = GradientMagnitude::new(3.0).apply(&noisy)?;
    Ok(side_by_side(&[noisy, fine, coarse]))
}

/// Bright disks of radius r, at peaks of the negative Laplacian with sigma r / sqrt(2).
fn blobs(scene: &Scene) -> Result<Array2<u8>, gausstack::Error> {
    let noisy = scene.noisy();
    let response = |radius: f64| -> Result<Array2<f32>, gausstack::Error> {
        Ok(-Laplace::new(radius / 2f64.sqrt()).apply(&noisy)?)
    };
    let (small, large) = (response(5.0)?, response(14.0)?);
    Ok(side_by_side(&[noisy, small, large]))
}

/// Computed derivatives of known slopes and curvatures, for sigma 0.3 to 2.
fn small_sigma() -> Result<Array2<u8>, gausstack::Error> {
    let middle = 60;
    let at = |x: usize| x as f64 - middle as f64;
    let ramp = Array1::from_shape_fn(2 * middle + 1, at);
    let bowl = ramp.mapv(|x| 0.5 * x * x);
    let flat = ramp.mapv(|_| 1.0);
    let sigmas: Vec<f64> = (30..=200).map(|hundredths| f64::from(hundredths) / 100.0).collect();
    let curve = |line: &Array1<f64>, order: usize| -> Result<Curve, gausstack::Error> {
        sigmas
            .iter()
            .map(|&sigma| Ok((sigma, Gaussian::new(sigma).order(order).apply(line)?[middle])))
            .collect()
    };
    Ok(plot(&[curve(&ramp, 1)?, curve(&bowl, 2)?, curve(&flat, 2)?], [-1.5, 1.5]))
}
