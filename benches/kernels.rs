//! The f32 kernels alone, on one core, on data that stay in the first two caches: results per
//! second of each pass, and values per second of the steps that bring data in, between the passes,
//! and out.
//!
//! `cargo bench -p gausstack-benches --bench kernels`

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use gausstack_benches::{announce, kernel, levels, numbers};
use gausstack_kernels::{
    AlignedBuffer, ElementType, Extent, InRows, Kernels, Level, OutRows, Parity, Plane, PlaneMut,
    Prefetch, Rounding, RowTable, Strides, Taps,
};

/// Columns that the row pass takes at a time.
const CHUNK: usize = 256;
/// Columns of the panel, whose ring is too large for the first cache and fits the second at every
/// radius here; rows of the group that the column pass makes of it, and columns of the strips that
/// it makes.
const PANEL: usize = 512;
const GROUP: usize = 24;
const STRIP: usize = 128;
/// A row of the ring: an odd number of cache lines.
const PITCH: usize = PANEL + 16;
/// A row of a strip, likewise.
const STRIP_PITCH: usize = STRIP + 16;

fn kernels(level: Level) -> Kernels<f32> {
    let element = ElementType::F32;
    Kernels::new(level, Rounding::Nearest, element, element).expect("f32 is summed in f32")
}

fn zeroed(len: usize) -> AlignedBuffer<f32> {
    AlignedBuffer::zeroed(len).expect("memory for a bench")
}

fn filled(len: usize) -> AlignedBuffer<f32> {
    let mut buffer = zeroed(len);
    buffer.copy_from_slice(&numbers(len));
    buffer
}

/// One run of the FIR: output row `y` of `width` elements from the input rows that start at `y *
/// step` and behind, strip by strip.
struct Fir {
    src: AlignedBuffer<f32>,
    table: RowTable,
    step: usize,
    rows: usize,
    width: usize,
    /// Columns of a strip, and elements from one of its rows to the next.
    strip: usize,
    pitch: usize,
    dst: AlignedBuffer<f32>,
}

impl Fir {
    /// Columns of a chunk, each a vector of as many rows as the level has lanes.
    fn row_pass(level: Level, radius: usize) -> Self {
        let lanes = kernels(level).lanes();
        Self::new(CHUNK, [lanes; 2], [lanes; 2], radius)
    }

    /// Rows of a ring.
    fn column_pass(radius: usize) -> Self {
        Self::new(GROUP, [PANEL, PITCH], [STRIP, STRIP_PITCH], radius)
    }

    fn new(rows: usize, ring: [usize; 2], strip: [usize; 2], radius: usize) -> Self {
        let lines = rows + 2 * radius;
        let ([width, step], [strip, pitch]) = (ring, strip);
        let mut table = RowTable::with_capacity(lines).expect("memory for a bench");
        table.fill((0..lines).map(|line| line * step));
        let (src, dst) = (filled(lines * step), zeroed(rows * pitch));
        Self { src, table, step, rows, width, strip, pitch, dst }
    }

    fn run(&mut self, kernels: &Kernels<f32>, half: &[f32]) {
        for first in (0..self.width).step_by(self.strip) {
            self.run_strip(kernels, half, first);
        }
    }

    fn run_strip(&mut self, kernels: &Kernels<f32>, half: &[f32], first: usize) {
        let Self { src, table, rows, strip: width, pitch, dst, .. } = self;
        let taps = Taps::centred(Parity::Even, half);
        let source = InRows { values: &src[first..], table, rows: 0..*rows, width: *width };
        kernels.fir(taps, &source, OutRows { values: dst, pitch: *pitch }, Prefetch::NONE);
    }

    /// Compares every result with a plain sum in f64.
    fn check(&mut self, kernels: &Kernels<f32>, half: &[f32], weights: &[f64]) {
        for first in (0..self.width).step_by(self.strip) {
            self.run_strip(kernels, half, first);
            for (y, x) in (0..self.rows).flat_map(|y| (0..self.strip).map(move |x| (y, x))) {
                let sample = |line: usize| f64::from(self.src[line * self.step + first + x]);
                let expected: f64 =
                    weights.iter().enumerate().map(|(k, w)| w * sample(y + k)).sum();
                let error = (f64::from(self.dst[y * self.pitch + x]) - expected).abs();
                assert!(error <= 2e-7, "result {} of row {y} is off by {error:e}", first + x);
            }
        }
    }
}

