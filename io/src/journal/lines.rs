//! Lines that end with their own checksums.

/// A line of some text.
pub(super) fn line(text: &str) -> String {
    format!("{text} {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The lines of a file, up to the first that is not whole.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    read: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, read: 0 }
    }

    /// Bytes of the lines that were read.
    pub(super) fn read(&self) -> u64 {
        self.read as u64
    }

    /// The text of the next line.
    pub(super) fn next(&mut self) -> Option<&'a str> {
        let rest = &self.bytes[self.read..];
        let len = rest.iter().position(|&byte| byte == b'\n')?;
        let (text, sum) = std::str::from_utf8(&rest[..len]).ok()?.rsplit_once(' ')?;
        let sum = u32::from_str_radix(sum, 16).ok()?;
        if crc32fast::hash(text.as_bytes()) != sum {
            return None;
        }
        self.read += len + 1;
        Some(text)
    }
}
