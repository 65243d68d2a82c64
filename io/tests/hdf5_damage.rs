//! What is wrong with HDF5 files: an error in a line, whatever filters they have.
#![cfg(feature = "hdf5")]

mod common;

use std::fs;

use common::hdf5::{
    DEFLATE, FLETCHER32, built_in, data_set, layout, plug_ins, read, read_on, threads,
    write_chunked,
};
use common::random;
use fastrand::Rng;
use gausstack::ElementType;
use gausstack_io::hdf5::{DataSet, Hdf5Source};
use gausstack_io::{Error, Source, Workers};
use rust_hdf5::{FilterPipeline, H5File, LibverBound};

#[test]
fn damage_is_found_and_its_chunk_named() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[8, 10, 30], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(8), &layout);
    let cases: [(&[u16], &str); 2] =
        [(&[FLETCHER32], "its checksum is wrong"), (&[DEFLATE], "deflate")];
    for (filters, fault) in cases {
        let data = data_set(&folder, &format!("{}.h5", filters[0]), "d");
        let whole = (&data, LibverBound::Earliest);
        write_chunked(whole, &layout, &bytes, (&[2, 10, 30], &built_in(filters)));
        assert_eq!(read(&data).unwrap(), bytes);
        // In the middle of chunk 2, and of the one behind it.
        let file = H5File::open(&data.file).unwrap();
        let mut damaged = fs::read(&data.file).unwrap();
        for chunk in [2, 3] {
            let (stored, _) = file.dataset("d").unwrap().read_chunk_raw_at(&[chunk, 0, 0]).unwrap();
            let at = damaged.windows(stored.len()).position(|bytes| bytes == stored).unwrap();
            damaged[at + stored.len() / 2..][..8].fill(0xff);
        }
        drop(file);
        fs::write(&data.file, damaged).unwrap();
        for count in [1, 2, 4] {
            let workers = Workers::of(&threads(count));
            for _ in 0..30 {
                let error = read_on(&data, &workers).unwrap_err();
                let is_first = matches!(&error, Error::Chunk { chunk, .. } if *chunk == [2, 0, 0]);
                assert!(is_first, "{count}: {error}");
            }
        }
        let error = read(&data).unwrap_err();
        assert!(matches!(&error, Error::Chunk { chunk, .. } if *chunk == [2, 0, 0]), "{error}");
        let told = error.to_string();
        assert!(
            told.contains(fault) && told.contains(":/d': chunk [2, 0, 0] is damaged"),
            "{told}"
        );
    }
}

/// A file of which a part is missing, or a few bytes are others: any, and those that chunks begin with.
fn changed(rng: &mut Rng, whole: &[u8], heads: &[usize]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    if rng.usize(..5) == 0 {
        bytes.truncate(rng.usize(..bytes.len()));
        return bytes;
    }
    for _ in 0..rng.usize(1..6) {
        let place = match rng.choice(heads) {
            Some(head) if rng.bool() => (head + rng.usize(..24)).min(bytes.len() - 1),
            _ => rng.usize(..bytes.len()),
        };
        bytes[place] = if rng.bool() { rng.u8(..) } else { bytes[place] ^ 1 << rng.u8(..8) };
    }
    bytes
}

/// How many changed files are errors and arrays. Anything else ends the test.
fn count(
    rng: &mut Rng,
    damaged: &DataSet,
    files: usize,
    (whole, heads): (&[u8], &[usize]),
) -> [usize; 2] {
    let (mut errors, mut arrays) = (0, 0);
    for _ in 0..files {
        fs::write(&damaged.file, changed(rng, whole, heads)).unwrap();
        let opened = Hdf5Source::open(damaged).map(|source| source.layout().bytes());
        let read = match opened {
            // A shape that is another now, and whose elements nobody has.
            Ok(bytes) if bytes > 1 << 20 => Ok(()),
            Ok(_) => read(damaged).map(drop),
            Err(error) => Err(error),
        };
        match read {
            Ok(()) => arrays += 1,
            Err(error) => {
                assert!(!error.to_string().contains('\n'), "{error}");
                errors += 1;
            }
        }
    }
    [errors, arrays]
}

/// Whatever is in a file, it is an array or an error.
#[test]
fn damaged_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(11);
    let array = layout(&[8, 10, 30], ElementType::F32);
    let bytes = random(&mut rng, &array);
    let numbers: Vec<f32> =
        bytes.chunks(4).map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())).collect();
    let mut counts = [0; 2];
    for libver in [LibverBound::Earliest, LibverBound::V200] {
        let data = data_set(&folder, "whole.h5", "entry/data");
        let file = H5File::options().libver(libver).create(&data.file).unwrap();
        let entry = file.create_group("entry").unwrap();
        let new = entry.new_dataset::<f32>().shape(&array.shape).chunk(&[3, 10, 7]);
        let set = new.shuffle_deflate(2).create("data").unwrap();
        set.write_slice(&[0; 3], &array.shape, &numbers).unwrap();
        set.new_attr::<f64>().shape(()).create("scale").unwrap().write_numeric(&2.5).unwrap();
        drop(set);
        file.close().unwrap();
        let whole = fs::read(&data.file).unwrap();
        let damaged = data_set(&folder, "damaged.h5", "entry/data");
        let found = count(&mut rng, &damaged, 1500, (&whole, &[]));
        counts = [counts[0] + found[0], counts[1] + found[1]];
    }
    assert!(counts[0] > 500 && counts[1] > 100, "errors and arrays: {counts:?}");
}

