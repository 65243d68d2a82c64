//! One filtered image: its sweeps, what they read and write, and what they need.

use gausstack_kernels::{Arithmetic, ElementType, Kernels};

use crate::array::memory_order::Order;
use crate::error::Error;
use crate::plan::axis_filter::Join;
use crate::plan::choices::Choices;
use crate::plan::fused::{AxisOfSweep, Filters, Fused, SecondTerm};
use crate::plan::hardware::Hardware;
use crate::plan::ideal::step::Resampled;
use crate::plan::kept_axes::KeptAxes;
use crate::plan::lanes::LaneFilters;
use crate::plan::layout::Arrangement;
use crate::plan::missing::SampleSplit;
use crate::plan::schedule::{Place, Step, SweepStep, VolumeStep};
use crate::plan::sizes::{ScratchSizes, SliceRing};
use crate::plan::sweeps::{Grouping, SweepFilters, Sweeps, filters_together, sweeps};
use crate::plan::tile::{TileInput, TileRun, Tiling};
use crate::plan::tuning::Constants;
use crate::plan::volume::Volume;
use crate::request::{Pass, StorePolicy, TileShape};

/// The passes of a filtered image in one arithmetic, grouped into sweeps over the data.
#[derive(Clone, Debug)]
pub(crate) struct Term<A> {
    sweeps: Sweeps<A>,
    /// From the input to what the term is stored as.
    kernels: Kernels<A>,
    cval: A,
    hardware: Hardware,
    from: ElementType,
    stored: ElementType,
}

/// The passes of a second term, made in the same sweep, and how both are joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second<'p> {
    pub(crate) passes: &'p [Pass],
    pub(crate) join: Join,
}

/// Where a term comes from and goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// Of the output in memory.
    pub(crate) order: Order,
    /// A ring of slices for volumes, if there is one and the arrays lie in C order.
    pub(crate) ring: Option<SliceRing>,
}

impl<A: Arithmetic> Term<A> {
    /// Groups passes, which are in order, and rounds their weights; `second` holds those of a
    /// second term along the same axes, two or one. `split` is that of the first sweep.
    pub(crate) fn new(
        (passes, kept): (&[Pass], &KeptAxes),
        second: Option<Second<'_>>,
        split: Option<SampleSplit>,
        [from, stored]: [ElementType; 2],
        choices: Choices,
    ) -> Result<Self, Error> {
        let kernels = Kernels::new(choices.level, choices.rounding, from, stored)
            .expect("the arithmetic was chosen to hold both element types");
        let sums = Constants::of(choices.tuning).sums(size_of::<A>());
        let kernels = kernels.loading(sums.loaded);
        // A ratio is rounded, neither of its terms is.
        let kernels = if split.is_some() { kernels.rounding_once() } else { kernels };
        let hardware = Hardware {
            lanes: kernels.lanes(),
            register_rows: kernels.register_rows(),
            caches: choices.caches,
            sums,
            forced: choices.overrides,
            output_size: stored.size(),
        };
        let grouping = match (second, split) {
            (None, None) if holds_sums(stored, &kernels) => Grouping::Free,
            (None, None) => Grouping::Costly,
            (None, Some(_)) => Grouping::Planes,
            (Some(_), _) => Grouping::Together,
        };
        let mut sweeps = sweeps((passes, choices.cval), kept, grouping, &hardware)?;
        match sweeps.any_mut().first_mut() {
            Some(SweepFilters::Planes(first)) => first.split = split,
            Some(SweepFilters::Resampled(first)) => first.split = split,
            Some(SweepFilters::Lanes(_)) | None => {}
        }
        if let (Some(Second { passes, join }), [SweepFilters::Planes(sweep)]) =
            (second, sweeps.any_mut())
        {
            sweep.also = Some(SecondTerm { filters: filters_together(passes, kept)?, join });
        }
        let cval = A::from_f64(choices.cval);
        Ok(Self { sweeps, kernels, cval, hardware, from, stored })
    }

    /// Whether outputs in C order, perhaps with gaps, are filtered by other steps.
    pub(crate) fn differs_in_c_order(&self) -> bool {
        self.sweeps.differ()
    }

    /// Whether what is between two sweeps is kept as sums in some order, because what the term is
    /// stored as cannot hold it: integers that are rounded once, at the end, and `bool`, whose bytes
    /// scipy keeps.
    pub(crate) fn keeps_sums(&self) -> bool {
        self.sweeps.all().any(|sweeps| self.keeps_sums_of(sweeps))
    }

    fn keeps_sums_of(&self, sweeps: &[SweepFilters<A>]) -> bool {
        sweeps.len() > 1 && !holds_sums(self.stored, &self.kernels)
    }

