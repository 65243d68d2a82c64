//! A limit on the time of a check that could hang.

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs `check` on a thread of its own and panics when it is not done after `limit`.
#[track_caller]
pub(crate) fn within<R: Send + 'static>(
    limit: Duration,
    check: impl FnOnce() -> R + Send + 'static,
) -> R {
    let (done, wait) = mpsc::channel();
    let worker = thread::spawn(move || {
        let result = check();
        // The receiver is gone only after the limit, when nobody waits for the result any more.
        let _ = done.send(());
        result
    });
    if wait.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("not done after {limit:?}");
    }
    worker.join().unwrap_or_else(|panic| resume_unwind(panic))
}
