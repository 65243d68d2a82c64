//! A filter planned for arrays of one shape, whose element types are values.

use std::fmt;

use gausstack_kernels::{ElementType, Level, Rounding};

use crate::error::Error;
use crate::plan::cache::CacheSizes;
use crate::plan::choices::Choices;
use crate::plan::defaults::{choose_level, choose_tuning, worthwhile_workers};
use crate::plan::design::{AnyDesign, Job};
use crate::plan::missing::MissingPixels;
use crate::request::filter::WeightSource;
use crate::request::options::Settings;
use crate::request::progress::{Observer, Waiting};
use crate::request::{Pass, Precision, Reach, StorePolicy, TileShape, Tuning};
use crate::run::Scratch;
use crate::run::executor::AnyExecutor;
use crate::run::workers::Workers;

/// The most axes that an array may have: numpy's limit.
const MAX_AXES: usize = 64;

/// A filter planned for arrays of one shape and of element types that are known when the program
/// runs.
///
/// It is [`Plan`](crate::Plan) without types: for programs that read the type from a file or from
/// another language, and are compiled once instead of once for every pair of types.
///
/// ```
/// use gausstack::{AnyArray, ElementType, Gaussian};
///
/// let element = ElementType::from_name("u16").ok_or("no element type")?;
/// let plan = Gaussian::new([3.0, 5.0]).axes([0, 2]).plan_any([30, 4, 50], element, element)?;
/// let stack = AnyArray::zeros(&[30, 4, 50], element)?;
/// let smoothed = plan.apply(stack.view())?;
/// assert_eq!(smoothed.element_type(), ElementType::U16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AnyPlan {
    pub(super) shape: Vec<usize>,
    /// The filtered axes, ascending: those of a slice.
    pub(super) slice_axes: Vec<usize>,
    /// Those that runs see, numbered as runs do.
    pub(super) kept_slice_axes: Vec<usize>,
    pub(super) slice_shape: Vec<usize>,
    pub(super) types: [ElementType; 2],
    pub(super) passes: Vec<Pass>,
    /// Along each axis.
    pub(super) reach: Vec<Reach>,
    pub(super) level: Level,
    pub(super) tuning: Tuning,
    pub(super) rounding: Rounding,
    pub(super) missing: Option<MissingPixels>,
    /// Runs may take masks.
    pub(super) masked: bool,
    pub(super) observer: Option<Observer>,
    pub(super) executor: AnyExecutor,
    pub(super) pool: Workers,
    pub(super) max_workers: usize,
    /// Workers that were asked for, if more than the process may use CPUs.
    pub(super) beyond_cpus: Option<usize>,
}

impl AnyPlan {
    /// Plans a request; `masked` plans take masks.
    pub(crate) fn new(
        request: &Settings,
        weights: &dyn WeightSource,
        shape: &[usize],
        types: [ElementType; 2],
        masked: bool,
    ) -> Result<Self, Error> {
        if shape.len() > MAX_AXES {
            return Err(Error::Dimensions { ndim: shape.len(), max: MAX_AXES });
        }
        request.threads.check()?;
        let axes = request.filtered_axes(shape.len())?;
        // A plan without slices filters one that is handed to it all the same.
        let least = |axis: usize| usize::from(!axes.contains(&axis));
        let held: Vec<usize> = (0..shape.len()).map(|axis| shape[axis].max(least(axis))).collect();
        let bytes = held.iter().try_fold(size_of::<u64>(), |bytes, &len| bytes.checked_mul(len));
        let fits = bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
        if !fits && !held.contains(&0) {
            return Err(Error::OutOfMemory { bytes: usize::MAX });
        }
        let loops = (0..shape.len()).filter(|axis| !axes.contains(axis));
        let slices = product(loops.map(|axis| shape[axis]));
        let pixels = product(shape.iter().copied()) as u64;
        let waiting = Waiting::new(request.observer.as_ref(), slices, pixels);
        let (level, tuning) = (choose_level(request.level)?, choose_tuning(request.tuning)?);
        let caches = CacheSizes::detect(tuning)?;
        let choices = Choices::new(request, (level, tuning), caches)?;
        let job = Job::new(request, weights, (shape, &axes), (types, masked), choices, &waiting)?;
        let (missing, reach) = (job.missing, job.terms.reach(shape));
        let (design, passes) = AnyDesign::new(job)?;
        let mut slice_axes = axes;
        slice_axes.sort_unstable();
        let kept_slice_axes = slice_axes.iter().filter_map(|&axis| design.kept().place(axis));
        let kept_slice_axes = kept_slice_axes.collect();
        let (mut workers, mut beyond_cpus) = (worthwhile_workers(shape, &passes), None);
        if workers > 1 {
            let (most, beyond) = request.threads.most();
            (workers, beyond_cpus) = (workers.min(most), beyond);
        }
        let workers = design.tasks(&held, workers).min(workers);
        Ok(Self {
            shape: shape.to_vec(),
            slice_shape: slice_axes.iter().map(|&axis| shape[axis]).collect(),
            slice_axes,
            kept_slice_axes,
            types,
            passes,
            reach,
            level,
            tuning,
            rounding: request.rounding,
            missing,
            masked,
            observer: request.observer.clone(),
            executor: AnyExecutor::new(design, &held, workers),
            pool: Workers::new(&request.threads, workers)?,
            max_workers: workers,
            beyond_cpus,
        })
    }

