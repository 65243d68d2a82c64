//! Cache sizes, which tiles are cut to.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::Error;
use crate::plan::environment;

/// Data caches in bytes, as one core sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheSizes {
    pub(crate) l1: usize,
    pub(crate) l2: usize,
    /// The last level, shared by cores.
    pub(crate) last: usize,
}

/// Where the system does not say: the smallest of the last ten years' server and desktop cores.
const DEFAULT: CacheSizes = CacheSizes { l1: 32 << 10, l2: 512 << 10, last: 8 << 20 };

/// The environment variable that stands for the machine's description: `L2,LAST` in bytes or as in
/// `256K,6M`, or `unknown`.
const VARIABLE: &str = "GAUSSTACK_CACHES";

impl CacheSizes {
    /// Those of `GAUSSTACK_CACHES`, else this machine's, read once.
    pub(crate) fn detect() -> Result<Self, Error> {
        static SIZES: OnceLock<CacheSizes> = OnceLock::new();
        let machines = || Self::read(Path::new("/sys/devices/system/cpu/cpu0/cache"));
        match environment::value(VARIABLE)? {
            Some(text) => Self::parse(&text).ok_or_else(|| Error::Environment {
                variable: VARIABLE,
                reason: format!("'{text}' is not two sizes such as 256K,6M, or 'unknown'"),
            }),
            None => Ok(*SIZES.get_or_init(machines)),
        }
    }

    /// Sizes of the second level and the last, or the defaults.
    fn parse(text: &str) -> Option<Self> {
        if text == "unknown" {
            return Some(DEFAULT);
        }
        let (l2, last) = text.split_once(',')?;
        let (l2, last) = (parse_size(l2)?, parse_size(last)?);
        Some(Self { l2, last: last.max(l2), ..DEFAULT })
    }

    /// Linux's description of a core's caches, with defaults for what it leaves out.
    fn read(folder: &Path) -> Self {
        let mut sizes = DEFAULT;
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
                sizes.last = size;
            }
        }
        sizes
    }
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
        let forced = CacheSizes { l2: 256 << 10, last: 6 << 20, ..DEFAULT };
        assert_eq!(CacheSizes::parse("256K,6M"), Some(forced));
        assert_eq!(CacheSizes::parse("unknown"), Some(DEFAULT));
        for wrong in ["256K", "", "6M,", "1,2,3", "l2,l3", "0,0", "256K, 6M"] {
            assert_eq!(CacheSizes::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_missing_description_gives_the_defaults() {
        assert_eq!(CacheSizes::read(Path::new("/nonexistent")), DEFAULT);
    }
}
