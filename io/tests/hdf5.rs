//! HDF5 data sets streamed: types, chunks, filters; and what is wrong with them.
#![cfg(feature = "hdf5")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::hdf5::{
    DEFLATE, FLETCHER32, SHUFFLE, built_in, data_set, layout, plug_ins, read, read_on, threads,
    write_chunked,
};
use common::{filtered, needed, places, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::hdf5::{DataSet, Hdf5Sink, Hdf5Source};
use gausstack_io::memory::{Memory, elements};
use gausstack_io::npy::{self, NpyFile};
use gausstack_io::{
    Block, BlockMut, Error, FileJob, Layout, Order, Region, Sink, Source, Storage, Workers,
};
use rust_hdf5::types::VarLenUnicode;
use rust_hdf5::{ByteOrder, DatatypeMessage, Filter, FilterPipeline, H5File, LibverBound};

const LIBVER: LibverBound = LibverBound::Earliest;

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
    let pipelines = pipelines.map(built_in).into_iter();
    let pipelines = pipelines.chain(plug_ins().into_iter().map(|(_, filters)| filters));
    let workers = [1, 2, 5].map(|count| Workers::of(&threads(count)));
    for (case, filters) in pipelines.enumerate() {
        for chunks in [[1, 10, 33], [8, 3, 10], [25, 10, 33]] {
            let data = data_set(&folder, &format!("{case}-{}.h5", chunks[0]), "d");
            write_chunked((&data, LIBVER), &layout, &bytes, (&chunks, &filters));
            let mut source = Hdf5Source::open(&data).unwrap();
            assert_eq!(source.chunks(), chunks);
            for turn in 0..24 {
                source.use_workers(&workers[turn % 3]);
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
    let filters = built_in(&[SHUFFLE, DEFLATE]);
    write_chunked((&from, LIBVER), &layout, &bytes, (&[1, 40, 60], &filters));
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

    let filter = Gaussian::new(1.0);
    let error = |name: &str, replace: bool| {
        let to = DataSet { name: name.to_owned(), ..from.clone() };
        let job = FileJob::new(path_of(&from), path_of(&to), &filter).replace(replace);
        job.run().unwrap_err()
    };
    for replace in [false, true] {
        let onto = error("entry/data", replace);
        assert!(matches!(onto, Error::SameFile { .. }), "{onto}");
        let group = error("entry", replace).to_string();
        assert!(group.ends_with("in.h5:/entry': there is a group of this name"), "{group}");
        let below = error("entry/data/x", replace).to_string();
        assert!(below.contains("'/entry/data' is a data set, not a group"), "{below}");
    }
    let job = FileJob::new(path_of(&from), folder.path().join("new.h5"), &filter);
    let error = job.run().unwrap_err().to_string();
    assert!(error.contains("the data set has no name"), "{error}");
    assert!(!Path::new(&folder.path().join("new.h5")).exists());
    assert_eq!(elements::<f32>(&read(&from).unwrap()).map(<[f32]>::len), Some(80));
}

/// A file with two data sets, attributes, a link and an empty group.
fn write_crowded(file: &Path, numbers: &[f32], shape: &[usize]) {
    let open = H5File::create(file).unwrap();
    let entry = open.create_group("entry").unwrap();
    entry.create_group("empty").unwrap();
    let set = entry.new_dataset::<f32>().shape(shape).chunk(&[2, 5, 7]).shuffle_deflate(3);
    let set = set.create("data").unwrap();
    set.write_slice(&[0; 3], shape, numbers).unwrap();
    set.new_attr::<VarLenUnicode>().shape(()).create("units").unwrap().write_string("mm").unwrap();
    set.new_attr::<f64>()
        .shape([3])
        .create("scale")
        .unwrap()
        .write_array(&[1.5, -2.0, 0.25])
        .unwrap();
    set.new_attr::<i32>().shape(()).create("count").unwrap().write_numeric(&-7).unwrap();
    let fixed = DatatypeMessage::fixed_string(4);
    set.set_attr_typed("code", fixed, b"abc\0".to_vec()).unwrap();
    let names = set.new_attr::<VarLenUnicode>().shape([2]).create("names").unwrap();
    names.write_string_array(&["a", "b"]).unwrap();
    let other = open.new_dataset::<u16>().shape([4]).create("other").unwrap();
    other.write_raw(&[1_u16, 2, 3, 4]).unwrap();
    open.create_soft_link("link", "/entry/data").unwrap();
    drop((set, other));
    open.close().unwrap();
}

/// Whether a file holds what was written to it, in both ways that lead to the data set.
fn assert_crowded(file: &Path, numbers: &[f32]) {
    let open = H5File::open(file).unwrap();
    for name in ["entry/data", "link"] {
        let set = open.dataset(name).unwrap();
        assert_eq!(set.read_raw::<f32>().unwrap(), numbers);
        assert_eq!(set.attr("units").unwrap().read_string().unwrap(), "mm");
        assert_eq!(set.attr_names().unwrap().len(), 5);
    }
    assert_eq!(open.dataset("other").unwrap().read_raw::<u16>().unwrap(), [1, 2, 3, 4]);
    open.root_group().group("entry/empty").unwrap();
}

#[test]
fn a_new_data_set_leaves_the_others_and_gets_the_attributes() {
    let folder = tempfile::tempdir().unwrap();
    let from = data_set(&folder, "in.h5", "entry/data");
    let array = layout(&[12, 10, 14], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(9), &array);
    let numbers: Vec<f32> =
        bytes.chunks(4).map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())).collect();
    write_crowded(&from.file, &numbers, &array.shape);
    let filter = Gaussian::new(1.0).axes([0, 2]).threads(1);
    let expected = filtered(&filter, &array, &bytes, &array);
    // In its own file and in another one, in groups that exist, are empty or new.
    let elsewhere = folder.path().join("other.h5");
    write_crowded(&elsewhere, &numbers, &array.shape);
    for file in [&from.file, &elsewhere] {
        for name in ["entry/smooth", "entry/empty/x", "new/group/x", "top"] {
            for resumable in [false, true] {
                let to = DataSet { file: file.clone(), name: name.to_owned() };
                let job = FileJob::new(path_of(&from), path_of(&to), &filter).resumable(resumable);
                let job = job.clone().memory(needed(&job)).replace(resumable);
                job.run().unwrap();
                assert!(read(&to).unwrap() == expected, "{to}");
                assert_crowded(file, &numbers);
                let again = job.clone().replace(false).run().unwrap_err();
                assert!(matches!(again, Error::Exists { .. }), "{again}");
                let open = H5File::open(file).unwrap();
                let set = open.dataset(name).unwrap();
                let attr = |name: &str| set.attr(name).unwrap();
                assert_eq!(attr("units").read_string().unwrap(), "mm");
                assert_eq!(attr("code").read_string().unwrap(), "abc");
                assert_eq!(attr("count").read_numeric::<i32>().unwrap(), -7);
                assert_eq!(attr("scale").read_numeric_as::<f64>().unwrap(), [1.5, -2.0, 0.25]);
            }
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn outputs_are_chunked_and_compressed_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let from = data_set(&folder, "in.h5", "d");
    let mut rng = Rng::with_seed(10);
    for element in [ElementType::F32, ElementType::U16, ElementType::U8, ElementType::F64] {
        let array = layout(&[30, 12, 25], element);
        let bytes = random(&mut rng, &array);
        let _ = fs::remove_file(&from.file);
        write(&from, &array, &bytes);
        for filter in [Gaussian::new(1.0).axes([0, 2]), Gaussian::new(0.7)] {
            let expected = filtered(&filter, &array, &bytes, &array);
            for (chunks, gzip) in [
                (Some(vec![4, 5, 25]), None),
                (Some(vec![4, 5, 25]), Some(2)),
                (Some(vec![100, 1, 7]), Some(9)),
                (None, Some(1)),
            ] {
                let storage = Storage { chunks: chunks.clone(), gzip, shards: None };
                let to = data_set(&folder, "out.h5", "a/b");
                // Chunk by chunk on one thread, and by way of a spool on three.
                let filters = [1, 3].map(|count| filter.clone().threads(threads(count)));
                let [one, three] =
                    [(&filters[0], false), (&filters[1], true)].map(|(filter, resumable)| {
                        let job = FileJob::new(path_of(&from), path_of(&to), filter);
                        job.storage(storage.clone()).resumable(resumable)
                    });
                let least = needed(&three);
                for memory in [least, least + 9000, least + 30_000, 64 << 20] {
                    for job in [&one, &three] {
                        let job = job.clone().memory(memory);
                        let slabs = job.slabs().unwrap();
                        job.run().unwrap();
                        assert!(read(&to).unwrap() == expected, "{element} {chunks:?} {slabs}");
                        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
                        let open = H5File::open(&to.file).unwrap();
                        let set = open.dataset("a/b").unwrap();
                        let expected = chunks.as_ref().map_or(vec![30, 12, 25], |chunks| {
                            chunks.iter().zip(&array.shape).map(|(&a, &b)| a.min(b)).collect()
                        });
                        assert_eq!(set.chunk_dims(), Some(expected));
                        assert_eq!(set.filters().unwrap().is_empty(), gzip.is_none());
                        drop((set, open));
                        fs::remove_file(&to.file).unwrap();
                    }
                }
            }
        }
    }
    let to = folder.path().join("out.npy");
    let filter = Gaussian::new(1.0);
    let storage = Storage { gzip: Some(2), ..Storage::default() };
    let job = FileJob::new(path_of(&from), to, &filter).storage(storage);
    assert!(matches!(job.run().unwrap_err(), Error::Storage { .. }));
}

/// Checksums are those of stored bytes, whatever the order of the elements' own.
#[test]
fn verified_chunks_have_the_bits_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let array = layout(&[9, 10, 30], ElementType::U16);
    let bytes = random(&mut Rng::with_seed(12), &array);
    let DatatypeMessage::FixedPoint { size, signed, bit_offset, bit_precision, .. } =
        <u16 as rust_hdf5::H5Type>::hdf5_type()
    else {
        panic!("a type of integers")
    };
    for byte_order in [ByteOrder::LittleEndian, ByteOrder::BigEndian] {
        let data = data_set(&folder, "in.h5", "d");
        let file = H5File::create(&data.file).unwrap();
        let filter = |id, values: &[u32]| Filter { id, flags: 0, cd_values: values.to_vec() };
        let filters = vec![filter(SHUFFLE, &[2]), filter(DEFLATE, &[2]), filter(FLETCHER32, &[])];
        let new = file.new_dataset::<u16>().shape(&array.shape).chunk(&[2, 10, 7]);
        let (bit_precision, signed) = (bit_precision, signed);
        let datatype =
            DatatypeMessage::FixedPoint { size, byte_order, signed, bit_offset, bit_precision };
        let set = new.datatype(datatype).filter_pipeline(FilterPipeline { filters });
        let set = set.create("d").unwrap();
        let numbers = bytes.chunks(2).map(|bytes| u16::from_ne_bytes(bytes.try_into().unwrap()));
        set.write_slice(&[0; 3], &array.shape, &numbers.collect::<Vec<u16>>()).unwrap();
        drop(set);
        file.close().unwrap();
        for count in [1, 3] {
            let read = read_on(&data, &Workers::of(&threads(count))).unwrap();
            assert!(read == bytes, "{byte_order:?} {count}");
        }
        fs::remove_file(&data.file).unwrap();
    }
}
