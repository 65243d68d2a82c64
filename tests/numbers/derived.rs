//! Magnitudes of gradients and Laplacians: bits against the model of their terms, values against
//! scipy.

use crate::common::case::{Along, Case};
use crate::common::compare::same_bits;
use crate::common::filter::Filter;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::{each_level, products};
use crate::common::model::{self, Products};
use crate::common::pixel::Pixel;
use crate::common::random::for_random;
use crate::common::stopped::stops_at_any_call;
use crate::common::strategies::{Job, job, shared_job, workers};
use crate::common::terms::combined;
use gausstack::{Combine, Error, GradientMagnitude, Laplace, Level, Mode, Rounding, TileShape};
use ndarray::ArrayD;

/// Of what a random job holds, what these filters have: a sigma along every axis, no orders, no
/// weights.
fn derived(mut job: Job) -> Job {
    for along in &mut job.case.along {
        let Along { sigma, order, weights, .. } = along;
        (*sigma, *order, *weights) = (sigma.max(0.25), 0, None);
    }
    job
}

fn configured<F: Filter>(filter: F, job: &Job, level: Level) -> F {
    job.configured(job.case.configured(filter, &job.case.along.iter().collect::<Vec<_>>()), level)
}

fn magnitude(job: &Job, level: Level) -> GradientMagnitude {
    let along = &job.case.along;
    let filter = GradientMagnitude::new(along.iter().map(|a| a.sigma).collect::<Vec<_>>())
        .truncate(job.case.truncate)
        .radius(along.iter().map(|a| a.radius).collect::<Vec<_>>());
    configured(filter, job, level)
}

fn laplace(job: &Job, level: Level) -> Laplace {
    let along = &job.case.along;
    let filter = Laplace::new(along.iter().map(|a| a.sigma).collect::<Vec<_>>())
        .truncate(job.case.truncate)
        .radius(along.iter().map(|a| a.radius).collect::<Vec<_>>());
    configured(filter, job, level)
}

/// The terms of one of these filters: a derivative along each axis. In each axes are filtered from
/// the first to the last.
fn terms(case: &Case, combine: Combine) -> Vec<Case> {
    let order = if combine == Combine::Magnitude { 1 } else { 2 };
    let ndim = case.shape.len() as isize;
    let term = |along: usize| {
        let mut case = case.clone();
        case.along[along].order = order;
        case.along.sort_by_key(|along| along.axis.rem_euclid(ndim));
        case
    };
    (0..case.along.len()).map(term).collect()
}

/// What is expected of one of these filters.
fn modelled<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    case: &Case,
    combine: Combine,
    products: Products,
) -> ArrayD<Out> {
    match terms(case, combine).as_slice() {
        [] => model::filter(data, case, products),
        terms => combined(data, terms, combine, products),
    }
}

/// Both filters, from the job's input layout to its output layout, and in place.
fn bits<In: Pixel, Out: Pixel>(job: &Job) {
    let data: ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let input = Placed::new(&data, &job.input);
    let blank = ArrayD::from_elem(data.raw_dim(), Out::of(-5.0));
    each_level(|level| {
        for combine in [Combine::Magnitude, Combine::Sum] {
            let mut output = Placed::new(&blank, &job.output);
            let around = output.surroundings();
            let (view, mut target) = (input.view(), output.view_mut());
            let result = match combine {
                Combine::Magnitude => {
                    magnitude(job, level).apply_into::<In, Out, _>(&view, &mut target)
                }
                _ => laplace(job, level).apply_into::<In, Out, _>(&view, &mut target),
            };
            result.expect("a valid request");
            let expected = modelled::<In, Out>(&data, &job.case, combine, products(level));
            same_bits(&output.view(), &expected, (In::TYPE, Out::TYPE, combine, job));
            same_bits(&output.surroundings(), &around, ("memory beside the output", job));
        }
    });
}

fn bits_in_place<T: Pixel>(job: &Job) {
    let data: ArrayD<T> = random(job.distribution, &job.case.shape, job.seed);
    each_level(|level| {
        for combine in [Combine::Magnitude, Combine::Sum] {
            let mut image = Placed::new(&data, &job.output);
            let around = image.surroundings();
            let mut view = image.view_mut();
            let result = match combine {
                Combine::Magnitude => magnitude(job, level).apply_in_place(&mut view),
                _ => laplace(job, level).apply_in_place(&mut view),
            };
            result.expect("a valid request");
            let expected = modelled::<T, T>(&data, &job.case, combine, products(level));
            same_bits(&image.view(), &expected, (T::TYPE, combine, job));
            same_bits(&image.surroundings(), &around, ("memory beside the image", job));
        }
    });
}

