//! Elements of a region, on their way from a file or to one.

use gausstack::{AnyView, AnyViewMut, Element, ElementType};

use crate::error::Error;
use crate::layout::{Layout, Order};
use crate::memory;
use crate::region::Region;

/// The elements of a region, one behind the other in an [`Order`], in this machine's byte order.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::memory::Memory;
/// use gausstack_io::{Block, Order, Region};
///
/// let (memory, region) = (Memory::zeros(24).ok_or("no memory")?, Region::whole(&[2, 3]));
/// let block = Block::new(&region, ElementType::F32, Order::C, memory.bytes())?;
/// assert_eq!(block.elements::<f32>(), Some(&[0.0; 6][..]));
/// assert_eq!(block.view()?.shape(), [2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Block<'a> {
    region: &'a Region,
    element: ElementType,
    order: Order,
    bytes: &'a [u8],
}

/// A [`Block`] to write to. What it holds is of its type before too: bools are 0 or 1.
pub struct BlockMut<'a> {
    region: &'a Region,
    element: ElementType,
    order: Order,
    bytes: &'a mut [u8],
}

macro_rules! block {
    ($block:ident) => {
        /// The region.
        #[must_use]
        pub fn region(&self) -> &Region {
            self.region
        }

        /// The type of the elements.
        #[must_use]
        pub fn element_type(&self) -> ElementType {
            self.element
        }

        /// The order of the elements.
        #[must_use]
        pub fn order(&self) -> Order {
            self.order
        }

        /// Whether an array has this block.
        ///
        /// # Errors
        /// [`Error::Block`] if the block is not a part of the array or of another type or order;
        /// it calls the array by its `name`.
        pub fn check(&self, layout: &Layout, name: &str) -> Result<(), Error> {
            let reason = if !self.region.is_in(&layout.shape) {
                "it reaches beyond the array"
            } else if self.element != layout.element {
                "its elements are of another type"
            } else if self.order != layout.order {
                "its elements lie in another order"
            } else {
                return Ok(());
            };
            Err(Error::Block { name: name.to_owned(), region: self.region.clone(), reason })
        }

        /// The block as an array of its own.
        fn layout(&self) -> Layout {
            layout(self.region, self.element, self.order)
        }
    };
}

impl<'a> Block<'a> {
    /// Takes bytes for the elements of a region.
    ///
    /// # Errors
    /// [`Error::Bytes`] if they are not as many, begin off an element's boundary, or hold a bool
    /// that is neither 0 nor 1.
    pub fn new(
        region: &'a Region,
        element: ElementType,
        order: Order,
        bytes: &'a [u8],
    ) -> Result<Self, Error> {
        check(&layout(region, element, order), bytes)?;
        Ok(Self { region, element, order, bytes })
    }

    block!(Block);

    /// The bytes of the elements.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The elements; `None` if they are of another type.
    #[must_use]
    pub fn elements<T: Element>(&self) -> Option<&'a [T]> {
        memory::elements(self.bytes).filter(|_| self.element == T::TYPE)
    }

    /// The block as an array.
    ///
    /// # Errors
    /// None: that the bytes hold it was checked.
    pub fn view(&self) -> Result<AnyView<'a>, Error> {
        self.layout().view(self.bytes)
    }
}

impl<'a> BlockMut<'a> {
    /// Takes bytes for the elements of a region.
    ///
    /// # Errors
    /// As [`Block::new`].
    pub fn new(
        region: &'a Region,
        element: ElementType,
        order: Order,
        bytes: &'a mut [u8],
    ) -> Result<Self, Error> {
        check(&layout(region, element, order), bytes)?;
        Ok(Self { region, element, order, bytes })
    }

    block!(BlockMut);

    /// The bytes of the elements. Of bools each must be left as 0 or 1: whoever reads them next
    /// returns an error otherwise.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }

    /// The elements; `None` if they are of another type.
    #[must_use]
    pub fn elements_mut<T: Element>(&mut self) -> Option<&mut [T]> {
        let is_of_type = self.element == T::TYPE;
        memory::elements_mut(self.bytes).filter(|_| is_of_type)
    }

    /// The block as an array to write to.
    ///
    /// # Errors
    /// [`Error::Bytes`] if [`bytes_mut`](Self::bytes_mut) was used to make bools neither 0 nor 1.
    pub fn view_mut(&mut self) -> Result<AnyViewMut<'_>, Error> {
        self.layout().view_mut(self.bytes)
    }
}

fn layout(region: &Region, element: ElementType, order: Order) -> Layout {
    Layout { shape: region.shape.clone(), element, order }
}

fn check(layout: &Layout, bytes: &[u8]) -> Result<(), Error> {
    layout.view(bytes)?;
    if layout.bytes() == bytes.len() {
        return Ok(());
    }
    let Layout { ref shape, element, .. } = *layout;
    let reason = "bytes are left over";
    Err(Error::Bytes { shape: shape.clone(), element, len: bytes.len(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    #[test]
    fn a_block_is_of_its_array() {
        let mut memory = Memory::zeros(12).unwrap();
        let region = Region::whole(&[2, 3]).along(0, 4..6);
        let block = |order| Block::new(&region, ElementType::U16, order, memory.bytes()).unwrap();
        let layout =
            |element, shape: &[usize]| Layout { shape: shape.to_vec(), element, order: Order::C };
        let check = |block: Block<'_>, layout| block.check(&layout, "a.npy");
        assert!(check(block(Order::C), layout(ElementType::U16, &[6, 3])).is_ok());
        for (block, layout, reason) in [
            (block(Order::C), layout(ElementType::U16, &[5, 3]), "beyond"),
            (block(Order::C), layout(ElementType::I16, &[6, 3]), "type"),
            (block(Order::Fortran), layout(ElementType::U16, &[6, 3]), "order"),
        ] {
            let error = check(block, layout).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("'a.npy'"), "{error}");
        }
        assert_eq!(block(Order::C).elements::<i16>(), None);
        let new = |bytes| Block::new(&region, ElementType::U16, Order::C, bytes).is_ok();
        assert!(!new(&memory.bytes()[..10]) && !new(&[0; 14]));
        let bytes = memory.bytes_mut();
        let mut block = BlockMut::new(&region, ElementType::U16, Order::Fortran, bytes).unwrap();
        block.elements_mut::<u16>().unwrap()[1] = 7;
        assert_eq!(block.view_mut().unwrap().strides(), [2, 4]);
        assert_eq!(memory.bytes()[2..4], 7_u16.to_ne_bytes());
    }
}
