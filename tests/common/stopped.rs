//! An observer that may stop a run at any of its calls.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use gausstack::{Error, Filter, Maker};
use ndarray::ArrayD;

use super::compare::same_bits;
use super::pixel::Pixel;

/// The observer of a filter with one worker hears of a run growing to its end, is obeyed at every call but the last, and called no more.
pub(crate) fn stops_at_any_call<M: Maker, T: Pixel>(
    filter: Filter<M>,
    run: impl Fn(&Filter<M>) -> Result<ArrayD<T>, Error>,
) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let observed = |stop: usize| {
        let told = Arc::clone(&told);
        filter.clone().observer(move |progress| {
            let mut told = told.lock().expect("no panic");
            told.push(progress);
            if told.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    };
    let calls = || std::mem::take(&mut *told.lock().expect("no panic"));
    let whole = run(&observed(0)).expect("a valid request");
    let heard = calls();
    let last = heard.last().expect("something was told");
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
