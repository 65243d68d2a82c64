//! What a call costs beside its pixels: planning by the number of axes, planning for arrays without
//! pixels, and small images by the number of threads that are asked for.
//!
//! `cargo bench -p gausstack-benches --bench planning`; what it measured is in docs/performance.md.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gausstack::{Gaussian, Laplace, Threads};
use ndarray::Array2;

/// A shape of so many axes, all but three of length 1.
fn shape_of(axes: usize) -> Vec<usize> {
    let mut shape = vec![1; axes];
    (shape[0], shape[axes / 2], shape[axes - 1]) = (3, 4, 3);
    shape
}

fn axes(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan");
    group.sample_size(10);
    for axes in [8, 16, 32, 64] {
        let shape = shape_of(axes);
        let (smooth, laplace) = (Gaussian::new(1.0), Laplace::new(1.0));
        group.bench_function(BenchmarkId::new("gaussian", axes), |b| {
            b.iter(|| smooth.plan::<f64, f64>(&shape).expect("a valid filter"));
        });
        group.bench_function(BenchmarkId::new("laplace", axes), |b| {
            b.iter(|| laplace.plan::<f64, f64>(&shape).expect("a valid filter"));
        });
    }
    let empty = Gaussian::new(50.0).axes([1, 2, 3]);
    group.bench_function("empty, 35 x 12654571 x 1048576", |b| {
        b.iter(|| empty.plan::<u8, u8>([0, 35, 12_654_571, 1_048_576]).expect("a valid filter"));
    });
    group.finish();
}

fn small_images(c: &mut Criterion) {
    let image = Array2::<f32>::from_shape_fn((64, 64), |(y, x)| (y ^ x) as f32);
    let mut group = c.benchmark_group("64 x 64, sigma 1, threads asked for");
    for threads in [1, 2, 8, 32] {
        let filter = Gaussian::new(1.0).threads(Threads::Fixed(threads));
        group.bench_function(BenchmarkId::from_parameter(threads), |b| {
            b.iter(|| filter.apply(&image).expect("a valid filter"));
        });
    }
    group.finish();
    // Plans that come and go, of an image that is worth several threads.
    let image = Array2::<f32>::from_shape_fn((512, 512), |(y, x)| (y ^ x) as f32);
    let filter = Gaussian::new(1.0).threads(Threads::Fixed(2));
    c.bench_function("512 x 512, sigma 1, a plan for each, 2 threads", |b| {
        b.iter(|| filter.apply(&image).expect("a valid filter"));
    });
}

criterion_group!(benches, axes, small_images);
criterion_main!(benches);
