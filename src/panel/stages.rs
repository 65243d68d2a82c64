//! The stages of a panel, built from what a step does to every panel.

use std::ops::Range;

use gausstack_kernels::{Arithmetic, Extent, Kernels};

use crate::panel::column_pass::ColumnPass;
use crate::panel::column_then_row::ColumnThenRow;
use crate::panel::row_loader::RowLoader;
use crate::panel::row_pass::RowPass;
use crate::panel::row_store::RowStore;
use crate::panel::scratch::PanelKey;
use crate::panel::source::{ColumnRanges, Lookahead};
use crate::plan::axis_filter::Join;
use crate::plan::fused::FusedPasses;
use crate::plan::layout::PassOrder;
use crate::plan::leaving::LeavingRows;
use crate::plan::missing::SampleSplit;
use crate::plan::sizes::Rows;
use crate::plan::terms::PassFilters;
use crate::plan::tile::Tiling;
use crate::plan::window::Window;
use crate::request::Mode;

/// What a step does to every panel of a slice.
pub(crate) struct PanelFilter<'p, A> {
    /// From the source to the output.
    pub(crate) kernels: Kernels<A>,
    /// From rows of scratch to the output, for a row pass that comes second.
    pub(crate) second_kernels: Kernels<A>,
    pub(crate) passes: FusedPasses<'p, A>,
    /// How two terms are joined; `None` if there is one.
    pub(crate) join: Option<Join>,
    /// How samples are split into numbers and validity, if some may be missing.
    pub(crate) split: Option<SampleSplit>,
    pub(crate) order: PassOrder,
    /// The slice.
    pub(crate) extent: Extent,
    pub(crate) tiling: Tiling,
    /// Columns of the source are contiguous in memory, its rows are not.
    pub(crate) source_transposed: bool,
    /// Elements from one row of the source to the next, if a column pass that comes first can read
    /// them where they lie.
    pub(crate) source_pitch: Option<usize>,
    /// Bytes from the slice of the source to the one after it.
    pub(crate) next_slice: Option<isize>,
    /// The output leaves past the caches.
    pub(crate) streaming: bool,
}

/// A panel of a slice: all that one task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) inner: Range<usize>,
}

impl Region {
    /// The first row, column and inner element.
    pub(crate) fn first(&self) -> [usize; 3] {
        [self.rows.start, self.columns.start, self.inner.start]
    }
}

/// The passes of a panel in their order, and what loads rows if the row pass is not the first.
#[expect(clippy::large_enum_variant, reason = "a panel has one, and leaves it where it is")]
pub(crate) enum Stages<'p, A> {
    RowPassFirst {
        row: RowPass<'p, A>,
        column: ColumnPass<'p, A>,
    },
    ColumnPassFirst {
        loader: RowLoader<'p, A>,
        passes: ColumnThenRow<'p, A>,
    },
    RowPassAlone {
        row: RowPass<'p, A>,
        /// The rows that the panel's rows need: themselves.
        window: Window,
        store: RowStore<'p, A>,
    },
    ColumnPassAlone {
        loader: RowLoader<'p, A>,
        column: ColumnPass<'p, A>,
    },
}

impl<'p, A: Arithmetic> Stages<'p, A> {
    /// What tables and constant lines are made from.
    pub(crate) fn key(&self) -> PanelKey {
        match self {
            Self::RowPassFirst { row, column } => PanelKey::RowPassFirst(row.key(), column.key()),
            Self::ColumnPassFirst { passes: ColumnThenRow { column, rows, .. }, .. } => {
                PanelKey::ColumnPassFirst(rows.first.key(), column.key())
            }
            Self::RowPassAlone { row, .. } => PanelKey::RowPassAlone(row.key()),
            Self::ColumnPassAlone { column, .. } => PanelKey::ColumnPassAlone(column.key()),
        }
    }

    /// The rows that the panel's rows need.
    pub(crate) fn window(&self) -> &Window {
        match self {
            Self::RowPassFirst { column, .. } | Self::ColumnPassAlone { column, .. } => {
                &column.window
            }
            Self::ColumnPassFirst { passes, .. } => &passes.column.window,
            Self::RowPassAlone { window, .. } => window,
        }
    }

    pub(crate) fn column_pass(&self) -> Option<&ColumnPass<'p, A>> {
        match self {
            Self::RowPassFirst { column, .. } | Self::ColumnPassAlone { column, .. } => {
                Some(column)
            }
            Self::ColumnPassFirst { passes, .. } => Some(&passes.column),
            Self::RowPassAlone { .. } => None,
        }
    }

    pub(crate) fn kernels(&self) -> &'p Kernels<A> {
        match self {
            Self::RowPassFirst { column, .. } | Self::ColumnPassAlone { column, .. } => {
                column.kernels
            }
            Self::ColumnPassFirst { passes, .. } => passes.store.kernels,
            Self::RowPassAlone { store, .. } => store.kernels,
        }
    }

    /// The column pass, if it stores the output.
    pub(crate) fn storing_column_pass(&self) -> Option<&ColumnPass<'p, A>> {
        match self {
            Self::RowPassFirst { column, .. } | Self::ColumnPassAlone { column, .. } => {
                Some(column)
            }
            Self::ColumnPassFirst { .. } | Self::RowPassAlone { .. } => None,
        }
    }
}

