//! What a stream holds at most: this program runs nothing else.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gausstack::{ElementType, Gaussian};
use gausstack_io::{FileJob, Filter, Layout, Order, npy};
use gausstack_measure::PeakMemory;

const MEMORY: usize = 48 << 20;

/// A file of several times the memory, written row by row.
fn write(path: &Path, layout: &Layout) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    npy::write(&Layout { shape: layout.shape.clone(), ..*layout }, &[], &mut file).unwrap();
    let row: Vec<u8> = (0..layout.bytes() / layout.shape[0]).map(|at| at as u8 & 0x3f).collect();
    for _ in 0..layout.shape[0] {
        file.write_all(&row).unwrap();
    }
    file.flush().unwrap();
}

#[test]
fn a_stream_stays_within_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
    // 200 MB.
    let layout = Layout { shape: vec![500, 100, 1000], element: ElementType::F32, order: Order::C };
    write(&input, &layout);
    let filters: [(&str, Gaussian, &str); 3] = [
        ("slices along the middle", Gaussian::new([2.0, 3.0]).axes([0, 2]), "once"),
        ("slices along the rows", Gaussian::new([2.0, 3.0]).axes([0, 1]), "once"),
        ("a volume", Gaussian::new(2.0), "halo of 8"),
    ];
    // One peak over all jobs: what the allocator keeps of one serves the next.
    let Some(peak) = PeakMemory::begin() else {
        return eprintln!("skipped: this system does not let a process reset its peak");
    };
    for (name, filter, printed) in &filters {
        let filter: &dyn Filter = filter;
        let job = FileJob::new(&input, &output, filter).memory(MEMORY).replace(true);
        let slabs = job.slabs().unwrap();
        assert!(slabs.to_string().contains(printed), "{name}: {slabs}");
        assert!(slabs.count() > 4 && slabs.memory_bytes() <= MEMORY, "{name}: {slabs}");
        // So thick that memory is used.
        assert!(slabs.memory_bytes() > MEMORY / 2, "{name}: {slabs}");
        job.run().unwrap();
        let grown = peak.grown().unwrap() as usize;
        // A tenth for stacks of threads, and what the allocator keeps.
        assert!(grown <= MEMORY + MEMORY / 10, "{name}: {} KiB\n{slabs}", grown >> 10);
        assert!(grown > MEMORY / 3, "{name}: {} KiB measured\n{slabs}", grown >> 10);
    }
}
