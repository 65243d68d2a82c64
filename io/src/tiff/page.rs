//! One page of a TIFF file: what it holds, how it is stored, and where its chunks are.

use super::coding::{Coding, Form, Method, element_of};
use super::directory::Directory;
use super::file::{Fault, TiffFile};

/// More strips or tiles than any page has.
const MOST_CHUNKS: usize = 1 << 22;

/// The numbers of tags.
mod tag {
    pub(super) const COLUMNS: u16 = 256;
    pub(super) const ROWS: u16 = 257;
    pub(super) const BITS: u16 = 258;
    pub(super) const COMPRESSION: u16 = 259;
    pub(super) const COLOURS: u16 = 262;
    pub(super) const FILL_ORDER: u16 = 266;
    pub(super) const STRIPS: u16 = 273;
    pub(super) const SAMPLES: u16 = 277;
    pub(super) const STRIP_ROWS: u16 = 278;
    pub(super) const STRIP_BYTES: u16 = 279;
    pub(super) const PLANES: u16 = 284;
    pub(super) const PREDICTOR: u16 = 317;
    pub(super) const TILE_COLUMNS: u16 = 322;
    pub(super) const TILE_ROWS: u16 = 323;
    pub(super) const TILES: u16 = 324;
    pub(super) const TILE_BYTES: u16 = 325;
    pub(super) const FORMAT: u16 = 339;
    pub(super) const DEPTH: u16 = 32_997;
}

/// A page without its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) form: Form,
    pub(super) coding: Coding,
    /// Rows and columns of a chunk: a strip or a tile.
    pub(super) chunk: [usize; 2],
    pub(super) is_tiled: bool,
    /// Where chunks begin in the file and how many bytes they have, row by row of chunks.
    pub(super) stored: Vec<(u64, u64)>,
}

/// A chunk of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// What it is called.
    pub(super) kind: &'static str,
    pub(super) number: usize,
    /// The row and the column of the page where it begins.
    pub(super) start: [usize; 2],
    /// What is stored: of tiles also what lies beyond the page.
    pub(super) form: Form,
    pub(super) at: u64,
    pub(super) bytes: u64,
}

/// A part of a page that goes to a place in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// First row, column and sample.
    pub(super) start: [usize; 3],
    pub(super) shape: [usize; 3],
    /// The first byte of its place.
    pub(super) at: usize,
}

impl Page {
    /// Reads what a directory says, and checks that the page can be read.
    pub(super) fn of(directory: &Directory, file: &mut TiffFile) -> Result<Self, Fault> {
        let form = form_of(directory, file)?;
        let coding = coding_of(directory, file, &form)?;
        let is_tiled = directory.number(file, tag::TILE_COLUMNS)?.is_some();
        let chunk = if is_tiled {
            let mut length = |tag, name: &str| {
                let found = directory.number(file, tag)?.unwrap_or(0);
                length(found, name)
            };
            [
                length(tag::TILE_ROWS, "rows of a tile")?,
                length(tag::TILE_COLUMNS, "columns of a tile")?,
            ]
        } else {
            let rows = directory.number(file, tag::STRIP_ROWS)?;
            let rows = rows.map_or(Ok(form.rows), |rows| length(rows, "rows of a strip"))?;
            [rows.min(form.rows), form.columns]
        };
        let mut page = Self { form, coding, chunk, is_tiled, stored: Vec::new() };
        page.stored = page.find_chunks(directory, file)?;
        page.check(file)?;
        page.join_strips();
        Ok(page)
    }

    /// Rows and columns of chunks.
    fn grid(&self) -> [usize; 2] {
        [self.form.rows.div_ceil(self.chunk[0]), self.form.columns.div_ceil(self.chunk[1])]
    }

