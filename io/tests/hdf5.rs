//! HDF5 data sets streamed: types, chunks, filters; and what is wrong with them.
#![cfg(feature = "hdf5")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{filtered, places, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::hdf5::{DataSet, Hdf5Sink, Hdf5Source};
use gausstack_io::memory::{Memory, elements};
use gausstack_io::npy::{self, NpyFile};
use gausstack_io::{Block, BlockMut, Error, FileJob, Layout, Order, Region, Sink, Source};
use rust_hdf5::{Filter, FilterPipeline, H5File};
use tempfile::TempDir;

const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const FLETCHER32: u16 = 3;

fn layout(shape: &[usize], element: ElementType) -> Layout {
    Layout { shape: shape.to_vec(), element, order: Order::C }
}

fn data_set(folder: &TempDir, file: &str, name: &str) -> DataSet {
    DataSet { file: folder.path().join(file), name: name.to_owned() }
}

/// A path that a job takes.
fn path_of(data: &DataSet) -> PathBuf {
    data.to_string().into()
}

/// Writes a contiguous data set.
fn write(data: &DataSet, layout: &Layout, bytes: &[u8]) {
    let mut sink = Box::new(Hdf5Sink::create(data, layout).unwrap());
    let whole = Region::whole(&layout.shape);
    let mut memory = Memory::zeros(bytes.len()).unwrap();
    memory.bytes_mut().copy_from_slice(bytes);
    sink.write(Block::new(&whole, layout.element, Order::C, memory.bytes()).unwrap()).unwrap();
    sink.finish().unwrap();
}

/// Writes a chunked data set of f32 through some filters.
fn write_chunked(
    data: &DataSet,
    layout: &Layout,
    bytes: &[u8],
    (chunks, filters): (&[usize], &[u16]),
) {
    let file = H5File::create(&data.file).unwrap();
    let values = |id| if id == SHUFFLE { vec![4] } else { vec![2] };
    let filters = filters.iter().map(|&id| Filter { id, flags: 0, cd_values: values(id) });
    let new = file.new_dataset::<f32>().shape(&layout.shape).chunk(chunks);
    let new = new.filter_pipeline(FilterPipeline { filters: filters.collect() });
    let set = new.create(&data.name).unwrap();
    let numbers: Vec<f32> =
        bytes.chunks(4).map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())).collect();
    set.write_slice(&vec![0; layout.shape.len()], &layout.shape, &numbers).unwrap();
    drop(set);
    file.close().unwrap();
}

/// All elements of a data set, read at once.
fn read(data: &DataSet) -> Result<Vec<u8>, Error> {
    let mut source = Hdf5Source::open(data)?;
    let layout = source.layout().clone();
    let mut memory = Memory::zeros(layout.bytes()).unwrap();
    let whole = Region::whole(&layout.shape);
    let block = BlockMut::new(&whole, layout.element, Order::C, memory.bytes_mut())?;
    source.read(block)?;
    Ok(memory.bytes().to_vec())
}

/// The least memory that a job takes.
fn needed(job: &FileJob<'_>) -> usize {
    match job.clone().memory(0).slabs() {
        Err(Error::Memory { needed, .. }) => needed,
        other => panic!("slabs without memory: {other:?}"),
    }
}