impl<A: Arithmetic> PanelFilter<'_, A> {
    /// The stages of the panel of a region.
    pub(crate) fn stages(&self, region: &Region) -> Stages<'_, A> {
        match (self.passes.row, self.passes.column, self.order) {
            (Some(row), Some(column), PassOrder::RowPassFirst) => Stages::RowPassFirst {
                row: self.row_pass(row, region, true),
                column: self.column_pass(column, region, true),
            },
            (Some(row), Some(column), PassOrder::ColumnPassFirst) => {
                let row = self.second_row_pass(row, region);
                let columns = row.source_columns();
                Stages::ColumnPassFirst {
                    loader: self.loader(column, region, columns.clone(), self.tiling.source_ring),
                    passes: ColumnThenRow {
                        column: ColumnPass {
                            source_pitch: self.source_pitch(column, &columns),
                            ..self.column_pass(column, region, false)
                        },
                        held: self.tiling.held,
                        columns,
                        rows: row.apart(),
                        store: self.row_store(region),
                        lookahead: self.lookahead(),
                    },
                }
            }
            (Some(row), None, _) => Stages::RowPassAlone {
                row: self.row_pass(row, region, false),
                window: self.row_window(region, (0, Mode::Nearest)),
                store: self.row_store(region),
            },
            (None, Some(column), _) => {
                let columns = [region.columns.clone(), 0..0, 0..0];
                Stages::ColumnPassAlone {
                    loader: self.loader(column, region, columns, self.tiling.ring),
                    column: self.column_pass(column, region, true),
                }
            }
            (None, None, _) => unreachable!("a step filters along an axis"),
        }
    }

    /// How rows leave beside the sums of any pass, if they do.
    pub(crate) fn leaving(&self) -> Option<LeavingRows> {
        self.tiling.leaving.filter(|_| self.streaming)
    }

    pub(crate) fn lookahead(&self) -> Lookahead {
        let (rows, lanes) = (self.extent.rows, self.kernels.lanes());
        Lookahead { rows, lanes, next_slice: self.next_slice }
    }

    /// A row pass of the source.
    fn row_pass<'r>(
        &'r self,
        filters: PassFilters<'r, A>,
        region: &Region,
        followed: bool,
    ) -> RowPass<'r, A> {
        let (tiling, inner) = (&self.tiling, region.inner.len());
        let column_bytes = tiling.inner * self.kernels.lanes() * size_of::<A>();
        let filter = filters.first.filter;
        RowPass {
            kernels: &self.kernels,
            filters,
            split: self.split,
            window: Window::new(
                self.extent.columns,
                region.columns.clone(),
                filter.radius(),
                filter.mode,
                tiling.column_pace(column_bytes),
            ),
            slice_columns: self.extent.columns,
            panel_rows: region.rows.len(),
            inner,
            chunk: tiling.chunk,
            max_radius_in_row: tiling.max_radius_in_row,
            lookahead: self.lookahead(),
            target: tiling.ring,
            followed,
        }
    }

    /// A row pass of rows that were column-filtered.
    fn second_row_pass<'r>(
        &'r self,
        filters: PassFilters<'r, A>,
        region: &Region,
    ) -> RowPass<'r, A> {
        let pass = self.row_pass(filters, region, false);
        RowPass { kernels: &self.second_kernels, split: None, ..pass }
    }

    /// A column pass that stores the panel, or makes rows for a row pass.
    fn column_pass<'r>(
        &'r self,
        filters: PassFilters<'r, A>,
        region: &Region,
        last: bool,
    ) -> ColumnPass<'r, A> {
        let (tiling, filter) = (&self.tiling, filters.first.filter);
        ColumnPass {
            kernels: &self.kernels,
            filters,
            join: self.join.filter(|_| last),
            window: self.row_window(region, (filter.radius(), filter.mode)),
            columns: region.columns.len(),
            inner: region.inner.len(),
            ring: if last { tiling.ring } else { tiling.source_ring },
            strip_columns: tiling.strip_columns,
            strip: tiling.strip,
            group: tiling.group,
            streaming: self.streaming,
            source_pitch: None,
        }
    }

    /// The source's pitch, if a column pass over these columns reads its rows where they lie: none
    /// is constant beyond a border, nothing is done to them before, and none is shorter than a
    /// vector.
    fn source_pitch(&self, filters: PassFilters<'_, A>, columns: &ColumnRanges) -> Option<usize> {
        let shortest = columns.iter().map(Range::len).filter(|&len| len > 0).min();
        let whole = shortest.is_some_and(|len| len >= self.kernels.lanes());
        let begins = filters.iter().any(|(_, term)| term.begins());
        let as_is = filters.first.filter.mode != Mode::Constant && !begins;
        self.source_pitch.filter(|_| whole && as_is)
    }

    fn loader<'r>(
        &'r self,
        filters: PassFilters<'r, A>,
        region: &Region,
        columns: ColumnRanges,
        target: Rows,
    ) -> RowLoader<'r, A> {
        RowLoader {
            kernels: &self.kernels,
            split: self.split,
            filters,
            columns,
            inner: region.inner.len(),
            chunk: self.tiling.chunk,
            transposed: self.source_transposed,
            target,
        }
    }

    fn row_store(&self, region: &Region) -> RowStore<'_, A> {
        RowStore {
            kernels: &self.kernels,
            join: self.join,
            rows: self.tiling.ring,
            columns: region.columns.len(),
            inner: region.inner.len(),
            streaming: self.streaming,
        }
    }

    fn row_window(&self, region: &Region, (radius, mode): (usize, Mode)) -> Window {
        let pace = self.tiling.row_pace(self.kernels.lanes());
        Window::new(self.extent.rows, region.rows.clone(), radius, mode, pace)
    }
}
