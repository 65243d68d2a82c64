//! Arrays in Zarr stores streamed: versions, types, chunks, shards and codecs; and what is wrong with
//! them. Stores of other programs are in `.ci/check_zarr.py`.
#![cfg(feature = "zarr")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{filtered, needed, places, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::memory::Memory;
use gausstack_io::zarr::{ZarrArray, ZarrSink, ZarrSource};
use gausstack_io::{
    Block, BlockMut, Error, FileJob, Layout, Order, Region, Share, Sink, Source, Storage,
};
use tempfile::TempDir;

fn layout(shape: &[usize], element: ElementType) -> Layout {
    Layout { shape: shape.to_vec(), element, order: Order::C }
}

fn array(folder: &TempDir, name: &str) -> ZarrArray {
    ZarrArray::of(&folder.path().join(name)).unwrap()
}

fn path_of(array: &ZarrArray) -> PathBuf {
    array.to_string().into()
}

/// Ways to store an array of shape (30, 6, 40).
fn ways() -> Vec<Storage> {
    let chunks = |chunks: &[usize]| Some(chunks.to_vec());
    vec![
        Storage::default(),
        Storage { chunks: chunks(&[7, 6, 40]), gzip: Some(2), shards: None },
        Storage { chunks: chunks(&[4, 5, 9]), gzip: None, shards: None },
        Storage { chunks: chunks(&[4, 2, 10]), gzip: Some(1), shards: chunks(&[8, 6, 40]) },
        Storage { chunks: chunks(&[5, 3, 50]), gzip: None, shards: chunks(&[40, 3, 50]) },
    ]
}

fn block<'a>(layout: &Layout, region: &'a Region, memory: &'a Memory) -> Block<'a> {
    Block::new(region, layout.element, Order::C, memory.bytes()).unwrap()
}

fn held(bytes: &[u8]) -> Memory {
    let mut memory = Memory::zeros(bytes.len()).unwrap();
    memory.bytes_mut().copy_from_slice(bytes);
    memory
}

/// Writes an array at once.
fn write(array: &ZarrArray, layout: &Layout, bytes: &[u8], storage: &Storage) {
    let mut sink = Box::new(ZarrSink::create(array, layout, storage, false).unwrap());
    let whole = Region::whole(&layout.shape);
    sink.write(block(layout, &whole, &held(bytes))).unwrap();
    sink.finish().unwrap();
}

/// A region of an array.
fn read_region(source: &mut ZarrSource, region: &Region) -> Result<Vec<u8>, Error> {
    let element = source.layout().element;
    let mut memory = Memory::zeros(layout(&region.shape, element).bytes()).unwrap();
    source.read(BlockMut::new(region, element, Order::C, memory.bytes_mut())?)?;
    Ok(memory.bytes().to_vec())
}

fn read(array: &ZarrArray) -> Result<Vec<u8>, Error> {
    let mut source = ZarrSource::open(array)?;
    let whole = Region::whole(&source.layout().shape);
    read_region(&mut source, &whole)
}

/// The elements of a region of an array in memory.
fn cut(layout: &Layout, bytes: &[u8], region: &Region) -> Vec<u8> {
    let size = layout.element.size();
    places(layout, region).iter().flat_map(|&at| &bytes[at * size..][..size]).copied().collect()
}

fn any_region(rng: &mut Rng, shape: &[usize]) -> Region {
    shape.iter().enumerate().fold(Region::whole(shape), |region, (axis, &len)| {
        let first = rng.usize(..len);
        region.along(axis, first..rng.usize(first..len) + 1)
    })
}

/// All files in a folder, by their paths in it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn all_types_are_filtered_from_store_to_store() {
    let mut rng = Rng::with_seed(4);
    for element in ElementType::ALL {
        for storage in ways() {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (array(&folder, "in.zarr:/entry/data"), array(&folder, "out.zarr"));
            let layout = layout(&[30, 6, 40], element);
            let bytes = random(&mut rng, &layout);
            write(&from, &layout, &bytes, &storage);
            assert!(read(&from).unwrap() == bytes, "{element} {storage:?}");
            let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).mode(Mode::Nearest).threads(1);
            let job = FileJob::new(path_of(&from), path_of(&to), &filter).storage(storage.clone());
            let summary = job.clone().memory(needed(&job)).run().unwrap();
            let source = ZarrSource::open(&to).unwrap();
            assert_eq!(source.layout(), &layout);
            let expected = filtered(&filter, &layout, &bytes, &layout);
            assert!(read(&to).unwrap() == expected, "{element} {storage:?} {}", summary.slabs);
            // Nothing but both stores.
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }
}

