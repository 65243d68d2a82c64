//! Shapes beside images and volumes, on one thread: axes of length 1, a few elements a sample, many
//! tiny slices, single lines. Each beside the array that has as many pixels and no such axis.
//!
//! `cargo bench -p gausstack-benches --bench shapes`

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group};
use gausstack::Element;
use gausstack_benches::{announce, check, gaussian, image, levels};

const SIGMA: f64 = 1.0;

/// Times a filter of that sigma along some axes, into an output that has been written before.
fn time<T: Element>(group: &mut BenchmarkGroup<'_, WallTime>, shape: &[usize], axes: &[usize]) {
    let along: Vec<(usize, f64)> = axes.iter().map(|&axis| (axis, SIGMA)).collect();
    let filter = gaussian(levels()[0], &along).threads(1);
    let data = image::<T, _>(shape);
    let plan = filter.plan::<T, T>(shape).expect("a valid filter");
    let mut out = data.clone();
    group.throughput(Throughput::Elements(data.len() as u64));
    let id = format!("{shape:?} along {axes:?}, {}", T::TYPE);
    let mut checked = false;
    group.bench_function(id.clone(), |b| {
        if !checked {
            out.fill(T::default());
            plan.apply_into(&data, &mut out).expect("arrays of the plan's shape");
            check(&id, &data, &out, &along);
            checked = true;
        }
        b.iter(|| plan.apply_into(&data, &mut out));
    });
}

/// Times f32 and f64.
fn both(group: &mut BenchmarkGroup<'_, WallTime>, shape: &[usize], axes: &[usize]) {
    time::<f32>(group, shape, axes);
    time::<f64>(group, shape, axes);
}

/// An axis of length 1, filtered and as a loop, after the array without it.
fn ones(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_with_ones");
    for (without, with) in [
        (&[1000, 1000][..], &[&[1000, 1000, 1][..], &[1000, 1, 1000], &[1, 1000, 1000]][..]),
        (&[1_000_000], &[&[1_000_000, 1], &[1, 1_000_000], &[1, 1, 1_000_000]]),
        (&[100, 100, 100], &[&[100, 100, 100, 1], &[1, 100, 100, 100]]),
    ] {
        let all: Vec<usize> = (0..without.len()).collect();
        both(&mut group, without, &all);
        for shape in with {
            let all: Vec<usize> = (0..shape.len()).collect();
            let long: Vec<usize> = all.iter().copied().filter(|&axis| shape[axis] > 1).collect();
            both(&mut group, shape, &all);
            both(&mut group, shape, &long);
        }
    }
    group.finish();
}

/// A few columns or channels, after an image.
fn few(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_of_few_columns");
    both(&mut group, &[1000, 1000], &[0, 1]);
    for (columns, rows) in [(2, 500_000), (3, 333_333), (4, 250_000), (16, 62_500), (32, 31_250)] {
        both(&mut group, &[rows, columns], &[0]);
    }
    both(&mut group, &[1000, 333, 3], &[0, 1]);
    group.finish();
}

/// Images of 3 x 3 to 32 x 32.
fn tiny(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_of_tiny_slices");
    for (slices, side) in [(100_000, 3), (60_000, 4), (15_625, 8), (3906, 16), (976, 32)] {
        both(&mut group, &[slices, side, side], &[1, 2]);
    }
    group.finish();
}

/// Single lines.
fn lines(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_of_lines");
    for len in [100, 10_000, 1_000_000] {
        both(&mut group, &[len], &[0]);
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = ones, few, tiny, lines
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
