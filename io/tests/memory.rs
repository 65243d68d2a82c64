//! What a stream holds at most: this program runs nothing else.

mod common;

use common::large::{MEMORY, check, layout, write};
use gausstack::Gaussian;
use gausstack_io::FileJob;
use gausstack_measure::PeakMemory;

#[test]
fn a_stream_stays_within_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
    write(&input, &layout());
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
        let job = FileJob::new(&input, &output, filter);
        check(name, &job.memory(MEMORY).replace(true), printed, &peak);
    }
}
