//! Calls each target on the inputs of its corpus, and then for a while on random changes of them: what a
//! fuzzer does, without one and without its instruments.
//!
//! `GAUSSTACK_FUZZ_SECONDS` is the time for each target (2), `GAUSSTACK_FUZZ_SEED` the seed, which is printed.
//! Arguments are names of targets; without any all are called. `--seeds FOLDER` writes inputs to begin with
//! instead, a folder for each target.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, io};

use fastrand::Rng;
use gausstack_fuzz::{TARGETS, Target, remove_folders, seeds};

/// No input is longer.
const LONGEST: usize = 1 << 16;

fn main() -> ExitCode {
    let status = run();
    remove_folders().expect("the folders of this process are its own");
    status
}

fn run() -> ExitCode {
    let names: Vec<String> = env::args().skip(1).collect();
    if let [option, folder] = &names[..]
        && option == "--seeds"
    {
        write_seeds(Path::new(folder)).expect("seeds are written");
        return ExitCode::SUCCESS;
    }
    let number = |name: &str| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seconds = Duration::from_secs(number("GAUSSTACK_FUZZ_SECONDS").unwrap_or(2));
    let seed = number("GAUSSTACK_FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("GAUSSTACK_FUZZ_SEED={seed}");
    for (name, target) in TARGETS {
        if (names.is_empty() || names.iter().any(|wanted| wanted == name))
            && !replay(name, target, seconds, Rng::with_seed(seed))
        {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Whether a target takes all inputs.
fn replay(name: &str, target: Target, seconds: Duration, mut rng: Rng) -> bool {
    let mut inputs = seeds::of(name);
    inputs.extend(corpus(name).expect("a corpus is readable"));
    let (start, mut longest) = (Instant::now(), Duration::ZERO);
    let mut call = |input: &[u8]| {
        let start = Instant::now();
        let passed = catch_unwind(AssertUnwindSafe(|| target(input))).is_ok();
        longest = longest.max(start.elapsed());
        if !passed {
            let path = env::temp_dir().join(format!("gausstack-fuzz-{name}"));
            let kept = fs::write(&path, input);
            println!("{name}: FAILED, the input is '{}' ({kept:?})", path.display());
        }
        passed
    };
    if !inputs.iter().all(|input| call(input)) {
        return false;
    }
    let mut runs = inputs.len();
    while start.elapsed() < seconds {
        if !call(&changed(&inputs, &mut rng)) {
            return false;
        }
        runs += 1;
    }
    println!("{name}: {runs} runs, {} of them of the corpus, longest {longest:?}", inputs.len());
    true
}

/// The files of a corpus, in the order of their names.
fn corpus(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// One of the inputs after one to four changes.
fn changed(inputs: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    const BYTES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'0', b'9', b'-'];
    let mut input = rng.choice(inputs).expect("a corpus is not empty").clone();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(..=input.len());
        let to = rng.usize(at..=input.len().min(at + 32));
        match rng.u8(..8) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..to)),
            2 => input.insert(at, rng.u8(..)),
            3 => drop(input.splice(at..at, input[at..to].to_vec())),
            4 => {
                let other = rng.choice(inputs).expect("a corpus is not empty");
                let from = rng.usize(..=other.len());
                input.splice(at..to, other[from..other.len().min(from + 32)].to_vec());
            }
            way if at < input.len() => match way {
                5 => input[at] ^= 1 << rng.u8(..8),
                6 => input[at] = *rng.choice(&BYTES).expect("some bytes"),
                _ => input[at] = rng.u8(..),
            },
            _ => input.push(rng.u8(..)),
        }
    }
    input.truncate(LONGEST);
    input
}

fn write_seeds(folder: &Path) -> io::Result<()> {
    for (name, _) in TARGETS {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        for (number, input) in seeds::of(name).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), input)?;
        }
    }
    Ok(())
}
