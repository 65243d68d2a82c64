//! TIFF files and folders that are written: compressed, large, of any shape, and gone on with.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use gausstack::{ElementType, Gaussian};
use gausstack_io::memory::Memory;
use gausstack_io::tiff::{Compression, TiffFolderSink, TiffSink};
use gausstack_io::{Block, Error, FileJob, Order, Region, Sink, Source, Storage, Stream};

use crate::common::{filtered, random};
use crate::made::{Kind, file};
use crate::{layout, needed, open, read, read_all};

/// Deflate, whose pages come in parts and wait, or as a whole.
#[test]
fn compressed_outputs_have_the_bits_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(3);
    let input = folder.path().join("in.tif");
    let layout = layout(&[20, 40, 300], ElementType::U16);
    let bytes = random(&mut rng, &layout);
    fs::write(&input, file(&Kind::plain(), layout.element, [40, 300, 1], &bytes)).unwrap();
    for axes in [[1, 2], [0, 2]] {
        let filter = Gaussian::new([2.0, 1.0]).axes(axes).threads(1);
        let expected = filtered(&filter, &layout, &bytes, &layout);
        let (output, pages) = (folder.path().join("out.tif"), folder.path().join("out/"));
        let sinks: [Box<dyn Sink>; 2] = [
            Box::new(TiffSink::create(&output, &layout, Compression::Deflate(2), true).unwrap()),
            Box::new(
                TiffFolderSink::create(&pages, &layout, Compression::Deflate(2), true).unwrap(),
            ),
        ];
        for (sink, output) in sinks.into_iter().zip([output, pages]) {
            let source = || Box::new(open(&input).unwrap());
            assert_eq!(sink.chunks(), [1, 40, 300]);
            let memory = source().memory_bytes() + sink.memory_bytes() + (1 << 20);
            let stream = Stream::new(source(), sink, &filter).memory(memory);
            assert!(stream.run().unwrap().slabs.count() > 1);
            let (found_layout, found) = read_all(&output).unwrap();
            assert_eq!(found_layout, layout);
            assert!(found == expected, "{output:?} {axes:?}");
        }
        // Zeros become few bytes.
        let zeros = TiffSink::create(&input, &layout, Compression::Deflate(2), true).unwrap();
        let mut zeros = Box::new(zeros);
        let memory = Memory::zeros(layout.bytes()).unwrap();
        let whole = Region::whole(&layout.shape);
        zeros.write(Block::new(&whole, layout.element, Order::C, memory.bytes()).unwrap()).unwrap();
        zeros.finish().unwrap();
        assert!(fs::metadata(&input).unwrap().len() < layout.bytes() as u64 / 20);
        assert!(read_all(&input).unwrap().1 == memory.bytes());
        fs::write(&input, file(&Kind::plain(), layout.element, [40, 300, 1], &bytes)).unwrap();
    }
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3);
}

#[test]
fn all_shapes_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(4);
    let shapes: [&[usize]; 10] = [
        &[],
        &[7],
        &[5, 6],
        &[1, 5, 6],
        &[2, 3, 5, 6],
        &[5, 6, 3],
        &[4, 5, 6, 4],
        &[4, 1, 1, 1],
        &[2, 3, 2, 5, 6],
        &[3, 3, 3],
    ];
    for shape in shapes {
        for compression in [Compression::None, Compression::Deflate(2)] {
            let layout = layout(shape, ElementType::I16);
            let bytes = random(&mut rng, &layout);
            let path = folder.path().join("a.tiff");
            let mut sink = Box::new(TiffSink::create(&path, &layout, compression, true).unwrap());
            let mut memory = Memory::zeros(bytes.len()).unwrap();
            memory.bytes_mut().copy_from_slice(&bytes);
            let whole = Region::whole(shape);
            let block = Block::new(&whole, layout.element, Order::C, memory.bytes()).unwrap();
            sink.write(block).unwrap();
            assert_eq!(sink.chunks().len(), shape.len());
            sink.finish().unwrap();
            let source = open(&path).unwrap();
            assert_eq!(source.chunks().len(), source.layout().shape.len());
            assert_eq!(read_all(&path).unwrap(), (layout, bytes), "{compression:?}");
        }
    }
}

/// What has more than 4 GiB is a BigTIFF. (The file is sparse.)
#[test]
fn large_files_are_big() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    for (pages, version) in [(3, 42), (5, 43)] {
        let layout = layout(&[pages, 1 << 15, 1 << 15], ElementType::U8);
        let sink = TiffSink::create(&path, &layout, Compression::None, true);
        // A disk that has not the space refuses it at once.
        let Ok(sink) = sink else { return eprintln!("skipped: the disk has not the space") };
        let mut sink = Box::new(sink);
        let last = Region::whole(&layout.shape).along(0, pages - 1..pages).along(1, 0..1);
        let row = Memory::zeros(1 << 15).unwrap();
        let mut row = row;
        row.bytes_mut()[7] = 9;
        sink.write(Block::new(&last, layout.element, Order::C, row.bytes()).unwrap()).unwrap();
        sink.finish().unwrap();
        let mut source = open(&path).unwrap();
        assert_eq!(source.layout(), &layout);
        assert!(read(&mut source, &last).unwrap() == row.bytes());
        assert_eq!(fs::File::open(&path).map(first_bytes).unwrap()[2], version);
    }
}

