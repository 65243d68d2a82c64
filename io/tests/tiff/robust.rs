//! Files that are damaged, absurd or of a kind that is not read.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;
use gausstack::{ElementType, Gaussian};
use gausstack_io::{Error, FileJob, Region, Source};

use crate::common::random;
use crate::made::{Chunk, Kind, file};
use crate::{METHODS, layout, open, read, read_all};

/// What opening or reading says is wrong; nothing if all is read.
fn fault(path: &Path, content: &[u8]) -> Option<Error> {
    fs::write(path, content).unwrap();
    match open(path) {
        Err(error) => Some(error),
        Ok(mut source) => {
            let bytes = source.layout().bytes().saturating_add(source.memory_bytes());
            // More would not be planned.
            if bytes > 64 << 20 {
                return Some(Error::Buffers { bytes });
            }
            let whole = Region::whole(&source.layout().shape);
            read(&mut source, &whole).err()
        }
    }
}

#[test]
fn damaged_files_are_errors_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let mut rng = Rng::with_seed(8);
    let mut files = Vec::new();
    for (case, method) in METHODS.into_iter().cycle().take(20).enumerate() {
        let element = [ElementType::U8, ElementType::F32, ElementType::U16][case % 3];
        let is_packed = ![1, 32_773].contains(&method);
        let predictor = match element {
            ElementType::F32 if is_packed => 3,
            _ if is_packed => 2,
            _ => 1,
        };
        let kind = Kind {
            big_endian: case % 2 == 0,
            is_big: case % 4 > 1,
            method,
            predictor,
            chunk: [Chunk::Strip(3), Chunk::Tile(16, 16), Chunk::Strip(9)][case % 3],
            description: (case % 5 == 0).then(|| "ImageJ=1.5\nimages=3\nslices=3\n".to_owned()),
            is_single: case == 0,
            ..Kind::plain()
        };
        let samples = [1, 1, 3][case % 3];
        let bytes = random(&mut rng, &layout(&[3, 9, 13, samples], element));
        let content = file(&kind, element, [9, 13, samples], &bytes);
        assert!(fault(&path, &content).is_none(), "{kind:?}");
        files.push(content);
    }
    let (mut wrong, mut longest) = (0, Duration::ZERO);
    for _ in 0..4000 {
        let mut content = files[rng.usize(..files.len())].clone();
        if rng.u8(..5) == 0 {
            content.truncate(rng.usize(..content.len()));
        } else {
            for _ in 0..rng.usize(1..6) {
                // Half of them where sizes and places are: near the end, behind the pixels.
                let from = if rng.bool() { content.len() * 2 / 3 } else { 0 };
                let at = rng.usize(from..content.len());
                content[at] =
                    [0, 1, 0xff, rng.u8(..), content[at] ^ 1 << rng.u8(..8)][rng.usize(..5)];
            }
        }
        let start = Instant::now();
        wrong += usize::from(fault(&path, &content).is_some());
        longest = longest.max(start.elapsed());
    }
    // Some changes are of pixels, or of nothing that is read.
    assert!((1500..4000).contains(&wrong), "{wrong} of 4000 found wrong");
    assert!(longest < Duration::from_secs(5), "{longest:?}");
}

#[test]
fn every_length_of_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    for method in METHODS {
        let kind = Kind { method, chunk: Chunk::Strip(2), is_big: method == 8, ..Kind::plain() };
        let bytes = random(&mut Rng::with_seed(9), &layout(&[2, 5, 6], ElementType::U16));
        let content = file(&kind, ElementType::U16, [5, 6, 1], &bytes);
        for len in 0..content.len() {
            let error = fault(&path, &content[..len]).expect("a part is no file");
            assert!(error.to_string().contains("in.tif'"), "{len}: {error}");
        }
    }
}

#[test]
fn what_is_not_read_is_named_with_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let told = |kind: &Kind, element, form: [usize; 3]| {
        let pixels = form.iter().product::<usize>();
        let content = file(kind, element, form, &vec![0; 2 * pixels * element.size()]);
        let error = fault(&path, &content).expect("it is not read");
        assert!(matches!(error, Error::Page { page: 0, .. }), "{error}");
        error.to_string()
    };
    let tag = |number, value| Kind { tags: vec![(number, value)], ..Kind::plain() };
    let grey = [6, 8, 1];
    for (number, value, expected) in [
        (256, 0, "its number of columns is 0"),
        (258, 1, "it holds integers of 1 bits"),
        (258, 12, "it holds integers of 12 bits"),
        (259, 7, "compressed by JPEG (number 7)"),
        (259, 4, "compressed by a fax code (number 4)"),
        (259, 34_925, "compressed by LZMA"),
        (259, 12_345, "a method that is not known (number 12345)"),
        (262, 3, "indices of a palette"),
        (262, 5, "CMYK colours"),
        (262, 6, "YCbCr colours"),
        (266, 2, "in reverse order"),
        (277, 0, "its pixels have 0 samples"),
        (278, 0, "its number of rows of a strip is 0"),
        (317, 2, "predictor 2, without a compression"),
        (339, 3, "it holds floats of 16 bits"),
        (339, 4, "a format that is not defined"),
        (339, 6, "complex numbers"),
        (32_997, 5, "a volume"),
    ] {
        let told = told(&tag(number, value), ElementType::U16, grey);
        assert!(told.contains(expected) && told.contains("in.tif': page 0"), "{told}");
    }
    let planes = told(&tag(284, 2), ElementType::U8, [6, 8, 3]);
    assert!(planes.contains("in planes of their own"), "{planes}");
    let kind = Kind { method: 8, predictor: 3, ..Kind::plain() };
    assert!(told(&kind, ElementType::U16, grey).contains("predictor 3, which is one of floats"));
    let kind = Kind { method: 8, predictor: 4, ..Kind::plain() };
    assert!(told(&kind, ElementType::U16, grey).contains("predictor 4, which is not known"));
    assert!(matches!(fault(&path, b"a text"), Some(Error::Format { format: "TIFF", .. })));
}

