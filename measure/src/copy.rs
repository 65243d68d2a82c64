//! The copy floor: the time to move the same rows with the same number of threads.

use gausstack_kernels::{Level, peak};
use ndarray::{
    ArrayRef, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Axis, Dimension, IxDyn,
    ShapeBuilder,
};

use crate::error::Error;
use crate::team::Team;
use crate::workers::Workers;

/// Copies stacks as a filter walks them: slice by slice, row by row, slices spread over threads.
///
/// A filter reads every pixel and writes every pixel, so it cannot be faster than the copy. Let the
/// target be touched before (written to once): the first touch of fresh memory costs several
/// copies.
#[derive(Debug)]
pub struct CopyFloor {
    workers: Workers,
}

/// One thread's piece of a copy.
type Task<'a, T> = (ArrayViewD<'a, T>, ArrayViewMutD<'a, T>);

impl CopyFloor {
    /// A copy on this many threads; 1 is the calling thread. Threads are kept.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn new(threads: usize) -> Result<Self, Error> {
        Ok(Self { workers: Workers::new(threads)? })
    }

    /// A copy on the threads of a team.
    #[must_use]
    pub fn on(team: &Team) -> Self {
        Self { workers: Workers::of(team) }
    }

    /// How many threads copy.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.workers.count()
    }

    /// Copies with `memcpy` per row. `filtered` are the axes a filter would smooth; all others are
    /// loops over slices.
    ///
    /// # Errors
    /// [`Error::Shape`].
    pub fn copy<T: Copy + Send + Sync, D: Dimension>(
        &self,
        source: &ArrayRef<T, D>,
        target: &mut ArrayRef<T, D>,
        filtered: &[usize],
    ) -> Result<(), Error> {
        let (source, target) = (source.view().into_dyn(), target.view_mut().into_dyn());
        self.run(source, target, filtered, |from, to| to.copy_from_slice(from))
    }

    /// Copies a stack of elements of 1, 2, 4 or 8 bytes in C order or any other, from memory to memory
    /// that holds it at the same places: `strides` are those of its axes, in elements. As
    /// [`copy`](Self::copy), for elements whose type is known when the program runs.
    ///
    /// # Errors
    /// [`Error::Places`].
    pub fn copy_bytes(
        &self,
        element_bytes: usize,
        (shape, strides): ([usize; 3], [usize; 3]),
        source: &[u8],
        target: &mut [u8],
        filtered: &[usize],
    ) -> Result<(), Error> {
        let places = (shape, strides);
        match element_bytes {
            1 => self.copy_chunks::<1>(places, source, target, filtered),
            2 => self.copy_chunks::<2>(places, source, target, filtered),
            4 => self.copy_chunks::<4>(places, source, target, filtered),
            8 => self.copy_chunks::<8>(places, source, target, filtered),
            _ => Err(Error::Places { shape, strides, element_bytes }),
        }
    }

    fn copy_chunks<const SIZE: usize>(
        &self,
        (shape, strides): ([usize; 3], [usize; 3]),
        source: &[u8],
        target: &mut [u8],
        filtered: &[usize],
    ) -> Result<(), Error> {
        let outside = |_| Error::Places { shape, strides, element_bytes: SIZE };
        let places = shape.strides(strides);
        let (source, target) = (source.as_chunks::<SIZE>().0, target.as_chunks_mut::<SIZE>().0);
        let source = ArrayView::from_shape(places, source).map_err(outside)?;
        let mut target = ArrayViewMut::from_shape(places, target).map_err(outside)?;
        self.copy(&source, &mut target, filtered)
    }

    /// Copies with non-temporal stores where the level has them: past the caches, without reading
    /// the target first.
    ///
    /// # Errors
    /// [`Error::Shape`].
    pub fn copy_streaming<D: Dimension>(
        &self,
        level: Level,
        source: &ArrayRef<f32, D>,
        target: &mut ArrayRef<f32, D>,
        filtered: &[usize],
    ) -> Result<(), Error> {
        self.stream(level, source.view().into_dyn(), target.view_mut().into_dyn(), filtered)
    }

    fn stream(
        &self,
        level: Level,
        source: ArrayViewD<'_, f32>,
        target: ArrayViewMutD<'_, f32>,
        filtered: &[usize],
    ) -> Result<(), Error> {
        self.run(source, target, filtered, |from, to| peak::copy_streaming(level, from, to))
    }

    fn run<T: Copy + Send + Sync>(
        &self,
        source: ArrayViewD<'_, T>,
        target: ArrayViewMutD<'_, T>,
        filtered: &[usize],
        copy_row: impl Fn(&[T], &mut [T]) + Send + Sync,
    ) -> Result<(), Error> {
        if source.shape() != target.shape() {
            return Err(Error::Shape {
                source_shape: source.shape().to_vec(),
                target_shape: target.shape().to_vec(),
            });
        }
        let tasks = tasks(source, target, filtered, self.threads());
        self.workers.for_each(tasks, |(from, mut to)| copy_rows(&from, &mut to, &copy_row));
        Ok(())
    }
}