fn fir(c: &mut Criterion, name: &str, set_up: impl Fn(Level, usize) -> Fir) {
    let mut group = c.benchmark_group(name);
    for level in levels() {
        let kernels = kernels(level);
        // Radii of sigma 0.5, 1, 3, 5 and 15.
        for radius in [2, 4, 12, 20, 60] {
            let weights = kernel(radius as f64 / 4.0);
            let half: Vec<f32> = weights[radius..].iter().map(|&w| w as f32).collect();
            let mut fir = set_up(level, radius);
            fir.check(&kernels, &half, &weights);
            group.throughput(Throughput::Elements((fir.rows * fir.width) as u64));
            group.bench_function(BenchmarkId::new(level.name(), radius), |b| {
                b.iter(|| fir.run(&kernels, &half));
            });
        }
    }
    group.finish();
}

fn row_pass(c: &mut Criterion) {
    fir(c, "row_pass", Fir::row_pass);
}

fn column_pass(c: &mut Criterion) {
    fir(c, "column_pass", |_, radius| Fir::column_pass(radius));
}

/// A band of rows into columns, columns into rows of the ring, rows into an image.
fn moves(c: &mut Criterion) {
    let mut group = c.benchmark_group("moves");
    for level in levels() {
        let kernels = kernels(level);
        let lanes = kernels.lanes();
        let extent = Extent { rows: lanes, columns: CHUNK, inner: 1 };
        let image = filled(lanes * PITCH);
        let mut columns = zeroed(lanes * CHUNK);
        let mut rows = zeroed(lanes * PITCH);
        let mut out = zeroed(lanes * PITCH);
        let offsets: Vec<usize> = (0..lanes).map(|row| row * PITCH).collect();
        group.throughput(Throughput::Elements((lanes * CHUNK) as u64));

        let along_rows = Strides { row: PITCH as isize, column: 1, inner: 1 };
        let along_columns = Strides { row: 1, column: lanes as isize, inner: 1 };
        for (layout, strides) in [("rows", along_rows), ("columns", along_columns)] {
            // SAFETY: `image` holds `lanes` rows of PITCH > CHUNK elements, and as many columns of
            // `lanes` elements.
            #[expect(unsafe_code, reason = "a plane of a buffer")]
            let plane = unsafe { Plane::new(image.as_ptr(), extent, strides) };
            kernels.pack_columns(&plane, 0..lanes, 0..CHUNK, &mut columns, 0);
            for (place, &value) in columns.iter().enumerate() {
                let (column, row) = ((place / lanes) as isize, (place % lanes) as isize);
                let source = row * strides.row + column * strides.column;
                assert_eq!(value, image[source as usize], "row {row} of column {column}");
            }
            group.bench_function(BenchmarkId::new(format!("pack_{layout}"), level), |b| {
                b.iter(|| kernels.pack_columns(&plane, 0..lanes, 0..CHUNK, &mut columns, 0));
            });
        }

        kernels.unpack(&columns, CHUNK, &mut rows, &offsets);
        for (place, &value) in columns.iter().enumerate() {
            assert_eq!(value, rows[place % lanes * PITCH + place / lanes], "value {place}");
        }
        group.bench_function(BenchmarkId::new("unpack", level), |b| {
            b.iter(|| kernels.unpack(&columns, CHUNK, &mut rows, &offsets));
        });

        for (stores, streaming) in [("ordinary", false), ("streaming", true)] {
            // SAFETY: `out` holds `lanes` rows of PITCH > CHUNK elements and is borrowed by nothing
            // else while the plane is in use.
            #[expect(unsafe_code, reason = "a plane of a buffer")]
            let mut plane = unsafe { PlaneMut::new(out.as_mut_ptr(), extent, along_rows) };
            let store = |plane: &mut PlaneMut<'_>| {
                kernels.store(&rows, PITCH, plane, 0..lanes, 0..CHUNK, streaming);
            };
            store(&mut plane);
            for row in 0..lanes {
                let written = row * PITCH..row * PITCH + CHUNK;
                assert_eq!(out[written.clone()], rows[written], "row {row}");
            }
            out.fill(0.0);
            // SAFETY: as above.
            #[expect(unsafe_code, reason = "a plane of a buffer")]
            let mut plane = unsafe { PlaneMut::new(out.as_mut_ptr(), extent, along_rows) };
            group.bench_function(BenchmarkId::new(format!("store_{stores}"), level), |b| {
                b.iter(|| store(&mut plane));
            });
        }
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = row_pass, column_pass, moves
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
