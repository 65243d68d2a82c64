//! One filtered image: its sweeps, what they read and write, and what they need.

use gausstack_kernels::{Arithmetic, ElementType, Kernels};

use crate::error::Error;
use crate::plan::axis_filter::{AxisFilter, Join};
use crate::plan::choices::Choices;
use crate::plan::fused::{AxisOfSweep, Filters, Fused, SecondTerm};
use crate::plan::hardware::Hardware;
use crate::plan::kept_axes::KeptAxes;
use crate::plan::layout::Arrangement;
use crate::plan::missing::SampleSplit;
use crate::plan::point_filter::PointFilter;
use crate::plan::schedule::{Place, Step, SweepStep, VolumeStep};
use crate::plan::sizes::{ScratchSizes, SliceRing};
use crate::plan::tile::{TileInput, TileRun, Tiling};
use crate::plan::tuning::Constants;
use crate::plan::volume::Volume;
use crate::request::{Pass, StorePolicy, TileShape};

/// The passes of a filtered image in one arithmetic, grouped into sweeps over the data.
#[derive(Clone, Debug)]
pub(crate) struct Term<A> {
    sweeps: Vec<Fused<A>>,
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
        let mut sweeps = group(passes, kept, second.is_some())?;
        if let (Some(Second { passes, join }), [sweep]) = (second, sweeps.as_mut_slice()) {
            let filters = group(passes, kept, true)?.swap_remove(0).filters;
            sweep.also = Some(SecondTerm { filters, join });
        }
        if let Some(first) = sweeps.first_mut() {
            first.split = split;
        }
        let hardware = Hardware {
            lanes: kernels.lanes(),
            register_rows: kernels.register_rows(),
            caches: choices.caches,
            sums,
            forced: choices.overrides,
            output_size: stored.size(),
        };
        let cval = A::from_f64(choices.cval);
        Ok(Self { sweeps, kernels, cval, hardware, from, stored })
    }

    /// Whether what is between two sweeps is kept as sums, because what the term is stored as
    /// cannot hold it: integers that are rounded once, at the end, and `bool`, whose bytes scipy
    /// keeps.
    pub(crate) fn keeps_sums(&self) -> bool {
        let once = self.stored.is_integer() && !self.kernels.rounds_intermediate();
        self.sweeps.len() > 1 && (once || self.stored == ElementType::Bool)
    }

    /// The steps that make the term.
    pub(crate) fn steps(&self, route: Route) -> Vec<Step<A>> {
        let Route { from, to, ring } = route;
        let ends = |from, to| {
            self.kernels.ends(from, to).expect("an arithmetic holds its sums and what it wrote")
        };
        if let (Some(ring), [plane, stack]) = (ring, self.sweeps.as_slice())
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
        let keeps_sums = self.keeps_sums();
        let mut steps = Vec::new();
        for (i, filters) in self.sweeps.iter().enumerate() {
            let (first, last) = (i == 0, i + 1 == self.sweeps.len());
            let (kernels, reads, writes) = match (keeps_sums, first, last) {
                (false, true, _) => (self.kernels, from, to),
                (false, ..) => (ends(self.stored, self.stored), to, to),
                (true, true, _) => (ends(self.from, A::TYPE), from, Place::Sums),
                (true, _, true) => (ends(A::TYPE, self.stored), Place::Sums, to),
                (true, ..) => (ends(A::TYPE, A::TYPE), Place::Sums, Place::Sums),
            };
            steps.push(Step::Sweep(Box::new(SweepStep {
                filters: filters.clone(),
                kernels,
                cval: self.cval,
                hardware: self.hardware_of(i),
                from: reads,
                to: writes,
                last,
            })));
            if keeps_sums && !last && self.kernels.rounds_intermediate() {
                steps.push(Step::Intermediate { sums: Place::Sums, kernels: self.kernels });
            }
        }
        steps
    }

    /// For the sweep of this number: whether the output takes it or an array of sums.
    fn hardware_of(&self, number: usize) -> Hardware {
        let last = number + 1 == self.sweeps.len();
        let sums = self.keeps_sums() && !last;
        if sums { self.hardware.storing_sums::<A>() } else { self.hardware }
    }

    /// All sweeps as one, if they are those of a volume and sums are not rounded between them.
    fn volume(&self, shape: &[usize]) -> Option<Volume<'_, A>> {
        let volume = Volume::of(&self.sweeps, self.hardware, shape);
        volume.filter(|_| !self.kernels.rounds_intermediate())
    }

    /// Whether arrays of this shape are volumes, two sweeps over which may be made one.
    pub(crate) fn is_volume(&self, shape: &[usize]) -> bool {
        self.volume(shape).is_some()
    }

    /// The first sweep, and its arrangement of an array in C order.
    fn in_c_order(&self, shape: &[usize]) -> Option<(&Fused<A>, Arrangement)> {
        let sweep = self.sweeps.first().filter(|_| !shape.contains(&0))?;
        let strides = c_strides(shape);
        let arrangement = Arrangement::choose(sweep.axes(), shape, &strides);
        Some((sweep, arrangement.merge(sweep.axes(), shape, [strides.as_slice()])))
    }

    /// How the first sweep stores an array in C order, to a `ring` of slices or not.
    pub(crate) fn stores(&self, shape: &[usize], ring: bool) -> Option<StorePolicy> {
        let (_, arrangement) = self.in_c_order(shape)?;
        let elements = shape.iter().fold(1, |all: usize, &len| all.saturating_mul(len));
        // A ring of slices is between the first sweep and the output.
        let hardware = if ring { self.hardware } else { self.hardware_of(0) };
        Some(hardware.stores(elements, arrangement.extent(shape)))
    }

    /// The tile of the first sweep over an array in C order.
    pub(crate) fn tile(&self, shape: &[usize], workers: usize) -> Option<TileShape> {
        let (sweep, arrangement) = self.in_c_order(shape)?;
        let extent = arrangement.extent(shape);
        let slices = shape.iter().product::<usize>() / (extent.row_len() * extent.rows);
        let transposed = arrangement.transposed(shape, &c_strides(shape), 1);
        let run = TileRun { transposed, parts: workers.div_ceil(slices), in_place: false };
        let hardware = self.hardware_of(0);
        Some(Tiling::choose(&sweep.tile_input(&arrangement, shape, &hardware, run)).shape())
    }

    /// The largest scratch that any layout can come to.
    pub(crate) fn needs(&self, shape: &[usize], workers: usize) -> ScratchSizes {
        let mut needs = ScratchSizes::default();
        self.each_tiling(shape, workers, |input, slices| {
            needs = needs.max(Tiling::choose(input).needs(input, slices));
        });
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
        }
        most
    }

    /// Calls `visit` with everything that a tiling can be chosen from, for any layout and up to so
    /// many workers, and the number of slices. Sweeps that are alike are visited once.
    fn each_tiling(
        &self,
        shape: &[usize],
        workers: usize,
        mut visit: impl FnMut(&TileInput, usize),
    ) {
        let elements = shape.iter().product::<usize>();
        let mut visited: Vec<(Hardware, bool, [bool; 2], Vec<AxisOfSweep>)> = Vec::new();
        for (number, sweep) in self.sweeps.iter().enumerate() {
            let last = number + 1 == self.sweeps.len();
            let hardware = self.hardware_of(number);
            // With an array of sums, the first sweep and the last are never in place.
            let never = self.keeps_sums() && (number == 0 || last);
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

/// Pixels of a slice at most, and slices at least, that are filtered along one axis after the
/// other: many tiny slices fill vectors together, and cost a panel each by themselves.
const TINY: usize = 144;
const MANY: usize = 64;

/// Whether slices are many and tiny.
fn are_tiny<A>(filters: &[AxisFilter<A>], kept: &KeptAxes) -> bool {
    let of = |wanted: bool| {
        let filtered = |axis: usize| filters.iter().any(|filter| filter.axis == axis);
        let lengths = kept.planned().iter().enumerate();
        lengths.filter(move |&(axis, _)| filtered(axis) == wanted).map(|(_, &len)| len)
    };
    let product = |lengths: &mut dyn Iterator<Item = usize>| lengths.fold(1, usize::saturating_mul);
    product(&mut of(true)) <= TINY && product(&mut of(false)) >= MANY
}

/// Groups passes into sweeps: one pair of neighbours is fused, if they are to be `together` or
/// slices are worth it.
fn group<A: Arithmetic>(
    passes: &[Pass],
    kept: &KeptAxes,
    together: bool,
) -> Result<Vec<Fused<A>>, Error> {
    let filters = along_kept(passes, kept)?;
    let fuses = together || !are_tiny(&filters, kept);
    // The last axis is the likeliest to be contiguous: its pass is fused with a neighbour.
    let last = (0..filters.len()).max_by_key(|&i| filters[i].axis).unwrap_or(0);
    let first = if last + 1 < filters.len() { last } else { last.saturating_sub(1) };
    let mut sweeps = Vec::new();
    let mut filters = filters.into_iter().enumerate();
    while let Some((i, filter)) = filters.next() {
        let partner = if i == first && fuses { filters.next() } else { None };
        let filters = match partner {
            Some((_, second)) => Filters::Pair { first: filter, second },
            None => Filters::Single(filter),
        };
        sweeps.push(Fused { filters, also: None, split: None });
    }
    Ok(sweeps)
}

/// The passes along the axes that are kept, each with those along other axes that follow it.
fn along_kept<A: Arithmetic>(
    passes: &[Pass],
    kept: &KeptAxes,
) -> Result<Vec<AxisFilter<A>>, Error> {
    let (mut filters, mut before): (Vec<AxisFilter<A>>, _) = (Vec::new(), Vec::new());
    for pass in passes {
        if let Some(axis) = kept.place(pass.axis) {
            let before = std::mem::take(&mut before);
            filters.push(AxisFilter { before, ..AxisFilter::new(pass, axis)? });
        } else {
            let points = filters.last_mut().map_or(&mut before, |filter| &mut filter.after);
            points.push(PointFilter::new(pass)?);
        }
    }
    assert!(before.is_empty(), "of the axes of every term one is kept");
    Ok(filters)
}

fn c_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}
