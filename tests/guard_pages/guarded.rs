//! Memory between two pages that nobody may touch.
#![expect(unsafe_code, reason = "pages without access cannot be had without")]

use std::ptr::NonNull;

use gausstack::{AnyView, AnyViewMut, ElementType};

/// The end of the memory that lies at a page without access.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Front,
    Back,
}

/// So many bytes, of which one end lies at a page without access. There is such a page at the other
/// end too, at most a page away.
pub(crate) struct Guarded {
    map: NonNull<libc::c_void>,
    mapped: usize,
    start: usize,
    len: usize,
}

impl Guarded {
    /// Memory of so many bytes, all of them 0.
    pub(crate) fn new(len: usize, end: End) -> Self {
        // SAFETY: a question to the system, without arguments that could be wrong.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).expect("the system knows the size of its pages");
        let inner = len.next_multiple_of(page).max(page);
        let mapped = inner + 2 * page;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: new pages, at an address that the system chooses.
        let map =
            unsafe { libc::mmap(std::ptr::null_mut(), mapped, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(map, libc::MAP_FAILED, "{mapped} bytes cannot be mapped");
        // SAFETY: all pages but the first and the last of those just mapped.
        let status = unsafe {
            libc::mprotect(map.byte_add(page), inner, libc::PROT_READ | libc::PROT_WRITE)
        };
        assert_eq!(status, 0, "pages cannot be made writable");
        let start = match end {
            End::Front => page,
            End::Back => page + inner - len,
        };
        Self { map: NonNull::new(map).expect("mapped memory is not at 0"), mapped, start, len }
    }

    fn first(&self) -> *mut u8 {
        self.map.as_ptr().cast::<u8>().wrapping_add(self.start)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped there and initialised, and belong to this value.
        unsafe { std::slice::from_raw_parts(self.first(), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.first(), self.len) }
    }

    /// An array in the memory, from the element number `first` on.
    pub(crate) fn view(&self, array: &Strided, element: ElementType) -> AnyView<'_> {
        array.assert_fits(self.len, element);
        let first = self.first().wrapping_add(array.first * element.size());
        let strides = array.in_bytes(element);
        // SAFETY: every element lies in the memory, as was just asserted; it is aligned, since both
        // the page's ends and the length are multiples of the size; a test writes valid bools.
        unsafe { AnyView::from_raw_parts(first, &array.shape, &strides, element) }
    }

    /// The array, to be written.
    pub(crate) fn view_mut(&mut self, array: &Strided, element: ElementType) -> AnyViewMut<'_> {
        array.assert_fits(self.len, element);
        let first = self.first().wrapping_add(array.first * element.size());
        let strides = array.in_bytes(element);
        // SAFETY: as above; the strides of a layout nest, so that no two elements are the same.
        unsafe { AnyViewMut::from_raw_parts(first, &array.shape, &strides, element) }
    }

    /// Reads the byte behind the memory, which ends the process.
    pub(crate) fn read_behind(&self) -> u8 {
        // SAFETY: none: it is the fault that the pages are there to catch. It lies in a mapping
        // without access, so that the processor refuses the load.
        unsafe { self.first().wrapping_add(self.len).read_volatile() }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: what was mapped, once.
        let status = unsafe { libc::munmap(self.map.as_ptr(), self.mapped) };
        assert_eq!(status, 0, "mapped memory is unmapped");
    }
}

/// Where an array lies: shape, strides and the place of its first element, in elements.
#[derive(Clone, Debug)]
pub(crate) struct Strided {
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<isize>,
    pub(crate) first: usize,
}

impl Strided {
    /// Elements from the lowest to the highest of the array.
    pub(crate) fn span(&self) -> usize {
        let steps = self.shape.iter().zip(&self.strides);
        1 + steps.map(|(len, stride)| (len - 1) * stride.unsigned_abs()).sum::<usize>()
    }

    fn in_bytes(&self, element: ElementType) -> Vec<isize> {
        self.strides.iter().map(|stride| stride * element.size() as isize).collect()
    }

    fn assert_fits(&self, len: usize, element: ElementType) {
        let below = self.shape.iter().zip(&self.strides).filter(|(_, stride)| **stride < 0);
        let below: usize = below.map(|(len, stride)| (len - 1) * stride.unsigned_abs()).sum();
        assert_eq!(self.first, below, "the lowest element is the memory's first");
        assert_eq!(self.span() * element.size(), len, "the highest is the memory's last");
    }
}
