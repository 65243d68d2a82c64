//! The same bits as the filter's own run over the whole array, for every slab size.

mod common;

use std::sync::Arc;

use common::{Given, Taken, any_order, filtered, random};
use fastrand::Rng;
use gausstack::{
    Combination, Combine, ElementType, Gaussian, GradientMagnitude, Laplace, Missing, Mode,
    Options, PerAxis, Precision, Rounding, Separable, Term, Weights,
};
use gausstack_io::{Error, Filter, Layout, Order, Slabs, Stream};

/// A run whose memory is just what the thinnest slabs take, and `more`.
fn streamed(
    filter: &dyn Filter,
    (from, bytes, read_chunks): (&Layout, &[u8], &[usize]),
    (to, written_chunks): (&Layout, &[usize]),
    more: usize,
) -> (Vec<u8>, Slabs, Vec<usize>) {
    let stream = |memory| {
        let (given, taken) = (Given::new(from, bytes, read_chunks), Taken::new(to, written_chunks));
        let (reads, written) = (Arc::clone(&given.reads), Arc::clone(&taken.bytes));
        let (finished, touched) = (Arc::clone(&taken.finished), Arc::clone(&given.touched));
        let stream = Stream::new(Box::new(given), Box::new(taken), filter).memory(memory);
        (stream, reads, written, finished, touched)
    };
    let least = match stream(0).0.slabs() {
        Err(Error::Memory { needed, memory: 0, .. }) => needed,
        Ok(slabs) if slabs.count() == 0 => 0,
        other => panic!("slabs without memory: {other:?}"),
    };
    let (stream, reads, written, finished, touched) = stream(least + more);
    let slabs = stream.slabs().unwrap();
    assert!(slabs.memory_bytes() <= least + more, "{slabs}");
    let summary = stream.run().unwrap();
    assert_eq!(summary.slabs, slabs);
    assert!(*finished.lock().unwrap());
    let all = from.shape.iter().zip(read_chunks).map(|(len, chunk)| len.div_ceil(*chunk));
    let passes = *touched.lock().unwrap() as f64 / all.product::<usize>().max(1) as f64;
    assert!((slabs.read_passes() - passes).abs() < 1e-9 || slabs.count() == 0, "{passes}: {slabs}");
    let reads = reads.lock().unwrap().clone();
    let written = written.lock().unwrap().clone();
    (written, slabs, reads)
}

/// Any of the filters, along some axes.
fn any_filter(rng: &mut Rng, shape: &[usize]) -> (String, Box<dyn Filter>) {
    let axes: Vec<usize> = (0..shape.len()).filter(|_| rng.u8(..3) > 0).collect();
    let each = |some: &mut dyn FnMut() -> f64| axes.iter().map(|_| some()).collect::<Vec<f64>>();
    let sigma = each(&mut || [0.0, 0.4, 0.8, 1.3, 2.5][rng.usize(..5)]);
    let positive: Vec<f64> = sigma.iter().map(|sigma| sigma + 0.3).collect();
    let modes: Vec<Mode> = axes.iter().map(|_| Mode::ALL[rng.usize(..5)]).collect();
    let options = Options::new()
        .axes(&axes[..])
        .mode(PerAxis::Each(modes.clone()))
        .cval([0.0, 3.5][rng.usize(..2)])
        .precision([Precision::Native, Precision::Double][rng.usize(..2)])
        .rounding([Rounding::Nearest, Rounding::Scipy][rng.usize(..2)]);
    let missing = [Missing::Propagate, Missing::Propagate, Missing::Ignore, Missing::Keep];
    let missing = missing[rng.usize(..4)];
    let name = format!("{axes:?} {sigma:?} {modes:?} {options:?}");
    let sigmas = || PerAxis::Each(sigma.clone());
    let filter: Box<dyn Filter> = match rng.u8(..5) {
        0 => {
            let order = axes.iter().map(|_| 0).collect();
            let filter = Gaussian::new(sigmas()).order(PerAxis::Each(order)).options(options);
            Box::new(filter.missing(missing))
        }
        1 if !axes.is_empty() => Box::new(GradientMagnitude::new(positive).options(options)),
        2 if !axes.is_empty() => Box::new(Laplace::new(positive).options(options)),
        3 if !axes.is_empty() => {
            let weights = axes.iter().map(|_| (0..1 + rng.usize(..4)).map(|_| rng.f64()).collect());
            let weights: Vec<Vec<f64>> = weights.collect();
            let origin = weights.iter().map(|weights| -((weights.len() / 2) as isize)).collect();
            Box::new(Separable::new(weights).origin(PerAxis::Each(origin)).options(options))
        }
        4 if !axes.is_empty() => {
            let weights = |count: usize| Weights::correlation(&vec![0.25; count], 0, 0).unwrap();
            let terms = [Term::new(weights(3)), Term::new(weights(6))];
            Box::new(Combination::new(Combine::Sum, terms).options(options))
        }
        _ => Box::new(Gaussian::new(sigmas()).options(options)),
    };
    (name, filter)
}

