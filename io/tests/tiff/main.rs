//! TIFF stacks streamed: types, methods, byte orders, chunks; and what is wrong with them.
#![cfg(feature = "tiff")]

#[path = "../common/mod.rs"]
mod common;
mod made;
mod outputs;
mod robust;

use std::fs;
use std::path::Path;

use common::{filtered, needed, places, random};
use fastrand::Rng;
use gausstack::{ElementType, Gaussian, Mode};
use gausstack_io::memory::Memory;
use gausstack_io::npy::NpyFile;
use gausstack_io::tiff::{Pages, TiffSource};
use gausstack_io::{BlockMut, Error, FileJob, Layout, Order, Region, Source};
use made::{Chunk, Kind, file};

const METHODS: [u16; 5] = [1, 5, 8, 32_773, 50_000];

fn layout(shape: &[usize], element: ElementType) -> Layout {
    Layout { shape: shape.to_vec(), element, order: Order::C }
}

/// The types that TIFF has.
fn types() -> impl Iterator<Item = ElementType> {
    ElementType::ALL.into_iter().filter(|&element| element != ElementType::Bool)
}

/// The stack that a name means.
fn open(path: &Path) -> Result<TiffSource, Error> {
    TiffSource::open(&Pages::of(path).expect("a name of TIFF files"))
}

fn read(source: &mut TiffSource, region: &Region) -> Result<Vec<u8>, Error> {
    let element = source.layout().element;
    let bytes = region.shape.iter().product::<usize>() * element.size();
    let mut memory = Memory::zeros(bytes).unwrap();
    source.read(BlockMut::new(region, element, Order::C, memory.bytes_mut())?)?;
    Ok(memory.bytes().to_vec())
}

fn read_all(path: &Path) -> Result<(Layout, Vec<u8>), Error> {
    let mut source = open(path)?;
    let layout = source.layout().clone();
    let bytes = read(&mut source, &Region::whole(&layout.shape))?;
    Ok((layout, bytes))
}

/// Numbers that compress: few values, in runs.
fn runs(rng: &mut Rng, layout: &Layout) -> Vec<u8> {
    let size = layout.element.size();
    let mut bytes = random(rng, layout);
    for at in 1..bytes.len() / size {
        if rng.u8(..4) > 0 {
            bytes.copy_within((at - 1) * size..at * size, at * size);
        }
    }
    bytes
}

#[test]
fn every_kind_of_file_is_read_in_any_region() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let mut rng = Rng::with_seed(1);
    let mut read_kinds = 0;
    for element in types() {
        for method in METHODS {
            let is_float = element.name().starts_with('f');
            for predictor in 1..=3 {
                // Without a compression, and with PackBits, there is none.
                if predictor > 1 && [1, 32_773].contains(&method) || predictor == 3 && !is_float {
                    continue;
                }
                for case in 0..6 {
                    let samples = [1, 1, 1, 3, 1, 4][case];
                    let form = [23, 37, samples];
                    let chunk = match case % 3 {
                        0 => Chunk::Strip([usize::MAX, 7][rng.usize(..2)]),
                        1 => Chunk::Tile(16, 16),
                        _ => Chunk::Strip(1),
                    };
                    let kind = Kind {
                        big_endian: rng.bool(),
                        is_big: rng.bool(),
                        method,
                        predictor,
                        chunk,
                        ..Kind::plain()
                    };
                    let mut shape = vec![5, 23, 37];
                    shape.extend((samples > 1).then_some(samples));
                    let layout = layout(&shape, element);
                    let bytes = runs(&mut rng, &layout);
                    fs::write(&path, file(&kind, element, form, &bytes)).unwrap();
                    let mut source = open(&path).unwrap();
                    assert_eq!(source.layout(), &layout, "{kind:?}");
                    let whole = Region::whole(&shape);
                    assert!(read(&mut source, &whole).unwrap() == bytes, "{element} {kind:?}");
                    for _ in 0..4 {
                        let mut region = whole.clone();
                        for (axis, &len) in shape.iter().enumerate() {
                            let first = rng.usize(..len);
                            region = region.along(axis, first..rng.usize(first..len) + 1);
                        }
                        let size = element.size();
                        let expected: Vec<u8> = places(&layout, &region)
                            .into_iter()
                            .flat_map(|place| &bytes[place * size..][..size])
                            .copied()
                            .collect();
                        let found = read(&mut source, &region).unwrap();
                        assert!(found == expected, "{element} {kind:?} {region:?}");
                    }
                    read_kinds += 1;
                }
            }
        }
    }
    assert_eq!(read_kinds, 6 * (10 * 5 + 10 * 3 + 2 * 3));
}

