//! Masks: which pixels of an array are valid, read part by part beside it.

use std::ops::Range;
use std::path::Path;

use gausstack::ElementType;

use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::input;
use crate::layout::{Layout, Order};
use crate::memory::Memory;
use crate::region::Region;
use crate::slabs::Ends;
use crate::workers::Workers;

/// Bytes of a mask that are read at once, before they become bools.
const PIECE_BYTES: usize = 8 << 20;

/// Which pixels of an array are valid: those where another array, of bool or integers, is not 0.
///
/// The other array has the shape of the first, or of one slice, which then stands for all slices. One
/// of a slice is held in memory; others are read slab by slab, as the first is.
///
/// ```
/// use gausstack::{ElementType, Gaussian};
/// use gausstack_io::npy::{self, NpySink, NpySource};
/// use gausstack_io::{Layout, Mask, Order, Source, Stream};
///
/// let folder = tempfile::tempdir()?;
/// let [input, valid, output] =
///     ["in.npy", "valid.npy", "out.npy"].map(|name| folder.path().join(name));
/// let stack = Layout { shape: vec![40, 3, 50], element: ElementType::U8, order: Order::C };
/// npy::write(&stack, &[7; 6000], std::fs::File::create(&input)?)?;
/// // Of one slice, for the slices along axis 1.
/// let slice = Layout { shape: vec![40, 50], ..stack };
/// npy::write(&slice, &[1; 2000], std::fs::File::create(&valid)?)?;
///
/// let source = NpySource::open(&input)?;
/// let sink = NpySink::create(&output, source.layout(), false)?;
/// let filter = Gaussian::new(2.0).axes([0, 2]);
/// let stream = Stream::new(Box::new(source), Box::new(sink), &filter);
/// stream.mask(Mask::open(&valid)?).run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Mask {
    source: Box<dyn Source>,
    /// Elements of the source on their way, or all of them where they stand for every slice.
    elements: Option<Memory>,
}

/// How a mask lies over an array.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    /// The bools that it gives, in the order of the array.
    layout: Layout,
    /// The mask's axis of each axis of the array; none of those that count slices.
    axes: Vec<Option<usize>>,
}

impl Mask {
    /// Opens a file, of any format that arrays are read from.
    ///
    /// # Errors
    /// As [`open`](crate::open), and as [`new`](Self::new).
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::new(input::open(path)?)
    }

    /// Takes any array of bool or integers.
    ///
    /// # Errors
    /// [`Error::Mask`] if it is of floats.
    pub fn new(source: Box<dyn Source>) -> Result<Self, Error> {
        let element = source.layout().element;
        if element.is_float() {
            return Err(Error::Mask { name: source.name(), element });
        }
        Ok(Self { source, elements: None })
    }

    /// How it lies over an array whose slices have these axes.
    pub(crate) fn fit(&self, array: &Layout, slice_axes: &[usize]) -> Result<Fit, Error> {
        let found = &self.source.layout().shape;
        let layout = array.clone().of(ElementType::Bool);
        if *found == array.shape {
            return Ok(Fit { layout, axes: (0..array.shape.len()).map(Some).collect() });
        }
        let slice: Vec<usize> = slice_axes.iter().map(|&axis| array.shape[axis]).collect();
        if *found != slice {
            let (name, found, array) = (self.source.name(), found.clone(), array.shape.clone());
            return Err(Error::MaskShape { name, found, array, slice });
        }
        let own = |axis| slice_axes.iter().position(|&of_slice| of_slice == axis);
        Ok(Fit { layout, axes: (0..array.shape.len()).map(own).collect() })
    }

    /// What slabs follow from: it is in no chunks if it is held.
    pub(crate) fn ends(&self, fit: &Fit) -> Ends {
        let layout = fit.layout.clone();
        let own = self.source.layout().bytes();
        let (chunks, held) = if fit.is_of_slice() {
            (vec![], own)
        } else {
            (self.source.chunks(), own.min(PIECE_BYTES))
        };
        Ends { chunks, memory_bytes: self.source.memory_bytes().saturating_add(held), layout }
    }

    pub(crate) fn use_workers(&mut self, workers: &Workers) {
        self.source.use_workers(workers);
    }

    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        self.source.check_unchanged()
    }

    /// Reads which pixels of a region of the array are valid, in the array's order.
    pub(crate) fn read(
        &mut self,
        fit: &Fit,
        (region, order): (&Region, Order),
        valid: &mut [u8],
    ) -> Result<(), Error> {
        let own = self.source.layout().clone();
        let window = Layout { shape: region.shape.clone(), element: ElementType::Bool, order };
        let places = window.strides();
        if fit.is_of_slice() {
            let is_held = self.elements.is_some();
            let bytes = elements(&mut self.elements, own.bytes())?;
            if !is_held {
                let whole = Region::whole(&own.shape);
                self.source.read(BlockMut::new(&whole, own.element, own.order, bytes)?)?;
            }
            let strides = fit.of_axes(&own.strides());
            let from = Places { start: offset(&region.start, &strides), strides: &strides };
            let to = Places { start: 0, strides: &places };
            mark(&region.shape, order, (bytes, own.element.size(), from), (valid, to));
            return Ok(());
        }
        let bytes = elements(&mut self.elements, own.bytes().min(PIECE_BYTES))?;
        for piece in pieces(&own, region.clone(), &self.source.chunks()) {
            let part = Layout { shape: piece.shape.clone(), ..own };
            let bytes = &mut bytes[..part.bytes()];
            self.source.read(BlockMut::new(&piece, own.element, own.order, bytes)?)?;
            let from = Places { start: 0, strides: &part.strides() };
            let within: Vec<usize> =
                piece.start.iter().zip(&region.start).map(|(at, first)| at - first).collect();
            let to = Places { start: offset(&within, &places), strides: &places };
            mark(&piece.shape, order, (bytes, own.element.size(), from), (valid, to));
        }
        Ok(())
    }
}