/// Splits a copy as a filter is split: one task per slice, parts of a slice when slices are few,
/// and rows that hold whole runs of pixels when the innermost axis in memory is a loop.
fn tasks<'a, T>(
    source: ArrayViewD<'a, T>,
    target: ArrayViewMutD<'a, T>,
    filtered: &[usize],
    threads: usize,
) -> Vec<Task<'a, T>> {
    // Slowest axis in memory first, so that the last axis holds the rows.
    let mut order: Vec<usize> = (0..source.ndim()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(source.strides()[axis].unsigned_abs()));
    let mut from = source.permuted_axes(IxDyn(&order));
    let mut to = target.permuted_axes(IxDyn(&order));
    let is_loop: Vec<bool> = order.iter().map(|axis| !filtered.contains(axis)).collect();
    // Runs of the innermost loops are joined with the fastest filtered axis: one pixel of sixteen
    // slices is no row.
    let mut rows = order.len().saturating_sub(1);
    while rows > 0 && is_loop[rows] {
        let mut merged = from.clone();
        let (slower, faster) = (Axis(rows - 1), Axis(rows));
        // Both or neither: the target's rows must be the source's.
        if !merged.merge_axes(slower, faster) || !to.merge_axes(slower, faster) {
            break;
        }
        from = merged;
        // Merging leaves the slower axis with length 1; the run takes its place.
        from.swap_axes(rows - 1, rows);
        to.swap_axes(rows - 1, rows);
        rows -= 1;
    }
    let mut tasks = vec![(from, to)];
    for axis in (0..rows).filter(|&axis| is_loop[axis]) {
        tasks = tasks.into_iter().flat_map(|task| split(task, axis, 1)).collect();
    }
    // The slowest axis with something to split, so that parts stay far from each other.
    let pieces = threads.div_ceil(tasks.len().max(1));
    if pieces > 1
        && let Some(axis) = tasks.first().and_then(|(from, _)| widest_outer(from.shape(), rows))
    {
        tasks = tasks
            .into_iter()
            .flat_map(|task| {
                let length = task.0.len_of(Axis(axis)).div_ceil(pieces);
                split(task, axis, length)
            })
            .collect();
    }
    tasks
}

/// The first axis before the rows that is longer than 1, else the rows' own.
fn widest_outer(shape: &[usize], rows: usize) -> Option<usize> {
    (0..rows).find(|&axis| shape[axis] > 1).or((rows < shape.len()).then_some(rows))
}

