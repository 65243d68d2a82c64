//! The proptest strategies, all of them: any request on any array in any layout.
//!
//! Each is boxed: the type of one that is not holds those of all its parts, and so does the code that
//! is compiled for it.

use gausstack::{Mode, Precision, Rounding, TileShape};
use proptest::prelude::*;
use proptest::sample::select;

use super::case::{Along, Case};
use super::inputs::Distribution;
pub(crate) use super::job::{Job, workers};
use super::layout::Layout;

/// Any request on any array of up to four axes and a few thousand elements.
pub(crate) fn job() -> BoxedStrategy<Job> {
    shape()
        .prop_flat_map(|shape| {
            let layouts = (layout(shape.len()), layout(shape.len()));
            let data = (select(&Distribution::ALL[..]), any::<u64>());
            (case(shape), layouts, data, proptest::option::of(tile()), 1usize..=7).prop_map(
                |(case, (input, output), (distribution, seed), tile, workers)| Job {
                    case,
                    distribution,
                    seed,
                    input,
                    output,
                    tile,
                    workers,
                },
            )
        })
        .boxed()
}

/// Weights with their origin, a mode, and which of these an axis of a term takes.
type OwnAlong = ((Vec<f64>, isize), Mode, i32);

/// Any request, and several terms of its axes: each with weights and modes of its own, or with some
/// of the first one's, or with weights that change nothing.
pub(crate) fn job_of_terms() -> BoxedStrategy<(Job, Vec<Case>)> {
    job()
        .prop_flat_map(|job| {
            let axes = job.case.along.len();
            let own = (weights(), select(&Mode::ALL[..]), 0..6);
            let terms = proptest::collection::vec(proptest::collection::vec(own, axes), 1..=3);
            terms.prop_map(move |terms| {
                let mut job = job.clone();
                job.case.convolves = false;
                let first = terms[0].clone();
                let term = |own: &Vec<OwnAlong>| {
                    let mut case = job.case.clone();
                    for ((along, own), first) in case.along.iter_mut().zip(own).zip(&first) {
                        let ((weights, origin), mode, kind) = own;
                        let ((like, from), common, _) = first;
                        let (weights, origin) = match kind {
                            0 => (vec![1.0], 0),
                            1 => (weights.clone(), *origin),
                            // Others with the reach of the first.
                            _ => (like.iter().map(|w| 0.5 * w).collect(), *from),
                        };
                        let mode = if *kind == 2 { *mode } else { *common };
                        along.sigma = 1.0;
                        (along.weights, along.origin, along.mode) = (Some(weights), origin, mode);
                    }
                    case
                };
                let terms = terms.iter().map(term).collect();
                (job, terms)
            })
        })
        .boxed()
}

/// A request on an image or a stack that is large enough to be shared by several workers.
pub(crate) fn shared_job() -> BoxedStrategy<Job> {
    let image = (200usize..=330, 200usize..=330).prop_map(|(y, x)| vec![y, x]);
    let stack = proptest::collection::vec(40usize..=60, 3);
    let slender = (1usize..=3, 10_000usize..=15_000, any::<bool>())
        .prop_map(|(few, many, tall)| if tall { vec![many, 4 * few] } else { vec![4 * few, many] });
    let shape = prop_oneof![image, stack, slender];
    shape
        .prop_flat_map(|shape| {
            let layouts = (layout(shape.len()), layout(shape.len()));
            let axes = Just((0..shape.len()).collect::<Vec<_>>()).prop_shuffle();
            let modes = proptest::collection::vec(select(&Mode::ALL[..]), 2);
            let sigma = (3.0..6.0, 3.0..6.0);
            let choices = (axes, modes, sigma, 0usize..=1, precision());
            (choices, layouts, any::<u64>(), proptest::option::of(tile()), 2usize..=7).prop_map(
                move |(choices, (input, output), seed, tile, workers)| {
                    let (axes, modes, sigma, order, precision) = choices;
                    let axes = [axes[0] as isize, axes[1] as isize];
                    let case = Case::new(&shape, &axes, &[sigma.0, sigma.1])
                        .modes(&modes)
                        .orders(&[order, 0])
                        .cval(0.5)
                        .precision(precision);
                    let distribution = Distribution::Normal;
                    Job { case, distribution, seed, input, output, tile, workers }
                },
            )
        })
        .boxed()
}

/// A request on an array of the given shape; its constant may be NaN or infinite.
fn case(shape: Vec<usize>) -> BoxedStrategy<Case> {
    let ndim = shape.len();
    let axes = (Just((0..ndim).collect::<Vec<_>>()).prop_shuffle(), 0..=ndim)
        .prop_map(|(axes, filtered)| axes[..filtered].to_vec());
    let lengths = shape.clone();
    let own = prop_oneof![3 => Just(false), 1 => Just(true)];
    let along = (axes, own).prop_flat_map(move |(axes, own)| {
        axes.iter().map(|&axis| along(axis, &lengths, own)).collect::<Vec<_>>()
    });
    let cval = prop_oneof![
        4 => Just(0.0),
        4 => -2.0..2.0,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ];
    let rounding = select(vec![Rounding::Nearest, Rounding::Scipy]);
    (along, select(vec![4.0, 3.0, 0.5]), any::<bool>(), cval, precision(), rounding)
        .prop_map(move |(along, truncate, convolves, cval, precision, rounding)| Case {
            shape: shape.clone(),
            along,
            truncate,
            convolves,
            cval,
            precision,
            rounding,
        })
        .boxed()
}

