//! What is decided once: weights, order of the passes, instruction level, arithmetic, scratch.

use std::marker::PhantomData;
use std::sync::Arc;

use gausstack_kernels::{Element, Level, Rounding};
use ndarray::{Array, ArrayRef, Dimension};

use crate::error::Error;
use crate::plan::cache::CacheSizes;
use crate::plan::composite::Composite;
use crate::plan::engine::Choices;
use crate::plan::engine::Engine;
use crate::plan::hardware::Overrides;
use crate::plan::sizes::ScratchSizes;
use crate::plan::sizes::SliceRing;
use crate::request::Mode;
use crate::request::Precision;
use crate::request::StorePolicy;
use crate::request::TileShape;
use crate::request::filter::Pass;
use crate::request::filter::Settings;
use crate::request::filter::Terms;
use crate::request::missing::MissingData;
use crate::request::progress::Observer;
use crate::request::progress::Waiting;
use crate::run::crew::Crew;
use crate::run::output::zeros_like;
use crate::run::scratch::Scratch;
use crate::run::scratch::Spare;

use super::defaults::{choose_level, worthwhile_workers};
use super::run::check;

/// Makes the terms of some axes with their modes.
type MakeTerms<'m> = dyn Fn(&[usize], &[Mode], &Waiting<'_>) -> Result<Terms, Error> + 'm;

/// The most axes that an array may have: numpy's limit.
const MOST_AXES: usize = 64;

/// A filter for arrays of one shape, ready to run any number of times, from any thread.
///
/// Planning checks the request and decides what does not depend on pixels or memory layout: weights,
/// the order of the passes, the instruction level, the arithmetic. `In` and `Out` are the element
/// types of the arrays.
///
/// ```
/// use gausstack::Gaussian;
/// use ndarray::Array3;
///
/// let plan = Gaussian::new([3.0, 5.0]).axes([0, 2]).plan::<f32, f32>([30, 4, 50])?;
/// assert_eq!(plan.slices(), 4);
/// assert_eq!(plan.passes()[0].weights.radius(), 20); // the last axis comes first
///
/// let stack = Array3::<f32>::zeros((30, 4, 50));
/// let smoothed = plan.apply(&stack)?;
/// # Ok::<(), gausstack::Error>(())
/// ```
#[derive(Clone)]
pub struct Plan<In, Out> {
    pub(super) shape: Vec<usize>,
    /// The listed axes, ascending: those of a slice.
    pub(super) slice_axes: Vec<usize>,
    pub(super) slice_shape: Vec<usize>,
    pub(super) passes: Vec<Pass>,
    pub(super) level: Level,
    /// Of a filter of several terms that are not made in one sweep, that of the first.
    pub(super) engine: Engine,
    pub(super) composite: Option<Composite>,
    pub(super) input: PhantomData<fn(In)>,
    pub(super) crew: Crew,
    pub(super) most_workers: usize,
    /// Workers that were asked for, if more than the process may use CPUs.
    pub(super) beyond_cpus: Option<usize>,
    pub(super) observer: Option<Observer>,
    pub(super) rounding: Rounding,
    /// Of a filter that leaves missing samples out.
    pub(super) missing: Option<MissingData>,
    pub(super) masked: bool,
    pub(super) needs: ScratchSizes,
    /// Scratch of earlier runs.
    pub(super) spare: Spare,
    pub(super) output: PhantomData<fn() -> Out>,
}

