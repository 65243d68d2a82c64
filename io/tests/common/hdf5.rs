//! Data sets in HDF5 files: chunked ones are written by the library that reads them.

use std::sync::Arc;

use gausstack::{ElementType, Threads};
use gausstack_io::hdf5::{DataSet, Hdf5Source};
use gausstack_io::memory::Memory;
use gausstack_io::{BlockMut, Error, Layout, Order, Region, Source, Workers};
use rayon::ThreadPoolBuilder;
use rust_hdf5::{Filter, FilterPipeline, H5File, LibverBound};
use tempfile::TempDir;

pub(crate) const DEFLATE: u16 = 1;
pub(crate) const SHUFFLE: u16 = 2;
pub(crate) const FLETCHER32: u16 = 3;
const BZIP2: u16 = 307;
const BLOSC: u16 = 32001;

pub(crate) fn layout(shape: &[usize], element: ElementType) -> Layout {
    Layout { shape: shape.to_vec(), element, order: Order::C }
}

pub(crate) fn data_set(folder: &TempDir, file: &str, name: &str) -> DataSet {
    DataSet { file: folder.path().join(file), name: name.to_owned() }
}

/// Filters of HDF5 itself for elements of four bytes.
pub(crate) fn built_in(filters: &[u16]) -> FilterPipeline {
    let values = |id| if id == SHUFFLE { vec![4] } else { vec![2] };
    let filters = filters.iter().map(|&id| Filter { id, flags: 0, cd_values: values(id) });
    FilterPipeline { filters: filters.collect() }
}

/// Blosc's shuffle of bytes (1) or bits (2), and its codec.
fn blosc(shuffle: u32, codec: u32) -> FilterPipeline {
    let cd_values = vec![2, 2, 4, 0, 5, shuffle, codec];
    FilterPipeline { filters: vec![Filter { id: BLOSC, flags: 1, cd_values }] }
}

/// The filters of plug-ins that are read, for elements of four bytes.
pub(crate) fn plug_ins() -> Vec<(&'static str, FilterPipeline)> {
    let bzip2 = Filter { id: BZIP2, flags: 1, cd_values: vec![1] };
    let mut shuffled = FilterPipeline::shuffle(4);
    shuffled.filters.extend(FilterPipeline::lz4().filters);
    vec![
        ("bitshuffle", FilterPipeline::bshuf(4)),
        ("bitshuffle and LZ4", FilterPipeline::bshuf_lz4(4)),
        ("LZ4", FilterPipeline::lz4()),
        ("shuffle and LZ4", shuffled),
        ("bzip2", FilterPipeline { filters: vec![bzip2] }),
        ("Blosc, BloscLZ", blosc(1, 0)),
        ("Blosc, LZ4", blosc(2, 1)),
        ("Blosc, Snappy", blosc(0, 3)),
        ("Blosc, zlib", blosc(1, 4)),
    ]
}

/// Writes a chunked data set of f32 through some filters.
pub(crate) fn write_chunked(
    (data, libver): (&DataSet, LibverBound),
    layout: &Layout,
    bytes: &[u8],
    (chunks, filters): (&[usize], &FilterPipeline),
) {
    let file = H5File::options().libver(libver).create(&data.file).unwrap();
    let new = file.new_dataset::<f32>().shape(&layout.shape).chunk(chunks);
    let set = new.filter_pipeline(filters.clone()).create(&data.name).unwrap();
    let numbers: Vec<f32> =
        bytes.chunks(4).map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())).collect();
    set.write_slice(&vec![0; layout.shape.len()], &layout.shape, &numbers).unwrap();
    drop(set);
    file.close().unwrap();
}

/// So many threads, however few CPUs there are.
pub(crate) fn threads(count: usize) -> Threads {
    Threads::Pool(Arc::new(ThreadPoolBuilder::new().num_threads(count).build().unwrap()))
}

/// All elements of a data set, read at once.
pub(crate) fn read(data: &DataSet) -> Result<Vec<u8>, Error> {
    read_on(data, &Workers::default())
}

pub(crate) fn read_on(data: &DataSet, workers: &Workers) -> Result<Vec<u8>, Error> {
    let mut source = Hdf5Source::open(data)?;
    source.use_workers(workers);
    let layout = source.layout().clone();
    let mut memory = Memory::zeros(layout.bytes()).unwrap();
    let whole = Region::whole(&layout.shape);
    let block = BlockMut::new(&whole, layout.element, Order::C, memory.bytes_mut())?;
    source.read(block)?;
    Ok(memory.bytes().to_vec())
}
