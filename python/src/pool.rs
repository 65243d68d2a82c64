//! Worker threads that calls share.

use std::sync::Arc;

use pyo3::exceptions::PyOSError;
use pyo3::{PyResult, pyclass, pymethods};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Worker threads of the process that started them: a forked child has none of them, and would wait for them for ever.
#[pyclass(frozen, module = "gausstack._gausstack")]
pub(crate) struct Pool {
    process: u32,
    /// There until it is dropped.
    threads: Option<Arc<ThreadPool>>,
}

#[pymethods]
impl Pool {
    /// Starts so many threads.
    #[new]
    fn new(workers: usize) -> PyResult<Self> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(workers)
            .thread_name(|index| format!("gausstack-{index}"))
            .build()
            .map_err(|error| PyOSError::new_err(format!("{workers} threads: {error}")))?;
        Ok(Self { process: std::process::id(), threads: Some(Arc::new(threads)) })
    }
}

impl Pool {
    /// The threads, in the process that they are of.
    pub(crate) fn threads(&self) -> PyResult<Arc<ThreadPool>> {
        let here = self.process == std::process::id();
        let threads = self.threads.as_ref().filter(|_| here).map(Arc::clone);
        threads.ok_or_else(|| PyOSError::new_err("the threads are those of another process"))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // In a forked child the pool's locks may be held for ever: there its memory is left alone.
        if self.process != std::process::id() {
            std::mem::forget(self.threads.take());
        }
    }
}
