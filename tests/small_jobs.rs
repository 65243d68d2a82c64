//! Small images start no threads, whatever is asked for. A file of its own: threads of other tests
//! would be counted too.
#![cfg(all(feature = "rayon", target_os = "linux"))]

use std::fs;

use gausstack::{Gaussian, GradientMagnitude, Threads};
use ndarray::{Array2, Array3};

/// Threads of pools in this process.
fn pool_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux lists threads");
    let name =
        |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).unwrap_or_default();
    tasks.flatten().map(name).filter(|name| name.starts_with("gausstack-")).count()
}

#[test]
fn small_images_start_no_threads_and_large_ones_share_theirs() {
    let small = Array2::<f32>::ones((64, 64));
    for threads in [1, 2, 8, 32, 1_000_000] {
        let filter = Gaussian::new(1.0).threads(threads);
        filter.apply(&small).expect("valid");
        let plan = filter.plan::<f32, f32>([64, 64]).expect("valid");
        assert_eq!(plan.workers(), 1);
        filter.apply_in_place(&mut small.clone()).expect("valid");
        GradientMagnitude::new(1.0).threads(threads).apply(&small).expect("valid");
    }
    assert_eq!(pool_threads(), 0, "threads were started for a small image");

    let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get());
    let own = if cpus > 1 { cpus } else { 0 };
    let large = Array3::<f32>::ones((200, 6, 300));
    let filter = Gaussian::new(3.0).axes([0, 2]).threads(Threads::Fixed(cpus));
    for _ in 0..5 {
        filter.apply(&large).expect("valid");
        // The next plan has the threads of the last.
        assert_eq!(pool_threads(), own);
    }
}
