//! Runs that are stopped, and runs that go on with what those left.

mod common;

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::PathBuf;

use common::{elements, filtered, needed, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::{Error, FileJob, Filter, Layout, Order, Storage, StreamProgress, npy};
use tempfile::TempDir;

/// An input and what a filter makes of it.
struct Case {
    folder: TempDir,
    input: PathBuf,
    output: PathBuf,
    storage: Storage,
    expected: Vec<u8>,
}

const SHAPE: [usize; 3] = [14, 9, 20];

impl Case {
    fn new(filter: &dyn Filter, (output, storage): (&str, Storage)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.npy");
        let layout = Layout { shape: SHAPE.to_vec(), element: ElementType::F32, order: Order::C };
        let bytes = random(&mut Rng::with_seed(1), &layout);
        npy::write(&layout, &bytes, File::create(&input).unwrap()).unwrap();
        let expected = filtered(filter, &layout, &bytes, &layout);
        let output = folder.path().join(output);
        Self { folder, input, output, storage, expected }
    }

    /// A job in the thinnest slabs.
    fn job<'f>(&self, filter: &'f dyn Filter) -> FileJob<'f> {
        let job = FileJob::new(&self.input, &self.output, filter).resumable(true);
        let job = job.storage(self.storage.clone());
        job.clone().memory(needed(&job))
    }

    /// Runs a job up to some slab.
    fn stop(&self, job: &FileJob<'_>, at: usize) {
        let stop = |progress: StreamProgress| {
            if progress.filtered < at { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let error = FileJob::observer(job.clone(), &stop).run().unwrap_err();
        assert!(matches!(error, Error::Stopped { .. }), "{error}");
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn assert_done(&self) {
        assert!(elements(&self.output) == self.expected);
        assert_eq!(self.names().len(), 2, "{:?}", self.names());
    }
}

/// Outputs that lie in their files as they are.
fn plain() -> Vec<(&'static str, Storage)> {
    let hdf5 = cfg!(feature = "hdf5").then_some("out.h5:/entry/data");
    ["out.npy"].into_iter().chain(hdf5).map(|name| (name, Storage::default())).collect()
}

/// Data sets in chunks: compressed or not, whole in a slab or cut through.
fn chunked() -> Vec<(&'static str, Storage)> {
    let storage =
        |chunks: [usize; 3], gzip| Storage { chunks: Some(chunks.to_vec()), gzip, shards: None };
    let all =
        [storage([1, 9, 20], Some(2)), storage([5, 4, 7], Some(1)), storage([4, 4, 20], None)];
    let all = all.into_iter().map(|storage| ("out.h5:/entry/data", storage));
    all.filter(|_| cfg!(feature = "hdf5")).collect()
}

fn outputs() -> Vec<(&'static str, Storage)> {
    plain().into_iter().chain(chunked()).collect()
}

/// The file of an output.
fn file_of(case: &Case) -> PathBuf {
    let name = case.output.file_name().map_or(String::new(), |_| case.output.display().to_string());
    name.split(":/").next().unwrap().into()
}

#[test]
fn a_run_goes_on_from_any_slab_with_the_bits_of_the_whole() {
    let filters = [
        Gaussian::new([0.8, 1.0]).axes([0, 2]),
        Gaussian::new(0.6),
        Gaussian::new(0.6).mode(Mode::Wrap),
    ];
    for output in outputs() {
        // What is in chunks does not depend on the kind of slabs.
        let some = if output.1 == Storage::default() { 3 } else { 1 };
        for filter in &filters[..some] {
            let filter = filter.clone().threads(1);
            let case = Case::new(&filter, output.clone());
            let job = case.job(&filter);
            let count = job.slabs().unwrap().count();
            assert!(count >= 5, "{count}");
            for at in 1..=count {
                case.stop(&job, at);
                assert!(job.unfinished().is_some() && !case.names().contains(&"out.npy".into()));
                // Once more, from where it is.
                if at + 1 < count {
                    case.stop(&job.clone().resume(true), at + 1);
                }
                let summary = job.clone().resume(true).run().unwrap();
                assert!(summary.resumed >= 1 && summary.resumed <= count, "{}", summary.resumed);
                assert!(summary.resumed + 3 >= at, "{} of {at}", summary.resumed);
                case.assert_done();
                fs::remove_file(file_of(&case)).unwrap();
            }
        }
    }
}

#[test]
fn what_an_earlier_run_left_is_not_lost_by_chance() {
    for output in outputs() {
        let filter = Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1);
        let case = Case::new(&filter, output);
        let job = case.job(&filter);
        case.stop(&job, 4);
        let error = job.run().unwrap_err();
        assert!(matches!(error, Error::Unfinished { .. }), "{error}");
        let fault = |job: FileJob<'_>| match job.resume(true).run().unwrap_err() {
            Error::Resume { fault, .. } => fault,
            other => panic!("{other}"),
        };
        let other = Gaussian::new([0.8, 1.1]).axes([0, 2]).threads(1);
        assert!(fault(case.job(&other)).contains("its filter was "));
        let told = fault(job.clone().output_type(ElementType::F64));
        assert!(told.contains("its output array was f32"), "{told}");
        // Another number of threads, or amount of memory, is no other job.
        // Chunks in work would take more memory.
        let same = filter.clone().threads(if case.storage == Storage::default() { 2 } else { 1 });
        let memory = FileJob::new(&case.input, &case.output, &same).memory(64 << 20);
        let memory = memory.storage(case.storage.clone());
        memory.resume(true).run().unwrap();
        case.assert_done();
    }
}

