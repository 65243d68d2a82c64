//! .npy files streamed: types, byte orders, memory orders; and what is wrong with them.

mod common;

use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use common::{any_order, filtered, places, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::memory::Memory;
use gausstack_io::npy::{self, NpyFile, NpySource};
use gausstack_io::{BlockMut, Error, FileJob, Layout, Order, Region, Source, StreamProgress};
use tempfile::TempDir;

fn write(path: &Path, layout: &Layout, bytes: &[u8]) {
    npy::write(layout, bytes, File::create(path).unwrap()).unwrap();
}

/// The file with its elements in the other byte order.
fn write_swapped(path: &Path, layout: &Layout, bytes: &[u8]) {
    let mut file = Vec::new();
    let mut swapped = bytes.to_vec();
    swapped.chunks_mut(layout.element.size()).for_each(<[u8]>::reverse);
    npy::write(layout, &swapped, &mut file).unwrap();
    let [own, other] = if cfg!(target_endian = "little") { [b'<', b'>'] } else { [b'>', b'<'] };
    let place = file.iter().position(|&byte| byte == own);
    if let Some(place) = place.filter(|&place| place < 128) {
        file[place] = other;
    }
    fs::write(path, file).unwrap();
}

#[test]
fn all_types_in_both_orders_of_bytes_and_axes() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.NPY"));
    let mut rng = Rng::with_seed(1);
    for element in ElementType::ALL {
        for order in [Order::C, Order::Fortran] {
            for swapped in [false, true] {
                let layout = Layout { shape: vec![20, 7, 30], element, order };
                let bytes = random(&mut rng, &layout);
                let written = if swapped { write_swapped } else { write };
                written(&input, &layout, &bytes);
                let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).mode(Mode::Mirror).threads(1);
                // The smallest memory, and so the thinnest slabs.
                let job = FileJob::new(&input, &output, &filter).replace(true);
                let Err(Error::Memory { needed, .. }) = job.clone().memory(0).slabs() else {
                    panic!("slabs without memory");
                };
                let summary = job.memory(needed).run().unwrap();
                assert!(summary.slabs.count() > 1, "{}", summary.slabs);
                let file = NpyFile::open(&output).unwrap();
                assert_eq!(file.layout(), layout);
                let expected = filtered(&filter, &layout, &bytes, &layout);
                assert!(file.elements().unwrap().bytes() == expected, "{layout:?} {swapped}");
            }
        }
    }
}

#[test]
fn any_region_is_read_as_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.npy");
    let mut rng = Rng::with_seed(2);
    for case in 0..300 {
        let order = any_order(&mut rng);
        // Runs near to each other and far from each other.
        let shape = [[40, 30, 20], [3, 200, 90], [50, 2, 9000]][case % 3].to_vec();
        let layout = Layout { shape, element: ElementType::U16, order };
        let bytes = random(&mut rng, &layout);
        write(&path, &layout, &bytes);
        let mut source = NpySource::open(&path).unwrap();
        let mut region = Region::whole(&layout.shape);
        for axis in 0..3 {
            let first = rng.usize(..layout.shape[axis]);
            region = region.along(axis, first..rng.usize(first..layout.shape[axis]) + 1);
        }
        let places = places(&layout, &region);
        let mut found = Memory::zeros(2 * places.len()).unwrap();
        let block = BlockMut::new(&region, layout.element, order, found.bytes_mut()).unwrap();
        source.read(block).unwrap();
        for (found, place) in found.bytes().chunks_exact(2).zip(places) {
            assert_eq!(found, &bytes[2 * place..][..2], "{layout:?} {region:?}");
        }
    }
}

/// A folder with an input, and the names of a job in it.
struct Case {
    folder: TempDir,
    input: PathBuf,
    output: PathBuf,
}

impl Case {
    fn new(shape: &[usize], element: ElementType) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.npy"), folder.path().join("out.npy"));
        let layout = Layout { shape: shape.to_vec(), element, order: Order::C };
        write(&input, &layout, &random(&mut Rng::with_seed(3), &layout));
        Self { folder, input, output }
    }

    /// Asserts that nothing is in the folder but the input.
    fn assert_nothing_left(&self) {
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 1);
    }
}