#[test]
fn all_types_are_filtered_from_file_to_file() {
    let mut rng = Rng::with_seed(4);
    for element in ElementType::ALL {
        let folder = tempfile::tempdir().unwrap();
        let from = data_set(&folder, "in.h5", "entry/data");
        let to = data_set(&folder, "out.nxs", "data");
        let layout = layout(&[30, 6, 40], element);
        let bytes = random(&mut rng, &layout);
        write(&from, &layout, &bytes);
        assert_eq!(read(&from).unwrap(), bytes);
        let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).mode(Mode::Nearest).threads(1);
        let job = FileJob::new(path_of(&from), path_of(&to), &filter);
        let summary = job.clone().memory(needed(&job)).run().unwrap();
        assert!(summary.slabs.count() > 1, "{}", summary.slabs);
        assert_eq!(Hdf5Source::open(&to).unwrap().layout(), &layout);
        assert!(read(&to).unwrap() == filtered(&filter, &layout, &bytes, &layout), "{element}");
        // Nothing but both files.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

#[test]
fn formats_are_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let (start, end) = (folder.path().join("a.npy"), folder.path().join("c.npy"));
    let middle = data_set(&folder, "b.h5", "x/y/z");
    let from = Layout { order: Order::Fortran, ..layout(&[20, 9, 14], ElementType::U16) };
    let bytes = random(&mut Rng::with_seed(5), &from);
    npy::write(&from, &bytes, fs::File::create(&start).unwrap()).unwrap();
    // A copy, whose axes change their places.
    let copy = Gaussian::new(0.0);
    FileJob::new(&start, path_of(&middle), &copy).run().unwrap();
    FileJob::new(path_of(&middle), &end, &copy).run().unwrap();
    let to = layout(&from.shape, from.element);
    let file = NpyFile::open(&end).unwrap();
    assert_eq!(file.layout(), to);
    assert!(file.elements().unwrap().bytes() == filtered(&copy, &from, &bytes, &to));
}

#[test]
fn chunks_and_filters_are_read_in_any_region() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(6);
    let layout = layout(&[25, 10, 33], ElementType::F32);
    let bytes = random(&mut rng, &layout);
    let pipelines: [&[u16]; 5] =
        [&[], &[DEFLATE], &[SHUFFLE, DEFLATE], &[FLETCHER32], &[SHUFFLE, DEFLATE, FLETCHER32]];
    for (case, filters) in pipelines.into_iter().enumerate() {
        for chunks in [[1, 10, 33], [8, 3, 10], [25, 10, 33]] {
            let data = data_set(&folder, &format!("{case}-{}.h5", chunks[0]), "d");
            write_chunked(&data, &layout, &bytes, (&chunks, filters));
            let mut source = Hdf5Source::open(&data).unwrap();
            assert_eq!(source.chunks(), chunks);
            for _ in 0..20 {
                let mut region = Region::whole(&layout.shape);
                for axis in 0..3 {
                    let first = rng.usize(..layout.shape[axis]);
                    region = region.along(axis, first..rng.usize(first..layout.shape[axis]) + 1);
                }
                let places = places(&layout, &region);
                let mut found = Memory::zeros(4 * places.len()).unwrap();
                let block = BlockMut::new(&region, layout.element, Order::C, found.bytes_mut());
                source.read(block.unwrap()).unwrap();
                let whole: Vec<&[u8]> = bytes.chunks(4).collect();
                let expected: Vec<u8> =
                    places.iter().flat_map(|&place| whole[place]).copied().collect();
                assert!(found.bytes() == expected, "{filters:?} {chunks:?} {region:?}");
            }
        }
    }
}

/// Frames as chunks and slices across them: each frame is decoded once, or a halo twice.
#[test]
fn slices_across_chunks_do_not_read_the_file_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (data_set(&folder, "in.h5", "d"), data_set(&folder, "out.h5", "d"));
    let layout = layout(&[200, 40, 60], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(7), &layout);
    write_chunked(&from, &layout, &bytes, (&[1, 40, 60], &[SHUFFLE, DEFLATE]));
    let filter = Gaussian::new(1.0).axes([0, 2]).threads(1);
    let job = FileJob::new(path_of(&from), path_of(&to), &filter);
    // Not enough for all, enough for slabs of several rows.
    let job = job.clone().memory(needed(&job) + (2 << 20));
    let summary = job.run().unwrap();
    assert!(summary.slabs.count() > 2, "{}", summary.slabs);
    assert_eq!(summary.slabs.read_passes(), 1.0, "{}", summary.slabs);
    assert!(read(&to).unwrap() == filtered(&filter, &layout, &bytes, &layout));
}

