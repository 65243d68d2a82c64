//! Three filtered axes of a volume: two sweeps made one by a ring of slices. In place there are two
//! sweeps, of integers through an array of sums, so that one must give the bits of the other.

use std::sync::Mutex;

use crate::common::case::Case;
use crate::common::compare::same_bits;
use crate::common::inputs::{Distribution, random};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::strategies::workers;
use gausstack::{Mode, StorePolicy};
use ndarray::ArrayD;

fn check<T: Pixel>(case: &Case) {
    let data: ArrayD<T> = random(Distribution::Normal, &case.shape, 81);
    each_level(|level| {
        let gaussian = case.gaussian().level(level);
        let mut expected = data.clone();
        gaussian.clone().apply_in_place(&mut expected).expect("a valid request");
        for count in [1, 2, 3] {
            for policy in [StorePolicy::Cached, StorePolicy::Streamed] {
                let plan = gaussian.clone().threads(workers(count)).stores(policy);
                let plan = plan.plan::<T, T>(&case.shape).expect("a valid request");
                let about = (count, policy, case);
                for _ in 0..2 {
                    let mut output = ArrayD::from_elem(data.raw_dim(), T::POISON);
                    plan.apply_into(&data, &mut output).expect("arrays of the shape");
                    same_bits(&output, &expected, about);
                }
            }
        }
    });
}

#[test]
fn one_sweep_gives_the_bits_of_two() {
    for mode in Mode::ALL {
        // Groups of slices, one more, and a radius beyond the stack.
        for slices in [150, 37, 5] {
            let case = Case::new(&[slices, 19, 34], &[0, 1, 2], &[1.5, 1.0, 2.0]);
            let case = case.mode(mode).cval(0.5);
            check::<f32>(&case);
            check::<u16>(&case);
        }
    }
    check::<f32>(&Case::new(&[70, 40, 150], &[0, 1, 2], &[0.5, 2.0, 5.0]).orders(&[1, 0, 2]));
    check::<f32>(&Case::new(&[70, 9, 30], &[0, 1, 2], &[8.0, 1.0, 1.0]));
    check::<f32>(&Case::new(&[64, 1, 300], &[0, 1, 2], &[1.0, 1.0, 1.0]));
}

#[test]
fn every_layout_of_a_volume_has_the_same_bits() {
    let case = Case::new(&[60, 21, 35], &[0, 1, 2], &[1.5, 1.0, 2.0]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 82);
    let expected = case.gaussian().apply(&data).expect("a valid request");
    let plan = case.gaussian().plan::<f32, f32>(&case.shape).expect("a valid request");
    for layout in Layout::all(3) {
        let input = Placed::new(&data, &layout);
        let mut output = Placed::new(&data.mapv(|_| f32::NAN), &layout);
        plan.apply_into(&input.view(), &mut output.view_mut()).expect("arrays of the shape");
        same_bits(&output.view(), &expected, &layout);
    }
}

/// What is made twice, at the ends of the workers' shares, is counted once.
#[test]
fn observers_hear_of_every_pixel_once() {
    let case = Case::new(&[200, 19, 34], &[0, 1, 2], &[1.5, 1.0, 2.0]);
    let data: ArrayD<f32> = random(Distribution::Normal, &case.shape, 83);
    for count in [1, 3] {
        let log = std::sync::Arc::new(Mutex::new(Vec::new()));
        let heard = log.clone();
        let gaussian = case.gaussian().threads(workers(count)).observer(move |progress| {
            heard.lock().expect("no call panicked").push(progress);
            std::ops::ControlFlow::Continue(())
        });
        gaussian.apply(&data).expect("a valid request");
        let log = log.lock().expect("no call panicked");
        let last = log.last().expect("the observer was called");
        assert_eq!((last.slices_done, last.slices), (1, 1));
        assert_eq!((last.pixels_done, last.pixels), (2 * data.len() as u64, 2 * data.len() as u64));
        let early = log.iter().filter(|progress| progress.pixels_done < last.pixels).count();
        assert!(early >= 200 / 12, "{early} calls before the last");
        assert!(log.iter().all(|progress| progress.pixels_done <= progress.pixels), "{log:?}");
    }
}
