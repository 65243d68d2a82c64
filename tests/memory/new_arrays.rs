//! New arrays of runs that do not reach their end.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use gausstack::{Error, Gaussian, Level};
use ndarray::ArrayD;

use crate::SLACK;
use crate::common::inputs::{Distribution, random};
use crate::common::strategies::workers;
use crate::counting::watch;

/// A run that is stopped, or whose observer panics, hands out no array and keeps none.
pub(crate) fn are_dropped_by_runs_that_end_early(level: Level) {
    let shape = [700, 20, 150];
    let bytes = shape.iter().product::<usize>() * size_of::<f32>();
    let data: ArrayD<f32> = random(Distribution::Unit, &shape, 73);
    for count in [1, 2] {
        for panics in [false, true] {
            let calls = Arc::new(AtomicUsize::new(0));
            let called = Arc::clone(&calls);
            let gaussian = Gaussian::new(1.0).axes([0, 2]).level(level).threads(workers(count));
            let plan = gaussian.observer(move |_| {
                let enough = called.fetch_add(1, SeqCst) % 7 == 6;
                if enough && panics {
                    // Without a message, whose symbols and text would stay in memory.
                    resume_unwind(Box::new("the observer's own panic"));
                }
                if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let plan = plan.plan::<f32, f32>(shape).expect("a valid request");
            for any in [false, true] {
                let run = || {
                    catch_unwind(AssertUnwindSafe(|| match any {
                        false => plan.apply(&data).map(drop),
                        true => plan.as_any().apply(&data).map(drop),
                    }))
                };
                // The first run makes the plan's scratch.
                let _ = run();
                let (ended, usage) = watch(run);
                match ended {
                    Ok(ended) => assert!(!panics && matches!(ended, Err(Error::Stopped { .. }))),
                    Err(_) => assert!(panics, "nobody panics"),
                }
                assert!(usage.peak >= bytes, "no array of {bytes} bytes was made: {usage:?}");
                // A panic takes the plan's scratch along.
                assert!(usage.kept < SLACK, "{usage:?} after panics {panics}");
            }
        }
    }
}
