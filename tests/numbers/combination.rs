//! Filters combined of several with weights of the caller's own: bits against the model of their
//! terms.

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::{each_level, products};
use crate::common::model;
use crate::common::pixel::Pixel;
use crate::common::random::for_random;
use crate::common::strategies::{Job, job_of_terms};
use crate::common::terms::combined;
use gausstack::{
    Combination, Combine, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode,
    Rounding, Term, Weights,
};
use ndarray::{Array2, ArrayD};

fn combination(job: &Job, terms: &[Case], combine: Combine, level: Level) -> Combination {
    let filter = Combination::new(combine, terms.iter().map(Case::term));
    let along: Vec<_> = job.case.along.iter().collect();
    // Terms have modes of their own.
    job.configured(job.case.configured(filter, &along).mode(Mode::Wrap), level)
}

/// From the job's input layout to its output layout, and in place.
fn bits<In: Pixel, Out: Pixel>(job: &Job, terms: &[Case]) {
    let data: ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let own: ArrayD<Out> = random(job.distribution, &job.case.shape, job.seed);
    let input = Placed::new(&data, &job.input);
    each_level(|level| {
        for combine in [Combine::Magnitude, Combine::Sum] {
            let filter = combination(job, terms, combine, level);
            let mut output = Placed::new(&own, &job.output);
            let around = output.surroundings();
            filter
                .apply_into::<In, Out, _>(&input.view(), &mut output.view_mut())
                .expect("a valid request");
            let context = (In::TYPE, Out::TYPE, combine, job, terms);
            same_bits(
                &output.view(),
                &expected(&data, job, terms, combine, level),
                ("apart", &context),
            );
            same_bits(&output.surroundings(), &around, ("memory beside the output", &context));

            let mut output = Placed::new(&own, &job.output);
            filter.apply_in_place(&mut output.view_mut()).expect("a valid request");
            let expected = expected::<Out, Out>(&own, job, terms, combine, level);
            same_bits(&output.view(), &expected, ("in place", &context));
            same_bits(&output.surroundings(), &around, ("beside, in place", &context));
        }
    });
}

fn expected<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    job: &Job,
    terms: &[Case],
    combine: Combine,
    level: Level,
) -> ArrayD<Out> {
    if job.case.along.is_empty() {
        return model::filter(data, &job.case, products(level));
    }
    combined(data, terms, combine, products(level))
}

#[test]
fn floats_have_the_bits_of_their_terms() {
    for_random(job_of_terms(), (100, 4), |(job, terms)| {
        bits::<f32, f32>(&job, &terms);
        bits::<f64, f64>(&job, &terms);
        bits::<f32, f64>(&job, &terms);
    });
}

#[test]
fn integers_have_the_bits_of_their_terms() {
    for_random(job_of_terms(), (100, 4), |(job, mut terms)| {
        bits::<u8, u8>(&job, &terms);
        bits::<u16, f32>(&job, &terms);
        bits::<f32, i32>(&job, &terms);
        let job = Job { case: job.case.clone().rounding(Rounding::Scipy), ..job };
        terms.iter_mut().for_each(|term| term.rounding = Rounding::Scipy);
        bits::<u8, i16>(&job, &terms);
        bits::<u64, i64>(&job, &terms);
        bits::<f32, bool>(&job, &terms);
    });
}

/// Derivatives of Gaussians by their weights are the filters that combine them.
#[test]
fn derivatives_by_their_weights() {
    let image = Array2::<f32>::from_shape_fn((50, 60), |(y, x)| ((y * x) % 23) as f32);
    let weights = |order| Weights::gaussian(2.0, order, 8, 0).expect("weights");
    let terms = |order| {
        let [along, across] = [weights(order), weights(0)];
        [[along.clone(), across.clone()], [across, along]].map(Term::new)
    };
    let found = Combination::new(Combine::Magnitude, terms(1)).apply(&image);
    assert_eq!(found, GradientMagnitude::new(2.0).apply(&image));
    let found = Combination::new(Combine::Sum, terms(2)).apply(&image);
    assert_eq!(found, Laplace::new(2.0).apply(&image));
    let one = Combination::new(Combine::Sum, [Term::new(weights(0))]);
    assert_eq!(one.apply(&image), Gaussian::new(2.0).apply(&image));
}

