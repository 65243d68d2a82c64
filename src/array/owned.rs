//! An array of any element type, owned.

use gausstack_kernels::{Element, ElementType, zeroed_vec};
use ndarray::{Array, ArrayD, Dimension};

use crate::array::memory_order::MemoryOrder;
use crate::array::{AnyView, AnyViewMut};
use crate::error::Error;

macro_rules! any_array {
    ($($name:ident($element:ty)),*) => {
        /// An array whose element type is known when the program runs.
        ///
        /// ```
        /// use gausstack::{AnyArray, ElementType};
        ///
        /// let zeros = AnyArray::zeros(&[30, 40], ElementType::U16)?;
        /// assert_eq!(zeros.shape(), [30, 40]);
        /// assert!(matches!(zeros, AnyArray::U16(_)));
        /// # Ok::<(), gausstack::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "a variant for every type, named as the type")]
        pub enum AnyArray {
            $($name(ArrayD<$element>),)*
        }

        $(impl<D: Dimension> From<Array<$element, D>> for AnyArray {
            fn from(array: Array<$element, D>) -> Self {
                Self::$name(array.into_dyn())
            }
        })*

        impl AnyArray {
            /// Zeros, their axes in memory in the order of an array with such strides.
            pub(crate) fn zeros_like(
                shape: &[usize],
                strides: &[isize],
                element: ElementType,
            ) -> Result<Self, Error> {
                Ok(match element {
                    $(ElementType::$name => Self::$name(zeros_like(shape, strides)?),)*
                })
            }

            /// The length of each axis.
            #[must_use]
            pub fn shape(&self) -> &[usize] {
                match self {
                    $(Self::$name(array) => array.shape(),)*
                }
            }

            /// A view to read.
            #[must_use]
            pub fn view(&self) -> AnyView<'_> {
                match self {
                    $(Self::$name(array) => array.view().into(),)*
                }
            }

            /// A view to read and write.
            #[must_use]
            pub fn view_mut(&mut self) -> AnyViewMut<'_> {
                match self {
                    $(Self::$name(array) => array.view_mut().into(),)*
                }
            }
        }
    };
}
any_array!(
    F32(f32),
    F64(f64),
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    U64(u64),
    I64(i64),
    Bool(bool)
);

impl AnyArray {
    /// Zeros in C order.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn zeros(shape: &[usize], element: ElementType) -> Result<Self, Error> {
        let descending: Vec<isize> = (0..shape.len() as isize).rev().collect();
        Self::zeros_like(shape, &descending, element)
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.view().element_type()
    }
}

/// Zeros of the shape of an array, contiguous, the axes in memory in its order of strides.
pub(crate) fn zeros_like<T: Element, D: Dimension>(
    shape: &[usize],
    strides: &[isize],
) -> Result<Array<T, D>, Error> {
    let order = MemoryOrder::of(strides);
    let len = shape.iter().try_fold(1_usize, |len, &axis| len.checked_mul(axis));
    let len = if shape.contains(&0) { Some(0) } else { len };
    let len = len.ok_or(Error::OutOfMemory { bytes: usize::MAX })?;
    let zeros = zeroed_vec(len).map_err(|e| Error::OutOfMemory { bytes: e.bytes })?;
    let array = Array::from_shape_vec(order.memory_shape(shape), zeros)
        .expect("as many zeros as the shape has elements")
        .permuted_axes(order.inverse)
        .into_dimensionality()
        .expect("the dimension type is that of an array of this shape");
    Ok(array)
}