impl<In: Element, Out: Element> Plan<In, Out> {
    /// `terms` makes those of some axes with their modes; `masked` plans take masks.
    pub(crate) fn new(
        request: &Settings,
        terms: &MakeTerms<'_>,
        shape: &[usize],
        masked: bool,
    ) -> Result<Self, Error> {
        if shape.len() > MOST_AXES {
            return Err(Error::Dimensions { ndim: shape.len(), max: MOST_AXES });
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
        let terms = terms(&axes, &request.modes(axes.len())?, &waiting)?;
        let missing = MissingData::of::<In, Out>(request, masked, &terms)?;
        let level = choose_level(request.level)?;
        let tile = request.tile.map(TileShape::check).transpose()?;
        let forced = Overrides { tile, stores: request.stores };
        let caches = CacheSizes::detect()?;
        let Settings { precision, rounding, cval, .. } = *request;
        let choices = Choices { precision, rounding, cval, level, forced, caches, parting: None };
        let (engine, composite, passes) = Composite::or_fused::<In, Out>(terms, missing, choices)?;
        let mut slice_axes = axes;
        slice_axes.sort_unstable();
        let (mut workers, mut beyond_cpus) = (worthwhile_workers(shape, &passes), None);
        if workers > 1 {
            let (most, beyond) = request.threads.most();
            (workers, beyond_cpus) = (workers.min(most), beyond);
        }
        let mut plan = Self {
            shape: shape.to_vec(),
            slice_shape: slice_axes.iter().map(|&axis| shape[axis]).collect(),
            slice_axes,
            level,
            engine,
            composite,
            input: PhantomData,
            output: PhantomData,
            passes,
            crew: Crew::Caller,
            most_workers: 1,
            beyond_cpus,
            observer: request.observer.clone(),
            rounding,
            missing,
            masked,
            needs: ScratchSizes::default(),
            spare: Arc::default(),
        };
        let tasks = |engine: &Engine| engine.tasks(&held, workers);
        let workers = plan.engines().iter().map(tasks).max().unwrap_or(1).min(workers);
        plan.needs = plan.needs_of(&held, workers);
        plan.crew = Crew::new(&request.threads, workers)?;
        plan.most_workers = workers;
        Ok(plan)
    }

    /// The largest scratch of any term, for so many workers.
    pub(super) fn needs_of(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        let needs: Vec<ScratchSizes> =
            self.engines().iter().map(|engine| engine.needs(shape, workers)).collect();
        let volumes = self.engines().iter().zip(&needs).filter(|(e, _)| e.is_volume(shape));
        let ring = SliceRing::common(volumes.map(|(_, needs)| needs.ring));
        let all = needs.into_iter().fold(ScratchSizes::default(), ScratchSizes::max);
        ScratchSizes { ring, ..all }
    }

    /// Those of all terms.
    pub(super) fn engines(&self) -> &[Engine] {
        self.composite.as_ref().map_or(std::slice::from_ref(&self.engine), Composite::engines)
    }

    /// The shape of the arrays.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The shape of one slice: the lengths of the listed axes, in the array's order.
    #[must_use]
    pub fn slice_shape(&self) -> &[usize] {
        &self.slice_shape
    }

    /// How many slices the array holds: the product of the lengths of all other axes.
    #[must_use]
    pub fn slices(&self) -> usize {
        let loops = (0..self.shape.len()).filter(|axis| !self.slice_axes.contains(axis));
        product(loops.map(|axis| self.shape[axis]))
    }

    /// The instruction level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// The passes that change anything, in the order they run; of a filter of several terms those of the first.
    #[must_use]
    pub fn passes(&self) -> &[Pass] {
        &self.passes
    }

    /// The arithmetic that is really used: [`Precision::Native`] is f32 sums.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.engine.precision()
    }

    /// The tile of the first sweep over a C-order array.
    #[must_use]
    pub fn tile(&self) -> TileShape {
        let tile = self.engine.tile(&self.shape, self.workers());
        tile.unwrap_or(TileShape { panel: 1, chunk: 1, group: 1 })
    }

    /// How the first sweep stores an array in C order.
    #[must_use]
    pub fn stores(&self) -> StorePolicy {
        self.engine.stores(&self.shape, self.needs.ring.is_there()).unwrap_or(StorePolicy::Cached)
    }

    /// Workers of a run that is started from this thread.
    #[must_use]
    pub fn workers(&self) -> usize {
        if self.most_workers == 1 { 1 } else { self.crew.workers().min(self.most_workers) }
    }

    /// Scratch of a worker that works alone in bytes: enough for any layout, and for running in place.
    #[must_use]
    pub fn scratch_bytes(&self) -> usize {
        self.engine.scratch_bytes(self.needs_of_a_slice(), 1)
    }