/// Whatever slabs are cut through chunks and shards, the bits are the same.
#[test]
fn blocks_of_any_size_are_written_and_read() {
    let mut rng = Rng::with_seed(5);
    let layout = layout(&[30, 6, 40], ElementType::U16);
    for storage in ways() {
        for thickness in [1, 3, 4, 8, 29, 30] {
            for axis in 0..3 {
                let folder = tempfile::tempdir().unwrap();
                let to = array(&folder, "a.zarr");
                let bytes = random(&mut rng, &layout);
                let sink = ZarrSink::create(&to, &layout, &storage, false).unwrap();
                let mut sink = Box::new(sink);
                let len = layout.shape[axis];
                for first in (0..len).step_by(thickness) {
                    let region = Region::whole(&layout.shape);
                    let region = region.along(axis, first..len.min(first + thickness));
                    let part = held(&cut(&layout, &bytes, &region));
                    sink.write(block(&layout, &region, &part)).unwrap();
                }
                assert!(!to.store.exists());
                sink.finish().unwrap();
                let mut source = ZarrSource::open(&to).unwrap();
                for _ in 0..5 {
                    let region = any_region(&mut rng, &layout.shape);
                    let found = read_region(&mut source, &region).unwrap();
                    assert!(found == cut(&layout, &bytes, &region), "{storage:?} {region:?}");
                }
                assert!(read(&to).unwrap() == bytes, "{storage:?} {thickness} {axis}");
            }
        }
    }
}

#[test]
fn an_array_gets_to_a_group_that_exists_and_leaves_the_rest_alone() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[9, 8], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(6), &layout);
    let first = array(&folder, "a.zarr:/x/first");
    write(&first, &layout, &bytes, &Storage::default());
    let before = files(&first.store);
    assert_eq!(before, ["x/first/c/0/0", "x/first/zarr.json", "x/zarr.json", "zarr.json"]);
    let filter = Gaussian::new(0.0);
    let job = |to: &ZarrArray| FileJob::new(path_of(&first), path_of(to), &filter);
    let second = array(&folder, "a.zarr:/x/y/second");
    job(&second).run().unwrap();
    assert!(read(&second).unwrap() == bytes && read(&first).unwrap() == bytes);
    let after = files(&first.store);
    assert!(before.iter().all(|file| after.contains(file)));
    assert!(after.contains(&"x/y/zarr.json".to_owned()), "{after:?}");
    // One that exists is replaced when that is asked for, and a group never is.
    let error = job(&second).run().unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");
    job(&second).replace(true).output_type(ElementType::F64).run().unwrap();
    assert_eq!(ZarrSource::open(&second).unwrap().layout().element, ElementType::F64);
    assert_eq!(files(&first.store).len(), after.len());
    for (name, fault) in [
        ("a.zarr:/x", "it is a group"),
        ("a.zarr", "it is a group"),
        ("a.zarr:/x/first/z", "it is an array, not a group"),
        ("a.zarr:/x/../../b", "leaves the store"),
    ] {
        let error = job(&array(&folder, name)).replace(true).run().unwrap_err().to_string();
        assert!(error.contains(fault), "{error}");
    }
    let error = job(&first).replace(true).run().unwrap_err();
    assert!(matches!(error, Error::SameFile { .. }), "{error}");
    fs::create_dir(folder.path().join("b.zarr")).unwrap();
    let error = job(&array(&folder, "b.zarr")).replace(true).run().unwrap_err().to_string();
    assert!(error.contains("no array of Zarr"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// An array of version 2 that another program would write, with chunks in Fortran order.
fn write_v2(folder: &Path, layout: &Layout, bytes: &[u8], described: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(".zarray"), described).unwrap();
    let attributes = r#"{"units": "counts", "_ARRAY_DIMENSIONS": ["y", "x"], "scale": [1.5, 2]}"#;
    fs::write(folder.join(".zattrs"), attributes).unwrap();
    let whole: Vec<&[u8]> = bytes.chunks(layout.element.size()).collect();
    for row in 0..2 {
        // The chunk in the middle of the first row was never written.
        for column in [0, 2] {
            let mut chunk = Vec::new();
            for (y, x) in (0..15).map(|place| (place % 5, place / 5)) {
                let at = [5 * row + y, 3 * column + x];
                let is_in = at[0] < layout.shape[0] && at[1] < layout.shape[1];
                let element = if is_in { whole[at[0] * layout.shape[1] + at[1]] } else { &[0; 4] };
                chunk.extend(element.iter().rev());
            }
            fs::write(folder.join(format!("{row}.{column}")), chunk).unwrap();
        }
    }
}

const V2: &str = r#"{"zarr_format": 2, "shape": [8, 8], "chunks": [5, 3], "dtype": ">f4",
    "compressor": null, "fill_value": "NaN", "order": "F", "filters": null}"#;

