//! How the pixels of a page are stored, and how stored bytes become pixels.

use std::io::{Cursor, Read};

use ::tiff::TiffError;
use ::tiff::decoder::{Decoder, Limits};
use gausstack::ElementType;
use ruzstd::decoding::StreamingDecoder;

use crate::memory::elements_mut;

/// Bytes in front of a strip that make it a file of its own.
pub(super) const HEAD: usize = 148;

/// How bytes were made fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Plain,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
}

/// How the pixels of a page are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coding {
    pub(super) method: Method,
    /// 1 for none, 2 for differences, 3 for differences of the bytes of floats.
    pub(super) predictor: u16,
    pub(super) big_endian: bool,
}

/// The pixels of a page, or of a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Numbers of a pixel.
    pub(super) samples: usize,
    pub(super) element: ElementType,
}

impl Form {
    /// Bytes of all pixels; the largest number where they exceed it.
    pub(super) fn bytes(&self) -> usize {
        self.row_bytes().saturating_mul(self.rows)
    }

    /// Bytes of a row.
    pub(super) fn row_bytes(&self) -> usize {
        self.pixel_bytes().saturating_mul(self.columns)
    }

    /// Bytes of a pixel.
    pub(super) fn pixel_bytes(&self) -> usize {
        self.samples * self.element.size()
    }

    /// Lengths of the axes; the samples are an axis where they are several.
    pub(super) fn shape(&self) -> Vec<usize> {
        let mut shape = vec![self.rows, self.columns];
        if self.samples > 1 {
            shape.push(self.samples);
        }
        shape
    }
}

impl Method {
    /// The method of a number in a file; what it is if it is none of these.
    pub(super) fn of(number: u64) -> Result<Self, &'static str> {
        Ok(match number {
            1 => Self::Plain,
            5 => Self::Lzw,
            8 | 32_946 => Self::Deflate,
            32_773 => Self::PackBits,
            50_000 => Self::Zstd,
            2..=4 => return Err("a fax code"),
            6 | 7 | 33_007 | 34_892 => return Err("JPEG"),
            33_003 | 33_005 | 34_712 => return Err("JPEG 2000"),
            34_887 => return Err("LERC"),
            34_925 => return Err("LZMA"),
            50_001 => return Err("WebP"),
            50_002 | 52_546 => return Err("JPEG XL"),
            _ => return Err("a method that is not known"),
        })
    }

    /// The number of the method in a file.
    fn number(self) -> u16 {
        match self {
            Self::Plain => 1,
            Self::Lzw => 5,
            Self::Deflate => 8,
            Self::PackBits => 32_773,
            Self::Zstd => 50_000,
        }
    }

    /// The most bytes that one stored byte can become.
    pub(super) fn most(self) -> u64 {
        match self {
            Self::Plain => 1,
            // A run of 128 equal bytes is two.
            Self::PackBits => 64,
            Self::Deflate => 1032,
            // A code of 9 to 12 bits stands for at most 4096 bytes.
            Self::Lzw => 4096,
            // A block of 128 KiB that is one byte repeated takes four.
            Self::Zstd => 32_768,
        }
    }
}

impl Coding {
    /// Whether pixels lie in the file as they are, but for the order of their bytes.
    pub(super) fn is_plain(self) -> bool {
        self.method == Method::Plain
    }

    /// Bytes that decoding takes beside what is stored and what it becomes.
    pub(super) fn scratch(self, decoded: usize) -> usize {
        match self.method {
            Method::Plain => 0,
            // The window of a frame is at most its content; with a predictor it is decoded twice.
            Method::Zstd => decoded.saturating_mul(2),
            // Tables, and a copy of a row.
            _ => 256 << 10,
        }
    }

    /// Decodes what is stored behind [`HEAD`] bytes into the pixels of a form.
    pub(super) fn decode(
        self,
        form: Form,
        stored: &mut [u8],
        out: &mut [u8],
    ) -> Result<(), String> {
        match self.method {
            Method::Plain => {
                let stored = stored.get(HEAD..HEAD + out.len()).ok_or("its data are too short")?;
                out.copy_from_slice(stored);
                self.make_native(form.element, out);
                Ok(())
            }
            Method::Zstd if self.predictor == 1 => {
                unpack_zstd(&stored[HEAD..], out)?;
                self.make_native(form.element, out);
                Ok(())
            }
            Method::Zstd => {
                let mut plain = vec![0; HEAD + out.len()];
                unpack_zstd(&stored[HEAD..], &mut plain[HEAD..])?;
                Self { method: Method::Plain, ..self }.by_library(form, &mut plain, out)
            }
            _ => self.by_library(form, stored, out),
        }
    }

