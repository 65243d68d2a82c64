//! The filters of one sweep over the data: along one axis, or along two fused.

use gausstack_kernels::Arithmetic;

use crate::panel::slice::Also;
use crate::plan::axis_filter::{AxisFilter, Join};
use crate::plan::hardware::Hardware;
use crate::plan::layout::{Arrangement, PassOrder, SweepAxes};
use crate::plan::missing::Parting;
use crate::plan::tile::TileInput;
use crate::request::Mode;

/// One sweep over the data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fused<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) also: Option<SecondTerm<A>>,
    /// Of samples some of which may be missing.
    pub(crate) parting: Option<Parting>,
}

/// The filters of a sweep: along two axes fused, or along one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filters<A> {
    Pair { first: AxisFilter<A>, second: AxisFilter<A> },
    Single(AxisFilter<A>),
}

/// Other filters of the same radii along the same axes, and what becomes of the two results.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SecondTerm<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) join: Join,
}

impl<A: Arithmetic> Filters<A> {
    /// The filters along columns and along rows.
    pub(crate) fn along(
        &self,
        arrangement: &Arrangement,
    ) -> (Option<&AxisFilter<A>>, Option<&AxisFilter<A>>) {
        match self {
            Self::Pair { first, second } => match arrangement.order {
                PassOrder::RowPassFirst => (Some(first), Some(second)),
                PassOrder::ColumnPassFirst => (Some(second), Some(first)),
            },
            Self::Single(filter) if arrangement.column == Some(filter.axis) => (Some(filter), None),
            Self::Single(filter) => (None, Some(filter)),
        }
    }
}

impl<A: Arithmetic> Fused<A> {
    pub(crate) fn axes(&self) -> SweepAxes {
        match &self.filters {
            Filters::Pair { first, second } => {
                SweepAxes::Pair { first: first.axis, second: second.axis }
            }
            Filters::Single(filter) => SweepAxes::Single(filter.axis),
        }
    }

    /// What a tiling depends on of each filtered axis.
    pub(crate) fn axes_of_sweep(&self, shape: &[usize]) -> Vec<AxisOfSweep> {
        let of = |filter: &AxisFilter<A>| AxisOfSweep {
            len: shape[filter.axis],
            radius: filter.radius(),
            mode: filter.mode,
        };
        match &self.filters {
            Filters::Pair { first, second } => vec![of(first), of(second)],
            Filters::Single(filter) => vec![of(filter)],
        }
    }

    /// The second term.
    pub(crate) fn also(&self, arrangement: &Arrangement) -> Option<Also<'_, A>> {
        let SecondTerm { filters, join } = self.also.as_ref()?;
        let (along_columns, along_rows) = filters.along(arrangement);
        Some(Also { along_columns, along_rows, join: *join })
    }

    /// What the tiling of an arrangement depends on.
    pub(crate) fn tile_input(
        &self,
        arrangement: &Arrangement,
        shape: &[usize],
        hardware: &Hardware,
        run: TileRun,
    ) -> TileInput {
        let radius = |filter: Option<&AxisFilter<A>>| filter.map(|f| (f.radius(), f.mode));
        let (along_columns, along_rows) = self.filters.along(arrangement);
        TileInput {
            extent: arrangement.extent(shape),
            order: arrangement.order,
            along_columns: radius(along_columns),
            along_rows: radius(along_rows),
            lanes: hardware.lanes,
            register_rows: hardware.register_rows,
            terms: 1 + usize::from(self.also.is_some()),
            sources: 1 + usize::from(self.parting.is_some()),
            size: size_of::<A>(),
            output_size: hardware.output_size,
            caches: hardware.caches,
            forced: hardware.forced.tile,
            turned: run.turned,
            parts: run.parts,
            in_place: run.in_place,
        }
    }
}

/// A filtered axis as far as a tiling depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AxisOfSweep {
    len: usize,
    radius: usize,
    mode: Mode,
}

/// What of a tiling depends on the arrays of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRun {
    pub(crate) turned: bool,
    pub(crate) parts: usize,
    pub(crate) in_place: bool,
}
