//! numpy's arrays as ndarray's views: the only unsafe module of the extension.
//!
//! rust-numpy's own views divide strides by the size of an element without a word, and do not look
//! at alignment; and it refuses to read and write one array. Here arrays that cannot be read or
//! written where they lie are found out, and arrays that overlap.
#![expect(unsafe_code, reason = "views of memory that numpy owns")]

use std::cmp::Reverse;
use std::marker::PhantomData;
use std::slice;

use gausstack::{AnyView, AnyViewMut, ElementType};
use numpy::npyffi::{_PyArray_GET_ITEM_DATA, NPY_ARRAY_WRITEABLE};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::Bound;
use pyo3::types::PyAnyMethods;

use crate::element::element_of;

/// An array of which every element is aligned, in this machine's byte order, and a whole number of
/// elements from every other.
struct NumpyArray<'a> {
    element: ElementType,
    data: *mut u8,
    /// Its own: Python code may assign another to the array meanwhile.
    shape: Vec<usize>,
    /// In bytes; 0 along axes of one element.
    strides: Vec<isize>,
    writeable: bool,
    /// Kept alive: then numpy neither frees nor moves its memory (`ndarray.resize` refuses what is
    /// referred to).
    array: PhantomData<&'a ()>,
}

// SAFETY: an address, of memory that any thread may reach. When others write to it is up to
// Python's threads, as it is for numpy, which releases the interpreter lock just so.
unsafe impl Send for NumpyArray<'_> {}

/// An input, unless it is the output, a mask and the output.
type Views<'v> = (Option<AnyView<'v>>, Option<AnyView<'v>>, AnyViewMut<'v>);

/// What a call reads and what it writes.
pub(crate) struct Arrays<'a> {
    /// `None` where it is the very same as the target.
    source: Option<NumpyArray<'a>>,
    target: NumpyArray<'a>,
    /// Bytes of 0 and 1, of the input's shape.
    mask: Option<NumpyArray<'a>>,
}

/// Arrays that must be copied before the call.
pub(crate) struct MustCopy {
    /// It cannot be read where it lies, or would be overwritten before it is read.
    pub(crate) input: bool,
    /// It cannot be written where it lies.
    pub(crate) output: bool,
    /// It would be overwritten before it is read, or has bytes other than 0 and 1.
    pub(crate) mask: bool,
}

impl<'a> Arrays<'a> {
    /// All of them, if none must be copied.
    pub(crate) fn of(
        input: &'a Bound<'_, PyUntypedArray>,
        output: &'a Bound<'_, PyUntypedArray>,
        mask: Option<&'a Bound<'_, PyUntypedArray>>,
    ) -> Result<Self, MustCopy> {
        let target = NumpyArray::of(output).filter(NumpyArray::can_be_written);
        let is_apart = |array: &NumpyArray<'_>, own: &Bound<'_, PyUntypedArray>| match &target {
            Some(target) => array.is_apart_from(target) || !may_share(own, output),
            None => true,
        };
        let source = NumpyArray::of(input).filter(|source| {
            target.as_ref().is_some_and(|target| source.is(target)) || is_apart(source, input)
        });
        let mask = match mask {
            Some(mask) => NumpyArray::of(mask)
                .filter(|array| array.holds_bools() && is_apart(array, mask))
                .map(Some),
            None => Some(None),
        };
        match (source, target, mask) {
            (Some(source), Some(target), Some(mask)) => {
                let source = Some(source).filter(|source| !source.is(&target));
                Ok(Self { source, target, mask })
            }
            (source, target, mask) => Err(MustCopy {
                input: source.is_none(),
                output: target.is_none(),
                mask: mask.is_none(),
            }),
        }
    }

    /// The types of the elements of the input and the output.
    pub(crate) fn types(&self) -> [ElementType; 2] {
        let target = self.target.element;
        [self.source.as_ref().map_or(target, |source| source.element), target]
    }

    /// The shape of the input.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.source.as_ref().unwrap_or(&self.target).shape
    }

    /// Whether there is a mask.
    pub(crate) fn is_masked(&self) -> bool {
        self.mask.is_some()
    }

    /// Views of the input, the mask and the output. No other thread of Python may write to any of
    /// them meanwhile, nor read the output.
    pub(crate) fn views(&mut self) -> Views<'_> {
        let input = self.source.as_ref().map(|source| source.reading(source.element));
        let mask = self.mask.as_ref().map(|mask| mask.reading(ElementType::Bool));
        let NumpyArray { element, data, ref shape, ref strides, .. } = self.target;
        // SAFETY: numpy's array lives as long as this and has these elements, of this type, aligned
        // and in this byte order; it may be written, and none of them is there twice
        // (`can_be_written`, in `Arrays::of`).
        let output = unsafe { AnyViewMut::from_raw_parts(data, shape, strides, element) };
        (input, mask, output)
    }
}

