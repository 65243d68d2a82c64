//! Cache sizes, which tiles are cut to.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::Error;
use crate::plan::environment;
use crate::plan::tuning::{Constants, SharedCache};
use crate::request::Tuning;

/// Data caches in bytes, as one core sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheSizes {
    pub(crate) l1: usize,
    pub(crate) l2: usize,
    /// The last level, shared by cores: what all workers can count on.
    pub(crate) last: usize,
    /// What an output, or one worker, can count on of it.
    pub(crate) last_of_one: usize,
}

/// Where the system does not say: the smallest of the last ten years' server and desktop cores.
const DEFAULT: CacheSizes = CacheSizes::new(32 << 10, 512 << 10, 8 << 20);

/// The environment variable that stands for the machine's description: `L2,LAST` in bytes or as in
/// `256K,6M`, or `unknown`.
const VARIABLE: &str = "GAUSSTACK_CACHES";

impl CacheSizes {
    /// Sizes of a machine whose last cache is all its own.
    pub(crate) const fn new(l1: usize, l2: usize, last: usize) -> Self {
        Self { l1, l2, last, last_of_one: last }
    }

    /// Those of `GAUSSTACK_CACHES`, else this machine's, read once; of the last cache what a tuning
    /// counts on.
    pub(crate) fn detect(tuning: Tuning) -> Result<Self, Error> {
        static MACHINES: OnceLock<(CacheSizes, Option<usize>)> = OnceLock::new();
        let machines = || Self::read(Path::new("/sys/devices/system/cpu/cpu0/cache"));
        let (sizes, cpus) = match environment::value(VARIABLE)? {
            Some(text) => Self::parse(&text).map(|sizes| (sizes, None)).ok_or_else(|| {
                let reason = format!("'{text}' is not two sizes such as 256K,6M, or 'unknown'");
                Error::Environment { variable: VARIABLE, reason }
            })?,
            None => *MACHINES.get_or_init(machines),
        };
        let shared = Constants::of(tuning).shared_cache;
        Ok(shared.map_or(sizes, |shared| sizes.shared(shared, cpus)))
    }

    /// The same caches, the last of which is shared with strangers. `cpus` of this machine share
    /// it, if that is known.
    fn shared(self, SharedCache { one, each_cpu }: SharedCache, cpus: Option<usize>) -> Self {
        let all = cpus.map_or(usize::MAX, |cpus| each_cpu.saturating_mul(cpus).max(one));
        Self { last: self.last.min(all), last_of_one: self.last.min(one), ..self }
    }

    /// Sizes of the second level and the last, or the defaults.
    fn parse(text: &str) -> Option<Self> {
        if text == "unknown" {
            return Some(DEFAULT);
        }
        let (l2, last) = text.split_once(',')?;
        let (l2, last) = (parse_size(l2)?, parse_size(last)?);
        Some(Self::new(DEFAULT.l1, l2, last.max(l2)))
    }

    /// Linux's description of a core's caches, with defaults for what it leaves out, and how many
    /// CPUs share the last.
    fn read(folder: &Path) -> (Self, Option<usize>) {
        let (mut sizes, mut cpus) = (DEFAULT, None);
        let field = |index: usize, name: &str| {
            fs::read_to_string(folder.join(format!("index{index}")).join(name)).ok()
        };
        let mut last = 0;
        for index in 0..8 {
            let (Some(level), Some(kind), Some(size)) =
                (field(index, "level"), field(index, "type"), field(index, "size"))
            else {
                break;
            };
            let (Ok(level), Some(size)) = (level.trim().parse::<u32>(), parse_size(size.trim()))
            else {
                continue;
            };
            if kind.trim() == "Instruction" {
                continue;
            }
            match level {
                1 => sizes.l1 = size,
                2 => sizes.l2 = size,
                _ => {}
            }
            if level >= 2 && size > last {
                last = size;
                sizes = Self::new(sizes.l1, sizes.l2, size);
                cpus = field(index, "shared_cpu_list").and_then(|list| parse_list(list.trim()));
            }
        }
        (sizes, cpus)
    }
}

/// How many CPUs a list such as `0-3,8` has.
fn parse_list(text: &str) -> Option<usize> {
    let range = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        last.checked_sub(first)?.checked_add(1)
    };
    text.split(',').try_fold(0_usize, |cpus, text| cpus.checked_add(range(text)?))
}

/// Sizes as in `48K` or `32M`.
fn parse_size(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(unit).filter(|&size| size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("48K"), Some(48 << 10));
        assert_eq!(parse_size("32M"), Some(32 << 20));
        assert_eq!(parse_size("512"), Some(512));
        assert_eq!(parse_size("0K"), None);
        assert_eq!(parse_size("many"), None);
    }

    #[test]
    fn sizes_can_be_forced() {
        let forced = CacheSizes::new(DEFAULT.l1, 256 << 10, 6 << 20);
        assert_eq!(CacheSizes::parse("256K,6M"), Some(forced));
        assert_eq!(CacheSizes::parse("unknown"), Some(DEFAULT));
        for wrong in ["256K", "", "6M,", "1,2,3", "l2,l3", "0,0", "256K, 6M"] {
            assert_eq!(CacheSizes::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_missing_description_gives_the_defaults() {
        assert_eq!(CacheSizes::read(Path::new("/nonexistent")), (DEFAULT, None));
    }

    #[test]
    fn lists_of_cpus_are_counted() {
        for (list, cpus) in [("0", 1), ("0-1", 2), ("0-31,64-95", 64), ("3,5,7-8", 4)] {
            assert_eq!(parse_list(list), Some(cpus), "{list}");
        }
        for wrong in ["", "-1", "2-1", "0-", "0,", "all", "0-18446744073709551615"] {
            assert_eq!(parse_list(wrong), None, "{wrong}");
        }
    }

    /// A guest of two CPUs that sees the cache of a socket of 52 cores, that socket, a desktop.
    #[test]
    fn strangers_lower_what_can_be_counted_on() {
        let shared = SharedCache { one: 32 << 20, each_cpu: 5 << 20 };
        let counted = |last: usize, cpus| {
            let sizes = CacheSizes::new(48 << 10, 2 << 20, last << 20).shared(shared, cpus);
            assert_eq!((sizes.l1, sizes.l2), (48 << 10, 2 << 20));
            (sizes.last >> 20, sizes.last_of_one >> 20)
        };
        assert_eq!(counted(260, Some(2)), (32, 32));
        assert_eq!(counted(260, Some(8)), (40, 32));
        assert_eq!(counted(260, Some(104)), (260, 32));
        assert_eq!(counted(260, None), (260, 32));
        assert_eq!(counted(30, Some(24)), (30, 30));
    }
}
