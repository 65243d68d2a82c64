//! Masks that are read beside arrays: the bits of the filter's own run with the whole mask.

mod common;

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use common::{Given, Taken, any_order, elements, needed, random};
use fastrand::Rng;
use gausstack::{AnyPlan, ElementType, Gaussian, Missing, Mode};
use gausstack_io::memory::Memory;
use gausstack_io::{
    Error, FileJob, Layout, Mask, MemorySource, Order, Stream, StreamProgress, npy,
};

/// Integers of which a third are 0, and others have a bit in some byte alone.
fn random_mask(rng: &mut Rng, layout: &Layout) -> Vec<u8> {
    let mut bytes = vec![0; layout.bytes()];
    let is_bool = layout.element == ElementType::Bool;
    for element in bytes.chunks_exact_mut(layout.element.size()) {
        let at = rng.usize(..element.len());
        element[at] = if rng.u8(..3) == 0 { 0 } else { 1 << if is_bool { 0 } else { rng.u8(..8) } };
    }
    bytes
}

/// What a plan makes of a whole array whose pixels are valid where `is_valid` says so, pixel by pixel
/// in C order.
fn filtered(
    plan: &AnyPlan,
    (from, bytes): (&Layout, &[u8]),
    to: &Layout,
    is_valid: &[bool],
) -> Vec<u8> {
    let mut data = Memory::zeros(bytes.len()).unwrap();
    data.bytes_mut().copy_from_slice(bytes);
    let mask = Layout { element: ElementType::Bool, order: Order::C, ..from.clone() };
    let valid: Vec<u8> = is_valid.iter().map(|&valid| u8::from(valid)).collect();
    let mut out = Memory::zeros(to.bytes()).unwrap();
    let (data, valid) = (from.view(data.bytes()).unwrap(), mask.view(&valid).unwrap());
    plan.apply_masked_into(data, valid, to.view_mut(out.bytes_mut()).unwrap()).unwrap();
    out.bytes().to_vec()
}

/// For each pixel in C order, whether its element of the mask is not 0.
fn valid_pixels(
    shape: &[usize],
    mask_axes: &[usize],
    (mask, bytes): (&Layout, &[u8]),
) -> Vec<bool> {
    let (strides, size) = (mask.strides(), mask.element.size());
    let c_order = Layout { shape: shape.to_vec(), element: ElementType::U8, order: Order::C };
    let steps = c_order.strides();
    let is_valid = |pixel: usize| {
        let position = |axis: usize| pixel / steps[axis] % shape[axis];
        let at: usize =
            mask_axes.iter().zip(&strides).map(|(&axis, step)| position(axis) * step).sum();
        bytes[at..at + size].iter().any(|&byte| byte != 0)
    };
    (0..c_order.bytes()).map(is_valid).collect()
}

#[test]
fn every_slab_size_has_the_bits_of_the_whole() {
    let mut rng = Rng::with_seed(9);
    let (mut halos, mut of_slices) = (0, 0);
    let masks: Vec<_> =
        ElementType::ALL.into_iter().filter(|element| !element.is_float()).collect();
    for case in 0..400 {
        let ndim = rng.usize(1..=4);
        let most = [0, 90, 28, 14, 8][ndim];
        let shape: Vec<usize> = (0..ndim).map(|_| rng.usize(1..=most)).collect();
        let axes: Vec<usize> = (0..ndim).filter(|_| rng.u8(..3) > 0).collect();
        let sigma =
            axes.iter().map(|_| [0.0, 0.4, 0.8, 1.3, 2.5][rng.usize(..5)]).collect::<Vec<_>>();
        let modes: Vec<Mode> = axes.iter().map(|_| Mode::ALL[rng.usize(..5)]).collect();
        let missing = [Missing::Propagate, Missing::Ignore, Missing::Keep][rng.usize(..3)];
        let filter = Gaussian::new(sigma).axes(&axes[..]).mode(modes).missing(missing).fill(1.0);
        let layout = |rng: &mut Rng, element| Layout {
            shape: shape.clone(),
            element,
            order: any_order(rng),
        };
        let from = layout(&mut rng, ElementType::ALL[case % 11]);
        let to = if case % 2 == 0 { from.element } else { ElementType::F32 };
        let to = layout(&mut rng, to);
        // Of any type, order and chunks, for the array or for a slice.
        let all: Vec<usize> = (0..ndim).collect();
        let mask_axes = if rng.bool() { &axes } else { &all };
        let of_mask = masks[rng.usize(..masks.len())];
        let mut mask = layout(&mut rng, of_mask);
        mask.shape = mask_axes.iter().map(|&axis| shape[axis]).collect();
        let mask_bytes = random_mask(&mut rng, &mask);
        let mut chunks =
            |shape: &[usize]| shape.iter().map(|&len| 1 + rng.usize(..len)).collect::<Vec<_>>();
        let (read, written, mask_chunks) = (chunks(&shape), chunks(&shape), chunks(&mask.shape));
        let bytes = random(&mut rng, &from);
        let is_valid = valid_pixels(&shape, mask_axes, (&mask, &mask_bytes));
        let plan = filter.plan_any_masked(&shape[..], from.element, to.element).unwrap();
        let expected = filtered(&plan, (&from, &bytes), &to, &is_valid);
        let stream = |memory| {
            let (given, taken) = (Given::new(&from, &bytes, &read), Taken::new(&to, &written));
            let found = Arc::clone(&taken.bytes);
            let mask = Mask::new(Box::new(Given::new(&mask, &mask_bytes, &mask_chunks))).unwrap();
            let stream = Stream::new(Box::new(given), Box::new(taken), &filter);
            (stream.mask(mask).memory(memory), found)
        };
        let Err(Error::Memory { needed, .. }) = stream(0).0.slabs() else { panic!("no memory") };
        let (stream, found) = stream(needed + rng.usize(..4 * (from.bytes() + to.bytes())));
        let summary = stream.run().unwrap();
        let slabs = summary.slabs.to_string();
        assert!(
            *found.lock().unwrap() == expected,
            "case {case}: {from:?} {mask:?} {filter:?}\n{slabs}"
        );
        halos += usize::from(slabs.contains("halo"));
        of_slices += usize::from(slabs.contains("mask read once, and held"));
    }
    assert!(halos > 30 && of_slices > 100, "{halos} with halos, {of_slices} of slices");
}