#[test]
fn an_input_that_changed_is_not_gone_on_with() {
    for output in outputs() {
        let filter = Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1);
        let case = Case::new(&filter, output);
        let job = case.job(&filter);
        case.stop(&job, 4);
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        File::options().write(true).open(&case.input).unwrap().set_modified(later).unwrap();
        let error = job.clone().resume(true).run().unwrap_err();
        assert!(error.to_string().contains("its input file was "), "{error}");
        // It is begun anew where that is asked for.
        job.replace(true).run().unwrap();
        case.assert_done();

        // Nor is what was made of an input that changed meanwhile.
        fs::remove_file(file_of(&case)).unwrap();
        let job = case.job(&filter);
        let change = |progress: StreamProgress| {
            if progress.filtered == 6 {
                let even_later = later + std::time::Duration::from_secs(5);
                let input = File::options().write(true).open(&case.input).unwrap();
                input.set_modified(even_later).unwrap();
            }
            ControlFlow::Continue(())
        };
        let error = job.observer(&change).run().unwrap_err();
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert_eq!(case.names(), ["in.npy"]);
    }
}

#[test]
fn slabs_that_are_not_as_they_were_written_are_written_again() {
    for output in plain() {
        let filter = Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1);
        let case = Case::new(&filter, output);
        let job = case.job(&filter);
        case.stop(&job, 6);
        let part = job.unfinished().unwrap();
        let mut bytes = fs::read(&part).unwrap();
        let first = &case.expected[..4 * SHAPE[2]];
        let at = bytes.windows(first.len()).position(|bytes| bytes == first).unwrap();
        // A pixel of the third slab: each is a row.
        bytes[at + 4 * (2 * SHAPE[1] * SHAPE[2] + 3)] ^= 1;
        fs::write(&part, &bytes).unwrap();
        let summary = job.clone().resume(true).run().unwrap();
        assert_eq!(summary.resumed, 2, "{:?} {}", case.output, summary.slabs);
        case.assert_done();
        fs::remove_file(file_of(&case)).unwrap();

        case.stop(&job, 6);
        fs::write(&part, &bytes[..bytes.len() - 9]).unwrap();
        assert!(job.clone().resume(true).run().is_err());
        assert!(part.exists());
        // Without a journal nobody knows what it is.
        fs::remove_file(part.with_extension("part.journal")).unwrap();
        let error = job.clone().resume(true).run().unwrap_err();
        assert!(error.to_string().ends_with("it has no journal"), "{error}");
        job.replace(true).run().unwrap();
        case.assert_done();
    }
}

/// Chunks of a run that was killed: the last may be torn, and a disk may lose others.
#[test]
fn chunks_that_are_not_as_they_were_written_are_written_again() {
    for output in chunked() {
        let filter = Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1);
        let case = Case::new(&filter, output);
        let job = case.job(&filter);
        case.stop(&job, 6);
        let part = job.unfinished().unwrap();
        let journal = part.with_extension("part.journal");
        let (whole, noted) = (fs::read(&part).unwrap(), fs::read(&journal).unwrap());
        let mut rng = Rng::with_seed(3);
        let mut resumed = Vec::new();
        for turn in 0..30 {
            let mut bytes = whole.clone();
            let place = rng.usize(18..bytes.len());
            if turn % 2 == 0 {
                bytes.truncate(place)
            } else {
                bytes[place] ^= 1 << rng.u8(..8)
            }
            fs::write(&part, &bytes).unwrap();
            fs::write(&journal, &noted).unwrap();
            let summary = job.clone().resume(true).run().unwrap();
            resumed.push(summary.resumed);
            case.assert_done();
            fs::remove_file(file_of(&case)).unwrap();
        }
        // Some of them had lost the first slab, others one of the last.
        assert!(resumed.contains(&0) && resumed.iter().any(|&count| count >= 3), "{resumed:?}");
        fs::write(&part, "another file").unwrap();
        fs::write(&journal, &noted).unwrap();
        let error = job.clone().resume(true).run().unwrap_err();
        assert!(error.to_string().contains("it holds something else"), "{error}");
        let mut other = case.storage.clone();
        other.gzip = Some(7);
        let error = job.clone().storage(other).resume(true).run().unwrap_err();
        assert!(error.to_string().contains("its storage was "), "{error}");
        fs::write(&part, &whole).unwrap();
        job.replace(true).run().unwrap();
        case.assert_done();
    }
}

#[test]
fn a_run_without_anything_to_go_on_with_begins() {
    let filter = Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1);
    let case = Case::new(&filter, ("out.npy", Storage::default()));
    let summary = case.job(&filter).resume(true).run().unwrap();
    assert_eq!(summary.resumed, 0);
    case.assert_done();
}