impl<'a> NumpyArray<'a> {
    /// `None` of arrays that must be copied to be read or written.
    fn of(array: &'a Bound<'_, PyUntypedArray>) -> Option<Self> {
        let element = element_of(&array.dtype())?;
        let size = element.size();
        let shape = array.shape().to_vec();
        let strides = shape.iter().zip(array.strides()).map(|(&len, &stride)| match len {
            0 | 1 => Some(0),
            _ if stride.unsigned_abs().is_multiple_of(size) => Some(stride),
            _ => None,
        });
        let mut strides = strides.collect::<Option<Vec<_>>>()?;
        if shape.contains(&0) {
            // numpy's strides of no elements may say that some coincide.
            let mut step = size as isize;
            for (stride, len) in strides.iter_mut().zip(&shape).rev() {
                *stride = step;
                step = step.saturating_mul((*len).max(1) as isize);
            }
        }
        // SAFETY: the array is a live object of numpy's, and this thread is attached to the
        // interpreter.
        let (data, flags) = unsafe {
            let fields = _PyArray_GET_ITEM_DATA(array.as_array_ptr());
            ((*fields).data.cast::<u8>(), (*fields).flags)
        };
        let aligned = data.addr().is_multiple_of(size);
        let writeable = flags & NPY_ARRAY_WRITEABLE != 0;
        let array = PhantomData;
        aligned.then_some(Self { element, data, shape, strides, writeable, array })
    }

    /// A view for reading, as elements of a type of the same size. None of its elements may be one
    /// of the output's, and as bools all of its bytes must be 0 or 1 (`Arrays::of`).
    fn reading(&self, element: ElementType) -> AnyView<'_> {
        // SAFETY: numpy's array lives as long as this and has these elements, of this type, aligned
        // and in this byte order; nothing writes to them meanwhile.
        unsafe { AnyView::from_raw_parts(self.data, &self.shape, &self.strides, element) }
    }

    /// Whether all elements are bytes of 0 or 1. (numpy's bool may have any.)
    fn holds_bools(&self) -> bool {
        if self.element != ElementType::U8 {
            return false;
        }
        // What is broadcast is looked at once.
        let mut axes: Vec<_> = self.steps().filter(|&(len, step)| len > 1 && step > 0).collect();
        axes.sort_by_key(|&(_, step)| Reverse(step));
        // SAFETY: numpy's array lives as long as this, and has these bytes.
        self.is_empty() || unsafe { bits_below(self.lowest(), &axes) } <= 1
    }

    /// Whether it may be written to, and no element is there twice, as far as strides tell.
    fn can_be_written(&self) -> bool {
        let mut axes: Vec<_> = self.steps().filter(|&(len, _)| len > 1).collect();
        axes.sort_by_key(|&(_, step)| step);
        let mut reach = self.element.size();
        let apart = axes.into_iter().all(|(len, step)| {
            let clear = step >= reach;
            reach = reach.saturating_add((len - 1).saturating_mul(step));
            clear
        });
        self.writeable && (apart || self.is_empty())
    }

    fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Whether both are one array.
    fn is(&self, other: &Self) -> bool {
        let place = |array: &Self| (array.data, array.element);
        place(self) == place(other) && self.shape == other.shape && self.strides == other.strides
    }

    /// Whether the addresses of one all lie before those of the other.
    fn is_apart_from(&self, other: &Self) -> bool {
        let ([from, to], [start, end]) = (self.addresses(), other.addresses());
        self.is_empty() || other.is_empty() || to <= start || end <= from
    }

    /// The first address, and that behind the last, of an array that is not empty.
    fn addresses(&self) -> [usize; 2] {
        let start = self.lowest().addr();
        let span: usize = self.steps().map(|(len, step)| len.saturating_sub(1) * step).sum();
        [start, start + span + self.element.size()]
    }

    /// The element of the lowest address.
    fn lowest(&self) -> *mut u8 {
        let below = self.shape.iter().zip(&self.strides).map(|(&len, &stride)| match stride {
            ..0 => (len as isize - 1) * stride,
            _ => 0,
        });
        self.data.wrapping_offset(below.sum::<isize>())
    }

    /// The lengths of the axes, and their strides upward in bytes.
    fn steps(&self) -> impl Iterator<Item = (usize, usize)> {
        self.shape.iter().copied().zip(self.strides.iter().map(|stride| stride.unsigned_abs()))
    }
}

/// All bits that are set in some bytes, given by the lengths and steps of their axes, the widest
/// first.
///
/// # Safety
/// All of these bytes can be read.
unsafe fn bits_below(first: *const u8, axes: &[(usize, usize)]) -> u8 {
    match *axes {
        // SAFETY: the caller's.
        [] => unsafe { *first },
        [(len, 1)] => {
            // SAFETY: the caller's, of bytes one behind the other.
            let bytes = unsafe { slice::from_raw_parts(first, len) };
            bytes.iter().fold(0, |all, byte| all | byte)
        }
        [(len, step), ref rest @ ..] => (0..len).fold(0, |all, i| {
            // SAFETY: the caller's, of a part of the bytes.
            all | unsafe { bits_below(first.wrapping_add(i * step), rest) }
        }),
    }
}

/// Whether two arrays have an element in common. Where that is too hard to find out they may have.
fn may_share(a: &Bound<'_, PyUntypedArray>, b: &Bound<'_, PyUntypedArray>) -> bool {
    /// Less than ten steps of numpy's search tell images apart that are interleaved in one array.
    const MAX_WORK: i64 = 10_000;
    let shares = || {
        let numpy = a.py().import("numpy")?;
        numpy.getattr("shares_memory")?.call1((a, b, MAX_WORK))?.extract::<bool>()
    };
    shares().unwrap_or(true)
}