/// Chunks of plug-ins begin with sizes of their own, which nothing protects.
#[test]
fn damaged_chunks_of_plug_ins_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(12);
    let array = layout(&[8, 10, 30], ElementType::F32);
    // Blocks that are compressed, not stored as they are.
    let bytes: Vec<u8> = (0..array.bytes()).map(|at| (at % 7 * (at / 900)) as u8).collect();
    let [data, damaged] = ["whole.h5", "damaged.h5"].map(|file| data_set(&folder, file, "d"));
    for (name, filters) in plug_ins() {
        for libver in [LibverBound::Earliest, LibverBound::V200] {
            write_chunked((&data, libver), &array, &bytes, (&[3, 10, 7], &filters));
            assert!(read(&data).unwrap() == bytes, "{name}");
            let whole = fs::read(&data.file).unwrap();
            let file = H5File::open(&data.file).unwrap();
            let heads = [[0, 0, 0], [1, 0, 2], [2, 0, 4]].map(|chunk| {
                let (stored, _) = file.dataset("d").unwrap().read_chunk_raw_at(&chunk).unwrap();
                whole.windows(stored.len()).position(|bytes| bytes == stored).unwrap()
            });
            // (bzip2 has checksums, others tell what does not fit.)
            let [errors, arrays] = count(&mut rng, &damaged, 150, (&whole, &heads));
            assert!(errors > 30, "{name}: {errors} errors, {arrays} arrays");
        }
    }
}

/// Sizes in a chunk's head that are those of no chunk: nothing is reserved for them.
#[test]
fn sizes_of_chunks_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let array = layout(&[6, 10, 30], ElementType::F32);
    let bytes: Vec<u8> = (0..array.bytes()).map(|at| (at % 11) as u8).collect();
    let data = data_set(&folder, "a.h5", "d");
    let mut told = Vec::new();
    for (name, filters) in plug_ins().into_iter().skip(1) {
        write_chunked((&data, LibverBound::Earliest), &array, &bytes, (&[2, 10, 30], &filters));
        let whole = fs::read(&data.file).unwrap();
        let file = H5File::open(&data.file).unwrap();
        let (stored, _) = file.dataset("d").unwrap().read_chunk_raw_at(&[1, 0, 0]).unwrap();
        drop(file);
        let head = whole.windows(stored.len()).rposition(|bytes| bytes == stored).unwrap();
        // All of a size, and only its lowest byte.
        for (first, count) in [(0, 8), (8, 4), (7, 1), (4, 4), (4, 1)] {
            for value in [0, 0x7f, 0xff] {
                let mut damaged = whole.clone();
                damaged[head + first..][..count].fill(value);
                fs::write(&data.file, &damaged).unwrap();
                match read(&data) {
                    Ok(found) => assert_eq!(found.len(), bytes.len()),
                    Err(Error::Chunk { chunk, fault, .. }) => {
                        assert!(
                            chunk == [1, 0, 0] && !fault.contains('\n'),
                            "{name}: {chunk:?} {fault}"
                        );
                        told.push((name, fault));
                    }
                    Err(error) => panic!("{name}: {error}"),
                }
            }
        }
    }
    assert!(told.len() > 60, "{told:?}");
}

/// Blocks of bits are as large as the file says, and would be reserved.
#[test]
fn blocks_of_bits_that_no_chunk_has_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let array = layout(&[6, 10, 30], ElementType::F32);
    let data = data_set(&folder, "a.h5", "d");
    let mut filters = FilterPipeline::bshuf(4);
    // Versions, by which the values are found in the file.
    filters.filters[0].cd_values[..2].copy_from_slice(&[7777, 8888]);
    let whole = (&data, LibverBound::Earliest);
    write_chunked(whole, &array, &vec![7; array.bytes()], (&[2, 10, 30], &filters));
    let whole = fs::read(&data.file).unwrap();
    let values: Vec<u8> =
        filters.filters[0].cd_values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let place = whole.windows(values.len()).position(|bytes| bytes == values).unwrap();
    for (value, fault) in
        [(2, "elements of 4294967288 bytes"), (3, "blocks of 4294967288 elements")]
    {
        let mut damaged = whole.clone();
        damaged[place + 4 * value..][..4].copy_from_slice(&0xffff_fff8_u32.to_le_bytes());
        fs::write(&data.file, damaged).unwrap();
        let told = read(&data).unwrap_err().to_string();
        assert!(told.contains(fault) && told.contains("a.h5:/d': its bitshuffle has"), "{told}");
    }
}