/// `own` ones have weights of their own.
fn along(axis: usize, shape: &[usize], own: bool) -> BoxedStrategy<Along> {
    let ndim = shape.len();
    let longest = (3 * shape[axis]).min(100);
    let sigma = prop_oneof![1 => Just(0.0), 6 => 0.3..4.0, 2 => 4.0..12.0];
    let radius = proptest::option::weighted(0.4, 0..=longest);
    let mode = select(&Mode::ALL[..]);
    let own = weights().prop_map(move |weights| if own { Some(weights) } else { None });
    (sigma, 0usize..=3, radius, mode, any::<bool>(), own)
        .prop_map(move |(sigma, order, radius, mode, from_end, own)| Along {
            axis: if from_end { axis as isize - ndim as isize } else { axis as isize },
            sigma,
            order,
            radius,
            mode,
            origin: own.as_ref().map_or(0, |(_, origin)| *origin),
            weights: own.map(|(weights, _)| weights),
        })
        .boxed()
}

/// Weights without symmetry, symmetric or antisymmetric, and one of the origins that they may have.
fn weights() -> BoxedStrategy<(Vec<f64>, isize)> {
    let some = proptest::collection::vec(-1.0..1.0, 1..=30);
    (some, 0..3, any::<proptest::sample::Index>(), any::<bool>())
        .prop_map(|(half, symmetry, origin, centred)| {
            let mirrored = |sign: f64| {
                let right = half[1..].iter().copied();
                let left = half[1..].iter().rev().map(|w| sign * w);
                let centre = if sign < 0.0 { 0.0 } else { half[0] };
                left.chain([centre]).chain(right).collect()
            };
            let weights: Vec<f64> = match symmetry {
                0 => half.clone(),
                1 => mirrored(1.0),
                _ => mirrored(-1.0),
            };
            let count = weights.len();
            let origin = origin.index(count) as isize - (count / 2) as isize;
            (weights, if centred { 0 } else { origin })
        })
        .boxed()
}

fn precision() -> BoxedStrategy<Precision> {
    prop_oneof![3 => Just(Precision::Native), 1 => Just(Precision::Double)].boxed()
}

fn shape() -> BoxedStrategy<Vec<usize>> {
    let long = || {
        prop_oneof![
            1 => Just(0usize),
            8 => 1usize..=9,
            8 => select(vec![15usize, 16, 17, 31, 32, 33]),
            4 => 34usize..=70,
        ]
    };
    let short = || prop_oneof![1 => Just(0usize), 30 => 1usize..=19];
    // One axis that is longer than what is interleaved, or than what fills vectors by itself.
    let one_long = (1usize..=12, 1usize..=12, 60usize..=300)
        .prop_flat_map(|(a, b, long)| Just(vec![a, b, long]).prop_shuffle());
    // Axes of one sample anywhere, lines of a few elements a sample, many tiny slices.
    let ones = proptest::collection::vec(prop_oneof![2 => Just(1usize), 1 => 2usize..=40], 2..=5)
        .prop_map(of_some_thousands);
    let few = (1024usize..=1500, 2usize..=5).prop_map(|(many, few)| vec![many, few]);
    let tiny = (64usize..=150, 2usize..=9, 2usize..=9).prop_map(|(n, y, x)| vec![n, y, x]);
    prop_oneof![
        2 => proptest::collection::vec(0usize..=400, 1),
        2 => ones,
        1 => few,
        1 => tiny,
        5 => proptest::collection::vec(long(), 2),
        4 => proptest::collection::vec(short(), 3),
        1 => one_long,
        2 => proptest::collection::vec(1usize..=7, 4),
    ]
    .boxed()
}

/// Axes of one sample for those that would make the array larger than 40 by 40 by 4. (One in ten
/// thousand would have five long axes, and the model would take minutes for it.)
fn of_some_thousands(mut shape: Vec<usize>) -> Vec<usize> {
    let mut count = 1;
    for len in &mut shape {
        if count * *len > 6400 {
            *len = 1;
        }
        count *= *len;
    }
    shape
}

fn layout(ndim: usize) -> BoxedStrategy<Layout> {
    let order = Just((0..ndim).collect::<Vec<_>>()).prop_shuffle();
    let step = prop_oneof![4 => Just(1isize), 1 => Just(-1), 1 => Just(2), 1 => Just(-3)];
    (order, proptest::collection::vec(step, ndim), 0usize..=3)
        .prop_map(|(order, steps, margin)| Layout { order, steps, margin })
        .boxed()
}

fn tile() -> BoxedStrategy<TileShape> {
    (1usize..=70, 1usize..=70, 1usize..=40)
        .prop_map(|(panel, chunk, group)| TileShape { panel, chunk, group })
        .boxed()
}