#[test]
fn floats_have_the_bits_of_their_terms() {
    for_random(job(), (150, 4), |job| {
        let job = derived(job);
        bits::<f32, f32>(&job);
        bits::<f64, f64>(&job);
        bits::<f32, f64>(&job);
        bits::<f64, f32>(&job);
    });
}

#[test]
fn integers_have_the_bits_of_their_terms() {
    for_random(job(), (150, 4), |job| {
        let job = derived(job);
        bits::<u8, u8>(&job);
        bits::<i16, f32>(&job);
        bits::<u16, i32>(&job);
        bits::<i32, u8>(&job);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        bits::<bool, bool>(&job);
        bits::<u64, i64>(&job);
        bits::<i8, i8>(&job);
    });
}

#[test]
fn arrays_filtered_in_place_have_the_bits_of_their_terms() {
    for_random(job(), (150, 4), |job| {
        let job = derived(job);
        bits_in_place::<f32>(&job);
        bits_in_place::<f64>(&job);
        bits_in_place::<u16>(&job);
    });
}

#[test]
fn shared_jobs_have_the_bits_of_their_terms() {
    for_random(shared_job(), (20, 4), |job| {
        let job = derived(job);
        bits::<f32, f32>(&job);
        bits::<u8, u8>(&job);
        bits_in_place::<f32>(&job);
        bits_in_place::<f64>(&job);
    });
}

/// No derivative is taken along an axis that is left alone.
#[test]
fn sigmas_of_derivatives() {
    for value in [0.0, 1e-15] {
        let wrong = Error::SigmaOfDerivative { axis: 2, value };
        let found = GradientMagnitude::new([1.0, value]).axes([0, 2]).plan::<f32, f32>([4, 5, 6]);
        assert_eq!(found.map(drop), Err(wrong.clone()));
        let found = Laplace::new([1.0, value]).axes([0, 2]).plan::<f32, f32>([4, 5, 6]);
        assert_eq!(found.map(drop), Err(wrong.clone()));
        assert!(wrong.to_string().contains("axis 2"), "{wrong}");
    }
    let found = Laplace::new([1.0, -1.0]).axes([0, 2]).plan::<f32, f32>([4, 5, 6]).map(drop);
    assert_eq!(found, Err(Error::Sigma { axis: 2, value: -1.0 }));
}

/// An observer hears of every pixel of every term, and of slices when they are done; it may stop
/// the run at any point.
#[test]
fn observers_of_several_terms() {
    for (shape, axes) in [(vec![40, 3, 50], vec![0, 2]), (vec![30, 40, 50], vec![0, 1, 2])] {
        let data: ArrayD<f32> = random(Distribution::Unit, &shape, 5);
        let filter = Laplace::new(1.5).axes(axes).threads(workers(1));
        stops_at_any_call(filter, |filter| filter.apply(&data));
    }
}

/// Where an axis has radius 0 its pass is left out of all terms but its own, which then have fewer
/// sweeps than that.
#[test]
fn terms_of_unlike_passes() {
    let layout = |order: [usize; 3], steps: [isize; 3]| Layout {
        order: order.to_vec(),
        steps: steps.to_vec(),
        margin: 1,
    };
    for (radii, mode) in [0, 1, 2].iter().flat_map(|&axis| {
        let mut radii = [3, 3, 3];
        radii[axis] = 0;
        Mode::ALL.iter().map(move |&mode| (radii, mode))
    }) {
        let case = Case::new(&[7, 60, 9], &[0, 1, 2], &[0.9, 0.7, 0.8]);
        let job = Job {
            case: case.mode(mode).radii(&radii).cval(0.5),
            distribution: Distribution::Normal,
            seed: 11,
            input: layout([2, 1, 0], [1, 1, -3]),
            output: layout([2, 1, 0], [-3, 2, -1]),
            tile: Some(TileShape { panel: 21, chunk: 14, group: 6 }),
            workers: 2,
        };
        bits::<f64, f64>(&job);
        bits::<f32, f32>(&job);
        bits::<f32, u8>(&job);
        bits_in_place::<f32>(&job);
    }
}