    /// Where the chunks are.
    fn find_chunks(
        &self,
        directory: &Directory,
        file: &mut TiffFile,
    ) -> Result<Vec<(u64, u64)>, Fault> {
        let [down, across] = self.grid();
        let count = down.saturating_mul(across);
        let (kind, places, sizes) = if self.is_tiled {
            ("tiles", tag::TILES, tag::TILE_BYTES)
        } else {
            ("strips", tag::STRIPS, tag::STRIP_BYTES)
        };
        if count > MOST_CHUNKS {
            return Err(format!("it has {count} {kind}").into());
        }
        let mut of = |tag| directory.numbers(file, tag, count);
        let places = of(places)?.ok_or_else(|| format!("it does not say where its {kind} are"))?;
        let sizes = match of(sizes)? {
            Some(sizes) => sizes,
            // Early writers left it out.
            None if self.coding.is_plain() && count == 1 => vec![self.bytes_of(0) as u64],
            None => return Err(format!("it does not say how long its {kind} are").into()),
        };
        for found in [places.len(), sizes.len()] {
            if found < count {
                return Err(format!("it names {found} of its {count} {kind}").into());
            }
        }
        Ok(places.into_iter().zip(sizes).collect())
    }

    /// Decoded bytes of a chunk.
    fn bytes_of(&self, number: usize) -> usize {
        self.chunk_form(number).1.bytes()
    }

    /// Where a chunk begins in the page, and what it holds.
    fn chunk_form(&self, number: usize) -> ([usize; 2], Form) {
        let [rows, columns] = self.chunk;
        let [_, across] = self.grid();
        let start = [number / across * rows, number % across * columns];
        // The last strip is shorter; tiles are all of one size.
        let rows = if self.is_tiled { rows } else { rows.min(self.form.rows - start[0]) };
        (start, Form { rows, columns, ..self.form })
    }

    /// A chunk.
    pub(super) fn chunk(&self, number: usize) -> Chunk {
        let (start, form) = self.chunk_form(number);
        let (at, bytes) = self.stored[number];
        let bytes = if self.coding.is_plain() { form.bytes() as u64 } else { bytes };
        Chunk { kind: self.kind(), number, start, form, at, bytes }
    }

    /// The chunks that have pixels of a part, and are stored one behind the other as far as they are.
    pub(super) fn chunks_of(&self, part: &Part) -> impl Iterator<Item = Chunk> + use<'_> {
        let [_, across] = self.grid();
        let [rows, columns] = [0, 1].map(|axis| {
            let chunk = self.chunk[axis];
            part.start[axis] / chunk..(part.start[axis] + part.shape[axis]).div_ceil(chunk)
        });
        let numbers =
            rows.flat_map(move |row| columns.clone().map(move |column| row * across + column));
        numbers.map(|number| self.chunk(number))
    }

    /// An error if a chunk lies beyond the file, or cannot hold its pixels.
    fn check(&self, file: &TiffFile) -> Result<(), Fault> {
        let kind = self.kind();
        for (number, &(at, bytes)) in self.stored.iter().enumerate() {
            let decoded = self.bytes_of(number) as u64;
            if bytes.saturating_mul(self.coding.method.most()) < decoded {
                let fault = format!("{kind} {number} has {bytes} bytes for {decoded} of pixels");
                return Err(fault.into());
            }
            let stored = if self.coding.is_plain() { decoded } else { bytes };
            if !file.holds(at, stored) {
                let len = file.found.len();
                let fault = format!(
                    "{kind} {number} has {stored} bytes at {at}, and the file ends at {len}"
                );
                return Err(fault.into());
            }
        }
        Ok(())
    }

    /// What its chunks are called.
    fn kind(&self) -> &'static str {
        if self.is_tiled { "tile" } else { "strip" }
    }

    /// Strips of plain pixels that lie one behind the other are one strip.
    fn join_strips(&mut self) {
        if self.is_tiled || !self.coding.is_plain() {
            return;
        }
        let ends = (0..self.stored.len())
            .map(|number| self.stored[number].0.checked_add(self.bytes_of(number) as u64));
        let begins = self.stored.iter().skip(1).map(|&(at, _)| Some(at));
        if ends.zip(begins).all(|(end, begin)| end == begin) {
            self.chunk[0] = self.form.rows;
            self.stored.truncate(1);
            self.stored[0].1 = self.form.bytes() as u64;
            self.stored.shrink_to_fit();
        }
    }

    /// Where its pixels begin, if they all lie one behind the other.
    pub(super) fn data(&self) -> Option<u64> {
        let is_one = !self.is_tiled && self.coding.is_plain() && self.stored.len() == 1;
        is_one.then(|| self.stored[0].0)
    }

    /// A page whose pixels lie one behind the other, as strips of so many rows.
    pub(super) fn contiguous(form: Form, big_endian: bool, at: u64, rows: usize) -> Self {
        let coding = Coding { method: Method::Plain, predictor: 1, big_endian };
        let bytes = Form { rows, ..form }.bytes() as u64;
        let strip = |number: u64| (at + number * bytes, bytes);
        let stored = (0..form.rows.div_ceil(rows) as u64).map(strip).collect();
        Self { form, coding, chunk: [rows, form.columns], is_tiled: false, stored }
    }
}

