//! Where a stream comes from and goes to.

use crate::block::{Block, BlockMut};
use crate::error::Error;
use crate::layout::Layout;

/// An array that is read part by part: a file, or whatever else holds one.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::{BlockMut, Error, Layout, Order, Source};
///
/// /// A ramp along the first axis, as large as wanted.
/// struct Ramp(Layout);
///
/// impl Source for Ramp {
///     fn name(&self) -> String {
///         "a ramp".to_owned()
///     }
///
///     fn layout(&self) -> &Layout {
///         &self.0
///     }
///
///     fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
///         block.check(&self.0, &self.name())?;
///         let first = block.region().start[0];
///         let columns = block.region().shape[1];
///         for (at, pixel) in block.elements_mut::<f32>().into_iter().flatten().enumerate() {
///             *pixel = (first + at / columns) as f32;
///         }
///         Ok(())
///     }
/// }
///
/// let layout = Layout { shape: vec![1 << 40, 8], element: ElementType::F32, order: Order::C };
/// let ramp: Box<dyn Source> = Box::new(Ramp(layout));
/// assert_eq!(ramp.chunks(), [128, 8]);
/// ```
pub trait Source: Send {
    /// What messages call it, such as a file's name.
    fn name(&self) -> String;

    /// The whole array.
    fn layout(&self) -> &Layout;

    /// What is read at once when a single element is: reads that begin and end at its borders
    /// read nothing twice. By default a page of 4 KiB.
    fn chunks(&self) -> Vec<usize> {
        pages(self.layout())
    }

    /// Bytes that it keeps in memory itself.
    fn memory_bytes(&self) -> usize {
        0
    }

    /// Bytes behind the array that are not read: a file of several arrays has some.
    fn bytes_behind(&self) -> u64 {
        0
    }

    /// Reads a part of the array.
    ///
    /// # Errors
    /// [`Error::Block`] if the array has no such block, and whatever is wrong with the file.
    fn read(&mut self, block: BlockMut<'_>) -> Result<(), Error>;

    /// Whether the array is still what it was at first: asked when all of it has been read.
    ///
    /// # Errors
    /// [`Error::Changed`].
    fn check_unchanged(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// An array that is written part by part, each element once.
pub trait Sink: Send {
    /// What messages call it, such as a file's name.
    fn name(&self) -> String;

    /// The whole array.
    fn layout(&self) -> &Layout;

    /// What is written at once when a single element is, as [`Source::chunks`].
    fn chunks(&self) -> Vec<usize> {
        pages(self.layout())
    }

    /// Bytes that it keeps in memory itself.
    fn memory_bytes(&self) -> usize {
        0
    }

    /// Writes a part of the array.
    ///
    /// # Errors
    /// [`Error::Block`] if the array has no such block, and whatever keeps it from being written.
    fn write(&mut self, block: Block<'_>) -> Result<(), Error>;

    /// Completes the array when all of it is written. One that is dropped instead leaves nothing.
    ///
    /// # Errors
    /// Whatever keeps it from being completed.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// The shape of a page of an array that lies in a file as it is: the system reads no less.
pub(crate) fn pages(layout: &Layout) -> Vec<usize> {
    const BYTES: usize = 4096;
    let mut chunks = vec![1; layout.shape.len()];
    let mut rest = BYTES / layout.element.size();
    for axis in layout.order.axes(layout.shape.len()).into_iter().rev() {
        let len = layout.shape[axis].max(1);
        chunks[axis] = len.min(rest);
        rest /= len;
        if rest <= 1 {
            break;
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::Order;

    #[test]
    fn a_page_is_of_the_innermost_axes() {
        let pages = |shape: &[usize], order| {
            pages(&Layout { shape: shape.to_vec(), element: ElementType::F32, order })
        };
        assert_eq!(pages(&[30, 40, 5000], Order::C), [1, 1, 1024]);
        assert_eq!(pages(&[30, 40, 50], Order::C), [1, 20, 50]);
        assert_eq!(pages(&[30, 40, 50], Order::Fortran), [30, 34, 1]);
        assert_eq!(pages(&[3, 4, 5], Order::C), [3, 4, 5]);
        assert_eq!(pages(&[300, 0, 5], Order::C), [204, 1, 5]);
    }
}
