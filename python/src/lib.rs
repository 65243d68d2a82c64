//! `gausstack._gausstack`: numpy's arrays handed to the library.
//!
//! The package's Python code decides what is meant: scipy's parameters, their checks and the weights. Here are the arrays,
//! the element types, threads and interrupts.

mod arrays;
mod element;
mod errors;
mod filter;
mod interrupt;
mod pool;
mod weights;

#[pyo3::pymodule(gil_used = false)]
mod _gausstack {
    #[pymodule_export]
    use super::filter::Filter;
    #[pymodule_export]
    use super::pool::Pool;
    #[pymodule_export]
    use super::weights::Weights;
}
