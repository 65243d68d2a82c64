//! One slice on one thread: pixels per second through both passes, for levels, sigmas, sizes,
//! tiles, modes, element types and layouts, beside a plain copy of the same slice.
//!
//! `cargo bench -p gausstack-benches --bench slice`

use std::fmt::Display;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group};
use gausstack::{Element, Gaussian, Mode, Precision, StorePolicy, TileShape};
use gausstack_benches::{announce, check_extended, gaussian, image, laid_out, length, levels};
use ndarray::{ArrayRef, Axis, IxDyn, s};

/// The slice of the tutorial's stack.
fn slice_shape() -> [usize; 2] {
    [length(3000), length(5000)]
}

/// The tutorial's sigmas.
const ALONG: [(usize, f64); 2] = [(0, 3.0), (1, 5.0)];

/// Times one filter into an output that has been written before, with one scratch for all runs.
fn time<T: Element>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: impl Display,
    gaussian: &Gaussian,
    data: &ArrayRef<T, IxDyn>,
    along: &[(usize, f64)],
) {
    time_extended(group, id, gaussian, data, along, Mode::Reflect);
}

/// The same for a filter whose borders are not reflected.
fn time_extended<T: Element>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: impl Display,
    gaussian: &Gaussian,
    data: &ArrayRef<T, IxDyn>,
    along: &[(usize, f64)],
    mode: Mode,
) {
    let gaussian = gaussian.clone().mode(mode);
    let plan = gaussian.plan::<T, T>(data.shape()).expect("a valid filter");
    let mut scratch = plan.scratch().expect("memory for scratch");
    let mut out = data.to_owned();
    group.throughput(Throughput::Elements(data.len() as u64));
    let mut checked = false;
    group.bench_function(id.to_string(), |b| {
        if !checked {
            out.fill(T::default());
            plan.apply_slice(data, &mut out, &mut scratch).expect("arrays of the plan's shape");
            check_extended(id.to_string(), data, &out, along, mode);
            checked = true;
        }
        b.iter(|| plan.apply_slice(data, &mut out, &mut scratch));
    });
}

/// Each level on the standard slice, and the copy that all of them are measured against.
fn level(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice");
    let data = image::<f32, _>(slice_shape()).into_dyn();
    for level in levels() {
        time(&mut group, level, &gaussian(level, &ALONG), &data, &ALONG);
    }
    let mut out = data.clone();
    group.bench_function("copy", |b| b.iter(|| out.assign(&data)));
    group.finish();
}

/// The best level, by sigma.
fn sigma(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_sigma");
    let data = image::<f32, _>(slice_shape()).into_dyn();
    for sigma in [0.5, 1.0, 2.0, 5.0, 10.0, 20.0] {
        let along = [(0, sigma), (1, sigma)];
        time(&mut group, sigma, &gaussian(levels()[0], &along), &data, &along);
    }
    for (name, along) in
        [("rows only", [(0, 0.0), (1, 5.0)]), ("columns only", [(0, 5.0), (1, 0.0)])]
    {
        time(&mut group, name, &gaussian(levels()[0], &along), &data, &along);
    }
    group.finish();
}

/// Each level, by sigma and size.
fn grid(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_grid");
    for size in [256, 1024, 4096] {
        let data = image::<f32, _>([size, size]).into_dyn();
        for level in levels() {
            for sigma in [1.0, 4.0, 16.0] {
                let along = [(0, sigma), (1, sigma)];
                let id = format!("{level}/{sigma}/{size}x{size}");
                time(&mut group, id, &gaussian(level, &along), &data, &along);
            }
        }
    }
    group.finish();
}

/// Tiles about the plan's own, and both ways to store.
fn tile(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_tile");
    let data = image::<f32, _>(slice_shape()).into_dyn();
    let filter = gaussian(levels()[0], &ALONG);
    let own = filter.plan::<f32, f32>(slice_shape()).expect("a valid filter").tile();
    let TileShape { panel, chunk, group: rows } = own;
    let tiles = [
        own,
        TileShape { panel: panel / 2, ..own },
        TileShape { panel: panel * 2, ..own },
        TileShape { chunk: chunk / 8, ..own },
        TileShape { chunk: chunk / 2, ..own },
        TileShape { chunk: panel, ..own },
        TileShape { group: rows / 2, ..own },
        TileShape { group: rows * 2, ..own },
    ];
    // On some machines a chunk is a panel already.
    let new = |i: usize| !tiles[..i].contains(&tiles[i]);
    for tile in (0..tiles.len()).filter(|&i| new(i)).map(|i| tiles[i]) {
        let TileShape { panel, chunk, group: rows } = tile;
        let id = format!("panel {panel}, chunk {chunk}, group {rows}");
        time(&mut group, id, &filter.clone().tile(tile), &data, &ALONG);
    }
    for policy in [StorePolicy::Cached, StorePolicy::Streamed] {
        let id = format!("{policy:?}");
        time(&mut group, id, &filter.clone().stores(policy), &data, &ALONG);
    }
    group.finish();
}

/// Every way to extend the slice.
fn mode(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_mode");
    let data = image::<f32, _>(slice_shape()).into_dyn();
    for mode in [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Wrap, Mode::Constant] {
        time_extended(&mut group, mode, &gaussian(levels()[0], &ALONG), &data, &ALONG, mode);
    }
    group.finish();
}

/// f32 with f64 sums, and f64.
fn element(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_element");
    for level in levels() {
        let filter = gaussian(level, &ALONG);
        let double = filter.clone().precision(Precision::Double);
        let data = image::<f32, _>(slice_shape()).into_dyn();
        time(&mut group, format!("f32 double/{level}"), &double, &data, &ALONG);
        let data = image::<f64, _>(slice_shape()).into_dyn();
        time(&mut group, format!("f64/{level}"), &filter, &data, &ALONG);
    }
    group.finish();
}

/// The same pixels in other places; the output is in C order, except where the input is Fortran.
fn layout(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_layout");
    let filter = gaussian(levels()[0], &ALONG);
    let data = image::<f32, _>(slice_shape()).into_dyn();
    time(&mut group, "fortran", &filter, &laid_out(&data, &[1, 0]), &ALONG);
    let mut reversed = data.view();
    reversed.invert_axis(Axis(0));
    reversed.invert_axis(Axis(1));
    time(&mut group, "reversed", &filter, &reversed, &ALONG);
    let [height, width] = slice_shape();
    let wide = image::<f32, _>([height, 2 * width]);
    time(&mut group, "every second column", &filter, &wide.slice(s![.., ..;2]).into_dyn(), &ALONG);
    group.finish();
}

/// Small, narrow, flat, and with rows a power of two apart.
fn shape(c: &mut Criterion) {
    let mut group = c.benchmark_group("slice_shape");
    for shape in [[64, 64], [512, 512], [2048, 2048], [100_000, 20], [20, 100_000]] {
        let data = image::<f32, _>(shape).into_dyn();
        let [height, width] = shape;
        let id = format!("{height}x{width}");
        time(&mut group, id, &gaussian(levels()[0], &ALONG), &data, &ALONG);
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = level, sigma, grid, tile, mode, element, layout, shape
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
