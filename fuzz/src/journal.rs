//! Journals of unfinished outputs, changed in any way.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use gausstack::{ElementType, Gaussian};
use gausstack_io::{Error, FileJob, Layout, Order, StreamProgress, npy};

use crate::files;
use crate::folder::folder;

/// What a stopped run left, and what a whole one makes.
struct Left {
    input: PathBuf,
    output: PathBuf,
    /// Memory for the thinnest slabs.
    memory: usize,
    part: Vec<u8>,
    journal: Vec<u8>,
    whole: Vec<u8>,
}

/// Goes on with an unfinished output whose journal was changed as the bytes say: it is refused, or the
/// output has the bits of a run that was not stopped.
pub fn target(data: &[u8]) {
    static LEFT: OnceLock<Left> = OnceLock::new();
    let left = LEFT.get_or_init(Left::make);
    let journal = match data {
        // A text of its own.
        [0, text @ ..] => text.to_vec(),
        _ => edited(&left.journal, &mut Unstructured::new(data)),
    };
    let [part, notes] = left.parts();
    fs::write(&part, &left.part).expect("a file in memory");
    fs::write(&notes, journal).expect("a file in memory");
    let filter = filter();
    match left.job(&filter).resume(true).run() {
        Ok(_) => {
            let output = fs::read(&left.output).expect("an output");
            assert!(output == left.whole, "other bits than those of a run that was not stopped");
            assert!(!part.exists() && !notes.exists(), "an unfinished output beside the whole");
            fs::remove_file(&left.output).expect("an output");
        }
        Err(error) => {
            assert!(
                matches!(error, Error::Resume { .. }),
                "no reason to refuse a journal: {error}"
            );
            files::found::<()>(Err(error));
            assert!(fs::read(&part).is_ok_and(|now| now == left.part), "a part is not kept");
        }
    }
}

fn filter() -> Gaussian {
    Gaussian::new([0.8, 1.0]).axes([0, 2]).threads(1)
}

impl Left {
    fn make() -> Self {
        let folder = folder("journal");
        let (input, output) = (folder.join("in.npy"), folder.join("out.npy"));
        let layout = Layout { shape: vec![14, 3, 10], element: ElementType::U8, order: Order::C };
        let bytes: Vec<u8> = (0..layout.bytes()).map(|at| (at * at % 251) as u8).collect();
        let file = File::create(&input).expect("a file in memory");
        npy::write(&layout, &bytes, file).expect("a file in memory");
        let (part, journal, whole) = Default::default();
        let mut left = Self { input, output, memory: 0, part, journal, whole };
        let filter = filter();
        left.memory = match left.job(&filter).slabs() {
            Err(Error::Memory { needed, .. }) => needed,
            other => panic!("slabs without memory: {other:?}"),
        };
        left.job(&filter).run().expect("a job of a small file");
        left.whole = fs::read(&left.output).expect("an output");
        fs::remove_file(&left.output).expect("an output");
        let stop = |progress: StreamProgress| match progress.filtered {
            0..5 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let error = left.job(&filter).observer(&stop).run().expect_err("a run that is stopped");
        assert!(matches!(error, Error::Stopped { .. }), "{error}");
        let [part, journal] = left.parts().map(|path| fs::read(path).expect("what is left"));
        (left.part, left.journal) = (part, journal);
        left
    }

    /// The unfinished output and its journal.
    fn parts(&self) -> [PathBuf; 2] {
        ["out.npy.part", "out.npy.part.journal"].map(|name| self.output.with_file_name(name))
    }

    fn job<'f>(&self, filter: &'f Gaussian) -> FileJob<'f> {
        FileJob::new(&self.input, &self.output, filter).resumable(true).memory(self.memory)
    }
}

/// A journal after some changes.
fn edited(journal: &[u8], data: &mut Unstructured<'_>) -> Vec<u8> {
    let text = String::from_utf8(journal.to_vec()).expect("a journal is a text");
    // Without their checksums, which are made anew.
    let split = |line: &str| line.rsplit_once(' ').map_or("", |(text, _)| text).as_bytes().to_vec();
    let mut lines: Vec<Vec<u8>> = text.lines().map(split).collect();
    // Few: after many nothing of it is left to be trusted.
    for _ in 0..data.int_in_range(1..=4).unwrap_or(1) {
        if edit(&mut lines, data).is_err() {
            break;
        }
    }
    let signed =
        |line: &Vec<u8>| [line, format!(" {:08x}\n", crc32fast::hash(line)).as_bytes()].concat();
    let mut journal: Vec<u8> = lines.iter().flat_map(signed).collect();
    // One in four has checksums that are wrong too.
    if data.ratio(1, 4).unwrap_or(false) && !journal.is_empty() {
        let at = data.choose_index(journal.len()).unwrap_or(0);
        journal[at] ^= 1;
    }
    journal
}

fn edit(lines: &mut Vec<Vec<u8>>, data: &mut Unstructured<'_>) -> Result<()> {
    let at = data.choose_index(lines.len())?;
    let other = data.choose_index(lines.len())?;
    match data.int_in_range(0..=6)? {
        0 => drop(lines.remove(at)),
        1 => lines.swap(at, other),
        2 => lines.insert(at, lines[other].clone()),
        3 => lines.truncate(at),
        // A slab that was not written.
        6 => {
            let number = lines.iter().filter(|line| line.starts_with(b"slab ")).count();
            lines.push(format!("slab {number} {:08x}", data.arbitrary::<u32>()?).into_bytes());
        }
        4 if !lines[at].is_empty() => {
            let place = data.choose_index(lines[at].len())?;
            lines[at][place] = data.arbitrary()?;
        }
        _ => lines[at].extend(data.arbitrary::<[u8; 3]>()?),
    }
    Ok(())
}
