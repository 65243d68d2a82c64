//! Ctrl-C during a long call.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gausstack::Error;
use pyo3::{PyErr, PyResult, Python};

use crate::errors::exception;

/// How long a signal may wait for Python's handlers: too short for a person to notice, too long to
/// cost anything.
const PATIENCE: Duration = Duration::from_millis(50);

thread_local! {
    /// The watch of the call that this thread works at by itself.
    static OWN: RefCell<Option<Arc<Watch>>> = const { RefCell::new(None) };
}

/// Looks for signals while a call runs without the interpreter lock, and stops it when a handler
/// raises.
///
/// Python's handlers run on its main thread alone. Where that does the work, it looks for signals
/// as parts of the work are done; where others do it, it waits for them and looks again and again.
pub(crate) struct Watch {
    looked: Mutex<Instant>,
    /// The calling thread waits for others.
    waits: AtomicBool,
    stop: AtomicBool,
    raised: Mutex<Option<PyErr>>,
}

impl Watch {
    pub(crate) fn new() -> Arc<Self> {
        let looked = Mutex::new(Instant::now());
        let (waits, stop) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { looked, waits, stop, raised: Mutex::new(None) })
    }

    /// An observer for a plan that may be run by other calls too: it asks the watch of the call
    /// that its thread works at, and on threads that work for others this one.
    pub(crate) fn observer(
        watch: &Arc<Self>,
    ) -> impl Fn() -> ControlFlow<()> + Send + Sync + 'static {
        let planned = Arc::clone(watch);
        move || {
            // (Not borrowed meanwhile: handlers may make calls.)
            let own = OWN.with_borrow(Clone::clone);
            own.as_ref().unwrap_or(&planned).flow()
        }
    }

    /// What the library asks when a part of the work is done.
    fn flow(&self) -> ControlFlow<()> {
        if !self.waits.load(Ordering::Relaxed) {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.elapsed() >= PATIENCE {
                *looked = Instant::now();
                self.look();
            }
        }
        let stop = self.stop.load(Ordering::Relaxed);
        if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Lets Python's handlers run.
    fn look(&self) {
        if let Err(raised) = Python::attach(|py| py.check_signals()) {
            self.fail(raised);
        }
    }

    /// Stops the call with an exception.
    pub(crate) fn fail(&self, raised: PyErr) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Does the work on this thread.
    fn alone(self: &Arc<Self>, work: &mut impl FnMut() -> Result<(), Error>) -> Result<(), Error> {
        // A handler of a signal may make a call of its own meanwhile.
        let before = OWN.replace(Some(Arc::clone(self)));
        let result = work();
        OWN.set(before);
        result
    }

    /// Does the work on a thread of its own, and waits for it.
    fn wait(&self, work: &mut (impl FnMut() -> Result<(), Error> + Send)) -> Result<(), Error> {
        self.waits.store(true, Ordering::Relaxed);
        let waited = thread::scope(|scope| {
            // Hung up when the work is done, or has panicked.
            let (busy, done) = channel::<()>();
            let name = "gausstack-call".to_owned();
            let run = &mut *work;
            let worker = thread::Builder::new().name(name).spawn_scoped(scope, move || {
                let _busy = busy;
                run()
            });
            let worker = worker.ok()?;
            while done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                self.look();
            }
            Some(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        // No thread to be had: the call cannot be interrupted.
        waited.unwrap_or_else(work)
    }
}

/// Does the work without the interpreter lock, watched if it may take long; `shared` among threads
/// that are not this one.
pub(crate) fn without_lock(
    py: Python<'_>,
    watch: Option<&Arc<Watch>>,
    shared: bool,
    mut work: impl FnMut() -> Result<(), Error> + Send,
) -> PyResult<()> {
    let result = py.detach(|| match watch {
        Some(watch) if shared => watch.wait(&mut work),
        Some(watch) => watch.alone(&mut work),
        None => work(),
    });
    let raised =
        watch.and_then(|watch| watch.raised.lock().unwrap_or_else(PoisonError::into_inner).take());
    match (raised, result) {
        (Some(raised), _) => Err(raised),
        (None, result) => result.map_err(|error| exception(&error)),
    }
}