#[test]
fn version_2_is_read_and_stays_version_2() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[8, 8], ElementType::F32);
    let mut bytes = random(&mut Rng::with_seed(7), &layout);
    let from = array(&folder, "in.zarr");
    write_v2(&from.store, &layout, &bytes, V2);
    for row in bytes.chunks_mut(32) {
        row[12..24].copy_from_slice(&[f32::NAN.to_ne_bytes(); 3].concat());
    }
    assert!(read(&from).unwrap() == bytes);
    let to = array(&folder, "out.zarr");
    let filter = Gaussian::new(0.0);
    FileJob::new(path_of(&from), path_of(&to), &filter).run().unwrap();
    let text = |file: &str| fs::read_to_string(to.store.join(file)).unwrap();
    assert!(text(".zarray").contains("\"<f4\"") && text(".zarray").contains("null"));
    let attributes = fs::read_to_string(from.store.join(".zattrs")).unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(&text(".zattrs")).len(), squeezed(&attributes).len());
    assert_eq!(ZarrSource::open(&to).unwrap().chunks(), [5, 3]);
    // Shards are of version 3, whose axes have their names in another place.
    let to = array(&folder, "shards.zarr");
    let storage = Storage { shards: Some(vec![10, 9]), ..Storage::default() };
    FileJob::new(path_of(&from), path_of(&to), &filter).storage(storage).run().unwrap();
    let text = fs::read_to_string(to.store.join("zarr.json")).unwrap();
    assert!(squeezed(&text).contains(r#""dimension_names":["y","x"]"#), "{text}");
    assert!(!text.contains("_ARRAY_DIMENSIONS") && text.contains("\"counts\""), "{text}");
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[8, 8], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(8), &layout);
    let told = |name: &str| read(&array(&folder, name)).unwrap_err().to_string();
    for (case, (from, to, fault)) in [
        ("\">f4\"", "\"<c8\"", "complex"),
        ("\">f4\"", "[[\"a\", \"<f4\"]]", "records"),
        ("\">f4\"", "7", "dtype is 7"),
        ("[8, 8]", "[8, 8, 1]", "do not have the axes"),
        ("[8, 8]", "[8, -8]", "not a list of lengths"),
        ("[8, 8]", "[8, 4611686018427387904]", "no memory holds"),
        ("[5, 3]", "[0, 3]", "no bytes"),
        ("[5, 3]", "[4294967296, 4294967296]", "more than"),
        ("\"NaN\"", "\"nothing\"", "fill value \"nothing\" is no f32"),
        ("\"compressor\": null", "\"compressor\": {\"id\": \"bz2\"}", "codec 'bz2' is not read"),
        ("\"filters\": null", "\"filters\": [{\"id\": \"delta\"}]", "codec 'delta' is not read"),
        ("\"F\"", "\"K\"", "order is \"K\""),
        ("\"zarr_format\": 2", "\"zarr_format\": 4", "zarr_format is 4"),
        ("}", "", "no JSON"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("{case}.zarr");
        assert!(V2.contains(from));
        write_v2(&folder.path().join(&name), &layout, &bytes, &V2.replace(from, to));
        let error = told(&name);
        assert!(error.contains(fault) && error.contains(&name), "{error}");
    }
    let all = array(&folder, "all.zarr:/a/b");
    write(&all, &layout, &bytes, &Storage::default());
    write(&array(&folder, "all.zarr:/c"), &layout, &bytes, &Storage::default());
    assert!(told("all.zarr:/d").contains("no data set '/d': it has '/a/b', '/c'"));
    assert!(told("all.zarr").contains("it has '/a/b', '/c'"));
    assert!(told("none.zarr").contains("could not open"));
    let create = |storage: Storage| {
        let to = array(&folder, "new.zarr");
        ZarrSink::create(&to, &layout, &storage, false).unwrap_err().to_string()
    };
    let storage = |chunks: &[usize], shards: Option<Vec<usize>>| Storage {
        chunks: Some(chunks.to_vec()),
        gzip: None,
        shards,
    };
    assert!(create(storage(&[3], None)).contains("do not have the axes"));
    assert!(create(storage(&[3, 0], None)).contains("no bytes"));
    assert!(create(storage(&[3, 3], Some(vec![6, 8]))).contains("no multiples of chunks"));
    assert!(create(Storage { gzip: Some(12), ..Storage::default() }).contains("levels 1 to 9"));
    assert!(!folder.path().join("new.zarr").exists());
}

#[test]
fn damaged_chunks_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let layout = layout(&[8, 8], ElementType::F32);
    let bytes = random(&mut Rng::with_seed(9), &layout);
    let gzip = Storage { chunks: Some(vec![4, 4]), gzip: Some(2), shards: None };
    let from = array(&folder, "a.zarr");
    write(&from, &layout, &bytes, &gzip);
    let file = from.store.join("c/1/0");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    let error = read(&from).unwrap_err().to_string();
    assert!(error.contains("a.zarr': chunk [1, 0] is damaged: 'c/1/0': gzip: "), "{error}");
    let shards = Storage { shards: Some(vec![8, 8]), ..gzip };
    let from = array(&folder, "b.zarr");
    write(&from, &layout, &bytes, &shards);
    let file = from.store.join("c/0/0");
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() - 20] ^= 1;
    fs::write(&file, &damaged).unwrap();
    let error = read(&from).unwrap_err().to_string();
    assert!(error.contains("'c/0/0': the checksum of its index is wrong"), "{error}");
    fs::write(&file, &whole[..30]).unwrap();
    let error = read(&from).unwrap_err().to_string();
    assert!(error.contains("the shard has 30 bytes, its index 68"), "{error}");
}

