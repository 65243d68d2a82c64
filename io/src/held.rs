//! Arrays in memory that are read part by part.

use std::sync::Arc;

use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::layout::Layout;
use crate::memory::Memory;
use crate::region::Region;
use crate::runs;

/// An array in memory as a [`Source`], such as a [`Mask`](crate::Mask) that was just made. Clones share
/// its elements.
///
/// ```
/// use gausstack::ElementType;
/// use gausstack_io::{Layout, MemorySource, Order, Source};
///
/// let layout = Layout { shape: vec![2, 3], element: ElementType::Bool, order: Order::C };
/// let source = MemorySource::new("dead pixels", &layout, &[1, 1, 0, 1, 1, 1])?;
/// assert_eq!(source.layout(), &layout);
/// # Ok::<(), gausstack_io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemorySource {
    name: String,
    layout: Layout,
    elements: Arc<Memory>,
}

impl MemorySource {
    /// Copies the elements of an array, in its order and this machine's byte order.
    ///
    /// # Errors
    /// [`Error::Bytes`] if they are not as many as the array's, or a bool is neither 0 nor 1, and
    /// [`Error::Buffers`].
    pub fn new(name: &str, layout: &Layout, elements: &[u8]) -> Result<Self, Error> {
        let len = elements.len();
        let mut memory = Memory::zeros(len).ok_or(Error::Buffers { bytes: len })?;
        memory.bytes_mut().copy_from_slice(elements);
        BlockMut::new(
            &Region::whole(&layout.shape),
            layout.element,
            layout.order,
            memory.bytes_mut(),
        )?;
        Ok(Self { name: name.to_owned(), layout: layout.clone(), elements: Arc::new(memory) })
    }

    /// What a later run compares.
    pub(crate) fn state(&self) -> String {
        let Layout { shape, element, order } = &self.layout;
        let sum = crc32fast::hash(self.elements.bytes());
        format!("{element} {shape:?} {order:?} {sum:08x}")
    }
}

impl Source for MemorySource {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        vec![1; self.layout.shape.len()]
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.layout, &self.name)?;
        let region = block.region().clone();
        let part = Layout { shape: region.shape.clone(), ..self.layout };
        let whole = Region::whole(&region.shape);
        let from = (&self.layout, &region, self.elements.bytes());
        runs::copy(from, (&part, &whole, block.bytes_mut()));
        Ok(())
    }
}
