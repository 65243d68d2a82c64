//! An array as pages that are written, and their directories.

use std::io::{Seek, Write};
use std::path::Path;

use ::tiff::TiffResult;
use ::tiff::encoder::{DirectoryEncoder, TiffKind};
use ::tiff::tags::Tag;
use gausstack::ElementType;

use super::coding::{Form, format_of};
use crate::error::Error;
use crate::layout::{Layout, Order};

/// An array as pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The array in C order.
    pub(super) layout: Layout,
    pub(super) pages: usize,
    /// What each page holds.
    pub(super) form: Form,
}

/// The strips of a page: where each begins in the file and how many bytes it has.
pub(super) struct Strips<'a> {
    pub(super) stored: &'a [(u64, u64)],
    /// Rows of each but the last.
    pub(super) rows: usize,
    /// The number of the method: 1 for none, 8 for deflate.
    pub(super) method: u16,
}

impl Written {
    /// The pages of an array: its last two axes are rows and columns, or of an array with at least
    /// three axes the two before the last, if that has 3 or 4 positions: colours.
    pub(super) fn of(layout: &Layout, path: &Path) -> Result<Self, Error> {
        let unsuitable =
            |reason: String| Error::Unsuitable { path: path.to_owned(), format: "TIFF", reason };
        let Layout { ref shape, element, .. } = *layout;
        if element == ElementType::Bool {
            let reason = "bool; as u8 it can be written".to_owned();
            return Err(unsuitable(reason));
        }
        if shape.contains(&0) {
            return Err(unsuitable(format!("an array without elements, of shape {shape:?}")));
        }
        if isize::try_from(layout.bytes()).is_err() {
            return Err(Error::Shape { path: path.to_owned(), shape: shape.clone() });
        }
        let has_colours = shape.len() >= 3 && shape.last().is_some_and(|len| (3..=4).contains(len));
        let mut axes = shape.iter().rev();
        let mut next = || axes.next().copied().unwrap_or(1);
        let samples = if has_colours { next() } else { 1 };
        let (columns, rows) = (next(), next());
        let pages = axes.product();
        for (name, len) in [("columns", columns), ("rows", rows)] {
            if u32::try_from(len).is_err() {
                return Err(unsuitable(format!("pages of {len} {name}")));
            }
        }
        let form = Form { rows, columns, samples, element };
        Ok(Self { layout: Layout { order: Order::C, ..layout.clone() }, pages, form })
    }

    /// What the first page says of the array: tifffile reads it, and so does this crate.
    pub(super) fn description(&self) -> String {
        let lengths: Vec<String> = self.layout.shape.iter().map(usize::to_string).collect();
        format!("{{\"shape\": [{}]}}", lengths.join(", "))
    }

    /// Writes the tags of a page.
    pub(super) fn write_tags<W: Write + Seek, K: TiffKind>(
        &self,
        directory: &mut DirectoryEncoder<'_, W, K>,
        description: Option<&str>,
        strips: &Strips<'_>,
    ) -> TiffResult<()> {
        let (format, bits) = format_of(self.form.element);
        let samples = self.form.samples;
        let each = |value: u16| vec![value; samples];
        let long = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        directory.write_tag(Tag::ImageWidth, long(self.form.columns))?;
        directory.write_tag(Tag::ImageLength, long(self.form.rows))?;
        directory.write_tag(Tag::BitsPerSample, &each(bits)[..])?;
        directory.write_tag(Tag::Compression, strips.method)?;
        let colours = if samples > 1 { 2_u16 } else { 1 };
        directory.write_tag(Tag::PhotometricInterpretation, colours)?;
        if let Some(description) = description {
            directory.write_tag(Tag::ImageDescription, description)?;
        }
        let of = |&(at, _): &(u64, u64)| K::convert_offset(at);
        let offsets: Vec<_> = strips.stored.iter().map(of).collect::<TiffResult<_>>()?;
        directory.write_tag(Tag::StripOffsets, K::convert_slice(&offsets))?;
        directory.write_tag(Tag::SamplesPerPixel, samples as u16)?;
        directory.write_tag(Tag::RowsPerStrip, long(strips.rows))?;
        let of = |&(_, bytes): &(u64, u64)| K::convert_offset(bytes);
        let sizes: Vec<_> = strips.stored.iter().map(of).collect::<TiffResult<_>>()?;
        directory.write_tag(Tag::StripByteCounts, K::convert_slice(&sizes))?;
        directory.write_tag(Tag::PlanarConfiguration, 1_u16)?;
        directory.write_tag(Tag::Software, "gausstack")?;
        if samples > 3 {
            // Of no kind that is said.
            directory.write_tag(Tag::ExtraSamples, &[0_u16][..])?;
        }
        directory.write_tag(Tag::SampleFormat, &each(format)[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_of_any_shape_are_pages() {
        let of = |shape: &[usize], element| {
            let layout = Layout { shape: shape.to_vec(), element, order: Order::Fortran };
            let Written { pages, form, .. } = Written::of(&layout, Path::new("a.tif"))?;
            Ok::<_, Error>((pages, form.rows, form.columns, form.samples))
        };
        let f32 = |shape: &[usize]| of(shape, ElementType::F32).unwrap();
        assert_eq!(f32(&[7, 5, 6]), (7, 5, 6, 1));
        assert_eq!(f32(&[2, 7, 5, 6]), (14, 5, 6, 1));
        assert_eq!(f32(&[5, 6]), (1, 5, 6, 1));
        assert_eq!(f32(&[5, 3]), (1, 5, 3, 1));
        assert_eq!(f32(&[5, 6, 3]), (1, 5, 6, 3));
        assert_eq!(f32(&[7, 5, 6, 4]), (7, 5, 6, 4));
        assert_eq!(f32(&[7, 5, 6, 2]), (35, 6, 2, 1));
        assert_eq!(f32(&[9]), (1, 1, 9, 1));
        assert_eq!(f32(&[]), (1, 1, 1, 1));
        let told = |shape: &[usize], element| of(shape, element).unwrap_err().to_string();
        assert!(told(&[5, 6], ElementType::Bool).contains("'a.tif': TIFF files cannot hold bool"));
        assert!(told(&[5, 0], ElementType::U8).contains("without elements"));
        assert!(told(&[5, 1 << 33], ElementType::U8).contains("pages of 8589934592 columns"));
    }
}
