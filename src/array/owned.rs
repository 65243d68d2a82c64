//! An array of any element type, owned.

use gausstack_kernels::{Element, ElementType, zeroed_vec};
use ndarray::{Array, ArrayD, Dimension};

use crate::array::memory_order::MemoryOrder;
use crate::array::{AnyView, AnyViewMut};
use crate::error::Error;

/// Makes an array of any element type.
pub(crate) trait MakeArray {
    /// The array of one type.
    fn make<T: Element>(self) -> Result<ArrayD<T>, Error>;
}

/// Zeros of a shape, in C order.
struct Zeros<'s>(&'s [usize]);

impl MakeArray for Zeros<'_> {
    fn make<T: Element>(self) -> Result<ArrayD<T>, Error> {
        let descending: Vec<isize> = (0..self.0.len() as isize).rev().collect();
        MemoryOrder::of(&descending).new_array(self.0, zeroed_vec)
    }
}

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
            /// The array of a type that a maker makes.
            pub(crate) fn made(element: ElementType, maker: impl MakeArray) -> Result<Self, Error> {
                Ok(match element {
                    $(ElementType::$name => Self::$name(maker.make::<$element>()?),)*
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
        Self::made(element, Zeros(shape))
    }

    /// The type of the elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.view().element_type()
    }
}
