//! Arrays whose element type is known when the program runs.

pub(crate) mod bridge;