fn first_bytes(mut file: fs::File) -> [u8; 4] {
    let mut start = [0; 4];
    std::io::Read::read_exact(&mut file, &mut start).unwrap();
    start
}

#[test]
fn a_folder_of_pages_appears_when_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.tif"), folder.path().join("out"));
    let layout = layout(&[6, 8, 9], ElementType::U8);
    let bytes = random(&mut Rng::with_seed(7), &layout);
    fs::write(&input, file(&Kind::plain(), layout.element, [8, 9, 1], &bytes)).unwrap();
    let filter = Gaussian::new(1.0).axes([1, 2]).threads(1);
    let slash = folder.path().join("out/");
    let job = FileJob::new(&input, &slash, &filter);
    let stop = |_| std::ops::ControlFlow::Break(());
    assert!(matches!(job.clone().observer(&stop).run(), Err(Error::Stopped { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    job.run().unwrap();
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&output)[0], "out_00000.tif");
    assert_eq!(names(&output).len(), 6);
    let expected = filtered(&filter, &layout, &bytes, &layout);
    assert!(read_all(&output).unwrap() == (layout, expected));
    assert!(matches!(job.run(), Err(Error::Exists { .. })));
    job.clone().replace(true).run().unwrap();
    // A file that would be read as a page of the output.
    fs::write(output.join("out_00006.tif"), "old").unwrap();
    let error = job.clone().replace(true).run().unwrap_err();
    assert!(matches!(error, Error::Strangers { .. }), "{error}");
    assert!(error.to_string().contains("out_00006.tif', which is no page"), "{error}");
    assert_eq!(names(&output).len(), 7);
    assert_eq!(names(folder.path()), ["in.tif", "out"]);
}

#[test]
fn a_job_goes_on_compresses_and_never_writes_onto_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let layout = layout(&[12, 30, 40], ElementType::U16);
    // Small numbers, which compress.
    let bytes: Vec<u8> = (0..12 * 30 * 40)
        .flat_map(|at: u16| (at.wrapping_mul(at) >> 9 & 7).to_ne_bytes())
        .collect();
    let (input, output) = (path("in.tif"), path("out.tif"));
    fs::write(&input, file(&Kind::plain(), layout.element, [30, 40, 1], &bytes)).unwrap();
    for axes in [[1, 2], [0, 2]] {
        let filter = Gaussian::new([1.0, 2.0]).axes(axes).threads(1);
        let expected = filtered(&filter, &layout, &bytes, &layout);
        let job = FileJob::new(&input, &output, &filter).replace(true);
        let job = job.clone().memory(needed(&job));
        let stop = |progress: gausstack_io::StreamProgress| {
            let go_on = progress.filtered < 5;
            if go_on {
                std::ops::ControlFlow::Continue(())
            } else {
                std::ops::ControlFlow::Break(())
            }
        };
        let stopped = job.clone().resumable(true).observer(&stop).run();
        assert!(matches!(stopped, Err(Error::Stopped { .. })));
        assert!(path("out.tif.part").exists() && !output.exists());
        let summary = job.clone().resume(true).run().unwrap();
        assert!(summary.resumed > 0, "{axes:?}");
        assert!(read_all(&output).unwrap() == (layout.clone(), expected.clone()), "{axes:?}");
        fs::remove_file(&output).unwrap();
        let mut sizes = Vec::new();
        for gzip in [None, Some(1), Some(9)] {
            let storage = Storage { chunks: None, gzip };
            for (name, is_file) in [("out.tif", true), ("out/", false)] {
                let job = FileJob::new(&input, path(name), &filter).replace(true);
                job.storage(storage.clone()).run().unwrap();
                assert!(read_all(&path(name)).unwrap() == (layout.clone(), expected.clone()));
                sizes.extend(is_file.then(|| fs::metadata(path(name)).unwrap().len()));
            }
        }
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
        fs::remove_file(&output).unwrap();
        fs::remove_dir_all(path("out")).unwrap();
    }
    let filter = Gaussian::new(1.0).threads(1);
    let chunked = Storage { chunks: Some(vec![1, 30, 40]), gzip: None };
    let error = FileJob::new(&input, &output, &filter).storage(chunked).run().unwrap_err();
    assert!(matches!(error, Error::Storage { .. }), "{error}");
    fs::create_dir(path("pages")).unwrap();
    fs::copy(&input, path("pages/pages_00000.tif")).unwrap();
    fs::copy(&input, path("in.dat")).unwrap();
    for (from, to) in
        [("in.tif", "in.tif"), ("pages/", "pages"), ("pages/*.tif", "pages/pages_00000.tif")]
    {
        let error = FileJob::new(path(from), path(to), &filter).replace(true).run().unwrap_err();
        assert!(matches!(error, Error::SameFile { .. }), "{from}: {error}");
    }
    // What the name does not say the first bytes do.
    assert_eq!(gausstack_io::open(&path("in.dat")).unwrap().layout(), &layout);
    assert_eq!(fs::read(&input).unwrap(), fs::read(path("pages/pages_00000.tif")).unwrap());
}