/// 16 bits are summed in f32 up to radius 1024: terms of which one is longer are summed alike all
/// the same.
#[test]
fn terms_of_one_arithmetic() {
    let image = Array2::<u16>::from_shape_fn((40, 30), |(y, x)| (900 * (y % 7 + x)) as u16);
    let short = Weights::gaussian(1.0, 0, 4, 0).expect("weights");
    let long = Weights::gaussian(400.0, 0, 1100, 0).expect("weights");
    let both = [&short, &long, &short].map(|weights| Term::new(weights.clone()));
    let found = Combination::new(Combine::Magnitude, both).apply(&image).expect("a valid request");
    let wide = image.mapv(f64::from);
    let of = |weights: &Weights| Combination::new(Combine::Sum, [Term::new(weights.clone())]);
    let [short, long] = [short, long].map(|weights| of(&weights).apply(&wide).expect("a term"));
    let expected = Array2::from_shape_fn(image.dim(), |at| {
        (2.0 * short[at] * short[at] + long[at] * long[at]).sqrt()
    });
    for (&found, &expected) in found.iter().zip(&expected) {
        assert!((f64::from(found) - expected).abs() <= 0.5 + 1e-9 * expected);
    }
}

/// Volumes are made in one sweep by a ring of slices, which terms that differ along the first axis
/// cannot share.
#[test]
fn terms_of_unlike_volumes() {
    let shape = [48, 9, 11];
    let axes = [0, 1, 2];
    let term = |mode: Mode, weights: &[usize]| {
        let mut case = Case::new(&shape, &axes, &[1.0; 3]).mode(mode).cval(0.5);
        for (along, &count) in case.along.iter_mut().zip(weights) {
            along.weights = Some((0..count).map(|i| 0.1 + 0.01 * i as f64).collect());
        }
        case
    };
    let all = [
        [term(Mode::Reflect, &[9, 3, 5]), term(Mode::Wrap, &[9, 3, 5])],
        [term(Mode::Wrap, &[9, 3, 5]), term(Mode::Nearest, &[9, 3, 5])],
        [term(Mode::Reflect, &[3, 3, 5]), term(Mode::Reflect, &[39, 3, 5])],
        [term(Mode::Constant, &[3, 3, 5]), term(Mode::Wrap, &[300, 3, 5])],
    ];
    let layout = |order: [usize; 3]| Layout { order: order.into(), steps: vec![1; 3], margin: 1 };
    for terms in all {
        for workers in [1, 2, 3] {
            let job = Job {
                case: terms[0].clone(),
                distribution: Distribution::Normal,
                seed: 3,
                input: layout([2, 0, 1]),
                output: Layout { margin: 0, ..layout([0, 1, 2]) },
                tile: None,
                workers,
            };
            bits::<f32, f32>(&job, &terms);
            bits::<f64, f64>(&job, &terms);
            bits::<u16, u8>(&job, &terms);
        }
    }
}

#[test]
fn refusals() {
    let plan = |filter: &Combination| filter.plan::<f32, f32>([4, 5]).map(drop);
    assert_eq!(plan(&Combination::new(Combine::Sum, [])), Err(Error::NoTerms));
    let mean = Weights::correlation(&[0.5, 0.5], 0, 0).expect("weights");
    let of = |weights: usize| Term::new(vec![mean.clone(); weights]);
    let wrong = Error::Length { parameter: "weights", expected: 2, found: 3 };
    assert_eq!(plan(&Combination::new(Combine::Sum, [of(2), of(3)])), Err(wrong));
    let wrong = Error::Length { parameter: "mode", expected: 2, found: 1 };
    let modes = of(2).mode([Mode::Wrap]);
    assert_eq!(plan(&Combination::new(Combine::Sum, [of(2), modes])), Err(wrong));
    let two = Combination::new(Combine::Sum, [of(2), of(2)]).missing(Missing::Ignore);
    assert_eq!(plan(&two), Err(Error::MissingTerms { terms: 2 }));
    assert!(two.plan_masked::<f32, f32>([4, 5]).is_err());
    let one = Combination::new(Combine::Sum, [of(2)]).missing(Missing::Ignore);
    assert_eq!(plan(&one), Ok(()));
}
