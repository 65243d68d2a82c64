//! Values of options that several commands take.

fn numbers<T: std::str::FromStr>(text: &str) -> Result<Vec<T>, String> {
    text.split(',')
        .map(|part| part.trim().parse().map_err(|_| format!("'{part}' is not such a number")))
        .collect()
}

/// The lengths of a stack, none 0, whose pixels memory can address.
pub(super) fn shape(text: &str) -> Result<[usize; 3], String> {
    let lengths = numbers::<usize>(text)?;
    let shape: [usize; 3] =
        lengths.try_into().map_err(|_| "three lengths are needed".to_owned())?;
    // The widest element has 8 bytes.
    let bytes = shape.iter().try_fold(8, |bytes: usize, &length| bytes.checked_mul(length));
    match bytes {
        Some(0) => Err("a length is 0".to_owned()),
        Some(bytes) if isize::try_from(bytes).is_ok() => Ok(shape),
        _ => Err("no memory holds that many pixels".to_owned()),
    }
}

/// One sigma or two, up to 100: the brute-force check takes `(8 sigma)^2` steps a pixel.
pub(super) fn demo_sigma(text: &str) -> Result<[f64; 2], String> {
    let sigma = match numbers::<f64>(text)?[..] {
        [both] => [both; 2],
        [first, second] => [first, second],
        _ => return Err("one or two numbers are needed".to_owned()),
    };
    if sigma.iter().all(|sigma| (0.0..=100.0).contains(sigma)) {
        Ok(sigma)
    } else {
        Err("the demo takes sigmas from 0 to 100".to_owned())
    }
}

/// An axis of a stack, counted from either end.
pub(super) fn slice_axis(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(axis @ 0..3) => Ok(axis as usize),
        Ok(axis @ -3..0_isize) => Ok((axis + 3) as usize),
        _ => Err("must be from -3 to 2".to_owned()),
    }
}

/// A number from 1 up.
pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "must be a number from 1 up".to_owned())
}

/// A size such as 4GB, 512MiB or a number of bytes.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, f64); 9] = [
        ("KIB", 1024.0),
        ("MIB", 1024.0 * 1024.0),
        ("GIB", 1024.0 * 1024.0 * 1024.0),
        ("TIB", 1024.0 * 1024.0 * 1024.0 * 1024.0),
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
        ("B", 1.0),
    ];
    let upper = text.trim().to_uppercase();
    let unit = UNITS.iter().find_map(|&(unit, bytes)| Some((upper.strip_suffix(unit)?, bytes)));
    let (number, unit) = unit.unwrap_or((&upper, 1.0));
    let bytes = number.trim_end().parse::<f64>().map(|number| number * unit);
    // No machine has more.
    match bytes {
        Ok(bytes) if (1.0..1e18).contains(&bytes) => Ok(bytes as usize),
        _ => Err("must be a size such as 4GB, 512MiB or 1000000".to_owned()),
    }
}

/// How an output is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compress {
    /// The level of gzip.
    pub(crate) gzip: u32,
}

/// A codec such as gzip or gzip:4.
pub(super) fn compress(text: &str) -> Result<Compress, String> {
    // Level 1 hardly makes floats smaller.
    const DEFAULT: u32 = 2;
    let level = match text.split_once(':') {
        None if text == "gzip" => Some(DEFAULT),
        Some(("gzip", level)) => level.parse().ok().filter(|level| (1..=9).contains(level)),
        _ => None,
    };
    level
        .map(|gzip| Compress { gzip })
        .ok_or_else(|| "must be gzip, or gzip:1 to gzip:9".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_sigmas_of_the_demo() {
        assert_eq!(shape("30,4, 50"), Ok([30, 4, 50]));
        assert!(shape("30,4").is_err());
        assert!(shape("30,0,50").is_err());
        assert!(shape("4294967296,4294967296,2").is_err());
        assert_eq!(demo_sigma("2"), Ok([2.0, 2.0]));
        assert_eq!(demo_sigma("3,5"), Ok([3.0, 5.0]));
        assert!(demo_sigma("-1").is_err());
        assert!(demo_sigma("NaN").is_err());
        assert!(demo_sigma("1,2,3").is_err());
    }

    #[test]
    fn codecs_have_levels() {
        for (text, gzip) in [("gzip", 2), ("gzip:1", 1), ("gzip:9", 9)] {
            assert_eq!(compress(text), Ok(Compress { gzip }), "{text}");
        }
        for text in ["", "gzip:", "gzip:0", "gzip:10", "zstd", "GZIP", "gzip:4:2"] {
            assert!(compress(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units_of_either_kind() {
        for (text, size) in [
            ("4GB", 4_000_000_000),
            ("512MiB", 512 << 20),
            ("1.5 kib", 1536),
            ("1000000", 1_000_000),
            ("7b", 7),
        ] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "GB", "-1GB", "0", "nan", "inf", "4 Gb s", "1e40"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn slice_axes_count_from_either_end() {
        for (text, axis) in [("0", 0), ("2", 2), ("-1", 2), ("-3", 0)] {
            assert_eq!(slice_axis(text), Ok(axis));
        }
        for text in ["3", "-4", "x", "", "1.0"] {
            assert!(slice_axis(text).is_err(), "{text}");
        }
    }
}