/// More of a mask than is read at once, in rows and in parts of rows.
#[test]
fn large_masks_are_read_in_pieces() {
    let mut rng = Rng::with_seed(10);
    for (shape, order) in
        [([3000, 1100], Order::C), ([3000, 1100], Order::Fortran), ([2, 1_300_000], Order::C)]
    {
        let from = Layout { shape: shape.to_vec(), element: ElementType::U8, order: Order::C };
        let mask = Layout { element: ElementType::I64, order, ..from.clone() };
        let (bytes, mask_bytes) = (random(&mut rng, &from), random_mask(&mut rng, &mask));
        let filter = Gaussian::new(1.0);
        let plan = filter.plan_any_masked(&shape[..], from.element, from.element).unwrap();
        let is_valid = valid_pixels(&shape, &[0, 1], (&mask, &mask_bytes));
        let expected = filtered(&plan, (&from, &bytes), &from, &is_valid);
        let (given, taken) = (Given::new(&from, &bytes, &[7, 9]), Taken::new(&from, &[1, 1]));
        let found = Arc::clone(&taken.bytes);
        let given_mask = Given::new(&mask, &mask_bytes, &[100, 1100]);
        let reads = Arc::clone(&given_mask.reads);
        let mask = Mask::new(Box::new(given_mask)).unwrap();
        Stream::new(Box::new(given), Box::new(taken), &filter).mask(mask).run().unwrap();
        assert!(*found.lock().unwrap() == expected, "{shape:?} {order:?}");
        assert!(reads.lock().unwrap().iter().all(|&reads| reads == 1));
    }
}

/// Stops a run when three slabs are filtered.
fn stop_at_three(progress: StreamProgress) -> ControlFlow<()> {
    if progress.filtered < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn write(path: &Path, layout: &Layout, bytes: &[u8]) {
    npy::write(layout, bytes, File::create(path).unwrap()).unwrap();
}

#[test]
fn what_is_wrong_with_a_mask_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [input, mask, output] =
        ["in.npy", "mask.npy", "out.npy"].map(|name| folder.path().join(name));
    let layout =
        |shape: &[usize], element| Layout { shape: shape.to_vec(), element, order: Order::C };
    let array = layout(&[6, 3, 8], ElementType::U8);
    write(&input, &array, &vec![1; array.bytes()]);
    let filter = Gaussian::new(1.0).axes([0, 2]);
    let fails = |shape: &[usize], element, fact: &str| {
        let of_mask = layout(shape, element);
        write(&mask, &of_mask, &vec![1; of_mask.bytes()]);
        let job = FileJob::new(&input, &output, &filter).mask(&mask);
        for error in [job.slabs().unwrap_err(), job.run().unwrap_err()] {
            assert!(error.to_string().contains(fact), "{error}");
        }
        assert!(!output.exists());
    };
    fails(&[6, 8], ElementType::F64, "mask.npy' holds f64, which is no mask: bool or integers are");
    let shapes = "has shape [8, 6], not [6, 3, 8] or, for all slices, [6, 8]";
    fails(&[8, 6], ElementType::U8, shapes);
    let onto = FileJob::new(&input, &mask, &filter).mask(&mask).replace(true);
    assert!(matches!(onto.run(), Err(Error::SameFile { .. })));
    let derivative = Gaussian::new(1.0).order(1).axes([0, 2]);
    write(&mask, &layout(&[6, 8], ElementType::Bool), &[1; 48]);
    let job = FileJob::new(&input, &output, &derivative).mask(&mask);
    assert!(matches!(job.run(), Err(Error::Filter(_))), "{:?}", job.run());
}