/// The thinnest slabs.
fn thin<'f>(job: FileJob<'f>) -> FileJob<'f> {
    match job.clone().memory(0).slabs() {
        Err(Error::Memory { needed, .. }) => job.memory(needed),
        other => panic!("slabs without memory: {other:?}"),
    }
}

#[test]
fn a_stream_that_is_stopped_leaves_nothing() {
    let case = Case::new(&[40, 8, 30], ElementType::F32);
    let filter = Gaussian::new(1.0).axes([1, 2]).threads(1);
    let stop = |progress: StreamProgress| {
        assert!(progress.written <= progress.filtered && progress.filtered <= progress.slabs);
        if progress.filtered < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let job = thin(FileJob::new(&case.input, &case.output, &filter));
    let error = job.observer(&stop).run().unwrap_err();
    assert!(matches!(error, Error::Stopped { done: 3, total: 40 }), "{error}");
    case.assert_nothing_left();
    // The filter's own observer.
    let filter = filter.observer(|_| ControlFlow::Break(()));
    let error = FileJob::new(&case.input, &case.output, &filter).run().unwrap_err();
    assert!(matches!(error, Error::Filter(gausstack::Error::Stopped { .. })), "{error}");
    case.assert_nothing_left();
}

#[test]
fn an_input_that_changes_is_an_error() {
    let filter = Gaussian::new(1.0).axes([1, 2]).threads(1);
    let cuts: [fn(&File); 2] = [
        |file| file.set_len(200).unwrap(),
        |file| {
            let later = SystemTime::now() + Duration::from_secs(5);
            file.set_modified(later).unwrap();
        },
    ];
    for cut in cuts {
        let case = Case::new(&[400, 80, 30], ElementType::F32);
        let input = File::options().write(true).open(&case.input).unwrap();
        let change = |progress: StreamProgress| {
            if progress.filtered == 0 {
                cut(&input);
            }
            ControlFlow::Continue(())
        };
        let job = thin(FileJob::new(&case.input, &case.output, &filter));
        let error = job.observer(&change).run().unwrap_err();
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert!(error.to_string().contains("in.npy' was changed"), "{error}");
        case.assert_nothing_left();
    }
}

#[test]
fn what_is_wrong_is_named() {
    let filter = Gaussian::new(1.0).axes([1, 2]).threads(1);
    let case = Case::new(&[40, 8, 30], ElementType::Bool);
    let job = FileJob::new(&case.input, &case.output, &filter);
    let whole = fs::read(&case.input).unwrap();

    let mut odd = whole.clone();
    *odd.last_mut().unwrap() = 7;
    fs::write(&case.input, odd).unwrap();
    let error = job.run().unwrap_err();
    assert!(matches!(error, Error::Bool { value: 7, .. }), "{error}");

    fs::write(&case.input, &whole[..whole.len() - 5]).unwrap();
    let error = job.run().unwrap_err();
    assert!(matches!(error, Error::Truncated { missing: 5, bytes: 9600, .. }), "{error}");

    fs::write(&case.input, b"no array").unwrap();
    assert!(matches!(job.run().unwrap_err(), Error::Format { .. }));
    fs::write(&case.input, whole).unwrap();

    let error = job.clone().memory(1000).run().unwrap_err();
    assert!(matches!(error, Error::Memory { memory: 1000, .. }), "{error}");
    let wrong = Gaussian::new([1.0, 2.0]);
    let error = FileJob::new(&case.input, &case.output, &wrong).run().unwrap_err();
    assert_eq!(error.to_string(), "sigma has 2 values for 3 filtered axes");
    let unknown = FileJob::new(&case.input, case.folder.path().join("out.jpg"), &filter);
    assert!(matches!(unknown.run().unwrap_err(), Error::UnknownFormat { .. }));
    let error = FileJob::new(&case.input, case.folder.path().join("no/out.npy"), &filter).run();
    assert!(matches!(error.unwrap_err(), Error::NoFolder { .. }));
    case.assert_nothing_left();

    job.run().unwrap();
    assert!(matches!(job.run().unwrap_err(), Error::Exists { .. }));
    job.clone().replace(true).run().unwrap();
    let mut file = File::options().append(true).open(&case.input).unwrap();
    file.write_all(b"more").unwrap();
    assert_eq!(NpySource::open(&case.input).unwrap().bytes_behind(), 4);
}