    /// The element types of the input and of the output.
    #[must_use]
    pub fn element_types(&self) -> [ElementType; 2] {
        self.types
    }

    /// The shape of the arrays.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The shape of one slice: the lengths of the filtered axes, in the array's order.
    #[must_use]
    pub fn slice_shape(&self) -> &[usize] {
        &self.slice_shape
    }

    /// The axes of a slice, which are filtered, in the array's order.
    #[must_use]
    pub fn slice_axes(&self) -> &[usize] {
        &self.slice_axes
    }

    /// How many slices the array holds: the product of the lengths of all other axes.
    #[must_use]
    pub fn slices(&self) -> usize {
        product(self.loops().map(|axis| self.shape[axis]))
    }

    /// The axes that are not filtered.
    pub(super) fn loops(&self) -> impl DoubleEndedIterator<Item = usize> + Clone {
        (0..self.shape.len()).filter(|axis| !self.slice_axes.contains(axis))
    }

    /// The instruction level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The core whose tuned constants are used.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        self.tuning
    }

    /// The passes that change anything, in the order they run; of a filter of several terms those
    /// of the first.
    #[must_use]
    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    /// How far along an axis the samples lie that a pixel is made of, over all terms. A part of the
    /// array with a radius more at each end, as far as the array goes, is filtered to the same bits.
    /// The radius is 0 along an axis that is not filtered or does not exist, and the whole axis for
    /// an ideal Gaussian.
    ///
    /// ```
    /// use gausstack::{ElementType, Gaussian};
    ///
    /// let (from, to) = (ElementType::U8, ElementType::U8);
    /// let plan = Gaussian::new(2.0).axes([0, 2]).plan_any([30, 4, 50], from, to)?;
    /// assert_eq!((plan.reach(0).radius, plan.reach(1).radius), (8, 0));
    /// # Ok::<(), gausstack::Error>(())
    /// ```
    #[must_use]
    pub fn reach(&self, axis: usize) -> Reach {
        self.reach.get(axis).copied().unwrap_or_default()
    }

    /// The arithmetic that is really used: [`Precision::Native`] is f32 sums.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.executor.precision()
    }

    /// The tile of the first sweep over a C-order array; ones where nothing is summed, or small slices
    /// are filtered side by side.
    #[must_use]
    pub fn tile(&self) -> TileShape {
        let tile = self.executor.tile(&self.shape, self.workers());
        tile.unwrap_or(TileShape { panel: 1, chunk: 1, group: 1 })
    }

    /// How the first sweep stores an array in C order.
    #[must_use]
    pub fn stores(&self) -> StorePolicy {
        self.executor.stores(&self.shape).unwrap_or(StorePolicy::Cached)
    }

    /// Workers of a run that is started from this thread.
    #[must_use]
    pub fn workers(&self) -> usize {
        if self.max_workers == 1 { 1 } else { self.pool.count().min(self.max_workers) }
    }

    /// Scratch of a worker that works alone, in bytes: enough for any layout, and for running in
    /// place.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        let slice = product(self.slice_shape.iter().copied());
        self.executor.scratch_bytes(1).saturating_add(self.executor.sums_bytes(slice))
    }

    /// Memory of a run besides its input and output, in bytes; 0 for arrays without elements.
    ///
    /// It is the scratch of all workers, and the arrays that the printed plan lists: sums of
    /// integers that are filtered along three axes or more, or in many tiny slices into another
    /// order than C, and rounded once; terms that are not computed in one sweep; and a byte for
    /// each pixel that may be NaN where NaN is kept. Where the last-level cache has room for a ring
    /// of slices, outputs in C order take less.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let elements = product(self.shape.iter().copied());
        if elements == 0 {
            return 0;
        }
        let scratch = self.executor.scratch_bytes(self.workers());
        scratch.saturating_add(self.executor.array_bytes(elements))
    }

    /// Makes working memory for [`apply_slice`](Self::apply_slice).
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn scratch(&self) -> Result<Scratch, Error> {
        self.executor.scratch(product(self.slice_shape.iter().copied()))
    }
}

/// Lengths multiplied, or the largest number where they exceed it: of an array without elements the
/// other axes may be of any length.
pub(super) fn product(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(1, usize::saturating_mul)
}

impl fmt::Debug for AnyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = self.types;
        f.debug_struct("AnyPlan")
            .field("shape", &self.shape)
            .field("from", &from)
            .field("to", &to)
            .field("passes", &self.passes)
            .field("level", &self.level)
            .field("tuning", &self.tuning)
            .field("precision", &self.precision())
            .finish_non_exhaustive()
    }
}