    /// The steps that make the term.
    pub(crate) fn steps(&self, route: Route) -> Vec<Step<A>> {
        let Route { from, to, order, ring } = route;
        let sweeps = self.sweeps.of(order);
        let ends = |from, to| {
            self.kernels.ends(from, to).expect("an arithmetic holds its sums and what it wrote")
        };
        if let (Some(ring), [SweepFilters::Planes(plane), SweepFilters::Planes(stack)]) =
            (ring, sweeps)
            && let Filters::Single(stack) = &stack.filters
        {
            return vec![Step::Volume(Box::new(VolumeStep {
                plane: plane.clone(),
                stack: stack.clone(),
                ring,
                plane_kernels: ends(self.from, A::TYPE),
                stack_kernels: ends(A::TYPE, self.stored),
                cval: self.cval,
                hardware: self.hardware,
                from,
                to,
            }))];
        }
        let keeps_sums = self.keeps_sums_of(sweeps);
        let mut steps = Vec::new();
        for (i, sweep) in sweeps.iter().enumerate() {
            let (first, last) = (i == 0, i + 1 == sweeps.len());
            let (kernels, reads, writes) = match (keeps_sums, first, last) {
                (false, true, _) => (self.kernels, from, to),
                (false, ..) => (ends(self.stored, self.stored), to, to),
                (true, true, _) => (ends(self.from, A::TYPE), from, Place::Sums),
                (true, _, true) => (ends(A::TYPE, self.stored), Place::Sums, to),
                (true, ..) => (ends(A::TYPE, A::TYPE), Place::Sums, Place::Sums),
            };
            let (cval, from, to) = (self.cval, reads, writes);
            let (filters, hardware) = (sweep.clone(), self.hardware_of(sweeps, i));
            let step = SweepStep { filters, kernels, cval, hardware, from, to, last };
            steps.push(Step::Sweep(Box::new(step)));
            if keeps_sums && !last && self.kernels.rounds_intermediate() {
                steps.push(Step::Intermediate { sums: Place::Sums, kernels: self.kernels });
            }
        }
        steps
    }

    /// For the sweep of this number: whether the output takes it or an array of sums.
    fn hardware_of(&self, sweeps: &[SweepFilters<A>], number: usize) -> Hardware {
        let last = number + 1 == sweeps.len();
        let sums = self.keeps_sums_of(sweeps) && !last;
        if sums { self.hardware.storing_sums::<A>() } else { self.hardware }
    }