#[test]
fn every_slab_size_has_the_bits_of_the_whole() {
    let mut rng = Rng::with_seed(18);
    let (mut several, mut halos) = (0, 0);
    for case in 0..700 {
        let ndim = rng.usize(1..=4);
        let most = [0, 90, 28, 14, 8][ndim];
        let shape: Vec<usize> = (0..ndim).map(|_| rng.usize(1..=most)).collect();
        let types = ElementType::ALL;
        let from = types[case % types.len()];
        let to = if rng.bool() { from } else { types[rng.usize(..types.len())] };
        let mut layout =
            |element| Layout { shape: shape.clone(), element, order: any_order(&mut rng) };
        let (from, to) = (layout(from), layout(to));
        let (name, filter) = any_filter(&mut rng, &shape);
        let mut chunks = || shape.iter().map(|&len| 1 + rng.usize(..len)).collect::<Vec<_>>();
        let (read_chunks, written_chunks) = (chunks(), chunks());
        let bytes = random(&mut rng, &from);
        let more = rng.usize(..4 * (from.bytes() + to.bytes()));
        let expected = filtered(&*filter, &from, &bytes, &to);
        let (found, slabs, reads) =
            streamed(&*filter, (&from, &bytes, &read_chunks), (&to, &written_chunks), more);
        assert!(found == expected, "case {case}: {from:?} {to:?} {name}\n{slabs}");
        assert!(reads.iter().all(|&reads| reads >= 1), "case {case}: {slabs}");
        if !name.contains("Wrap") {
            assert!(reads.iter().all(|&reads| reads == 1), "case {case}: {name} {slabs}");
        }
        several += usize::from(slabs.count() > 1);
        halos += usize::from(slabs.to_string().contains("halo"));
    }
    assert!(several > 300 && halos > 50, "{several} of several slabs, {halos} of them with halos");
}

/// All three axes filtered, along the outermost of which the slabs are cut, for every mode.
#[test]
fn volumes_in_slabs_with_halos_have_the_bits_of_the_whole() {
    let mut rng = Rng::with_seed(7);
    for mode in Mode::ALL {
        for element in [ElementType::F32, ElementType::U16, ElementType::F64] {
            for order in [Order::C, Order::Fortran] {
                let from = Layout { shape: vec![40, 17, 40], element, order };
                let to = Layout { order: Order::C, ..from.clone() };
                let bytes = random(&mut rng, &from);
                let filter = Gaussian::new(1.2).mode(mode).threads(1);
                let expected = filtered(&filter, &from, &bytes, &to);
                for more in [0, 30_000, 60_000, 120_000] {
                    let chunks = [4, 17, 9];
                    let (found, slabs, _) =
                        streamed(&filter, (&from, &bytes, &chunks), (&to, &chunks), more);
                    assert!(found == expected, "{mode:?} {element} {order:?}\n{slabs}");
                    assert!(more > 0 || slabs.count() >= 20, "{slabs}");
                }
            }
        }
    }
}

#[test]
fn arrays_without_elements_and_of_one_are_streamed() {
    for (shape, count) in [(vec![0, 4], 0), (vec![4, 0, 3], 0), (vec![], 1), (vec![1, 1], 1)] {
        let from = Layout { shape, element: ElementType::F32, order: Order::C };
        let bytes = vec![0; from.bytes()];
        let chunks = vec![1; from.shape.len()];
        let filter = Gaussian::new(2.0);
        let expected = filtered(&filter, &from, &bytes, &from);
        let (found, slabs, _) = streamed(&filter, (&from, &bytes, &chunks), (&from, &chunks), 9);
        assert_eq!((found, slabs.count()), (expected, count));
    }
}