    /// Turns pixels as they lie in the file to this machine's byte order.
    pub(super) fn make_native(self, element: ElementType, bytes: &mut [u8]) {
        if self.big_endian == cfg!(target_endian = "big") {
            return;
        }
        const ALIGNED: &str = "elements begin on their boundary";
        match element.size() {
            1 => {}
            2 => {
                let words = elements_mut::<u16>(bytes).expect(ALIGNED);
                words.iter_mut().for_each(|word| *word = word.swap_bytes());
            }
            4 => {
                let words = elements_mut::<u32>(bytes).expect(ALIGNED);
                words.iter_mut().for_each(|word| *word = word.swap_bytes());
            }
            _ => {
                let words = elements_mut::<u64>(bytes).expect(ALIGNED);
                words.iter_mut().for_each(|word| *word = word.swap_bytes());
            }
        }
    }

    /// Decodes by the library, which sees a file of this one strip: what it reads of a file is
    /// checked before, and strips are decoded side by side.
    fn by_library(self, form: Form, stored: &mut [u8], out: &mut [u8]) -> Result<(), String> {
        let head = self.head(form, stored.len()).ok_or("it is larger than 4 GiB")?;
        stored[..HEAD].copy_from_slice(&head);
        let decoder = Decoder::new(Cursor::new(&*stored));
        let read = decoder
            .and_then(|decoder| decoder.with_limits(Limits::unlimited()).read_chunk_bytes(0, out));
        read.map_err(|error| match error {
            TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                "its data are too short".to_owned()
            }
            error => error.to_string(),
        })
    }

    /// The head of a file whose only strip lies behind it; none if numbers of 32 bits do not hold
    /// its sizes.
    fn head(self, form: Form, len: usize) -> Option<[u8; HEAD]> {
        const SHORT: u32 = 3;
        const LONG: u32 = 4;
        let (format, bits) = format_of(form.element);
        let (columns, rows) = (u32::try_from(form.columns).ok()?, u32::try_from(form.rows).ok()?);
        let stored = u32::try_from(len - HEAD).ok()?;
        let entries = [
            (256, LONG, columns),
            (257, LONG, rows),
            (258, SHORT, u32::from(bits)),
            (259, SHORT, u32::from(self.method.number())),
            // Numbers are taken as they are, whatever their colours.
            (262, SHORT, 1),
            (273, LONG, HEAD as u32),
            (277, SHORT, u32::try_from(form.samples).ok()?),
            (278, LONG, rows),
            (279, LONG, stored),
            (317, SHORT, u32::from(self.predictor)),
            (339, SHORT, u32::from(format)),
        ];
        let put = |head: &mut Vec<u8>, number: u32, len: usize| {
            if self.big_endian {
                head.extend(&number.to_be_bytes()[4 - len..]);
            } else {
                head.extend(&number.to_le_bytes()[..len]);
            }
        };
        let mut head = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        put(&mut head, 42, 2);
        put(&mut head, 8, 4);
        put(&mut head, entries.len() as u32, 2);
        for (tag, kind, value) in entries {
            put(&mut head, tag, 2);
            put(&mut head, kind, 2);
            put(&mut head, 1, 4);
            let size = if kind == SHORT { 2 } else { 4 };
            put(&mut head, value, size);
            put(&mut head, 0, 4 - size);
        }
        head.resize(HEAD, 0);
        head.try_into().ok()
    }
}

/// The number of a type's format (unsigned, signed, float) and its bits.
pub(super) fn format_of(element: ElementType) -> (u16, u16) {
    use ElementType::{F32, F64, I8, I16, I32, I64};
    let format = match element {
        I8 | I16 | I32 | I64 => 2,
        F32 | F64 => 3,
        _ => 1,
    };
    (format, 8 * element.size() as u16)
}

/// The type of a format and of bits; what it is if it cannot be filtered.
pub(super) fn element_of(format: u64, bits: u64) -> Result<ElementType, String> {
    let known = ElementType::ALL.into_iter().filter(|&element| element != ElementType::Bool);
    let is_it = |element: ElementType| {
        let (own, own_bits) = format_of(element);
        (u64::from(own), u64::from(own_bits)) == (format, bits)
    };
    known.into_iter().find(|&element| is_it(element)).ok_or_else(|| match format {
        1 | 2 => format!("integers of {bits} bits"),
        3 => format!("floats of {bits} bits"),
        5 | 6 => "complex numbers".to_owned(),
        _ => "elements of a format that is not defined".to_owned(),
    })
}

fn unpack_zstd(stored: &[u8], out: &mut [u8]) -> Result<(), String> {
    let mut decoder = StreamingDecoder::new(stored).map_err(|error| error.to_string())?;
    decoder.read_exact(out).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_their_formats() {
        for element in ElementType::ALL {
            let (format, bits) = format_of(element);
            let found = element_of(format.into(), bits.into());
            let expected = if element == ElementType::Bool { ElementType::U8 } else { element };
            assert_eq!(found, Ok(expected));
        }
        assert_eq!(element_of(3, 16), Err("floats of 16 bits".to_owned()));
        assert_eq!(element_of(1, 12), Err("integers of 12 bits".to_owned()));
        assert_eq!(element_of(6, 64), Err("complex numbers".to_owned()));
    }
}
