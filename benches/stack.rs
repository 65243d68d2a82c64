//! Whole stacks: sixteen slices of 3000 x 5000 f32 with the loop axis first, in the middle and
//! last, on one thread and on all; and what a new array costs beside one that is there.
//!
//! `cargo bench -p gausstack-benches --bench stack`; 3 GB of memory.

use std::thread::available_parallelism;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use gausstack::Threads;
use gausstack_benches::{announce, check, gaussian, image, length, levels, numbers};
use ndarray::Array3;

const SLICES: usize = 16;
const HEIGHT: usize = 3000;
const WIDTH: usize = 5000;

fn stack(c: &mut Criterion) {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut group = c.benchmark_group("stack");
    let (height, width) = (length(HEIGHT), length(WIDTH));
    let pixels = SLICES * height * width;
    group.throughput(Throughput::Elements(pixels as u64));
    // One pair of arrays for all shapes: every page has been touched before anything is timed.
    let mut memory = (numbers::<f32>(pixels), numbers::<f32>(pixels));
    // Shapes, and the axes that are filtered.
    let stacks = [
        ("first", [SLICES, height, width], [1, 2]),
        ("middle", [height, SLICES, width], [0, 2]),
        ("last", [height, width, SLICES], [0, 1]),
    ];
    for (name, shape, [y, x]) in stacks {
        let reshaped =
            |numbers| Array3::from_shape_vec(shape, numbers).expect("all shapes are of a size");
        let (data, mut out) = (reshaped(memory.0), reshaped(memory.1));
        let along = [(y, 3.0), (x, 5.0)];
        let mut counts = vec![1, cores];
        counts.dedup();
        for threads in counts {
            let plan = gaussian(levels()[0], &along)
                .threads(Threads::Fixed(threads))
                .plan::<f32, f32>(shape)
                .expect("a valid filter");
            let mut checked = false;
            group.bench_function(BenchmarkId::new(format!("loop axis {name}"), threads), |b| {
                if !checked {
                    out.fill(0.0);
                    plan.apply_into(&data, &mut out).expect("arrays of the plan's shape");
                    check(format!("loop axis {name}"), &data, &out, &along);
                    checked = true;
                }
                b.iter(|| plan.apply_into(&data, &mut out));
            });
        }
        memory = (data.into_raw_vec_and_offset().0, out.into_raw_vec_and_offset().0);
    }
    group.finish();
}

/// The whole stack on all threads, and one slice on one, each into an array that is there and into a
/// new one, which is freed again.
fn new_array(c: &mut Criterion) {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut group = c.benchmark_group("new array");
    for (name, slices, threads) in [("stack", SLICES, cores), ("slice", 1, 1)] {
        let shape = [length(HEIGHT), slices, length(WIDTH)];
        let data: Array3<f32> = image(shape);
        let mut out: Array3<f32> = image(shape);
        let along = [(0, 3.0), (2, 5.0)];
        group.throughput(Throughput::Elements(data.len() as u64));
        let plan = gaussian(levels()[0], &along)
            .threads(Threads::Fixed(threads))
            .plan::<f32, f32>(shape)
            .expect("a valid filter");
        let made = plan.apply(&data).expect("an array of the plan's shape");
        check(name, &data, &made, &along);
        drop(made);
        group.bench_function(BenchmarkId::new(format!("{name}, there"), threads), |b| {
            b.iter(|| plan.apply_into(&data, &mut out));
        });
        group.bench_function(BenchmarkId::new(format!("{name}, new"), threads), |b| {
            b.iter(|| plan.apply(&data));
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = stack, new_array
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