impl Fit {
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    fn is_of_slice(&self) -> bool {
        self.axes.iter().any(Option::is_none)
    }

    /// What each axis of the mask has, by the array's axes; 0 along those that count slices.
    fn of_axes(&self, own: &[usize]) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.map_or(0, |axis| own[axis])).collect()
    }
}

/// Memory of so many bytes at least, kept from one read to the next.
fn elements(kept: &mut Option<Memory>, len: usize) -> Result<&mut [u8], Error> {
    if kept.is_none() {
        *kept = Some(Memory::zeros(len).ok_or(Error::Buffers { bytes: len })?);
    }
    Ok(kept.as_mut().expect("it was made just now").bytes_mut())
}

/// Where the elements of a box lie in some bytes.
#[derive(Clone, Copy)]
struct Places<'a> {
    start: usize,
    strides: &'a [usize],
}

/// Bytes from the first element to that at a position.
fn offset(position: &[usize], strides: &[usize]) -> usize {
    position.iter().zip(strides).map(|(at, step)| at * step).sum()
}

/// Marks which elements of a box, of so many bytes each, are not 0. The bools of a row along the
/// innermost axis of the order lie one behind the other.
fn mark(
    shape: &[usize],
    order: Order,
    (bytes, size, from): (&[u8], usize, Places<'_>),
    (valid, to): (&mut [u8], Places<'_>),
) {
    if shape.contains(&0) {
        return;
    }
    let mut axes = order.axes(shape.len());
    let innermost = axes.pop();
    let (len, step) = innermost.map_or((1, 0), |axis| (shape[axis], from.strides[axis]));
    let rows: usize = axes.iter().map(|&axis| shape[axis]).product();
    for row in 0..rows {
        let (mut rest, mut at, mut place) = (row, from.start, to.start);
        for &axis in axes.iter().rev() {
            at += rest % shape[axis] * from.strides[axis];
            place += rest % shape[axis] * to.strides[axis];
            rest /= shape[axis];
        }
        let valid = &mut valid[place..place + len];
        let is_valid = |element: &[u8]| u8::from(element.iter().any(|&byte| byte != 0));
        match (step, size) {
            (0, _) => valid.fill(is_valid(&bytes[at..at + size])),
            (1, 1) => {
                let pairs = valid.iter_mut().zip(&bytes[at..at + len]);
                pairs.for_each(|(valid, &byte)| *valid = u8::from(byte != 0));
            }
            _ => {
                let elements = bytes[at..].chunks(step);
                let pairs = valid.iter_mut().zip(elements);
                pairs.for_each(|(valid, element)| *valid = is_valid(&element[..size]));
            }
        }
    }
}

/// A region in parts of at most [`PIECE_BYTES`], in the order of the array: along the outermost axis,
/// and further in where a row is still too much; where they are that many, in whole chunks.
fn pieces(array: &Layout, region: Region, chunks: &[usize]) -> Vec<Region> {
    let bytes = Layout { shape: region.shape.clone(), ..*array }.bytes();
    let mut axes = array.order.axes(region.shape.len()).into_iter();
    let Some(axis) = axes.find(|&axis| region.shape[axis] > 1).filter(|_| bytes > PIECE_BYTES)
    else {
        return vec![region];
    };
    let Range { start, end } = region.positions(axis);
    let chunk = chunks.get(axis).map_or(1, |&len| len.max(1));
    let rows = (PIECE_BYTES / (bytes / (end - start))).max(1);
    let step = if rows >= chunk { rows / chunk * chunk } else { rows };
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let next = (at / step + 1).saturating_mul(step).min(end);
        parts.extend(pieces(array, region.clone().along(axis, at..next), chunks));
        at = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each element is in one piece, none is too large, and pieces end at the borders of chunks where
    /// a chunk is no more than a piece.
    #[test]
    fn pieces_cover_a_region() {
        for order in [Order::C, Order::Fortran] {
            for (shape, chunks) in [
                ([900, 70, 900], [1, 70, 900]),
                ([40, 3000, 2000], [64, 64, 64]),
                ([2, 2, 20_000_000], [1, 1, 1000]),
                ([3, 4, 5], [2, 2, 2]),
            ] {
                let array = Layout { shape: shape.to_vec(), element: ElementType::I32, order };
                let region = Region::whole(&shape).along(0, 1..shape[0]).along(2, 1..shape[2] - 1);
                let parts = pieces(&array, region.clone(), &chunks);
                let elements = |region: &Region| region.shape.iter().product::<usize>();
                assert!(parts.iter().all(|part| 4 * elements(part) <= PIECE_BYTES));
                let total: usize = parts.iter().map(elements).sum();
                assert_eq!(total, elements(&region), "{order:?} {shape:?}");
                for (place, part) in parts.iter().enumerate() {
                    let is_apart = |other: &Region| {
                        (0..3).any(|axis| {
                            let [a, b] = [part, other].map(|region| region.positions(axis));
                            a.end <= b.start || b.end <= a.start
                        })
                    };
                    assert!(parts[place + 1..].iter().take(200).all(is_apart));
                    assert!((0..3).all(|axis| {
                        let [part, all] = [part, &region].map(|region| region.positions(axis));
                        all.start <= part.start && part.end <= all.end
                    }));
                }
            }
        }
        let array =
            Layout { shape: vec![900, 70, 900], element: ElementType::I32, order: Order::C };
        let parts = pieces(&array, Region::whole(&array.shape), &[10, 70, 900]);
        assert!(parts.iter().all(|part| part.start[0].is_multiple_of(10)), "{parts:?}");
    }
}
