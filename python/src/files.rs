//! Files filtered into files.

use std::ops::ControlFlow;
use std::path::PathBuf;

use gausstack::{ElementType, Threads};
use gausstack_io::{Error, FileJob, Layout, MemorySource, Order, Storage, StreamProgress};
use pyo3::exceptions::{PyMemoryError, PyOSError, PyValueError};
use pyo3::types::{PyAnyMethods, PyBytes};
use pyo3::{Py, PyAny, PyErr, PyRef, PyResult, Python, pyfunction};

use crate::errors::exception;
use crate::filter::Filter;
use crate::interrupt::{Watch, without_lock};

/// The shape of the array of a file, and the name of its type.
#[pyfunction]
pub(crate) fn file_array(py: Python<'_>, path: PathBuf) -> PyResult<(Vec<usize>, &'static str)> {
    let opened = py.detach(|| gausstack_io::open(&path).map(|source| source.layout().clone()));
    let layout = opened.map_err(|error| file_exception(py, &error))?;
    Ok((layout.shape, layout.element.name()))
}

/// Which pixels are valid: a file, or bools in C order and their shape.
#[derive(pyo3::FromPyObject)]
enum Mask {
    File(PathBuf),
    Array(Py<PyBytes>, Vec<usize>),
}

/// How a file is filtered into another, apart from the filter.
#[derive(pyo3::FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Parameters {
    workers: usize,
    cval: f64,
    mask: Option<Mask>,
    dtype: Option<String>,
    memory: Option<usize>,
    scratch: Option<PathBuf>,
    chunks: Option<Vec<usize>>,
    shards: Option<Vec<usize>>,
    gzip: Option<u32>,
    overwrite: bool,
    resume: bool,
}

/// Filters a file into another on `workers` threads; `progress` is called with the slabs that were
/// filtered and all of them.
#[pyfunction]
pub(crate) fn filter_file(
    py: Python<'_>,
    filter: PyRef<'_, Filter>,
    input: PathBuf,
    output: PathBuf,
    parameters: Parameters,
    progress: Option<Py<PyAny>>,
) -> PyResult<()> {
    let watch = Watch::new();
    let observer = Watch::observer(&watch);
    let combination = filter.combination.clone().cval(parameters.cval);
    let combination = combination.threads(Threads::Fixed(parameters.workers));
    let combination = combination.observer(move |_| observer());
    let flow = Watch::observer(&watch);
    let show = |done: StreamProgress| {
        if let Some(progress) = &progress {
            let called = Python::attach(|py| progress.call1(py, (done.filtered, done.slabs)));
            if let Err(raised) = called {
                watch.fail(raised);
                return ControlFlow::Break(());
            }
        }
        flow()
    };
    let Parameters { chunks, shards, gzip, .. } = parameters;
    let storage = Storage { chunks, gzip, shards };
    let mut job = FileJob::new(&input, &output, &combination)
        .storage(storage)
        .replace(parameters.overwrite)
        .resumable(true)
        .resume(parameters.resume)
        .observer(&show);
    if let Some(name) = &parameters.dtype {
        let element = ElementType::from_name(name);
        let unknown = || PyValueError::new_err(format!("dtype: unknown '{name}'"));
        job = job.output_type(element.ok_or_else(unknown)?);
    }
    match parameters.mask {
        Some(Mask::File(path)) => job = job.mask(path),
        Some(Mask::Array(bools, shape)) => {
            let layout = Layout { shape, element: ElementType::Bool, order: Order::C };
            let mask = MemorySource::new("mask", &layout, bools.as_bytes(py));
            job = job.mask_in_memory(mask.map_err(|error| file_exception(py, &error))?);
        }
        None => {}
    }
    if let Some(folder) = &parameters.scratch {
        job = job.scratch(folder);
    }
    if let Some(memory) = parameters.memory {
        job = job.memory(memory);
    }
    let mut result = None;
    without_lock(py, Some(&watch), true, || {
        result = Some(job.run());
        Ok(())
    })?;
    let result = result.expect("the job ran, or there was an error");
    result.map(drop).map_err(|error| file_exception(py, &error))
}

/// The exception of an error; of one of the system that of its number, such as `FileNotFoundError`.
fn file_exception(py: Python<'_>, error: &Error) -> PyErr {
    let text = error.to_string();
    let source = std::error::Error::source(error);
    let source = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    let code = match error {
        Error::Exists { .. } | Error::Unfinished { .. } => Some(17),
        _ => source.and_then(std::io::Error::raw_os_error),
    };
    match (error, code) {
        (Error::Filter(error), _) => exception(error),
        (Error::Buffers { .. } | Error::OutOfMemory { .. }, _) => PyMemoryError::new_err(text),
        (_, Some(code)) => os_error(py, code, &text).unwrap_or_else(|error| error),
        (_, None) if source.is_some() => PyOSError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

/// Python chooses the class by the number.
fn os_error(py: Python<'_>, code: i32, text: &str) -> PyResult<PyErr> {
    Ok(PyErr::from_value(py.get_type::<PyOSError>().call1((code, text))?))
}
