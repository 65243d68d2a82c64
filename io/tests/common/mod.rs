//! Arrays in memory as sources and sinks, and arrays of random numbers.

#![allow(dead_code, reason = "each test program uses a part of it")]

#[cfg(feature = "hdf5")]
pub(crate) mod hdf5;
pub(crate) mod large;

use std::path::Path;
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use gausstack::ElementType;
use gausstack_io::memory::Memory;
use gausstack_io::{
    Block, BlockMut, Error, FileJob, Filter, Layout, Order, Region, Sink, Source, open,
};

/// An array in memory that is read part by part.
pub(crate) struct Given {
    pub(crate) layout: Layout,
    pub(crate) bytes: Vec<u8>,
    pub(crate) chunks: Vec<usize>,
    /// How often each element was read.
    pub(crate) reads: Arc<Mutex<Vec<usize>>>,
    /// How many chunks were read, one for each read that touches it.
    pub(crate) touched: Arc<Mutex<usize>>,
}

/// An array in memory that is written part by part.
pub(crate) struct Taken {
    pub(crate) layout: Layout,
    pub(crate) chunks: Vec<usize>,
    pub(crate) bytes: Arc<Mutex<Vec<u8>>>,
    /// How often each element was written.
    pub(crate) writes: Vec<usize>,
    pub(crate) finished: Arc<Mutex<bool>>,
}

impl Given {
    pub(crate) fn new(layout: &Layout, bytes: &[u8], chunks: &[usize]) -> Self {
        let reads = Arc::new(Mutex::new(vec![0; bytes.len() / layout.element.size()]));
        let (bytes, chunks) = (bytes.to_vec(), chunks.to_vec());
        Self { layout: layout.clone(), bytes, chunks, reads, touched: Arc::default() }
    }
}

impl Taken {
    pub(crate) fn new(layout: &Layout, chunks: &[usize]) -> Self {
        let bytes = Arc::new(Mutex::new(vec![0; layout.bytes()]));
        let (layout, chunks) = (layout.clone(), chunks.to_vec());
        let writes = vec![0; layout.bytes() / layout.element.size()];
        Self { layout, chunks, bytes, writes, finished: Arc::default() }
    }
}

impl Source for Given {
    fn name(&self) -> String {
        "given".to_owned()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.chunks.clone()
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(&self.layout, "given")?;
        let places = places(&self.layout, block.region());
        let size = self.layout.element.size();
        let touched = self.chunks.iter().enumerate().map(|(axis, &len)| {
            let positions = block.region().positions(axis);
            positions.end.div_ceil(len) - positions.start / len
        });
        *self.touched.lock().unwrap() += touched.product::<usize>();
        let mut reads = self.reads.lock().unwrap();
        for (bytes, place) in block.bytes_mut().chunks_exact_mut(size).zip(places) {
            bytes.copy_from_slice(&self.bytes[place * size..][..size]);
            reads[place] += 1;
        }
        Ok(())
    }
}

impl Sink for Taken {
    fn name(&self) -> String {
        "taken".to_owned()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn chunks(&self) -> Vec<usize> {
        self.chunks.clone()
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        block.check(&self.layout, "taken")?;
        let places = places(&self.layout, block.region());
        let size = self.layout.element.size();
        let mut all = self.bytes.lock().unwrap();
        for (bytes, place) in block.bytes().chunks_exact(size).zip(places) {
            all[place * size..][..size].copy_from_slice(bytes);
            self.writes[place] += 1;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        assert!(self.writes.iter().all(|&writes| writes == 1), "each element is written once");
        *self.finished.lock().unwrap() = true;
        Ok(())
    }
}

/// Where the elements of a region are in an array, in the array's order.
pub(crate) fn places(layout: &Layout, region: &Region) -> Vec<usize> {
    let strides = layout.strides();
    let mut places = vec![0];
    for axis in layout.order.axes(layout.shape.len()) {
        let step = strides[axis] / layout.element.size();
        let along = |&place: &usize| region.positions(axis).map(move |at| place + at * step);
        places = places.iter().flat_map(along).collect();
    }
    places
}

/// Elements of a type: floats of either sign, integers of all bits, bools.
pub(crate) fn random(rng: &mut Rng, layout: &Layout) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..layout.bytes() / layout.element.size() {
        let number = 200.0 * rng.f64() - 100.0;
        match layout.element {
            ElementType::F32 => bytes.extend((number as f32).to_ne_bytes()),
            ElementType::F64 => bytes.extend(number.to_ne_bytes()),
            ElementType::Bool => bytes.push(u8::from(rng.bool())),
            integer => bytes.extend(&rng.u64(..).to_ne_bytes()[..integer.size()]),
        }
    }
    bytes
}

/// What the filter makes of the whole array at once.
pub(crate) fn filtered(filter: &dyn Filter, from: &Layout, bytes: &[u8], to: &Layout) -> Vec<u8> {
    let copied = |bytes: &[u8]| {
        let mut memory = Memory::zeros(bytes.len()).unwrap();
        memory.bytes_mut().copy_from_slice(bytes);
        memory
    };
    let (data, mut out) = (copied(bytes), Memory::zeros(to.bytes()).unwrap());
    let plan = filter.plan(&from.shape, [from.element, to.element]).unwrap();
    let data = from.view(data.bytes()).unwrap();
    plan.apply_into(data, to.view_mut(out.bytes_mut()).unwrap()).unwrap();
    out.bytes().to_vec()
}

/// The least memory that a job takes.
pub(crate) fn needed(job: &FileJob<'_>) -> usize {
    match job.clone().memory(0).slabs() {
        Err(Error::Memory { needed, .. }) => needed,
        other => panic!("slabs without memory: {other:?}"),
    }
}

/// All elements of an array of a file, in its order.
pub(crate) fn elements(path: &Path) -> Vec<u8> {
    let mut source = open(path).unwrap();
    let layout = source.layout().clone();
    let mut memory = Memory::zeros(layout.bytes()).unwrap();
    let whole = Region::whole(&layout.shape);
    let block = BlockMut::new(&whole, layout.element, layout.order, memory.bytes_mut()).unwrap();
    source.read(block).unwrap();
    memory.bytes().to_vec()
}

pub(crate) fn any_order(rng: &mut Rng) -> Order {
    if rng.bool() { Order::C } else { Order::Fortran }
}
