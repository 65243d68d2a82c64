//! The foreign boundary: what Python calls, and all that is read from its memory.
//!
//! An entry returns `true` when it has done its job. Otherwise [`gausstack_peers_error`] tells why.

#![expect(
    unsafe_code,
    reason = "C entries read foreign memory; no other module of this crate does"
)]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::sync::OnceLock;

use gausstack::{Level, Mode, Precision, Rounding};
use gausstack_measure::Machine;
use libblur::ConvolutionMode;
use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::job::{Failure, Filter, Job, Source, Target};
use crate::layout::Layout;
use crate::{copy, floor, others, ours};

/// An array of the caller's: numpy's `ctypes.data`, `strides` and `dtype.char`.
#[repr(C)]
#[derive(Debug)]
pub struct ForeignArray {
    /// The element whose indices are all 0.
    data: *mut c_void,
    /// Bytes from one element to the next, of any sign, one per axis.
    strides: *const isize,
    /// `f` for f32, `d` for f64, `B` for u8, `H` for u16.
    element: c_char,
}

/// A job, as C lays it out.
#[repr(C)]
#[derive(Debug)]
pub struct Request {
    axes: usize,
    /// One per axis, as all that follow.
    shape: *const usize,
    source: ForeignArray,
    target: ForeignArray,
    /// 0 for an axis that is not filtered.
    sigma: *const f64,
    order: *const usize,
    /// How many of `weights` belong to the axis, 0 for an axis that is not filtered; or null.
    taps: *const usize,
    /// Correlation weights of the caller's, axis after axis; only read when `taps` is not null.
    weights: *const f64,
    /// scipy's name of what lies outside.
    mode: *const c_char,
    /// An instruction level's name; null for the best.
    level: *const c_char,
    /// Whether f32 is summed in f64.
    double: bool,
    /// Whether integers are cut after each axis, as scipy does it.
    cut: bool,
    threads: usize,
}

thread_local! {
    static ERROR: RefCell<CString> = RefCell::default();
}

/// Filters with gausstack.
///
/// # Safety
/// Every pointer of the request is null where it says so, or has its elements in memory that nobody
/// writes during the call; the target's elements nobody reads either.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_gausstack(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, ours::run) }
}

/// Filters with libblur.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_libblur(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, others::libblur) }
}

/// Filters u8 or u16 with libblur's fixed-point arithmetic.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_libblur_fixed(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, |job| others::libblur_integers(job, ConvolutionMode::FixedPoint)) }
}

/// Filters u8 or u16 with libblur's exact arithmetic.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_libblur_exact(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, |job| others::libblur_integers(job, ConvolutionMode::Exact)) }
}

/// Filters with imageproc.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_imageproc(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, others::imageproc) }
}

/// Filters with ndarray-ndimage.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_ndarray_ndimage(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, others::ndarray_ndimage) }
}

/// Copies f32 with non-temporal stores, where the level has them.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_copy_streaming(request: *const Request) -> bool {
    // SAFETY: as for this entry.
    unsafe { with_job(request, copy::streaming) }
}

/// Runs a loop of the job's arithmetic in registers. The time of the call times `scale` is the time
/// of the job's operations. No pixel is read or written.
///
/// # Safety
/// As [`gausstack_peers_gausstack`]; `scale` is null or has room for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gausstack_peers_arithmetic(
    request: *const Request,
    scale: *mut f64,
) -> bool {
    let run = |job: Job<'_>| {
        let found = floor::run(&job)?;
        // SAFETY: room for one number unless null, says the caller.
        if let Some(scale) = unsafe { scale.as_mut() } {
            *scale = found;
        }
        Ok(())
    };
    // SAFETY: as for this entry.
    unsafe { with_job(request, run) }
}

/// Why this thread's last entry failed: a text that stays until the thread's next entry fails.
#[unsafe(no_mangle)]
pub extern "C" fn gausstack_peers_error() -> *const c_char {
    ERROR.with_borrow(|text| text.as_ptr())
}

/// The machine card: a text that stays.
#[unsafe(no_mangle)]
pub extern "C" fn gausstack_peers_machine() -> *const c_char {
    static CARD: OnceLock<CString> = OnceLock::new();
    CARD.get_or_init(|| c_text(&Machine::read().to_string())).as_ptr()
}

