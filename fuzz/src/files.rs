//! What any file must keep: an error in words, or the same elements read whole and slab by slab.

use std::fs;
use std::path::Path;

use gausstack::{ElementType, Gaussian};
use gausstack_io::memory::Memory;
use gausstack_io::{BlockMut, Error, FileJob, Filter, Layout, Order, Region, Source};

use crate::told::told;

/// The largest array that is read whole, and the most that its source may keep for itself. Files may well
/// claim more: an array without chunks takes no space.
const LARGEST: usize = 1 << 18;
/// The memory that a job may take: less than many arrays have, so that there are several slabs.
const MEMORY: usize = 1 << 20;

/// Opens a file, plans its slabs, reads it and filters it, and compares.
pub(crate) fn check(input: &Path) {
    let Some(mut source) = found(gausstack_io::open(input)) else { return };
    let layout = source.layout().clone();
    assert!(!source.name().is_empty(), "a source without a name");
    let filter = Gaussian::new(0.7).threads(1);
    let output = input.with_file_name("filtered.npy");
    let job = FileJob::new(input, &output, &filter).memory(MEMORY).replace(true);
    if let Some(slabs) = found(job.slabs()) {
        assert!(!slabs.to_string().is_empty(), "slabs that print nothing");
    }
    if source.memory_bytes() > 16 * LARGEST {
        return;
    }
    if layout.bytes() > LARGEST {
        let corner: Vec<usize> = layout.shape.iter().map(|&len| len.min(4)).collect();
        found(read(&mut *source, &Region::whole(&corner)));
        return;
    }
    let whole = read(&mut *source, &Region::whole(&layout.shape));
    match (whole, job.run()) {
        (Ok(elements), Ok(_)) => {
            let expected = filtered(&filter, &layout, &elements);
            let mut result = gausstack_io::open(&output).expect("an output is readable");
            let whole = Region::whole(&layout.shape);
            let found = read(&mut *result, &whole).expect("an output is whole");
            assert!(found == expected, "slabs have other bits than the whole {layout:?}");
        }
        // Whether the smallest slab fits is not the file's fault.
        (_, Err(Error::Memory { .. })) => {}
        (Ok(_), Err(error)) => panic!("read whole, and not slab by slab: {error}"),
        (Err(error), Ok(_)) => panic!("read slab by slab, and not whole: {error}"),
        (Err(whole), Err(slabs)) => {
            told(&whole);
            told(&slabs);
        }
    }
    let _ = fs::remove_file(&output);
}

/// What there is; an error must say something.
pub(crate) fn found<T>(result: Result<T, Error>) -> Option<T> {
    result.inspect_err(told).ok()
}

/// The elements of a part, in C order.
fn read(source: &mut dyn Source, region: &Region) -> Result<Vec<u8>, Error> {
    let element = source.layout().element;
    let bytes = Layout { shape: region.shape.clone(), element, order: Order::C }.bytes();
    let mut memory = Memory::zeros(bytes).ok_or(Error::Buffers { bytes })?;
    source.read(BlockMut::new(region, element, Order::C, memory.bytes_mut())?)?;
    Ok(memory.bytes().to_vec())
}

/// What the filter makes of the whole array at once.
pub(crate) fn filtered(filter: &dyn Filter, layout: &Layout, elements: &[u8]) -> Vec<u8> {
    let layout = Layout { order: Order::C, ..layout.clone() };
    let types: [ElementType; 2] = [layout.element; 2];
    let plan = filter.plan(&layout.shape, types).expect("a filter that a job has run");
    let copied = |bytes: &[u8]| {
        let mut memory = Memory::zeros(bytes.len()).expect("a small array");
        memory.bytes_mut().copy_from_slice(bytes);
        memory
    };
    let (data, mut result) = (copied(elements), copied(elements));
    let data = layout.view(data.bytes()).expect("elements of the layout");
    let result_view = layout.view_mut(result.bytes_mut()).expect("elements of the layout");
    plan.apply_into(data, result_view).expect("a run of a valid plan");
    result.bytes().to_vec()
}
