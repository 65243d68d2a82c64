//! Files of several times the memory that a stream may take, and what it takes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gausstack::ElementType;
use gausstack_io::{FileJob, Layout, Order, npy};
use gausstack_measure::PeakMemory;

pub(crate) const MEMORY: usize = 48 << 20;

/// 200 MB.
pub(crate) fn layout() -> Layout {
    Layout { shape: vec![500, 100, 1000], element: ElementType::F32, order: Order::C }
}

/// Writes a file row by row.
pub(crate) fn write(path: &Path, layout: &Layout) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    npy::write(&Layout { shape: layout.shape.clone(), ..*layout }, &[], &mut file).unwrap();
    let row: Vec<u8> = (0..layout.bytes() / layout.shape[0]).map(|at| at as u8 & 0x3f).collect();
    for _ in 0..layout.shape[0] {
        file.write_all(&row).unwrap();
    }
    file.flush().unwrap();
}

/// Runs a job, and compares the peak of this process, which runs nothing else, with what is allowed.
pub(crate) fn check(name: &str, job: &FileJob<'_>, printed: &str, peak: &PeakMemory) {
    let slabs = job.slabs().unwrap();
    assert!(slabs.to_string().contains(printed), "{name}: {slabs}");
    assert!(slabs.count() > 4 && slabs.memory_bytes() <= MEMORY, "{name}: {slabs}");
    // So thick that memory is used.
    assert!(slabs.memory_bytes() > MEMORY / 2, "{name}: {slabs}");
    job.run().unwrap();
    let grown = peak.grown().unwrap() as usize;
    println!("{name}: {} KiB", grown >> 10);
    // A tenth for stacks of threads, and what the allocator keeps.
    assert!(grown <= MEMORY + MEMORY / 10, "{name}: {} KiB\n{slabs}", grown >> 10);
    assert!(grown > MEMORY / 3, "{name}: {} KiB measured\n{slabs}", grown >> 10);
}
