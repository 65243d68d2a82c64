//! Frames of a camera, smoothed while they come, into a compressed HDF5 data set: `hdf5_stream [OUT.h5]`.
//!
//! The camera is a [`Source`] of this program: whatever can hand out a part of an array is one. Without a
//! name the file is removed at the end.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gausstack::{ElementType, Gaussian};
use gausstack_io::hdf5::{DataSet, Hdf5Sink, Hdf5Source};
use gausstack_io::{
    BlockMut, Layout, Order, Region, Source, Storage, Stream, StreamProgress, memory::Memory,
};

/// Pixels of a bright disc that moves from frame to frame.
struct Camera {
    layout: Layout,
}

impl Camera {
    fn new(frames: usize, rows: usize, columns: usize) -> Self {
        let shape = vec![frames, rows, columns];
        Self { layout: Layout { shape, element: ElementType::U16, order: Order::C } }
    }

    fn pixel(&self, frame: usize, row: usize, column: usize) -> u16 {
        let [_, rows, columns] = self.layout.shape[..] else { return 0 };
        let (down, right) = (row.abs_diff(rows / 2), column.abs_diff((2 * frame) % columns));
        if down * down + right * right < rows * rows / 16 { 4000 } else { 100 }
    }
}

impl Source for Camera {
    fn name(&self) -> String {
        "the camera".to_owned()
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    // A frame comes as a whole.
    fn chunks(&self) -> Vec<usize> {
        let [_, rows, columns] = self.layout.shape[..] else { return vec![] };
        vec![1, rows, columns]
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), gausstack_io::Error> {
        block.check(&self.layout, &self.name())?;
        let Region { start, shape } = block.region().clone();
        let pixels = block.elements_mut::<u16>().into_iter().flatten();
        let (plane, columns) = (shape[1] * shape[2], shape[2]);
        for (at, pixel) in pixels.enumerate() {
            let (frame, row, column) = (at / plane, at % plane / columns, at % columns);
            *pixel = self.pixel(start[0] + frame, start[1] + row, start[2] + column);
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = std::env::args_os().nth(1).map_or(folder.path().join("smooth.h5"), PathBuf::from);
    let data = DataSet { file, name: "entry/data".to_owned() };

    let camera = Camera::new(200, 120, 160);
    // Each frame by itself, as f32, in chunks of ten frames.
    let filter = Gaussian::new(2.5).axes([1, 2]);
    let layout = camera.layout().clone().of(ElementType::F32);
    let storage = Storage { chunks: Some(vec![10, 120, 160]), gzip: Some(2), ..Storage::default() };
    let sink = Hdf5Sink::create_as(&data, &layout, &storage, false)?;

    let show = |progress: StreamProgress| {
        println!("{} of {} slabs written", progress.written, progress.slabs);
        ControlFlow::Continue(())
    };
    let stream = Stream::new(Box::new(camera), Box::new(sink), &filter).memory(24 << 20);
    let summary = stream.observer(&show).run()?;
    println!("{}: {}", data, summary.slabs);

    // Any part of it can be read again.
    let mut source = Hdf5Source::open(&data)?;
    let frame = Region::whole(&layout.shape).along(0, 199..200);
    let mut memory = Memory::zeros(120 * 160 * 4).ok_or("no memory")?;
    source.read(BlockMut::new(&frame, ElementType::F32, Order::C, memory.bytes_mut())?)?;
    let pixels = gausstack_io::memory::elements::<f32>(memory.bytes()).ok_or("no pixels of f32")?;
    let brightest = pixels.iter().copied().fold(0.0, f32::max);
    println!("the last frame's brightest pixel: {brightest}");
    assert!((3900.0..=4000.0).contains(&brightest));
    Ok(())
}