/// Reads a request and does its job; failures and panics become the thread's error.
///
/// # Safety
/// As [`gausstack_peers_gausstack`].
unsafe fn with_job(
    request: *const Request,
    work: impl FnOnce(Job<'_>) -> Result<(), Failure>,
) -> bool {
    let result = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: null, or a request that lives during the call.
        let request = unsafe { request.as_ref() }.ok_or("no request")?;
        // SAFETY: the request's pointers are as the entry asks for.
        work(unsafe { request.job() }?)
    }));
    let text = match result {
        Ok(Ok(())) => return true,
        Ok(Err(failure)) => failure.to_string(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("panic: {}", text.unwrap_or("without a text"))
        }
    };
    ERROR.set(c_text(&text));
    false
}

fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

impl Request {
    /// The job, with views that live as long as the request.
    ///
    /// # Safety
    /// As [`gausstack_peers_gausstack`].
    unsafe fn job(&self) -> Result<Job<'_>, Failure> {
        // SAFETY: one element per axis, or null.
        let filter = unsafe { self.filter() }?;
        // SAFETY: the same of the strides.
        let [from, to] = unsafe {
            [
                self.source.place(&filter.shape, "source")?,
                self.target.place(&filter.shape, "target")?,
            ]
        };
        if !to.layout.is_one_to_one() || to.overlaps(&from) {
            return Err("the target overlaps with the source or with itself".into());
        }
        // SAFETY: `place` has checked the layout, and nobody writes the source during the call.
        let source = unsafe {
            match from.element {
                ElementType::F32 => Source::F32(from.view()),
                ElementType::F64 => Source::F64(from.view()),
                ElementType::U8 => Source::U8(from.view()),
                ElementType::U16 => Source::U16(from.view()),
            }
        };
        // SAFETY: as above; no element has two indices, none is the source's, and nobody else
        // reads or writes the target.
        let target = unsafe {
            match to.element {
                ElementType::F32 => Target::F32(to.view_mut()),
                ElementType::F64 => Target::F64(to.view_mut()),
                ElementType::U8 => Target::U8(to.view_mut()),
                ElementType::U16 => Target::U16(to.view_mut()),
            }
        };
        Ok(Job { source, target, filter })
    }

    /// # Safety
    /// As [`gausstack_peers_gausstack`].
    unsafe fn filter(&self) -> Result<Filter, Failure> {
        // SAFETY: null, or one element per axis.
        let (shape, sigma, order) = unsafe {
            (
                elements(self.shape, self.axes, "shape")?,
                elements(self.sigma, self.axes, "sigma")?,
                elements(self.order, self.axes, "order")?,
            )
        };
        // SAFETY: null, or texts that end.
        let (mode, level) = unsafe { (text(self.mode)?, text(self.level)?) };
        Ok(Filter {
            shape: shape.to_vec(),
            sigma: sigma.to_vec(),
            order: order.to_vec(),
            // SAFETY: null, or one element per axis and as many weights as they say.
            weights: unsafe { self.weights() }?,
            mode: mode.ok_or("no mode")?.parse::<Mode>()?,
            level: level.map(Level::from_name).transpose()?,
            precision: if self.double { Precision::Double } else { Precision::Native },
            rounding: if self.cut { Rounding::Scipy } else { Rounding::Nearest },
            threads: self.threads,
        })
    }

    /// # Safety
    /// As [`gausstack_peers_gausstack`].
    unsafe fn weights(&self) -> Result<Option<Vec<Vec<f64>>>, Failure> {
        if self.taps.is_null() {
            return Ok(None);
        }
        // SAFETY: not null, hence one element per axis.
        let taps = unsafe { elements(self.taps, self.axes, "taps") }?;
        let total = taps.iter().try_fold(0_usize, |sum, &n| sum.checked_add(n));
        let total = total.ok_or("more weights than there is memory")?;
        // SAFETY: null, or as many elements as the taps say.
        let mut rest = unsafe { elements(self.weights, total, "weights") }?;
        let mut weights = Vec::new();
        for &count in taps.iter().filter(|&&count| count > 0) {
            let (mine, others) = rest.split_at(count);
            weights.push(mine.to_vec());
            rest = others;
        }
        Ok(Some(weights))
    }
}