/// A length that is not 0 and that 32 bits hold.
fn length(found: u64, name: &str) -> Result<usize, Fault> {
    match u32::try_from(found) {
        Ok(found @ 1..) => Ok(found as usize),
        _ => Err(format!("its number of {name} is {found}").into()),
    }
}

/// The pixels of a page.
fn form_of(directory: &Directory, file: &mut TiffFile) -> Result<Form, Fault> {
    let mut number = |tag, default| Ok::<_, Fault>(directory.number(file, tag)?.unwrap_or(default));
    let columns = length(number(tag::COLUMNS, 0)?, "columns")?;
    let rows = length(number(tag::ROWS, 0)?, "rows")?;
    if number(tag::DEPTH, 1)? > 1 {
        return Err("it is a volume (tag ImageDepth), which is not read".into());
    }
    if number(tag::FILL_ORDER, 1)? == 2 {
        return Err("the bits of its bytes are in reverse order, which is not read".into());
    }
    let colours = match number(tag::COLOURS, 1)? {
        0..=2 => None,
        3 => Some("indices of a palette"),
        4 => Some("a mask"),
        5 => Some("CMYK colours"),
        6 => Some("YCbCr colours"),
        8..=10 => Some("Lab colours"),
        32_803 => Some("a mosaic of colours"),
        _ => Some("colours of a kind that is not known"),
    };
    if let Some(colours) = colours {
        return Err(format!("it holds {colours}; grey and RGB are read").into());
    }
    let samples = match number(tag::SAMPLES, 1)? {
        samples @ 1..=0xffff => samples as usize,
        samples => return Err(format!("its pixels have {samples} samples").into()),
    };
    if samples > 1 && number(tag::PLANES, 1)? != 1 {
        return Err("its colours lie in planes of their own, which are not read".into());
    }
    let mut of_all = |tag, default| {
        let numbers = directory.numbers(file, tag, samples)?.unwrap_or_else(|| vec![default]);
        if numbers.iter().any(|number| *number != numbers[0]) {
            return Err(Fault::from("its samples are of several types"));
        }
        Ok(numbers[0])
    };
    let (bits, format) = (of_all(tag::BITS, 1)?, of_all(tag::FORMAT, 1)?);
    let element = element_of(format, bits).map_err(|found| {
        format!("it holds {found}; integers and floats of whole types are read")
    })?;
    let form = Form { rows, columns, samples, element };
    if isize::try_from(form.bytes()).is_err() {
        return Err("no memory holds its pixels".into());
    }
    Ok(form)
}

/// How the pixels of a page are stored.
fn coding_of(directory: &Directory, file: &mut TiffFile, form: &Form) -> Result<Coding, Fault> {
    let number = directory.number(file, tag::COMPRESSION)?.unwrap_or(1);
    let method = Method::of(number).map_err(|name| {
        format!(
            "it is compressed by {name} (number {number}); none, deflate, LZW, zstd and PackBits \
             are read"
        )
    })?;
    let predictor = directory.number(file, tag::PREDICTOR)?.unwrap_or(1);
    let is_float = ["f32", "f64"].contains(&form.element.name());
    let fault = match (predictor, method) {
        (1, _) => None,
        (2 | 3, Method::Plain | Method::PackBits) => Some("without a compression that has any"),
        (2, _) => None,
        (3, _) if is_float => None,
        (3, _) => Some("which is one of floats"),
        _ => Some("which is not known"),
    };
    if let Some(fault) = fault {
        return Err(format!("it has predictor {predictor}, {fault}").into());
    }
    Ok(Coding { method, predictor: predictor as u16, big_endian: file.big_endian })
}
