//! What a stream of TIFF pages holds at most: each job is a process.
#![cfg(feature = "tiff")]

use std::env;
use std::path::Path;
use std::process::Command;

use gausstack::{ElementType, Gaussian};
use gausstack_io::memory::Memory;
use gausstack_io::tiff::{Compression, TiffFolderSink, TiffSink};
use gausstack_io::{Block, FileJob, Layout, Order, Region, Sink};
use gausstack_measure::PeakMemory;

/// Names a job for the process that runs it.
const JOB: &str = "GAUSSTACK_TEST_JOB";
const MEMORY: usize = 48 << 20;

/// Pages of several times the memory, written one by one.
fn write(mut sink: Box<dyn Sink>) {
    let layout = sink.layout().clone();
    let page = Region::whole(&layout.shape).along(0, 0..1);
    let mut memory = Memory::zeros(layout.bytes() / layout.shape[0]).unwrap();
    for (at, byte) in memory.bytes_mut().iter_mut().enumerate() {
        *byte = ((at * at) >> 5) as u8 & 0x3f;
    }
    for number in 0..layout.shape[0] {
        let page = page.clone().along(0, number..number + 1);
        let block = Block::new(&page, layout.element, Order::C, memory.bytes()).unwrap();
        sink.write(block).unwrap();
    }
    sink.finish().unwrap();
}

/// Runs one job, in a process of its own: what the allocator keeps of another would count too.
fn run(input: &Path, output: &Path, axes: [isize; 2]) {
    let Some(peak) = PeakMemory::begin() else {
        return eprintln!("skipped: this system does not let a process reset its peak");
    };
    let filter = Gaussian::new([2.0, 3.0]).axes(axes);
    let job = FileJob::new(input, output, &filter).memory(MEMORY).replace(true);
    let slabs = job.slabs().unwrap();
    assert!(slabs.count() > 4 && slabs.memory_bytes() <= MEMORY, "{slabs}");
    // So thick that memory is used.
    assert!(slabs.memory_bytes() > MEMORY / 2, "{slabs}");
    job.run().unwrap();
    let grown = peak.grown().unwrap() as usize;
    // A tenth for stacks of threads, and what the allocator keeps.
    let told = format!("{input:?}: {} KiB\n{slabs}", grown >> 10);
    assert!(grown <= MEMORY + MEMORY / 10, "{told}");
    assert!(grown > MEMORY / 3, "{told}");
}

#[test]
fn a_stream_of_pages_stays_within_its_memory() {
    if let Ok(job) = env::var(JOB) {
        let [input, output, first] = job.split('|').collect::<Vec<_>>().try_into().unwrap();
        return run(Path::new(input), Path::new(output), [first.parse().unwrap(), 2]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    // 200 MB.
    let layout = Layout { shape: vec![500, 100, 1000], element: ElementType::F32, order: Order::C };
    let inputs = [path("plain.tif"), path("packed.tif"), path("packed/")];
    let create = |path: &Path, how| Box::new(TiffSink::create(path, &layout, how, false).unwrap());
    write(create(&inputs[0], Compression::None));
    write(create(&inputs[1], Compression::Deflate(2)));
    let pages = TiffFolderSink::create(&inputs[2], &layout, Compression::Deflate(2), false);
    write(Box::new(pages.unwrap()));
    for (input, output) in inputs.iter().zip(["out.tif", "out/", "out.tif"]) {
        for first in [1, 0] {
            let job = format!("{}|{}|{first}", input.display(), path(output).display());
            let done = Command::new(env::current_exe().unwrap()).env(JOB, &job).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        }
    }
}
