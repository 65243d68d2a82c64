//! How a stack of sixteen slices of 3000 x 5000 f32 scales with threads: one criterion group for
//! each instruction level, and one for copies, with the numbers of threads as its benches; pinned,
//! one hardware thread of every core first.
//!
//! `cargo bench -p gausstack-benches --bench scaling`; 2 GB of memory. `-- --save-baseline` and `--
//! --baseline` compare two states of the code; `gausstack report` gives the same axis beside its
//! ceilings.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use gausstack::Threads;
use gausstack_benches::{announce, check, gaussian, image, length, levels};
use gausstack_measure::{CopyFloor, Team, Topology};
use ndarray::Array3;

const SLICES: usize = 16;
const HEIGHT: usize = 3000;
const WIDTH: usize = 5000;
const ALONG: [(usize, f64); 2] = [(0, 3.0), (2, 5.0)];

/// Threads that double up to all CPUs, pinned where the system allows.
fn teams() -> Vec<Team> {
    let topology = Topology::read().map(Topology::usable);
    let order = topology.as_ref().map(Topology::pin_order).unwrap_or_default();
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts: Vec<usize> = std::iter::successors(Some(1), |count| Some(2 * count))
        .take_while(|&count| count < all)
        .collect();
    counts.extend(topology.as_ref().map(Topology::cores));
    counts.push(all);
    counts.sort_unstable();
    counts.dedup();
    counts
        .into_iter()
        .map(|count| match order.get(..count).map(Team::pinned) {
            Some(Ok(team)) => team,
            _ => Team::new(count).expect("threads can be started"),
        })
        .collect()
}

fn scaling(c: &mut Criterion) {
    let shape = [length(HEIGHT), SLICES, length(WIDTH)];
    let data: Array3<f32> = image(shape);
    // Touched before anything is timed.
    let mut out = Array3::<f32>::ones(shape);
    let teams = teams();
    let pixels = Throughput::Elements(data.len() as u64);
    for level in levels() {
        let mut group = c.benchmark_group(format!("scaling/{level}"));
        group.throughput(pixels.clone());
        for team in &teams {
            let plan = gaussian(level, &ALONG)
                .threads(Threads::Pool(team.pool()))
                .plan::<f32, f32>(shape)
                .expect("a valid filter");
            let mut checked = false;
            group.bench_function(BenchmarkId::from_parameter(team.threads()), |b| {
                if !checked {
                    out.fill(0.0);
                    plan.apply_into(&data, &mut out).expect("arrays of the plan's shape");
                    check((level, team.threads()), &data, &out, &ALONG);
                    checked = true;
                }
                b.iter(|| plan.apply_into(&data, &mut out));
            });
        }
        group.finish();
    }
    let mut group = c.benchmark_group("scaling/copy");
    group.throughput(pixels);
    for team in &teams {
        let floor = CopyFloor::on(team);
        group.bench_function(BenchmarkId::from_parameter(team.threads()), |b| {
            b.iter(|| floor.copy(&data, &mut out, &ALONG.map(|(axis, _)| axis)));
        });
    }
    group.finish();
}

criterion_group!(
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = scaling
);

fn main() {
    announce();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
