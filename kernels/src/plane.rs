//! Planes of numbers in memory: the only way a kernel reaches a caller's array.
//!
//! A plane has three axes: `row`, `column` and `inner`, which holds images interleaved element by
//! element (length 1 for most). A plane is not a slice, because a strided view shares its span of
//! memory with its neighbours: kernels touch the plane's own elements and no others.

use std::marker::PhantomData;

use crate::element::{Element, ElementType};

/// The rows, columns and interleaved elements of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Elements interleaved at each column.
    pub inner: usize,
}

/// Element strides of a plane, in the order of [`Extent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strides {
    /// From row to row.
    pub row: isize,
    /// From column to column.
    pub column: isize,
    /// From one interleaved element to the next.
    pub inner: isize,
}

/// A plane of elements that can be read.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    ptr: *const u8,
    element: ElementType,
    extent: Extent,
    strides: Strides,
    lifetime: PhantomData<&'a u8>,
}

/// A plane of elements that can be read and written.
///
/// When it is dropped, one fence orders all non-temporal stores to it before everything that
/// follows. (A fence after every block stalled the core until memory had caught up.)
#[derive(Debug)]
pub struct PlaneMut<'a> {
    ptr: *mut u8,
    element: ElementType,
    extent: Extent,
    strides: Strides,
    streamed: bool,
    lifetime: PhantomData<&'a mut u8>,
}

impl<'a> Plane<'a> {
    /// A plane whose first element is at `ptr` and whose others are at `strides` from it.
    ///
    /// # Safety
    /// Every element `ptr + r * row + c * column + i * inner` within `extent` is readable for `'a`
    /// and not written meanwhile.
    #[must_use]
    pub unsafe fn new<T: Element>(ptr: *const T, extent: Extent, strides: Strides) -> Self {
        // SAFETY: the caller's; the type is that of the pointer.
        unsafe { Self::of_type(ptr.cast(), T::TYPE, extent, strides) }
    }

    /// A plane whose elements' type is a value.
    ///
    /// # Safety
    /// As for [`new`](Self::new), with `ptr` to an element of the type.
    #[must_use]
    pub unsafe fn of_type(
        ptr: *const u8,
        element: ElementType,
        extent: Extent,
        strides: Strides,
    ) -> Self {
        Self { ptr, element, extent, strides, lifetime: PhantomData }
    }

    /// Rows, columns and interleaved elements.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Element strides.
    #[must_use]
    pub fn strides(&self) -> Strides {
        self.strides
    }

    /// The address of an element; it may be used where the element is within the extent.
    pub(crate) fn at(&self, row: usize, column: usize) -> *const u8 {
        self.ptr.wrapping_offset(offset(self.strides, self.element, row, column))
    }

    /// The type of its elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.element
    }
}

impl<'a> PlaneMut<'a> {
    /// A plane whose first element is at `ptr` and whose others are at `strides` from it.
    ///
    /// # Safety
    /// Every element `ptr + r * row + c * column + i * inner` within `extent` is readable and
    /// writable for `'a`, and reached through nothing else until the plane is dropped. No two of
    /// them are at one address. They need no value where they are only written: by stores, copies
    /// and conversions, but neither by what changes elements that are there nor through
    /// [`reader`](Self::reader) by a kernel.
    #[must_use]
    pub unsafe fn new<T: Element>(ptr: *mut T, extent: Extent, strides: Strides) -> Self {
        // SAFETY: the caller's; the type is that of the pointer.
        unsafe { Self::of_type(ptr.cast(), T::TYPE, extent, strides) }
    }

    /// A plane whose elements' type is a value.
    ///
    /// # Safety
    /// As for [`new`](Self::new), with `ptr` to an element of the type.
    #[must_use]
    pub unsafe fn of_type(
        ptr: *mut u8,
        element: ElementType,
        extent: Extent,
        strides: Strides,
    ) -> Self {
        Self { ptr, element, extent, strides, streamed: false, lifetime: PhantomData }
    }

    /// Rows, columns and interleaved elements.
    #[must_use]
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Element strides.
    #[must_use]
    pub fn strides(&self) -> Strides {
        self.strides
    }

    /// The plane as one that is read, while nothing is written.
    #[must_use]
    pub fn reader(&self) -> Plane<'_> {
        Plane {
            element: self.element,
            ptr: self.ptr.cast_const(),
            extent: self.extent,
            strides: self.strides,
            lifetime: PhantomData,
        }
    }

    /// The address of an element; it may be used where the element is within the extent.
    pub(crate) fn at(&mut self, row: usize, column: usize) -> *mut u8 {
        self.ptr.wrapping_offset(offset(self.strides, self.element, row, column))
    }

    /// The type of its elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.element
    }

    /// Notes that non-temporal stores were or will be made.
    pub(crate) fn streamed(&mut self) {
        self.streamed = true;
    }
}

impl Drop for PlaneMut<'_> {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        if self.streamed {
            // SAFETY: SSE is part of x86-64.
            unsafe { std::arch::x86_64::_mm_sfence() }
        }
    }
}

/// The offset of an element, in bytes.
fn offset(strides: Strides, element: ElementType, row: usize, column: usize) -> isize {
    // Wrapping, because no offset of an element of the plane wraps, and no other is dereferenced.
    (row as isize)
        .wrapping_mul(strides.row)
        .wrapping_add((column as isize).wrapping_mul(strides.column))
        .wrapping_mul(element.size() as isize)
}

impl Extent {
    /// The number of elements in a row.
    #[must_use]
    pub fn row_len(self) -> usize {
        self.columns * self.inner
    }
}

impl Strides {
    /// The element stride along a whole row, where columns and interleaved elements are evenly
    /// spaced.
    #[must_use]
    pub fn run(self, extent: Extent) -> Option<isize> {
        if extent.inner == 1 || extent.columns == 0 {
            Some(self.column)
        } else if extent.columns == 1
            || self.column == self.inner.wrapping_mul(extent.inner as isize)
        {
            Some(self.inner)
        } else {
            None
        }
    }
}