#[test]
fn streams_have_the_bits_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Rng::with_seed(2);
    let filters = [
        Gaussian::new([1.0, 2.0]).axes([1, 2]),
        Gaussian::new([1.0, 2.0]).axes([0, 2]),
        Gaussian::new([1.0, 0.6]).axes([0, 1]),
        Gaussian::new(0.8),
    ];
    for (case, element) in types().enumerate() {
        for (number, filter) in filters.iter().enumerate() {
            let filter = filter.clone().mode(Mode::Nearest).threads(1);
            let layout = layout(&[20, 17, 30], element);
            let bytes = random(&mut rng, &layout);
            let kind = Kind {
                big_endian: rng.bool(),
                method: METHODS[(case + number) % 5],
                chunk: [Chunk::Strip(4), Chunk::Tile(16, 16)][rng.usize(..2)],
                ..Kind::plain()
            };
            let input = folder.path().join("in.tif");
            fs::write(&input, file(&kind, element, [17, 30, 1], &bytes)).unwrap();
            let expected = filtered(&filter, &layout, &bytes, &layout);
            for output in ["out.tif", "pages/", "out.npy"] {
                let output = folder.path().join(output);
                let job = FileJob::new(&input, &output, &filter).replace(true);
                let least = needed(&job);
                for memory in [least, least + rng.usize(..20_000)] {
                    let summary = job.clone().memory(memory).run().unwrap();
                    assert!(summary.slabs.count() > 1, "{}", summary.slabs);
                    let (found_layout, found) = match output.extension() {
                        Some(end) if end == "npy" => {
                            let file = NpyFile::open(&output).unwrap();
                            (file.layout(), file.elements().unwrap().bytes().to_vec())
                        }
                        _ => read_all(&output).unwrap(),
                    };
                    assert_eq!(found_layout, layout);
                    assert!(found == expected, "{element} {kind:?} {output:?} {}", summary.slabs);
                }
            }
        }
    }
}

#[test]
fn stacks_of_a_single_directory_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let element = ElementType::U16;
    let imagej = |images: usize, more: &str| format!("ImageJ=1.53t\nimages={images}\n{more}");
    let cases = [
        (imagej(12, "slices=12\n"), vec![12, 9, 11]),
        (imagej(12, "channels=2\nslices=3\nframes=2\nhyperstack=true\n"), vec![2, 3, 2, 9, 11]),
        (imagej(12, "slices=5\n"), vec![12, 9, 11]),
        (r#"{"shape": [3, 4, 9, 11], "truncated": true}"#.to_owned(), vec![3, 4, 9, 11]),
    ];
    for (description, shape) in cases {
        for big_endian in [false, true] {
            let layout = layout(&shape, element);
            let bytes = random(&mut Rng::with_seed(5), &layout);
            let description = Some(description.clone());
            let kind = Kind { big_endian, description, is_single: true, ..Kind::plain() };
            let content = file(&kind, element, [9, 11, 1], &bytes);
            fs::write(&path, &content).unwrap();
            assert_eq!(read_all(&path).unwrap(), (layout, bytes.clone()), "{kind:?}");
            // Each with a directory of its own.
            let kind = Kind { is_single: false, ..kind };
            fs::write(&path, file(&kind, element, [9, 11, 1], &bytes)).unwrap();
            assert_eq!(read_all(&path).unwrap().0.shape, shape);
            // Some are missing.
            let kind = Kind { is_single: true, ..kind };
            fs::write(&path, file(&kind, element, [9, 11, 1], &bytes[..bytes.len() / 2])).unwrap();
            let error = open(&path).unwrap_err();
            assert!(matches!(error, Error::Page { page: 0, .. }), "{error}");
            assert!(error.to_string().contains("speaks of 12 pages"), "{error}");
        }
    }
    let kind = Kind { method: 8, description: Some(imagej(3, "")), ..Kind::plain() };
    fs::write(&path, file(&kind, element, [9, 11, 1], &[7; 198])).unwrap();
    let error = open(&path).unwrap_err().to_string();
    assert!(error.contains("speaks of 3 pages, and is the only page"), "{error}");
}

#[test]
fn folders_and_patterns_are_read_in_natural_order() {
    let folder = tempfile::tempdir().unwrap();
    let element = ElementType::F32;
    let layout = layout(&[12, 6, 7], element);
    let bytes = random(&mut Rng::with_seed(6), &layout);
    for (page, bytes) in bytes.chunks(6 * 7 * 4).enumerate() {
        let kind = Kind {
            big_endian: page % 2 == 0,
            method: METHODS[page % 5],
            chunk: [Chunk::Strip(2), Chunk::Tile(16, 16)][page % 2],
            ..Kind::plain()
        };
        let path = folder.path().join(format!("proj_{}.tif", page + 1));
        fs::write(path, file(&kind, element, [6, 7, 1], bytes)).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "no page").unwrap();
    for name in ["", "proj_*.tif", "*.tif"] {
        let (found_layout, found) = read_all(&folder.path().join(name)).unwrap();
        assert_eq!(found_layout, layout);
        assert!(found == bytes, "{name}");
    }
    let (_, found) = read_all(&folder.path().join("proj_?.tif")).unwrap();
    assert!(found == bytes[..9 * 6 * 7 * 4]);
    // A file may hold several pages.
    let all = file(&Kind::plain(), element, [6, 7, 1], &bytes);
    fs::write(folder.path().join("proj_20.tif"), all).unwrap();
    assert_eq!(open(folder.path()).unwrap().layout().shape, [24, 6, 7]);
    let other = file(&Kind::plain(), element, [7, 6, 1], &bytes);
    let path = folder.path().join("proj_11.tif");
    fs::write(&path, other).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, Error::PageDiffers { page: 0, .. }), "{error}");
    let told =
        "proj_11.tif': page 0 is f32 of shape [7, 6], and the first page is f32 of shape [6, 7]";
    assert!(error.to_string().ends_with(told), "{error}");
    fs::write(&path, file(&Kind::plain(), ElementType::U32, [6, 7, 1], &bytes)).unwrap();
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("page 0 is u32 of shape [6, 7]"), "{error}");
}