/// Whatever is written over metadata and chunks, nothing panics, and nothing takes memory for it.
#[test]
fn damage_anywhere_is_an_error_or_another_array() {
    let mut rng = Rng::with_seed(10);
    let layout = layout(&[8, 8], ElementType::F32);
    let bytes = random(&mut rng, &layout);
    let folder = tempfile::tempdir().unwrap();
    let v3 = array(&folder, "v3.zarr");
    let storage = Storage { chunks: Some(vec![4, 2]), gzip: Some(2), shards: Some(vec![8, 4]) };
    write(&v3, &layout, &bytes, &storage);
    let v2 = array(&folder, "v2.zarr");
    write_v2(&v2.store, &layout, &bytes, V2);
    let (mut read_well, mut refused) = (0, 0);
    for (array, names) in [(&v3, &["zarr.json", "c/0/0"][..]), (&v2, &[".zarray", "0.0"])] {
        for name in names {
            let path = array.store.join(name);
            let whole = fs::read(&path).unwrap();
            for _ in 0..3000 {
                let mut damaged = whole.clone();
                for _ in 0..rng.usize(1..4) {
                    let place = rng.usize(..damaged.len());
                    match rng.usize(..4) {
                        0 => damaged.truncate(place + 1),
                        1 => damaged[place] ^= 1 << rng.usize(..8),
                        2 => damaged[place] = b"0123456789,[]{}\"-"[rng.usize(..17)],
                        _ => damaged.insert(place, rng.u8(..)),
                    }
                }
                fs::write(&path, damaged).unwrap();
                let Ok(mut source) = ZarrSource::open(array) else {
                    refused += 1;
                    continue;
                };
                // Another shape, perhaps a huge one: its corner.
                let corner: Vec<usize> =
                    source.layout().shape.iter().map(|&len| len.min(8)).collect();
                match read_region(&mut source, &Region::whole(&corner)) {
                    Ok(_) => read_well += 1,
                    Err(_) => refused += 1,
                }
            }
            fs::write(&path, whole).unwrap();
        }
    }
    assert!(read_well > 500 && refused > 3000, "{read_well} read, {refused} refused");
    assert!(read(&v3).unwrap() == bytes);
}

