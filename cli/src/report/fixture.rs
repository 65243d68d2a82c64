//! A report as a large server would write it: two sockets, 64 cores, 128 hardware threads. Its
//! curves follow laws that are known, with a little noise, so that what is read off them can be
//! checked; no such machine was measured.

use gausstack::{ElementType, Level};
use serde_json::json;

use super::cases::{self, Entry};
use super::model::{Check, Measurement, Race, Report, SCHEMA, Settings, Topic};
use crate::args::PrecisionName;

pub(super) const CORES: usize = 64;

/// Contention and coherency of the law that the filter follows up to one thread per core.
pub(super) const CONTENTION: f64 = 0.02;
pub(super) const COHERENCY: f64 = 1e-4;

/// Threads from which on a copy is slower than the arithmetic.
pub(super) const WALL: usize = 32;

/// Pixels per second of the filter on one thread, in millions.
const SINGLE: f64 = 1100.0;

/// The report of a full run; another seed is another run of the same machine.
pub(super) fn server(seed: u64) -> Report {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut levels = Level::available();
    levels.reverse();
    let settings = Settings {
        quick: false,
        rounds: 7,
        shape: [3000, 16, 5000],
        slice_axis: 1,
        sigma: [3.0, 5.0],
        threads: vec![1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128],
        levels: levels.iter().map(|level| level.name().to_owned()).collect(),
    };
    let race = |batch: cases::Batch| Race {
        topic: batch.topic,
        dropped: usize::from(batch.topic == Topic::Shape),
        disturbed: false,
        readable: true,
        measurements: batch.entries.iter().map(|e| measured(batch.topic, e, &mut random)).collect(),
    };
    let races = cases::batches(&settings, &levels, true).into_iter().map(race).collect();
    let cpu = |id: usize| {
        json!({
            "id": id, "core": id % CORES, "sibling": id / CORES,
            "socket": id % CORES / 32, "node": id % CORES / 32, "capacity": null
        })
    };
    let cpus: Vec<_> = (0..2 * CORES).map(cpu).collect();
    let machine = json!({
        "cpu": "Example 9554 64-Core Processor", "usable_cpus": 128, "cores": 64,
        "threads_per_core": 2, "core_kinds": [], "sockets": 2, "numa_nodes": 2,
        "virtual_machine": false, "levels": settings.levels.iter().rev().collect::<Vec<_>>(),
        "tuning": "generic",
        "caches": [
            {"level": 1, "kind": "Data", "bytes": 49152, "shared_by": 2},
            {"level": 2, "kind": "Unified", "bytes": 1_048_576, "shared_by": 2},
            {"level": 3, "kind": "Unified", "bytes": 33_554_432, "shared_by": 16}
        ],
        "memory": 412_316_860_416_u64, "memory_limit": null, "huge_pages": "madvise", "governor": "performance",
        "quota": null, "system": "linux 6.1.0 x86_64", "version": "0.1.0",
        "rustc": "rustc 1.95.0", "flags": "release profile, opt-level 3, no RUSTFLAGS",
        "commit": "0123456789ab"
    });
    Report {
        schema: SCHEMA,
        started: "2026-11-23T12:00:00Z".to_owned(),
        duration: 512.25,
        settings,
        machine: serde_json::from_value(machine).unwrap(),
        cpus: serde_json::from_value(cpus.into()).unwrap(),
        races,
        unmeasured: Vec::new(),
    }
}

/// What the law gives for a number of threads, beside one.
pub(super) fn speed_up(threads: usize) -> f64 {
    let n = threads.min(CORES) as f64;
    let law = n / (1.0 + CONTENTION * (n - 1.0) + COHERENCY * n * (n - 1.0));
    // Second hardware threads add little.
    if threads > CORES { 1.04 * law } else { law }
}

fn measured(topic: Topic, entry: &Entry, random: &mut fastrand::Rng) -> Measurement {
    let case = &entry.case;
    // Whatever this machine's levels are, the best one is that of the law.
    let better = Level::available().iter().rev().position(|&level| level == entry.level);
    let level = [1.0, 0.8, 0.3][better.unwrap_or(0).min(2)];
    let native = case.precision == PrecisionName::Native;
    let taps: f64 = case.sigma.iter().map(|sigma| (4.0 * sigma + 0.5).floor()).sum();
    let operations = if native { 2.0 * taps + 2.0 } else { 3.0 * taps + 2.0 };
    let cost = (operations / 66.0).max(0.5) * case.element.size() as f64 / 4.0;
    let threads = entry.threads;
    let placed = if entry.pinned { 1.0 } else { 0.96 };
    let even = topic != Topic::SliceCounts || entry.case.slices().is_multiple_of(threads);
    let split = if even { 1.0 } else { 0.93 };
    let rate = 1e6 * SINGLE * speed_up(threads) * level * placed * split / cost;
    let bytes = case.bytes_per_pixel() as f64 / 8.0;
    let ceiling = |each: f64, all: f64| 1e6 * (each * threads as f64).min(all) / bytes;
    let arithmetic = 1e6 * 1500.0 * level * threads.min(CORES) as f64 / cost;
    let mut times = |rate: f64| -> Vec<f64> {
        let seconds = case.pixels() as f64 / rate;
        let noise = |random: &mut fastrand::Rng| (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        (0..7).map(|_| seconds * (0.01 * noise(random)).exp()).collect()
    };
    let is_single = case.element == ElementType::F32;
    Measurement {
        case: case.clone(),
        level: entry.level.name().to_owned(),
        threads,
        pinned: entry.pinned,
        seconds: times(rate),
        copy_seconds: times(ceiling(1500.0, 37_500.0)),
        streaming_copy_seconds: is_single.then(|| times(ceiling(1800.0, 42_000.0))),
        arithmetic_seconds: times(arithmetic),
        operations,
        check: Check {
            error: Some(7.4e-8),
            bound: 4e-7,
            pixels: 43_000,
            bits: format!("{:016x}", u64::from(entry.level.fuses())),
            peak_bytes: Some(1_200_000 * threads as u64),
        },
    }
}
