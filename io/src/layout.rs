//! What an array in a file is: its shape, its element type, and the order of its elements.

use gausstack::{AnyView, AnyViewMut, ElementType};

use crate::error::Error;
use crate::memory;

/// The order in which the elements of an array lie one behind the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The last axis varies fastest.
    #[default]
    C,
    /// The first axis varies fastest.
    Fortran,
}

impl Order {
    /// The axes of an array, that with the largest step first.
    ///
    /// ```
    /// use gausstack_io::Order;
    ///
    /// assert_eq!(Order::C.axes(3), [0, 1, 2]);
    /// assert_eq!(Order::Fortran.axes(3), [2, 1, 0]);
    /// ```
    #[must_use]
    pub fn axes(self, ndim: usize) -> Vec<usize> {
        match self {
            Self::C => (0..ndim).collect(),
            Self::Fortran => (0..ndim).rev().collect(),
        }
    }
}

/// An array whose elements lie one behind the other, without the elements.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::{Layout, Order};
///
/// let layout = Layout { shape: vec![3, 4], element: ElementType::U16, order: Order::C };
/// assert_eq!((layout.bytes(), layout.strides()), (24, vec![8, 2]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The type of the elements.
    pub element: ElementType,
    /// The order of the elements.
    pub order: Order,
}

impl Layout {
    /// The array with elements of another type.
    #[must_use]
    pub fn of(self, element: ElementType) -> Self {
        Self { element, ..self }
    }

    /// Bytes of all elements; the largest number where they exceed it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        if self.shape.contains(&0) {
            return 0;
        }
        self.shape.iter().fold(self.element.size(), |bytes, &len| bytes.saturating_mul(len))
    }

    /// Strides in bytes.
    #[must_use]
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![0; self.shape.len()];
        let mut step = self.element.size();
        for axis in self.order.axes(self.shape.len()).into_iter().rev() {
            strides[axis] = step;
            step = step.saturating_mul(self.shape[axis].max(1));
        }
        strides
    }

    /// The array in its elements' bytes.
    ///
    /// # Errors
    /// [`Error::Bytes`] if the bytes do not hold it.
    pub fn view<'a>(&self, bytes: &'a [u8]) -> Result<AnyView<'a>, Error> {
        memory::view(bytes, &self.shape, &self.strides(), self.element)
    }

    /// The array in its elements' bytes, to write to.
    ///
    /// # Errors
    /// [`Error::Bytes`] if the bytes do not hold it.
    pub fn view_mut<'a>(&self, bytes: &'a mut [u8]) -> Result<AnyViewMut<'a>, Error> {
        memory::view_mut(bytes, &self.shape, &self.strides(), self.element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_have_their_strides() {
        let layout = |order| Layout { shape: vec![3, 4, 5], element: ElementType::F64, order };
        assert_eq!(layout(Order::C).strides(), [160, 40, 8]);
        assert_eq!(layout(Order::Fortran).strides(), [8, 24, 96]);
        let nothing = Layout { shape: vec![1 << 40, 0, 1 << 40], ..layout(Order::C) };
        assert_eq!(nothing.bytes(), 0);
        assert_eq!(Layout { shape: vec![1 << 40; 2], ..nothing }.bytes(), usize::MAX);
        let point = Layout { shape: vec![], ..layout(Order::C) };
        assert_eq!((point.bytes(), point.strides()), (8, vec![]));
    }
}