/// The types of elements that have a letter in [`ForeignArray`].
#[derive(Clone, Copy)]
enum ElementType {
    F32,
    F64,
    U8,
    U16,
}

impl ElementType {
    fn from_char(letter: u8) -> Result<Self, Failure> {
        match letter {
            b'f' => Ok(Self::F32),
            b'd' => Ok(Self::F64),
            b'B' => Ok(Self::U8),
            b'H' => Ok(Self::U16),
            other => Err(format!("unknown element type '{}'", char::from(other)).into()),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::F32 => size_of::<f32>(),
            Self::F64 => size_of::<f64>(),
            Self::U8 => size_of::<u8>(),
            Self::U16 => size_of::<u16>(),
        }
    }
}

/// A foreign array whose layout has been checked.
struct Place {
    element: ElementType,
    layout: Layout,
    /// The element at the lowest address.
    lowest: *mut c_void,
}

impl ForeignArray {
    /// Checks the layout.
    ///
    /// # Safety
    /// `strides` is null or has one element per axis.
    unsafe fn place(&self, shape: &[usize], what: &str) -> Result<Place, Failure> {
        let element = ElementType::from_char(self.element as u8)?;
        let size = element.size();
        if self.data.is_null() || !self.data.addr().is_multiple_of(size) {
            return Err(format!("the {what} is null or not aligned").into());
        }
        // SAFETY: as for this function.
        let strides = unsafe { elements(self.strides, shape.len(), "strides") }?;
        let layout = Layout::new(shape, strides, size)
            .map_err(|failure| format!("the {what} is {failure}"))?;
        let lowest = self.data.wrapping_byte_sub(layout.below);
        Ok(Place { element, layout, lowest })
    }
}

impl Place {
    /// Whether the spans of two arrays have bytes in common.
    fn overlaps(&self, other: &Self) -> bool {
        let behind = |place: &Self| place.lowest.addr().saturating_add(place.layout.bytes);
        self.lowest.addr() < behind(other) && other.lowest.addr() < behind(self)
    }

    /// # Safety
    /// The place is of elements of type `T`, which are there and not written while the view
    /// lives.
    unsafe fn view<'a, T>(&self) -> ArrayViewD<'a, T> {
        let shape = self.layout.ndarray_shape();
        // SAFETY: aligned and not null; the elements are there, from the lowest address on, and
        // their span fits isize; strides are not negative.
        let mut view = unsafe { ArrayViewD::from_shape_ptr(shape, self.lowest.cast()) };
        self.layout.reversed.iter().for_each(|&axis| view.invert_axis(axis));
        view
    }

    /// # Safety
    /// As [`Place::view`]; the elements have one index each and are not read by others either.
    unsafe fn view_mut<'a, T>(&self) -> ArrayViewMutD<'a, T> {
        let shape = self.layout.ndarray_shape();
        // SAFETY: as in `view`, and nobody else has these elements.
        let mut view = unsafe { ArrayViewMutD::from_shape_ptr(shape, self.lowest.cast()) };
        self.layout.reversed.iter().for_each(|&axis| view.invert_axis(axis));
        view
    }
}

/// # Safety
/// `first` is null or the first of `count` elements that nobody writes while the slice lives.
unsafe fn elements<'a, T>(first: *const T, count: usize, what: &str) -> Result<&'a [T], Failure> {
    if first.is_null() || !first.is_aligned() {
        return Err(format!("{what} is null or not aligned").into());
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(format!("{what} has more elements than there is memory").into());
    }
    // SAFETY: not null, aligned, as many elements as the caller says, and their size fits isize.
    Ok(unsafe { slice::from_raw_parts(first, count) })
}

/// # Safety
/// `text` is null or ends with a zero, and nobody writes it while the text lives.
unsafe fn text<'a>(text: *const c_char) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, hence a text that ends.
    Ok(Some(unsafe { CStr::from_ptr(text) }.to_str()?))
}
