//! An observer that may stop a run at any of its calls.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use gausstack::Error;
use ndarray::ArrayD;

use super::compare::same_bits;
use super::filter::Filter;
use super::pixel::Pixel;

/// The observer of a filter with one worker sees progress grow to its end. It can stop the run at
/// every call but the last, and is not called again.
pub(crate) fn stops_at_any_call<F: Filter, T: Pixel>(
    filter: F,
    run: impl Fn(&F) -> Result<ArrayD<T>, Error>,
) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let observed = |stop: usize| {
        let seen = Arc::clone(&seen);
        filter.clone().observer(move |progress| {
            let mut seen = seen.lock().expect("no panic");
            seen.push(progress);
            if seen.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    };
    let calls = || std::mem::take(&mut *seen.lock().expect("no panic"));
    let whole = run(&observed(0)).expect("a valid request");
    let heard = calls();
    let last = heard.last().expect("the observer was called");
    assert_eq!((last.slices_done, last.pixels_done), (last.slices, last.pixels));
    assert!(heard.is_sorted_by_key(|progress| (progress.pixels_done, progress.slices_done)));
    for stop in 1..heard.len() {
        let result = run(&observed(stop));
        let calls = calls();
        if heard[stop - 1].pixels_done < last.pixels {
            assert!(matches!(result, Err(Error::Stopped { .. })), "{stop} of {}", heard.len());
            assert_eq!(calls.len(), stop);
        } else {
            same_bits(&result.expect("all was done"), &whole, "stopped at the end");
        }
    }
}