/// A run that is stopped leaves its slabs, and the next one goes on with them, also where slabs cut
/// through chunks and the last of them was damaged.
#[test]
fn a_stopped_run_is_gone_on_with() {
    use std::ops::ControlFlow;
    let mut rng = Rng::with_seed(11);
    let layout = layout(&[30, 6, 40], ElementType::F32);
    let bytes = random(&mut rng, &layout);
    let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).threads(1);
    for storage in ways() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (array(&folder, "in.zarr"), array(&folder, "out.zarr:/x"));
        write(&from, &layout, &bytes, &Storage::default());
        let stop = |progress: gausstack_io::StreamProgress| {
            if progress.written > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let job = FileJob::new(path_of(&from), path_of(&to), &filter).storage(storage.clone());
        let job = job.clone().memory(needed(&job));
        let slabs = job.slabs().unwrap().count();
        if slabs < 3 {
            continue;
        }
        let error = job.clone().resumable(true).observer(&stop).run().unwrap_err();
        assert!(matches!(error, Error::Stopped { .. }), "{error}");
        assert!(!to.store.exists());
        let part = folder.path().join("out.zarr.part");
        assert_eq!(job.unfinished(), Some(part.clone()));
        let error = job.clone().resumable(true).run().unwrap_err();
        assert!(matches!(error, Error::Unfinished { .. }), "{error}");
        // What was cut off is written again.
        let chunks: Vec<String> =
            files(&part).into_iter().filter(|name| !name.contains("zarr.json")).collect();
        let last = part.join(chunks.last().unwrap());
        let whole = fs::read(&last).unwrap();
        fs::write(&last, &whole[..whole.len() / 2]).unwrap();
        let summary = job.clone().resume(true).run().unwrap();
        assert!(summary.resumed < slabs);
        let expected = filtered(&filter, &layout, &bytes, &layout);
        assert!(read(&to).unwrap() == expected, "{storage:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

/// Whatever the order and the number of shares, and whichever is stopped: the last gives the name.
#[test]
fn shares_make_one_array() {
    use std::ops::ControlFlow;
    let mut rng = Rng::with_seed(12);
    let layout = layout(&[30, 6, 40], ElementType::F32);
    let bytes = random(&mut rng, &layout);
    let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).threads(1);
    let expected = filtered(&filter, &layout, &bytes, &layout);
    for storage in ways() {
        for of in [1, 2, 3, 9] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (array(&folder, "in.zarr"), array(&folder, "out.zarr:/x/y"));
            write(&from, &layout, &bytes, &Storage::default());
            let job = FileJob::new(path_of(&from), path_of(&to), &filter).storage(storage.clone());
            let job = job.clone().memory(needed(&job));
            let share = |number| Share::new(number, of).unwrap();
            let mut order: Vec<usize> = (1..=of).collect();
            rng.shuffle(&mut order);
            let last = order.pop().unwrap();
            for number in order {
                // It is stopped after a slab, and run again, with memory that does not count.
                let stop = |progress: gausstack_io::StreamProgress| match progress.written {
                    0 => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                };
                let _ = job.clone().share(share(number)).observer(&stop).run();
                let summary = job.clone().memory(1 << 30).share(share(number)).run().unwrap();
                assert!(!summary.complete && !to.store.exists());
            }
            if of == 3 {
                let error = job.clone().share(Share::new(1, 4).unwrap()).run().unwrap_err();
                assert!(error.to_string().contains("number of shares was 3"), "{error}");
                let error = job.clone().resume(true).run().unwrap_err().to_string();
                assert!(error.contains("number of shares was 3, and is 1 now"), "{error}");
            }
            assert!(job.clone().share(share(last)).run().unwrap().complete);
            assert!(read(&to).unwrap() == expected, "{storage:?} {of}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{storage:?} {of}");
        }
    }
}

#[test]
fn shares_run_at_once_and_only_into_stores() {
    let mut rng = Rng::with_seed(13);
    let layout = layout(&[40, 12, 30], ElementType::U16);
    let bytes = random(&mut rng, &layout);
    let filter = Gaussian::new([1.0, 2.0]).axes([0, 2]).threads(1);
    let expected = filtered(&filter, &layout, &bytes, &layout);
    let folder = tempfile::tempdir().unwrap();
    let from = array(&folder, "in.zarr");
    write(&from, &layout, &bytes, &Storage::default());
    for round in 0..20 {
        let to = array(&folder, &format!("{round}.zarr"));
        let job = FileJob::new(path_of(&from), path_of(&to), &filter);
        let storage = Storage { chunks: Some(vec![40, 1, 30]), ..Storage::default() };
        let job = job.clone().storage(storage).memory(needed(&job) + 4000);
        std::thread::scope(|scope| {
            for number in 1..=4 {
                let job = job.clone().share(Share::new(number, 4).unwrap());
                scope.spawn(move || job.run().unwrap());
            }
        });
        assert!(read(&to).unwrap() == expected, "{round}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 21);
    let job = FileJob::new(path_of(&from), folder.path().join("a.npy"), &filter);
    let error = job.share(Share::new(1, 2).unwrap()).run().unwrap_err();
    assert!(matches!(error, Error::Storage { .. }), "{error}");
}