#[test]
fn absurd_sizes_are_found_before_anything_is_allocated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let content = |kind: &Kind| file(kind, ElementType::F32, [6, 8, 1], &[0; 2 * 192]);
    let huge = u64::from(u32::MAX);
    let plain = |tags: &[(u16, u64)]| Kind { tags: tags.to_vec(), ..Kind::plain() };
    let tiled = |tags: &[(u16, u64)]| Kind {
        method: 8,
        chunk: Chunk::Tile(16, 16),
        tags: tags.to_vec(),
        ..Kind::plain()
    };
    let cases = [
        (plain(&[(256, huge), (257, huge)]), "no memory holds its pixels"),
        (plain(&[(257, huge)]), "strips"),
        (plain(&[(256, huge)]), "bytes for"),
        (plain(&[(277, 60_000)]), "bytes for"),
        (tiled(&[(322, huge), (323, huge)]), "bytes for"),
        (tiled(&[(256, huge)]), "tiles"),
        (tiled(&[(325, huge)]), "the file ends at"),
        (tiled(&[(324, huge)]), "the file ends at"),
    ];
    for (kind, expected) in cases {
        let error = fault(&path, &content(&kind)).expect("it is absurd");
        assert!(error.to_string().contains(expected), "{kind:?}: {error}");
    }
    // What might be true is refused by the memory that it takes.
    let kind = Kind { method: 50_000, ..Kind::plain() };
    let bytes = vec![0; 4000 * 4000];
    fs::write(&path, file(&kind, ElementType::U8, [4000, 4000, 1], &bytes)).unwrap();
    let filter = Gaussian::new(1.0).threads(1);
    let job = FileJob::new(&path, folder.path().join("out.npy"), &filter).memory(20 << 20);
    let error = job.run().unwrap_err();
    assert!(matches!(error, Error::Memory { .. }), "{error}");
}

#[test]
fn pages_in_a_circle_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    let mut content = file(&Kind::plain(), ElementType::U8, [6, 8, 1], &[7; 3 * 48]);
    // The last directory names the first one as the next.
    let first = content[4..8].to_vec();
    let end = content.len();
    content[end - 4..].copy_from_slice(&first);
    let error = fault(&path, &content).expect("a circle has no end");
    assert!(matches!(error, Error::Page { page: 3, .. }), "{error}");
    assert!(error.to_string().contains("one of a page before it"), "{error}");
}

#[test]
fn a_damaged_strip_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.tif");
    for method in [5, 8, 50_000] {
        let kind = Kind { method, chunk: Chunk::Strip(4), ..Kind::plain() };
        let bytes = random(&mut Rng::with_seed(10), &layout(&[3, 16, 40], ElementType::U16));
        let mut content = file(&kind, ElementType::U16, [16, 40, 1], &bytes);
        fs::write(&path, &content).unwrap();
        assert_eq!(read_all(&path).unwrap().1, bytes);
        // All of the middle page but its directory.
        let (from, to) = (content.len() / 3 + 200, content.len() / 3 + 500);
        content[from..to].fill(0xff);
        let error = fault(&path, &content).expect("it is damaged");
        assert!(matches!(error, Error::Page { page: 1, .. }), "{method}: {error}");
        let told = error.to_string();
        assert!(told.contains("page 1: strip 0 is damaged: "), "{method}: {told}");
    }
}

#[test]
fn a_file_that_changes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let element = ElementType::U8;
    for page in 0..3 {
        let path = folder.path().join(format!("{page}.tif"));
        fs::write(path, file(&Kind::plain(), element, [6, 8, 1], &[page; 48])).unwrap();
    }
    let mut source = open(folder.path()).unwrap();
    source.check_unchanged().unwrap();
    let file = File::options().write(true).open(folder.path().join("1.tif")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    let whole = Region::whole(&[3, 6, 8]);
    for error in [read(&mut source, &whole).unwrap_err(), source.check_unchanged().unwrap_err()] {
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert!(error.to_string().contains("1.tif' was changed"), "{error}");
    }
}
