//! `gausstack._gausstack`: numpy's arrays handed to the library.
//!
//! The package's Python code decides what is meant: scipy's parameters, their checks and the
//! weights. Here are the arrays, their element types, threads, interrupts, and plans that are kept
//! from one call to the next.

mod arrays;
mod element;
mod errors;
mod files;
mod filter;
mod interrupt;
mod parameters;
mod plans;
mod process;
mod weights;

#[pyo3::pymodule(gil_used = false)]
mod _gausstack {
    use pyo3::types::{PyModule, PyModuleMethods};
    use pyo3::{Bound, PyResult, pyfunction};

    #[pymodule_export]
    use super::files::{file_array, filter_file};
    #[pymodule_export]
    use super::filter::Filter;
    #[pymodule_export]
    use super::weights::Weights;

    /// CPUs that this process may use: by its affinity, and by the quota of its control group.
    #[pyfunction]
    fn available_cpus() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// A number that differs between a process and every process that it was forked from.
    #[pyfunction]
    fn generation() -> u32 {
        crate::process::generation()
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // From here on forks are counted.
        generation();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
