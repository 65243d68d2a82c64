//! The real job, (3000, 16, 5000) in C and in Fortran order, on all levels and several numbers of
//! threads: the same bits everywhere, and the model's bits at places drawn by lot.
//!
//! It takes 6 GB and a minute, hence only with `GAUSSTACK_HEAVY=1`.

use crate::common::case::Case;
use crate::common::compare::{same_bits, within};
use crate::common::inputs::{magnitude, widen};
use crate::common::levels::{available, each_level, products};
use crate::common::reference::{self, NATIVE_ERROR};
use crate::common::strategies::workers;
use crate::common::{heavy, model};
use fastrand::Rng;
use ndarray::{Array3, ArrayD, Axis, ShapeBuilder, s};

const SHAPE: (usize, usize, usize) = (3000, 16, 5000);

#[test]
fn the_real_stack() {
    if !heavy() {
        println!("SKIPPED: the stack of {SHAPE:?} runs with GAUSSTACK_HEAVY=1 only");
        return;
    }
    let case = Case::new(&[SHAPE.0, SHAPE.1, SHAPE.2], &[0, 2], &[3.0, 5.0]);
    let c_order = stack();
    let mut f_order = Array3::zeros(SHAPE.f());
    f_order.assign(&c_order);
    // The results of the first run, in either layout, of levels that fuse or do not.
    let mut kept: Option<([Array3<f32>; 2], bool)> = None;
    let mut out_c = Array3::<f32>::zeros(SHAPE);
    let mut out_f = Array3::<f32>::zeros(SHAPE.f());
    each_level(|level| {
        for count in [1, 2, 7] {
            let gaussian = case.gaussian().level(level).threads(workers(count));
            let plan = gaussian.plan::<f32, f32>(&case.shape).expect("a valid request");
            out_c.fill(f32::NAN);
            plan.apply_into(&c_order, &mut out_c).expect("a valid input");
            out_f.fill(f32::NAN);
            plan.apply_into(&f_order, &mut out_f).expect("a valid input");
            println!("{level}, {count} threads: done in both layouts");
            match &kept {
                Some(([first_c, first_f], fuses)) if *fuses == level.fuses() => {
                    assert_eq!(differing(&out_c, first_c), 0, "C order: {level}, {count}");
                    assert_eq!(differing(&out_f, first_f), 0, "Fortran order: {level}, {count}");
                }
                _ => {
                    assert_eq!(differing(&out_c, &out_f), 0, "C and Fortran order");
                    check_windows(&case, &c_order, &out_c, level.fuses());
                    kept = Some(([out_c.clone(), out_f.clone()], level.fuses()));
                }
            }
        }
        let plan = case.gaussian().level(level).plan::<f32, f32>(&case.shape).expect("valid");
        out_f.assign(&f_order);
        plan.apply_in_place(&mut out_f).expect("a valid input");
        let ([_, first], _) = kept.as_ref().expect("it ran before");
        assert_eq!(differing(&out_f, first), 0, "in place on {level}");
    });
}

/// Slice i is noise around i, so that no two slices can be taken for each other.
fn stack() -> Array3<f32> {
    let mut rng = Rng::with_seed(51);
    let mut stack = Array3::from_shape_simple_fn(SHAPE, || rng.f32());
    for (i, mut slice) in stack.axis_iter_mut(Axis(1)).enumerate() {
        slice += i as f32;
    }
    stack
}

/// How many pixels have other bits. Arrays of one layout are compared as memory first; otherwise
/// pixels are counted tile by tile, so that neither layout walks the memory once per pixel.
fn differing(a: &Array3<f32>, b: &Array3<f32>) -> usize {
    let [in_a, in_b] = [a, b].map(|array| array.as_slice_memory_order().expect("no gaps"));
    let is_alike = a.strides() == b.strides();
    if is_alike && bytemuck::cast_slice::<f32, u8>(in_a) == bytemuck::cast_slice::<f32, u8>(in_b) {
        return 0;
    }
    const TILE: usize = 64;
    let mut count = 0;
    for (a, b) in a.axis_chunks_iter(Axis(0), TILE).zip(b.axis_chunks_iter(Axis(0), TILE)) {
        for (a, b) in a.axis_chunks_iter(Axis(2), TILE).zip(b.axis_chunks_iter(Axis(2), TILE)) {
            count += a.iter().zip(&b).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        }
    }
    count
}

/// The corners, and windows drawn by lot, of three slices: the model's bits and the reference's
/// values. Each is cut out with as much around it as the kernel reads.
fn check_windows(case: &Case, data: &Array3<f32>, found: &Array3<f32>, fuses: bool) {
    const WINDOW: usize = 24;
    let radii = [case.radius(&case.along[0]), case.radius(&case.along[1])];
    let (height, width) = (SHAPE.0 - WINDOW, SHAPE.2 - WINDOW);
    let mut rng = Rng::with_seed(52);
    let mut places = vec![(0, 0), (0, width), (height, 0), (height, width)];
    places.extend((0..40).map(|_| (rng.usize(0..=height), rng.usize(0..=width))));
    let level = available().into_iter().find(|level| level.fuses() == fuses).expect("one of them");
    for slice in [0, 7, 15] {
        for &(y, x) in &places {
            let cut = |at: usize, radius: usize, len: usize| {
                (at.saturating_sub(radius), (at + WINDOW + radius).min(len))
            };
            let ((top, bottom), (left, right)) =
                (cut(y, radii[0], SHAPE.0), cut(x, radii[1], SHAPE.2));
            let around: ArrayD<f32> =
                data.slice(s![top..bottom, slice, left..right]).to_owned().into_dyn();
            let small = Case::image([bottom - top, right - left], [3.0, 5.0]);
            let inner = s![y - top..y - top + WINDOW, x - left..x - left + WINDOW];
            let window = found.slice(s![y..y + WINDOW, slice, x..x + WINDOW]).to_owned().into_dyn();
            let about = (slice, y, x);
            let expected = model::filter::<f32, f32>(&around, &small, products(level));
            same_bits(&window, &expected.slice(inner).into_dyn(), about);
            let defined = reference::filter(&widen(&around), &small);
            let bound = reference::bound(&small, magnitude(&around), NATIVE_ERROR);
            within(&window, &defined.slice(inner).to_owned().into_dyn(), bound, about);
        }
    }
}
