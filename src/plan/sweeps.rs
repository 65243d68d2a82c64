//! The passes of a filtered image, grouped into sweeps over the data.
//!
//! | passes | sweeps |
//! |---|---|
//! | along all axes of many small slices, outputs in C order | one, a slice in each lane |
//! | along a long axis and few columns, outputs in C order | one along each, a row of columns in each lane |
//! | along other axes of many tiny slices | one along each |
//! | with an axis that is resampled | neighbours that are resampled, or that are not, two by two |
//! | others | the last axis with a neighbour in the order of passes, the rest one by one |

use gausstack_kernels::Arithmetic;

use crate::array::memory_order::Order;
use crate::error::Error;
use crate::plan::axis_filter::AxisFilter;
use crate::plan::fused::{Filters, Fused};
use crate::plan::hardware::Hardware;
use crate::plan::ideal::step::Resampled;
use crate::plan::kept_axes::KeptAxes;
use crate::plan::lanes::LaneFilters;
use crate::plan::layout::are_few_columns;
use crate::plan::point_filter::PointFilter;
use crate::request::{Mode, Pass};

/// What one sweep over the data does.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a term has a few of them, made once")]
pub(crate) enum SweepFilters<A> {
    /// Planes of one slice after the other, along one axis or two.
    Planes(Fused<A>),
    /// Blocks of slices, one a lane, along all axes of a slice.
    Lanes(LaneFilters<A>),
    /// Planes that are resampled along one axis or two.
    Resampled(Resampled<A>),
}

/// The sweeps of a term, by the order of the output in memory.
#[derive(Clone, Debug)]
pub(crate) struct Sweeps<A> {
    /// Over planes.
    any: Vec<SweepFilters<A>>,
    c_order: Option<Vec<SweepFilters<A>>>,
    /// Those of C order suit rows with gaps between them too.
    suit_gaps: bool,
}

impl<A> Sweeps<A> {
    /// Those of an output of that order.
    pub(crate) fn of(&self, order: Order) -> &[SweepFilters<A>] {
        let is_c_order = match order {
            Order::C => true,
            Order::Gaps => self.suit_gaps,
            Order::Other => false,
        };
        self.c_order.as_ref().filter(|_| is_c_order).unwrap_or(&self.any)
    }

    /// Those of each order, alike ones once.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[SweepFilters<A>]> {
        std::iter::once(&self.any).chain(&self.c_order).map(Vec::as_slice)
    }

    /// Those of an order that has none of its own.
    pub(crate) fn any_mut(&mut self) -> &mut [SweepFilters<A>] {
        &mut self.any
    }

    /// Whether orders differ.
    pub(crate) fn differ(&self) -> bool {
        self.c_order.is_some()
    }
}

/// How the passes of a term may be grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Two passes have to be one sweep over planes: terms are joined in it.
    Together,
    /// Sweeps have to go over planes: the first splits samples.
    Planes,
    /// Passes may be apart, but what is between two sweeps is an array of sums.
    Costly,
    /// Passes may be apart: between two sweeps the output holds the sums.
    Free,
}

/// The sweeps of passes, which are in order.
pub(crate) fn sweeps<A: Arithmetic>(
    (passes, cval): (&[Pass], f64),
    kept: &KeptAxes,
    grouping: Grouping,
    hardware: &Hardware,
) -> Result<Sweeps<A>, Error> {
    let filters = along_kept(passes, kept)?;
    if filters.iter().any(|filter| filter.resampling.is_some()) {
        return Ok(Sweeps { any: resampled(filters, cval), c_order: None, suit_gaps: false });
    }
    let together = grouping == Grouping::Together || !are_tiny(&filters, kept);
    let any = fused(filters.clone(), together).into_iter().map(planes).collect();
    let mut sweeps = Sweeps { any, c_order: None, suit_gaps: false };
    if matches!(grouping, Grouping::Together | Grouping::Planes) || hardware.forced.tile.is_some() {
        return Ok(sweeps);
    }
    if LaneFilters::suit(&filters, kept, hardware) {
        let lanes = LaneFilters::new(filters, kept, hardware);
        sweeps.suit_gaps = lanes.suit_gaps();
        sweeps.c_order = Some(vec![SweepFilters::Lanes(lanes)]);
    } else if grouping == Grouping::Free && has_few_columns(&filters, kept) {
        let apart = filters.into_iter().map(|filter| {
            if LaneFilters::suit(std::slice::from_ref(&filter), kept, hardware) {
                SweepFilters::Lanes(LaneFilters::new(vec![filter], kept, hardware))
            } else {
                planes(Filters::Single(filter))
            }
        });
        let apart: Vec<_> = apart.collect();
        if apart.iter().all(|sweep| matches!(sweep, SweepFilters::Planes(_))) {
            return Ok(sweeps);
        }
        let suit_gaps = |sweep: &SweepFilters<A>| match sweep {
            SweepFilters::Planes(_) | SweepFilters::Resampled(_) => true,
            SweepFilters::Lanes(lanes) => lanes.suit_gaps(),
        };
        sweeps.suit_gaps = apart.iter().all(suit_gaps);
        sweeps.c_order = Some(apart);
    }
    Ok(sweeps)
}

