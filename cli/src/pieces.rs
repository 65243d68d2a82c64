//! A writer that reports how far it has come.

use std::io::{self, Write};

/// Writes in pieces; before each it reports the bytes written so far.
pub(crate) struct Pieces<W, F> {
    writer: W,
    report: F,
    written: u64,
}

impl<W: Write, F: FnMut(u64)> Pieces<W, F> {
    /// Short enough for a slow disk to take one in well under a second.
    const BYTES: usize = 4 << 20;

    pub(crate) fn new(writer: W, report: F) -> Self {
        Self { writer, report, written: 0 }
    }
}

impl<W: Write, F: FnMut(u64)> Write for Pieces<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.report)(self.written);
        let written = self.writer.write(&bytes[..bytes.len().min(Self::BYTES)])?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_short_and_reported() {
        let (mut written, mut reported) = (Vec::new(), Vec::new());
        let mut pieces = Pieces::new(&mut written, |done| reported.push(done));
        pieces.write_all(&vec![7; 9 << 20]).unwrap();
        assert_eq!((written.len(), reported), (9 << 20, vec![0, 4 << 20, 8 << 20]));
    }
}