    /// All sweeps as one, if they are those of a volume and sums are not rounded between them.
    fn volume(&self, shape: &[usize]) -> Option<Volume<'_, A>> {
        let [SweepFilters::Planes(plane), SweepFilters::Planes(stack)] = self.sweeps.of(Order::C)
        else {
            return None;
        };
        let volume = Volume::of([plane, stack], self.hardware, shape);
        volume.filter(|_| !self.kernels.rounds_intermediate())
    }

    /// Whether arrays of this shape are volumes, two sweeps over which may be made one.
    pub(crate) fn is_volume(&self, shape: &[usize]) -> bool {
        self.volume(shape).is_some()
    }

    /// The first sweep, and its arrangement of an array in C order; `None` if it is over slices side
    /// by side.
    fn in_c_order(&self, shape: &[usize]) -> Option<(&Fused<A>, Arrangement)> {
        let first = self.sweeps.of(Order::C).first();
        let Some(SweepFilters::Planes(sweep)) = first.filter(|_| !shape.contains(&0)) else {
            return None;
        };
        let strides = c_strides(shape);
        let arrangement = Arrangement::choose(sweep.axes(), shape, &strides);
        Some((sweep, arrangement.merge(sweep.axes(), shape, [strides.as_slice()])))
    }

    /// How the first sweep stores an array in C order, to a `ring` of slices or not.
    pub(crate) fn stores(&self, shape: &[usize], ring: bool) -> Option<StorePolicy> {
        let elements = shape.iter().fold(1, |all: usize, &len| all.saturating_mul(len));
        let first = self.sweeps.of(Order::C).first().filter(|_| !shape.contains(&0));
        if let Some(SweepFilters::Resampled(filters)) = first {
            let arrangement = filters.arrange(shape, &c_strides(shape), None::<&[isize]>);
            let hardware = self.hardware_of(self.sweeps.of(Order::C), 0);
            return Some(hardware.stores(elements, arrangement.extent(shape)));
        }
        let (_, arrangement) = self.in_c_order(shape)?;
        // A ring of slices is between the first sweep and the output.
        let hardware =
            if ring { self.hardware } else { self.hardware_of(self.sweeps.of(Order::C), 0) };
        Some(hardware.stores(elements, arrangement.extent(shape)))
    }

    /// The tile of the first sweep over an array in C order.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        let (sweep, arrangement) = self.in_c_order(shape)?;
        let extent = arrangement.extent(shape);
        let slices = shape.iter().product::<usize>() / (extent.row_len() * extent.rows);
        let transposed = arrangement.transposed(shape, &c_strides(shape), 1);
        let run = TileRun { transposed, parts: workers.div_ceil(slices), in_place: false };
        let hardware = self.hardware_of(self.sweeps.of(Order::C), 0);
        Some(Tiling::choose(&sweep.tile_input(&arrangement, shape, &hardware, run)).shape())
    }

    /// The largest scratch that any layout can come to.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        let mut needs = ScratchSizes::default();
        self.each_tiling(shape, workers, |input, slices| {
            needs = needs.max(Tiling::choose(input).needs(input, slices));
        });
        for filters in self.lane_sweeps() {
            needs = needs.max(filters.needs());
        }
        for filters in self.resampled_sweeps() {
            needs = needs.max(filters.needs(shape, &self.hardware, workers));
        }
        needs.ring = self.volume(shape).and_then(|volume| volume.ring(workers)).unwrap_or_default();
        needs.saved_size = if self.keeps_sums() { size_of::<A>() } else { self.stored.size() };
        needs
    }

    /// The most tasks that a sweep over any layout comes to, cut for so many workers.
    pub(crate) fn tasks(&self, shape: &[usize], workers: usize) -> usize {
        let mut most = 1;
        if workers > 1 {
            self.each_tiling(shape, workers, |input, slices| {
                most = most.max(Tiling::choose(input).tasks(input).saturating_mul(slices));
            });
            for filters in self.lane_sweeps() {
                most = most.max(filters.tasks(shape, workers));
            }
            if self.resampled_sweeps().next().is_some() {
                // Units, or parts of each stage of one.
                most = most.max(workers);
            }
        }
        most
    }

    fn lane_sweeps(&self) -> impl Iterator<Item = &LaneFilters<A>> {
        self.sweeps.all().flatten().filter_map(|sweep| match sweep {
            SweepFilters::Planes(_) | SweepFilters::Resampled(_) => None,
            SweepFilters::Lanes(filters) => Some(filters),
        })
    }

    fn resampled_sweeps(&self) -> impl Iterator<Item = &Resampled<A>> {
        self.sweeps.all().flatten().filter_map(|sweep| match sweep {
            SweepFilters::Planes(_) | SweepFilters::Lanes(_) => None,
            SweepFilters::Resampled(filters) => Some(filters),
        })
    }

    /// Calls `visit` with everything that a tiling can be chosen from, for any layout and up to so
    /// many workers, and the number of slices. Sweeps over planes that are alike are visited once.
    fn each_tiling(
        &self,
        shape: &[usize],
        workers: usize,
        mut visit: impl FnMut(&TileInput, usize),
    ) {
        let elements = shape.iter().product::<usize>();
        let mut visited: Vec<(Hardware, bool, [bool; 2], Vec<AxisOfSweep>)> = Vec::new();
        for (sweeps, number) in self
            .sweeps
            .all()
            .flat_map(|sweeps| (0..sweeps.len()).map(move |number| (sweeps, number)))
        {
            let SweepFilters::Planes(sweep) = &sweeps[number] else { continue };
            let last = number + 1 == sweeps.len();
            let hardware = self.hardware_of(sweeps, number);
            // With an array of sums, the first sweep and the last are never in place.
            let never = self.keeps_sums_of(sweeps) && (number == 0 || last);
            let doubled = [sweep.also.is_some(), sweep.split.is_some()];
            let key = (hardware, never, doubled, sweep.axes_of_sweep(shape));
            if visited.contains(&key) {
                continue;
            }
            visited.push(key);
            for arrangement in Arrangement::candidates(sweep.axes(), shape) {
                let extent = arrangement.extent(shape);
                let slices = elements / (extent.row_len() * extent.rows);
                for parts in 1..=workers.div_ceil(slices) {
                    for in_place in [false, true].into_iter().take(if never { 1 } else { 2 }) {
                        for transposed in [false, true] {
                            let run = TileRun { transposed, parts, in_place };
                            visit(&sweep.tile_input(&arrangement, shape, &hardware, run), slices);
                        }
                    }
                }
            }
        }
    }
}

/// Whether elements hold what is between two sweeps: floats, and integers that are cut after each.
fn holds_sums<A: Arithmetic>(stored: ElementType, kernels: &Kernels<A>) -> bool {
    let once = stored.is_integer() && !kernels.rounds_intermediate();
    !once && stored != ElementType::Bool
}

fn c_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}