    /// What is missing, if it is to be filled after the run: where it stays, and in copies.
    pub(super) fn fills(&self) -> Option<MissingData> {
        self.missing.filter(|missing| missing.stays || self.copies().is_some())
    }

    /// The rounding of a plan that copies.
    pub(super) fn copies(&self) -> Option<Rounding> {
        self.engine.copies().filter(|_| self.composite.is_none())
    }

    /// What a slice alone needs: its own part of the stage.
    pub(super) fn needs_of_a_slice(&self) -> ScratchSizes {
        ScratchSizes { stage: self.needs.stage / self.slices().max(1), ..self.needs }
    }

    /// What a run takes beside the arrays, in bytes: the scratch of all workers; nothing for arrays without elements. To share a slice between
    /// them in place, the columns at the ends of their parts are saved once for all. Where integers are filtered along three
    /// axes or more and rounded once, an array of sums of the same shape is part of it, though a ring of slices takes its
    /// place for outputs in C order where the last cache has room for one. So are the arrays of filters of several terms that
    /// are not made in one sweep, and the one that these are filtered to in place; and a byte for each pixel that may be NaN, where these are to stay so.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let elements = product(self.shape.iter().copied());
        if elements == 0 {
            return 0;
        }
        let terms = self.composite.as_ref().map_or(0, |terms| terms.bytes::<Out>(elements));
        let validity = if self.fills().is_some_and(|missing| missing.nan) { elements } else { 0 };
        let scratch = self.engine.scratch_bytes(self.needs, self.workers());
        scratch.saturating_add(terms).saturating_add(validity)
    }

    /// Working memory for [`Plan::apply_slice`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn scratch(&self) -> Result<Scratch<Out>, Error> {
        let mut kind = self.engine.scratch(self.needs)?;
        kind.reserve_edges(self.needs.edges.of(0, 1))?;
        kind.reserve_stage(self.needs_of_a_slice().stage)?;
        Ok(Scratch { kind, plan: Arc::clone(&self.spare), output: PhantomData })
    }

    /// Filters into a new array, its axes in memory ordered as the input's.
    ///
    /// # Errors
    /// [`Error::Shape`] when the array is not of the planned shape, [`Error::OutOfMemory`], and
    /// [`Error::Stopped`] when the observer says so.
    pub fn apply<D: Dimension>(&self, data: &ArrayRef<In, D>) -> Result<Array<Out, D>, Error> {
        check("input", &self.shape, data.shape())?;
        let mut out = zeros_like(data.shape(), data.strides())?;
        self.apply_into(data, &mut out)?;
        Ok(out)
    }

    /// Filters into an array of the caller's, of any layout.
    ///
    /// # Errors
    /// As [`Plan::apply`].
    pub fn apply_into<D: Dimension>(
        &self,
        data: &ArrayRef<In, D>,
        out: &mut ArrayRef<Out, D>,
    ) -> Result<(), Error> {
        self.filter(data.view().into_dyn(), None, out.view_mut().into_dyn())
    }

    /// Filters one slice on the calling thread, in the caller's scratch.
    ///
    /// # Errors
    /// [`Error::Shape`] when an array is not of [`Plan::slice_shape`], [`Error::Scratch`] when the
    /// scratch is another plan's, [`Error::Stopped`] when the observer says so.
    pub fn apply_slice<D: Dimension>(
        &self,
        slice: &ArrayRef<In, D>,
        out: &mut ArrayRef<Out, D>,
        scratch: &mut Scratch<Out>,
    ) -> Result<(), Error> {
        let (slice, out) = (slice.view().into_dyn(), out.view_mut().into_dyn());
        self.filter_slice(slice, None, out, scratch)
    }
}

/// Lengths multiplied, the largest number where they exceed it: of an array without elements others may be of any length.
fn product(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.fold(1, usize::saturating_mul)
}

impl<T: Element> Plan<T, T> {
    /// Filters an array in place: the same bits as [`Plan::apply`].
    ///
    /// # Errors
    /// As [`Plan::apply`].
    pub fn apply_in_place<D: Dimension>(&self, data: &mut ArrayRef<T, D>) -> Result<(), Error> {
        self.filter_in_place(data.view_mut().into_dyn(), None)
    }
}