/// Cuts a task into parts of at most `length` along an axis.
fn split<T>((from, to): Task<'_, T>, axis: usize, length: usize) -> Vec<Task<'_, T>> {
    let axis = Axis(axis);
    let (mut parts, mut rest) = (Vec::new(), Some((from, to)));
    while let Some((from, to)) = rest.take() {
        if from.len_of(axis) <= length {
            parts.push((from, to));
            break;
        }
        let (from, from_rest) = from.split_at(axis, length);
        let (to, to_rest) = to.split_at(axis, length);
        parts.push((from, to));
        rest = Some((from_rest, to_rest));
    }
    parts
}

fn copy_rows<T: Copy>(
    from: &ArrayViewD<'_, T>,
    to: &mut ArrayViewMutD<'_, T>,
    copy_row: &impl Fn(&[T], &mut [T]),
) {
    // Axes of length 1 behind the rows would make rows of one pixel.
    let axis = (0..from.ndim()).rev().find(|&axis| from.len_of(Axis(axis)) > 1).unwrap_or(0);
    if from.ndim() == 0 {
        return to.assign(from);
    }
    for (from, mut to) in from.lanes(Axis(axis)).into_iter().zip(to.lanes_mut(Axis(axis))) {
        match (from.as_slice(), to.as_slice_mut()) {
            (Some(from), Some(to)) => copy_row(from, to),
            _ => to.assign(&from),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use ndarray::{Array3, ArrayD, ShapeBuilder, s};

    use super::*;

    fn counting(shape: impl ShapeBuilder<Dim = ndarray::Ix3>) -> Array3<f32> {
        let mut array = Array3::zeros(shape);
        array.iter_mut().enumerate().for_each(|(i, value)| *value = i as f32 + 1.0);
        array
    }

    /// Lengths of the rows handed to the row copy, and how many tasks there are.
    fn rows(source: &Array3<f32>, filtered: &[usize], threads: usize) -> (Vec<usize>, usize) {
        let mut target = source.clone();
        let tasks =
            tasks(source.view().into_dyn(), target.view_mut().into_dyn(), filtered, threads);
        let (lengths, count) = (Mutex::new(Vec::new()), tasks.len());
        for (from, mut to) in tasks {
            copy_rows(&from, &mut to, &|from: &[f32], _: &mut [f32]| {
                lengths.lock().unwrap().push(from.len());
            });
        }
        (lengths.into_inner().unwrap(), count)
    }

    #[test]
    fn every_layout_axis_and_thread_count_copies_everything() {
        let layouts = [
            counting((5, 4, 7)),
            counting((5, 4, 7).f()),
            counting((7, 5, 4)).permuted_axes([1, 2, 0]),
            counting((5, 4, 7)).slice_move(s![..;-1, .., ..;-1]),
            counting((5, 4, 14)).slice_move(s![.., .., ..;2]),
            counting((1, 4, 7)),
            counting((5, 0, 7)),
            counting((1, 1, 1)),
        ];
        let filtered: [&[usize]; 7] = [&[0, 2], &[1, 2], &[0, 1], &[0, 1, 2], &[2], &[0], &[]];
        for source in &layouts {
            for filtered in filtered {
                for threads in [1, 2, 3] {
                    let floor = CopyFloor::new(threads).unwrap();
                    let mut target = source.mapv(|_| -1.0);
                    floor.copy(source, &mut target, filtered).unwrap();
                    assert_eq!(&target, source, "filtered {filtered:?}");
                    // A target in the other order, whose rows are not the source's.
                    let mut target = Array3::from_elem(source.raw_dim().f(), -1.0);
                    floor.copy(source, &mut target, filtered).unwrap();
                    assert_eq!(&target, source, "filtered {filtered:?}, other order");
                }
            }
        }
    }

    #[test]
    fn streaming_copies_everything_on_every_level() {
        let source = counting((9, 3, 37));
        for level in Level::available() {
            let mut target = Array3::from_elem(source.dim(), -1.0);
            CopyFloor::new(2)
                .unwrap()
                .copy_streaming(level, &source, &mut target, &[0, 2])
                .unwrap();
            assert_eq!(target, source, "{level}");
        }
    }

    #[test]
    fn rows_are_those_of_the_slices() {
        // Slices in the middle: rows of one slice, one task per slice.
        assert_eq!(rows(&counting((6, 3, 8)), &[0, 2], 2), (vec![8; 18], 3));
        // Slices first: the same, rows one after the other.
        assert_eq!(rows(&counting((3, 6, 8)), &[1, 2], 2), (vec![8; 18], 3));
        // Slices last: a row holds all slices.
        assert_eq!(rows(&counting((6, 8, 3)), &[0, 1], 2), (vec![24; 6], 2));
        // One image and two threads: two halves.
        assert_eq!(rows(&counting((6, 1, 8)), &[0, 2], 2), (vec![8; 6], 2));
        // A Fortran-order stack has its rows along the first axis.
        assert_eq!(rows(&counting((6, 3, 8).f()), &[0, 2], 2), (vec![6; 24], 3));
    }

    #[test]
    fn no_dimension_is_one_pixel() {
        let source = ArrayD::from_elem(IxDyn(&[]), 3.0);
        let mut target = ArrayD::from_elem(IxDyn(&[]), 0.0);
        CopyFloor::new(2).unwrap().copy(&source, &mut target, &[]).unwrap();
        assert_eq!(target, source);
    }

    #[test]
    fn another_shape_is_an_error() {
        let error = CopyFloor::new(1)
            .unwrap()
            .copy(&counting((2, 3, 4)), &mut counting((2, 4, 3)), &[0])
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot copy shape [2, 3, 4] to shape [2, 4, 3]");
    }

    #[test]
    fn bytes_are_copied_where_elements_lie() {
        let floor = CopyFloor::new(2).unwrap();
        let source: Vec<u8> = (0..240).collect();
        for size in [1, 2, 4, 8] {
            let mut target = vec![0; 240];
            // Every second element, rows last.
            let places = ([2, 3, 5], [10, 20, 2]);
            let is_inside = 240 / size > 10 + 40 + 8;
            let done = floor.copy_bytes(size, places, &source, &mut target, &[0, 2]);
            assert_eq!(done.is_ok(), is_inside, "{size}: {done:?}");
            let (from, to) = (source.chunks(size), target.chunks(size));
            for (place, (from, to)) in from.zip(to).enumerate() {
                let is_copied = is_inside && place % 2 == 0 && place < 60;
                assert_eq!(to == from, is_copied || from.iter().all(|&byte| byte == 0), "{place}");
            }
        }
        let refused = floor.copy_bytes(3, ([1; 3], [1; 3]), &source, &mut [0; 240], &[]);
        let error = "the memory holds no array of shape [1, 1, 1] with strides [1, 1, 1], in elements of 3 bytes";
        assert_eq!(refused.unwrap_err().to_string(), error);
    }
}
