//! Shapes beside images and volumes, on one thread: axes of length 1, a few elements a sample, many
//! tiny slices, single lines, columns of wide images, other orders in memory. Each beside the array
//! that has as many pixels, or nearly, and no such axis, width or order.
//!
//! `cargo bench -p gausstack-benches --bench shapes`

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group};
use gausstack::Element;
use gausstack_benches::{announce, check, gaussian, image, levels};
use ndarray::{ArrayD, ArrayViewMutD, Axis, ShapeBuilder, Slice};

const SIGMA: f64 = 1.0;
/// The radius at which sums weigh more than memory.
const LARGE_SIGMA: f64 = 3.0;

/// Where an array lies in memory.
#[derive(Clone, Copy)]
struct Place {
    fortran: bool,
    /// From one element of a row to the next.
    step: usize,
}

const C: Place = Place { fortran: false, step: 1 };
const FORTRAN: Place = Place { fortran: true, step: 1 };
const EVERY_SECOND: Place = Place { fortran: false, step: 2 };

impl Place {
    /// Memory for an array of a shape.
    fn memory<T: Element>(self, shape: &[usize]) -> ArrayD<T> {
        let mut shape = shape.to_vec();
        if let Some(last) = shape.last_mut() {
            *last *= self.step;
        }
        ArrayD::from_elem(shape.set_f(self.fortran), T::default())
    }

    /// The array in its memory.
    fn view<T: Element>(self, memory: &mut ArrayD<T>) -> ArrayViewMutD<'_, T> {
        let last = Axis(memory.ndim() - 1);
        memory.slice_axis_mut(last, Slice::new(0, None, self.step as isize))
    }
}

/// Times a filter of that sigma along some axes of an array in C order.
fn time<T: Element>(group: &mut BenchmarkGroup<'_, WallTime>, shape: &[usize], axes: &[usize]) {
    let id = format!("{shape:?} along {axes:?}, {}", T::TYPE);
    time_placed::<T>(group, id, (shape, axes, SIGMA), [C, C]);
}

/// Times a filter from one place to another, into an output that has been written before.
fn time_placed<T: Element>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: String,
    (shape, axes, sigma): (&[usize], &[usize], f64),
    [from, to]: [Place; 2],
) {
    let along: Vec<(usize, f64)> = axes.iter().map(|&axis| (axis, sigma)).collect();
    let filter = gaussian(levels()[0], &along).threads(1);
    let plan = filter.plan::<T, T>(shape).expect("a valid filter");
    let (mut source, mut target) = (from.memory::<T>(shape), to.memory::<T>(shape));
    from.view(&mut source).assign(&image::<T, _>(shape));
    let (data, mut out) = (from.view(&mut source), to.view(&mut target));
    group.throughput(Throughput::Elements(data.len() as u64));
    let mut checked = false;
    group.bench_function(id.clone(), |b| {
        if !checked {
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
        for axes in [&[0][..], &[1], &[0, 1]] {
            both(&mut group, &[rows, columns], axes);
        }
    }
    for channels in 2..5 {
        both(&mut group, &[1000, 1000 / channels, channels], &[0, 1]);
    }
    group.finish();
}

/// Images of 3 x 3 to 64 x 64.
fn tiny(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_of_tiny_slices");
    for (slices, side) in [(100_000, 3), (60_000, 4), (15_625, 8), (3906, 16), (976, 32), (244, 64)]
    {
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

/// Columns of images whose rows are a power of two apart, and of others.
fn columns(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_along_columns");
    for width in [2048, 2080] {
        both(&mut group, &[2048, width], &[0]);
    }
    group.finish();
}

/// Other orders in memory, after an image, at two sigmas.
fn orders(c: &mut Criterion) {
    let mut group = c.benchmark_group("shapes_in_other_orders");
    let image: (&[usize], &[usize]) = (&[1000, 1000], &[0, 1]);
    let cases = [
        ("C order", image, [C, C]),
        ("Fortran order", image, [FORTRAN, FORTRAN]),
        ("C to Fortran order", image, [C, FORTRAN]),
        ("Fortran to C order", image, [FORTRAN, C]),
        ("every second element", image, [EVERY_SECOND, EVERY_SECOND]),
        ("every second element to C order", image, [EVERY_SECOND, C]),
        ("slices along the last axis", (&[250, 250, 16], &[0, 1]), [C, C]),
        ("every second element of a line", (&[1_000_000], &[0]), [EVERY_SECOND, EVERY_SECOND]),
        ("every second element of slices", (&[15_625, 8, 8], &[1, 2]), [EVERY_SECOND; 2]),
    ];
    for (name, (shape, axes), places) in cases {
        for sigma in [SIGMA, LARGE_SIGMA] {
            let id = |element| format!("{name}, sigma {sigma}, {element}");
            time_placed::<f32>(&mut group, id("f32"), (shape, axes, sigma), places);
            time_placed::<f64>(&mut group, id("f64"), (shape, axes, sigma), places);
        }
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = ones, few, tiny, lines, columns, orders
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
