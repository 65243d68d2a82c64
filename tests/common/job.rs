//! A run of the library as the tests write it down, and what is compared with the model.

#[cfg(feature = "rayon")]
use std::collections::BTreeMap;
#[cfg(feature = "rayon")]
use std::sync::{Arc, Mutex, PoisonError};

use gausstack::{Level, Threads, TileShape};
use ndarray::ArrayD;
#[cfg(feature = "rayon")]
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::case::{Case, with_filter};
use super::compare::same_bits;
use super::filter::Filter;
use super::inputs::{Distribution, random};
use super::layout::{Layout, Placed};
use super::levels::{each_level, products};
use super::model;
use super::pixel::Pixel;

/// One run of the library.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) case: Case,
    pub(crate) distribution: Distribution,
    pub(crate) seed: u64,
    pub(crate) input: Layout,
    pub(crate) output: Layout,
    pub(crate) tile: Option<TileShape>,
    pub(crate) workers: usize,
}

impl Job {
    /// A filter with the level, and the job's workers and tile.
    pub(crate) fn configured<F: Filter>(&self, filter: F, level: Level) -> F {
        let filter = filter.level(level).threads(workers(self.workers));
        match self.tile {
            Some(tile) => filter.tile(tile),
            None => filter,
        }
    }
}

/// So many workers, however many CPUs there are: several are a pool of the test's own.
#[cfg(feature = "rayon")]
pub(crate) fn workers(count: usize) -> Threads {
    static POOLS: Mutex<BTreeMap<usize, Arc<ThreadPool>>> = Mutex::new(BTreeMap::new());
    if count < 2 {
        return Threads::Fixed(count);
    }
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let start = || ThreadPoolBuilder::new().num_threads(count).build().expect("a few threads");
    Threads::Pool(Arc::clone(pools.entry(count).or_insert_with(|| Arc::new(start()))))
}

/// As many workers as the features allow.
#[cfg(not(feature = "rayon"))]
pub(crate) fn workers(_count: usize) -> Threads {
    Threads::Current
}

/// `apply_into` from the job's input layout to its output layout, on every level: the model's bits,
/// and nothing written beside the output's own elements.
#[track_caller]
pub(crate) fn bits_of_the_model<In: Pixel, Out: Pixel>(job: &Job) {
    let data: ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let input = Placed::new(&data, &job.input);
    let blank = ArrayD::from_elem(data.raw_dim(), Out::of(-5.0));
    each_level(|level| {
        let mut output = Placed::new(&blank, &job.output);
        let around = output.surroundings();
        let (view, mut target) = (input.view(), output.view_mut());
        let result = with_filter!(job.case, filter => {
            job.configured(filter, level).apply_into::<In, Out, _>(&view, &mut target)
        });
        result.expect("a valid request");
        let expected = model::filter::<In, Out>(&data, &job.case, products(level));
        same_bits(&output.view(), &expected, (In::TYPE, Out::TYPE, job));
        same_bits(&output.surroundings(), &around, ("memory beside the output", job));
    });
}

/// `apply_in_place` in the job's output layout: the bits of the model as well.
#[track_caller]
pub(crate) fn bits_in_place<T: Pixel>(job: &Job) {
    let data: ArrayD<T> = random(job.distribution, &job.case.shape, job.seed);
    each_level(|level| {
        let mut image = Placed::new(&data, &job.output);
        let around = image.surroundings();
        let mut view = image.view_mut();
        let result = with_filter!(job.case, filter => {
            job.configured(filter, level).apply_in_place(&mut view)
        });
        result.expect("a valid request");
        let expected = model::filter::<T, T>(&data, &job.case, products(level));
        same_bits(&image.view(), &expected, (T::TYPE, job));
        same_bits(&image.surroundings(), &around, ("memory beside the image", job));
    });
}
