//! Inputs that slabs would read again and again, copied to a scratch file first.

#![cfg(feature = "hdf5")]

mod common;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use common::hdf5::{DEFLATE, built_in, data_set, layout, threads, write_chunked};
use common::{elements, filtered, needed, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian};
use gausstack_io::{Error, FileJob, Layout, Share, Storage, StreamProgress};
use rust_hdf5::LibverBound;
use tempfile::TempDir;

/// A stack of frames, each a chunk.
struct Frames {
    folder: TempDir,
    input: String,
    array: Layout,
    bytes: Vec<u8>,
    scratch: PathBuf,
}

impl Frames {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join("scratch");
        fs::create_dir(&scratch).unwrap();
        let array = layout(&[90, 40, 70], ElementType::F32);
        let bytes = random(&mut Rng::with_seed(12), &array);
        let data = data_set(&folder, "in.h5", "frames");
        let how = (&[1, 40, 70][..], &built_in(&[DEFLATE]));
        write_chunked((&data, LibverBound::V200), &array, &bytes, how);
        let input = format!("{}:/frames", data.file.display());
        Self { folder, input, array, bytes, scratch }
    }

    /// A job whose memory is little more than what the thinnest slabs take.
    fn job<'f>(&self, output: &Path, filter: &'f Gaussian) -> FileJob<'f> {
        let job = FileJob::new(&self.input, output, filter);
        let job = match output.extension().is_some_and(|ending| ending == "npy") {
            true => job,
            false => job.storage(Storage { chunks: Some(vec![90, 1, 70]), ..Storage::default() }),
        };
        job.clone().memory(needed(&job) + (1 << 20))
    }

    fn assert_nothing_is_left(&self) {
        assert_eq!(fs::read_dir(&self.scratch).unwrap().count(), 0);
    }
}

/// An ideal Gaussian needs the whole of an axis: slabs cut through every frame.
fn ideal(workers: usize) -> Gaussian {
    Gaussian::new([5.0, 9.0]).axes([0, 2]).ideal(1e-5).threads(threads(workers))
}

#[test]
fn frames_in_chunks_are_read_once() {
    let frames = Frames::new();
    for (workers, output) in [(1, "a.npy"), (2, "b.h5:/d"), (2, "c.zarr")] {
        let filter = ideal(workers);
        let expected = filtered(&filter, &frames.array, &frames.bytes, &frames.array);
        let output = frames.folder.path().join(output);
        let job = frames.job(&output, &filter);
        let again = job.slabs().unwrap();
        assert!(again.read_passes() > 2.0 && !again.copies(), "{again}");
        let job = job.memory(again.memory_bytes() + (1 << 20)).scratch(&frames.scratch);
        let slabs = job.slabs().unwrap();
        assert!(slabs.copies() && slabs.read_passes() < 2.0 && slabs.count() > 2, "{slabs}");
        let told = "\ninput copied to a scratch file, instead of being read ";
        assert!(slabs.to_string().contains(told), "{slabs}");
        // Stopped within the copy, and between slabs.
        for at in [0, 2] {
            let stop = |progress: StreamProgress| match progress.filtered >= at {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let stopped = FileJob::observer(job.clone(), &stop).resume(true).run();
            assert!(matches!(stopped, Err(Error::Stopped { .. })), "{stopped:?}");
            frames.assert_nothing_is_left();
        }
        let summary = job.clone().resume(true).run().unwrap();
        assert!(summary.copied.is_some() && summary.resumed > 0, "{}", summary.resumed);
        assert!(elements(&output) == expected, "{output:?}");
        frames.assert_nothing_is_left();
    }
}

/// Each of several processes copies for itself.
#[test]
fn shares_copy_too() {
    let (frames, filter) = (Frames::new(), ideal(1));
    let output = frames.folder.path().join("shares.zarr");
    for share in ["2/2", "1/2"] {
        let share: Share = share.parse().unwrap();
        let job = frames.job(&output, &filter).scratch(&frames.scratch);
        let summary = job.share(share).run().unwrap();
        assert!(summary.copied.is_some());
    }
    let expected = filtered(&filter, &frames.array, &frames.bytes, &frames.array);
    assert!(elements(&output) == expected);
    frames.assert_nothing_is_left();
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (frames, filter) = (Frames::new(), ideal(1));
    let output = frames.folder.path().join("out.npy");
    let job = frames.job(&output, &filter).scratch(frames.scratch.join("nowhere"));
    let error = job.run().unwrap_err();
    let is_named = matches!(&error, Error::CreateIn { folder, .. } if folder.ends_with("nowhere"));
    assert!(is_named, "{error}");
    assert!(!output.exists());
}
