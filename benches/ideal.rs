//! Ideal Gaussians beside truncated ones, on one thread: the time of each, the ratio within rounds,
//! and how many times a copy of the image takes as long.
//!
//! `cargo bench -p gausstack-benches --bench ideal`. With `-- --test` one round of small images shows that
//! it runs.

use std::error::Error;

use gausstack::{Element, Gaussian, Plan};
use gausstack_benches::{announce, image, length, tested};
use gausstack_measure::{CopyFloor, Rounds};
use ndarray::{ArrayD, IxDyn};

const ROUNDS: usize = 9;
const SIGMAS: [f64; 8] = [4.0, 6.0, 8.0, 12.0, 16.0, 32.0, 64.0, 128.0];

/// A shape, and the axes along which it is filtered.
type Case<'a> = (&'a [usize], &'a [isize]);

/// An image along both axes and along each of them, and a stack of slices in its middle axis.
const CASES: [Case<'static>; 4] = [
    (&[2048, 2048], &[0, 1]),
    (&[2048, 2048], &[0]),
    (&[2048, 2048], &[1]),
    (&[1000, 16, 1000], &[0, 2]),
];

/// A plan of that sigma: truncated, or ideal to a tolerance.
fn plan<T: Element>(
    (shape, axes): Case<'_>,
    sigma: f64,
    tolerance: Option<f64>,
) -> Result<Plan<T, T>, gausstack::Error> {
    let filter = Gaussian::new(sigma).axes(axes).threads(1);
    match tolerance {
        Some(tolerance) => filter.ideal(tolerance),
        None => filter,
    }
    .plan::<T, T>(shape)
}

/// Compares a result with the ideal one.
fn check<T: Element>(found: &ArrayD<T>, ideal: &ArrayD<f64>, (sigma, tolerance): (f64, f64)) {
    let errors = found.iter().zip(ideal).map(|(found, ideal)| (found.to_f64() - ideal).abs());
    let error = errors.fold(0.0, f64::max);
    let rounding = if T::TYPE.size() == 4 { 1e-6 } else { 1e-12 };
    assert!(error <= tolerance + rounding, "sigma {sigma}, {tolerance}: off by {error}");
}

fn race<T: Element>((shape, axes): Case<'_>, tolerances: [f64; 2]) -> Result<(), Box<dyn Error>> {
    let shape: &[usize] = &shape.iter().map(|&len| length(len)).collect::<Vec<_>>();
    let case = (shape, axes);
    println!("{shape:?} along {axes:?}, {}", T::TYPE);
    println!("| sigma | truncated ms | tolerance | ms | of truncated | copies |");
    println!("|---:|---:|---:|---:|---:|---:|");
    let data = image::<T, _>(IxDyn(shape));
    let wide = data.mapv(Element::to_f64);
    let mut out = ArrayD::<T>::from_elem(IxDyn(shape), T::from_f64(1.0));
    let floor = CopyFloor::new(1)?;
    let sliced: Vec<usize> = axes.iter().map(|&axis| axis as usize).collect();
    for sigma in SIGMAS {
        let truncated = plan::<T>(case, sigma, None)?;
        let mut rounds: Rounds<'_, ArrayD<T>, (), Box<dyn Error>> =
            Rounds::new(if tested() { 1 } else { ROUNDS });
        let base = rounds.add("truncated", |out| Ok(truncated.apply_into(&data, out)?));
        let copy = rounds.add("copy", |out| Ok(floor.copy(&data, out, &sliced)?));
        let mut ideals = Vec::new();
        let right = plan::<f64>(case, sigma, Some(1e-13))?.apply(&wide)?;
        for tolerance in tolerances {
            let (plan, data) = (plan::<T>(case, sigma, Some(tolerance))?, &data);
            check(&plan.apply(data)?, &right, (sigma, tolerance));
            let name = format!("ideal to {tolerance:e}");
            let ideal = rounds.add(name, move |out| Ok(plan.apply_into(data, out)?));
            ideals.push((tolerance, ideal));
        }
        let outcome = rounds.run(&mut out)?;
        for (tolerance, ideal) in ideals {
            let [base_ms, ms] = [base, ideal].map(|of| 1e3 * outcome.seconds(of).median);
            let [of_base, copies] = [base, copy].map(|to| outcome.ratio(ideal, to).median);
            println!(
                "| {sigma} | {base_ms:.2} | {tolerance:e} | {ms:.2} | {of_base:.3} | {copies:.1} |"
            );
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    announce();
    for case in CASES {
        race::<f32>(case, [1e-4, 1e-6])?;
    }
    race::<f64>(CASES[0], [1e-6, 1e-12])
}
