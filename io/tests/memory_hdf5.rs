//! What a stream of compressed chunks holds at most: this program runs nothing else.
#![cfg(feature = "hdf5")]

mod common;

use common::large::{MEMORY, check, layout, write};
use gausstack::Gaussian;
use gausstack_io::{FileJob, Storage};
use gausstack_measure::PeakMemory;

#[test]
fn a_stream_of_chunks_stays_within_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let [input, frames, output] =
        ["in.npy", "frames.h5:/d", "out.h5:/d"].map(|name| folder.path().join(name));
    write(&input, &layout());
    let filter = Gaussian::new([2.0, 3.0]).axes([0, 2]);
    // 400 kB each.
    let storage = || Storage { chunks: Some(vec![1, 100, 1000]), gzip: Some(1) };
    let Some(peak) = PeakMemory::begin() else {
        return eprintln!("skipped: this system does not let a process reset its peak");
    };
    let job = |from, to| FileJob::new(from, to, &filter).storage(storage()).memory(MEMORY);
    check("into frames", &job(&input, &frames), "once", &peak);
    check("from frames", &job(&frames, &output), "once", &peak);
}