/// A run goes on with the mask that it began with, and with no other.
#[test]
fn a_run_goes_on_with_its_mask() {
    let folder = tempfile::tempdir().unwrap();
    let [input, mask, output] =
        ["in.npy", "mask.npy", "out.npy"].map(|name| folder.path().join(name));
    let mut rng = Rng::with_seed(11);
    let array = Layout { shape: vec![30, 9, 20], element: ElementType::F32, order: Order::C };
    let of_mask = array.clone().of(ElementType::U8);
    let (bytes, mask_bytes) = (random(&mut rng, &array), random_mask(&mut rng, &of_mask));
    write(&input, &array, &bytes);
    write(&mask, &of_mask, &mask_bytes);
    let filter = Gaussian::new(1.0).threads(1);
    let job = FileJob::new(&input, &output, &filter).mask(&mask).resume(true);
    let least = needed(&job);
    let job = job.memory(least);
    assert!(matches!(job.clone().observer(&stop_at_three).run(), Err(Error::Stopped { .. })));
    let bare = FileJob::new(&input, &output, &filter).memory(least).resume(true);
    let error = bare.run().unwrap_err().to_string();
    assert!(error.contains("filter"), "{error}");
    let summary = job.run().unwrap();
    assert!(summary.resumed >= 2, "{}", summary.resumed);
    let plan = filter.plan_any_masked(&array.shape[..], array.element, array.element).unwrap();
    let is_valid = valid_pixels(&array.shape, &[0, 1, 2], (&of_mask, &mask_bytes));
    let expected = filtered(&plan, (&array, &bytes), &array, &is_valid);
    assert!(elements(&output) == expected);
    // One that is written anew, and one that changes while it is read.
    fs::remove_file(&output).unwrap();
    assert!(matches!(job.clone().observer(&stop_at_three).run(), Err(Error::Stopped { .. })));
    write(&mask, &of_mask, &mask_bytes);
    let error = job.run().unwrap_err().to_string();
    assert!(error.contains("mask file"), "{error}");
    let change = |progress: StreamProgress| {
        if progress.filtered == 3 {
            write(&mask, &of_mask, &mask_bytes);
        }
        ControlFlow::Continue(())
    };
    let changed = job.clone().resume(false).replace(true).observer(&change).run();
    assert!(
        matches!(&changed, Err(Error::Changed { name }) if name.ends_with("mask.npy")),
        "{changed:?}"
    );
    assert!(!output.exists());
}

/// A mask in memory is known again by its elements.
#[test]
fn masks_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let [input, output] = ["in.npy", "out.npy"].map(|name| folder.path().join(name));
    let mut rng = Rng::with_seed(13);
    let array = Layout { shape: vec![30, 9, 20], element: ElementType::F32, order: Order::C };
    let bytes = random(&mut rng, &array);
    write(&input, &array, &bytes);
    let filter = Gaussian::new(1.0).threads(1);
    for order in [Order::C, Order::Fortran] {
        let of_mask = Layout { order, ..array.clone().of(ElementType::I16) };
        let mask_bytes = random_mask(&mut rng, &of_mask);
        let mask = MemorySource::new("mask", &of_mask, &mask_bytes).unwrap();
        let job = FileJob::new(&input, &output, &filter).mask_in_memory(mask).replace(true);
        let job = job.clone().memory(needed(&job));
        let job = job.resume(true);
        assert!(matches!(job.clone().observer(&stop_at_three).run(), Err(Error::Stopped { .. })));
        let mut other = mask_bytes.clone();
        other[0] ^= 1;
        let other = MemorySource::new("mask", &of_mask, &other).unwrap();
        let error = job.clone().mask_in_memory(other).run().unwrap_err().to_string();
        assert!(error.contains("its mask was i16 [30, 9, 20]"), "{error}");
        assert!(job.run().unwrap().resumed >= 2);
        let plan = filter.plan_any_masked(&array.shape[..], array.element, array.element).unwrap();
        let is_valid = valid_pixels(&array.shape, &[0, 1, 2], (&of_mask, &mask_bytes));
        let expected = filtered(&plan, (&array, &bytes), &array, &is_valid);
        assert!(elements(&output) == expected);
    }
    let layout = array.of(ElementType::Bool);
    let short = MemorySource::new("mask", &layout, &[1; 9]).unwrap_err();
    assert!(matches!(short, Error::Bytes { .. }), "{short}");
    let two = MemorySource::new("mask", &layout, &[2; 5400]).unwrap_err();
    assert!(matches!(two, Error::Bytes { .. }), "{two}");
}
