//! The filters of one sweep over the data: along one axis, or along two fused.

use gausstack_kernels::Arithmetic;

use crate::plan::axis_filter::{AxisFilter, Join};
use crate::plan::hardware::Hardware;
use crate::plan::layout::{Arrangement, PassOrder, SweepAxes};
use crate::plan::missing::SampleSplit;
use crate::plan::terms::{PassFilters, TermFilter, Terms};
use crate::plan::tile::{TileInput, TileRun};
use crate::request::Mode;

/// One sweep over the data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fused<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) also: Option<SecondTerm<A>>,
    /// How samples are split into numbers and validity, if some may be missing.
    pub(crate) split: Option<SampleSplit>,
}

/// The filters of a sweep: along two axes fused, or along one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filters<A> {
    Pair { first: AxisFilter<A>, second: AxisFilter<A> },
    Single(AxisFilter<A>),
}

/// The filters of a second term, of the same radii along the same axes, and how both terms are
/// joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SecondTerm<A> {
    pub(crate) filters: Filters<A>,
    pub(crate) join: Join,
}

/// The filters of a sweep as an arrangement distributes them to the passes.
pub(crate) struct FusedPasses<'p, A> {
    /// The row pass, along columns.
    pub(crate) row: Option<PassFilters<'p, A>>,
    /// The column pass, along rows.
    pub(crate) column: Option<PassFilters<'p, A>>,
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

    /// Length, radius and mode of each filtered axis.
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

    /// The filters of each pass, `cval` being the value beyond a constant border.
    pub(crate) fn passes(&self, arrangement: &Arrangement, cval: A) -> FusedPasses<'_, A> {
        // Beyond a constant border all samples are valid.
        let second_cval = match self.join() {
            Some(Join::Ratio { .. }) => A::from_f64(1.0),
            _ => cval,
        };
        let (row, column) = self.filters.along(arrangement);
        let second = self.also.as_ref().map(|second| second.filters.along(arrangement));
        let terms = |first, second: Option<Option<_>>| {
            let second = second.map(|filter| filter.expect("both terms have the same passes"));
            Terms {
                first: TermFilter { filter: first, cval },
                second: second.map(|filter| TermFilter { filter, cval: second_cval }),
            }
        };
        FusedPasses {
            row: row.map(|row| terms(row, second.map(|(row, _)| row))),
            column: column.map(|column| terms(column, second.map(|(_, column)| column))),
        }
    }

    /// How two terms are joined; `None` if there is one.
    pub(crate) fn join(&self) -> Option<Join> {
        self.also.as_ref().map(|second| second.join)
    }

    /// The input of [`Tiling::choose`](crate::plan::tile::Tiling::choose) for an arrangement.
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
            terms: 1 + usize::from(self.also.is_some()),
            sources: 1 + usize::from(self.split.is_some()),
            size: size_of::<A>(),
            hardware: *hardware,
            run,
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