/// Sweeps in the order of passes: neighbours that are resampled, or that are not, two by two.
fn resampled<A: Arithmetic>(filters: Vec<AxisFilter<A>>, cval: f64) -> Vec<SweepFilters<A>> {
    let resamples = |filter: &AxisFilter<A>| filter.resampling.is_some();
    let mut sweeps = Vec::new();
    for run in filters.chunk_by(|one, next| resamples(one) == resamples(next)) {
        if !resamples(&run[0]) {
            sweeps.extend(fused(run.to_vec(), true).into_iter().map(planes));
            continue;
        }
        // One within the stages of the other, they are one after the other only if each leaves a
        // constant as it is.
        let constant = run.iter().any(|filter| filter.mode == Mode::Constant) && cval != 0.0;
        let smooths = |filter: &AxisFilter<A>| filter.order == 0;
        let together = !constant || (cval.is_finite() && run.iter().all(smooths));
        for axes in run.chunks(if together { 2 } else { 1 }) {
            sweeps.push(SweepFilters::Resampled(Resampled::new(axes.to_vec())));
        }
    }
    sweeps
}

/// The filters of passes that have to be one sweep over planes.
pub(crate) fn filters_together<A: Arithmetic>(
    passes: &[Pass],
    kept: &KeptAxes,
) -> Result<Filters<A>, Error> {
    Ok(fused(along_kept(passes, kept)?, true).swap_remove(0))
}

/// Whether two axes are filtered, the last of which is short and the other long.
fn has_few_columns<A>(filters: &[AxisFilter<A>], kept: &KeptAxes) -> bool {
    let (planned, last) = (kept.planned(), kept.planned().len() - 1);
    match filters {
        [a, b] if a.axis.max(b.axis) == last => {
            let lengths = [planned[a.axis.min(b.axis)], planned[last]];
            are_few_columns(lengths, planned.len() > 2)
        }
        _ => false,
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

/// The filters of each sweep: one pair of neighbours is fused if they are to be `together`.
fn fused<A: Arithmetic>(filters: Vec<AxisFilter<A>>, together: bool) -> Vec<Filters<A>> {
    // The last axis is the likeliest to be contiguous: its pass is fused with a neighbour.
    let last = (0..filters.len()).max_by_key(|&i| filters[i].axis).unwrap_or(0);
    let first = if last + 1 < filters.len() { last } else { last.saturating_sub(1) };
    let mut sweeps = Vec::new();
    let mut filters = filters.into_iter().enumerate();
    while let Some((i, filter)) = filters.next() {
        let partner = if i == first && together { filters.next() } else { None };
        sweeps.push(match partner {
            Some((_, second)) => Filters::Pair { first: filter, second },
            None => Filters::Single(filter),
        });
    }
    sweeps
}

fn planes<A>(filters: Filters<A>) -> SweepFilters<A> {
    SweepFilters::Planes(Fused { filters, also: None, split: None })
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
            filters
                .push(AxisFilter { before, ..AxisFilter::new(pass, axis, kept.planned()[axis])? });
        } else {
            let points = filters.last_mut().map_or(&mut before, |filter| &mut filter.after);
            points.push(PointFilter::new(pass)?);
        }
    }
    assert!(before.is_empty(), "of the axes of every term one is kept");
    Ok(filters)
}
