//! Arrays whose element type is a value, known when the program runs.

pub(crate) mod heads;
pub(crate) mod memory_order;
pub(crate) mod owned;
pub(crate) mod planes;
pub(crate) mod strided;
pub(crate) mod unwritten;
pub(crate) mod view;
pub(crate) mod words;

pub use owned::AnyArray;
pub use view::{AnyView, AnyViewMut};
