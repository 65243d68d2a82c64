//! Which slabs a stream takes an array in: decided once, as data.

mod cut;
mod design;
mod list;
mod text;

pub(crate) use self::cut::Slab;
pub(crate) use self::design::{Design, Ends};
pub use self::list::Slabs;