#[test]
fn damage_is_found_and_its_chunk_named() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[8, 10, 30], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(8), &layout);
    let cases: [(&[u16], &str); 2] =
        [(&[FLETCHER32], "its checksum is wrong"), (&[DEFLATE], "deflate")];
    for (filters, fault) in cases {
        let data = data_set(&folder, &format!("{}.h5", filters[0]), "d");
        write_chunked(&data, &layout, &bytes, (&[2, 10, 30], filters));
        assert_eq!(read(&data).unwrap(), bytes);
        // In the middle of chunk 2.
        let file = H5File::open(&data.file).unwrap();
        let (stored, _) = file.dataset("d").unwrap().read_chunk_raw_at(&[2, 0, 0]).unwrap();
        drop(file);
        let mut damaged = fs::read(&data.file).unwrap();
        let at = damaged.windows(stored.len()).position(|bytes| bytes == stored).unwrap();
        damaged[at + stored.len() / 2..][..8].fill(0xff);
        fs::write(&data.file, damaged).unwrap();
        let error = read(&data).unwrap_err();
        assert!(matches!(&error, Error::Chunk { chunk, .. } if *chunk == [2, 0, 0]), "{error}");
        let told = error.to_string();
        assert!(
            told.contains(fault) && told.contains(":/d': chunk [2, 0, 0] is damaged"),
            "{told}"
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let from = data_set(&folder, "in.h5", "entry/data");
    let layout = layout(&[8, 10], ElementType::F32);
    write(&from, &layout, &vec![0; 320]);
    let open = |name: &str| {
        Hdf5Source::open(&DataSet { name: name.to_owned(), ..from.clone() })
            .unwrap_err()
            .to_string()
    };
    assert!(open("entry/other").ends_with("has no data set '/entry/other': it has '/entry/data'"));
    assert!(open("entry").contains("has no data set '/entry'"), "{}", open("entry"));
    assert!(open("").contains("has no data set '/'"), "{}", open(""));

    let text = data_set(&folder, "text.h5", "t");
    let file = H5File::create(&text.file).unwrap();
    file.write_vlen_strings("t", &["a", "b"]).unwrap();
    file.close().unwrap();
    let error = Hdf5Source::open(&text).unwrap_err();
    assert!(matches!(error, Error::Elements { .. }), "{error}");
    assert!(error.to_string().contains("text.h5:/t' holds texts; f32, "), "{error}");

    let whole = fs::read(&from.file).unwrap();
    let cut = data_set(&folder, "cut.h5", "entry/data");
    fs::write(&cut.file, &whole[..whole.len() - 100]).unwrap();
    let error = Hdf5Source::open(&cut).unwrap_err().to_string();
    assert!(error.contains("truncated or damaged"), "{error}");
    fs::write(&cut.file, b"this is no HDF5 file, it is a text").unwrap();
    let error = Hdf5Source::open(&cut).unwrap_err();
    assert!(matches!(error, Error::Format { format: "HDF5", .. }), "{error}");
    assert!(matches!(
        Hdf5Source::open(&data_set(&folder, "nowhere.h5", "d")).unwrap_err(),
        Error::Open { .. }
    ));

    // An output that exists is never replaced: other data sets are in it.
    let filter = Gaussian::new(1.0);
    let job = FileJob::new(path_of(&from), path_of(&text), &filter).replace(true);
    assert!(matches!(job.run().unwrap_err(), Error::Occupied { .. }));
    let job = FileJob::new(path_of(&from), folder.path().join("new.h5"), &filter);
    let error = job.run().unwrap_err().to_string();
    assert!(error.contains("the data set has no name"), "{error}");
    assert!(!Path::new(&folder.path().join("new.h5")).exists());
    assert_eq!(elements::<f32>(&read(&from).unwrap()).map(<[f32]>::len), Some(80));
}
