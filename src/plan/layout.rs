//! Which axis of an array plays which part in a plane.
//!
//! The order of summation follows the logical axes alone. Memory order decides only how pixels
//! travel: which of the axes that are not filtered become lanes, and which become loops.

use gausstack_kernels::{Extent, Strides};
use ndarray::{ArrayBase, Axis, IxDyn, RawData};

/// The parts that an array's axes play in one step. A missing axis has length 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrangement {
    /// The column pass runs along this axis, or its lines are the lanes of the row pass.
    pub(crate) row: Option<usize>,
    /// The row pass runs along this axis, or its lines are the lanes of the column pass.
    pub(crate) column: Option<usize>,
    /// Interleaved images.
    pub(crate) inner: Option<usize>,
    /// Which of two passes comes first.
    pub(crate) order: PassOrder,
    /// Columns and interleaved images are contiguous in memory and count as columns together.
    pub(crate) merged: bool,
}

/// Which of two fused passes comes first. Sums are rounded in between, so that the order is part of
/// the result and follows the logical axes; memory order decides which of the two axes lies along
/// rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassOrder {
    RowPassFirst,
    ColumnPassFirst,
}

/// The axes that a step filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SweepAxes {
    /// Two, in the order of their passes.
    Pair { first: usize, second: usize },
    /// One, by whichever pass suits it.
    Single(usize),
}

impl SweepAxes {
    /// The axes that are not filtered, at most two of each length: a plane has at most two axes
    /// beside the filtered one.
    fn others(self, shape: &[usize]) -> Vec<usize> {
        let filtered = |axis: usize| match self {
            Self::Pair { first, second } => axis == first || axis == second,
            Self::Single(filtered) => axis == filtered,
        };
        let mut others: Vec<usize> = Vec::new();
        for axis in (0..shape.len()).filter(|&axis| !filtered(axis)) {
            if others.iter().filter(|&&other| shape[other] == shape[axis]).count() < 2 {
                others.push(axis);
            }
        }
        others
    }
}

/// The least length of an innermost axis that fills panels by itself; a shorter one is joined with
/// the next.
const LONG_ENOUGH: usize = 4096;

/// The most elements of an innermost axis that count as few: rows of so few leave vectors empty, or
/// cost a call each.
const FEW: usize = 16;

/// The least length of a line whose samples are few elements each and that is alone: what its ends
/// reach is summed with empty lanes.
const LONG_LINE: usize = 1024;

impl Arrangement {
    /// Chooses the parts that suit an output of these strides.
    pub(crate) fn choose(axes: SweepAxes, shape: &[usize], strides: &[isize]) -> Self {
        let stride = |axis: usize| strides[axis].unsigned_abs();
        // Of the axes that pass, the nearest in memory.
        let nearest = |pass: &dyn Fn(usize) -> bool| {
            (0..shape.len())
                .rev()
                .filter(|&axis| shape[axis] > 1 && pass(axis))
                .min_by_key(|&axis| stride(axis))
        };
        match axes {
            SweepAxes::Pair { first, second } => {
                let inner = nearest(&|axis| axis != first && axis != second)
                    .filter(|&axis| stride(axis) < stride(first).min(stride(second)));
                // What is one row long is summed along its columns, wherever it lies.
                let nearer = match (shape[first], shape[second]) {
                    (1, _) => true,
                    (_, 1) => false,
                    _ => stride(second) < stride(first),
                };
                Self::pair(first, second, inner, nearer)
            }
            SweepAxes::Single(filtered) => {
                let order = PassOrder::RowPassFirst;
                let closer = nearest(&|axis| axis != filtered)
                    .filter(|&axis| shape[filtered] == 1 || stride(axis) < stride(filtered));
                match closer {
                    Some(axis) if shape[axis] >= LONG_ENOUGH => Self {
                        row: Some(filtered),
                        column: Some(axis),
                        inner: None,
                        order,
                        merged: false,
                    },
                    Some(axis) => {
                        let next = nearest(&|other| other != filtered && other != axis);
                        let apart = next.is_none_or(|next| stride(next) > stride(filtered));
                        if apart && is_interleaved(filtered, axis, next, shape) {
                            return Self::interleaved(filtered, axis, next);
                        }
                        let (column, inner) = next.map_or((axis, None), |next| (next, Some(axis)));
                        Self {
                            row: Some(filtered),
                            column: Some(column),
                            inner,
                            order,
                            merged: false,
                        }
                    }
                    None => {
                        let row = (0..shape.len())
                            .filter(|&axis| axis != filtered)
                            .max_by_key(|&axis| shape[axis]);
                        Self { row, column: Some(filtered), inner: None, order, merged: false }
                    }
                }
            }
        }
    }

    /// Arranges two axes: the second lies along rows if it is `nearer` in memory.
    fn pair(first: usize, second: usize, inner: Option<usize>, nearer: bool) -> Self {
        if nearer {
            let order = PassOrder::ColumnPassFirst;
            Self { row: Some(first), column: Some(second), inner, order, merged: false }
        } else {
            let order = PassOrder::RowPassFirst;
            Self { row: Some(second), column: Some(first), inner, order, merged: false }
        }
    }

    /// Lines whose samples are few elements each, from the nearest axis in memory: the lines are rows,
    /// and so is what they lie next to.
    fn interleaved(filtered: usize, few: usize, next: Option<usize>) -> Self {
        let (column, inner, order) = (Some(filtered), Some(few), PassOrder::RowPassFirst);
        Self { row: next, column, inner, order, merged: false }
    }

    /// Every arrangement that [`Arrangement::choose`] returns for any strides, but only one of
    /// those with equal lengths.
    pub(crate) fn candidates(axes: SweepAxes, shape: &[usize]) -> Vec<Self> {
        let all = axes.others(shape);
        let others = |used: &[usize]| {
            let used = used.to_vec();
            all.iter().copied().filter(move |axis| !used.contains(axis))
        };
        match axes {
            SweepAxes::Pair { first, second } => std::iter::once(None)
                .chain(others(&[first, second]).map(Some))
                .flat_map(|inner| {
                    [false, true].map(|nearer| Self::pair(first, second, inner, nearer))
                })
                .collect(),
            SweepAxes::Single(filtered) => {
                let order = PassOrder::RowPassFirst;
                let lanes = others(&[filtered]).map(|axis| Self {
                    row: Some(filtered),
                    column: Some(axis),
                    inner: None,
                    order,
                    merged: false,
                });
                let joined = others(&[filtered]).flat_map(|axis| {
                    others(&[filtered, axis]).map(move |next| Self {
                        row: Some(filtered),
                        column: Some(next),
                        inner: Some(axis),
                        order,
                        merged: false,
                    })
                });
                let rows = std::iter::once(None).chain(others(&[filtered]).map(Some)).map(|row| {
                    Self { row, column: Some(filtered), inner: None, order, merged: false }
                });
                let merged = joined.clone().map(|arrangement| Self { merged: true, ..arrangement });
                let interleaved = others(&[filtered]).flat_map(|few| {
                    let next = others(&[filtered, few]).map(Some);
                    std::iter::once(None)
                        .chain(next)
                        .filter(move |&next| is_interleaved(filtered, few, next, shape))
                        .map(move |next| Self::interleaved(filtered, few, next))
                });
                lanes.chain(joined).chain(merged).chain(rows).chain(interleaved).collect()
            }
        }
    }

    fn parts(&self) -> [Option<usize>; 3] {
        [self.row, self.column, self.inner]
    }

    /// The plane's lengths.
    pub(crate) fn extent(&self, shape: &[usize]) -> Extent {
        let len = |axis: Option<usize>| axis.map_or(1, |axis| shape[axis]);
        let (rows, columns, inner) = (len(self.row), len(self.column), len(self.inner));
        if self.merged {
            Extent { rows, columns: columns * inner, inner: 1 }
        } else {
            Extent { rows, columns, inner }
        }
    }

    /// Merges columns and interleaved images to one axis, if every pass runs along rows and each of
    /// the arrays allows it.
    pub(crate) fn merge<'s>(
        self,
        axes: SweepAxes,
        shape: &[usize],
        arrays: impl IntoIterator<Item = &'s [isize]>,
    ) -> Self {
        let (Some(column), Some(inner)) = (self.column, self.inner) else { return self };
        let apart = axes != SweepAxes::Single(self.row.unwrap_or(column));
        let run = |strides: &[isize]| {
            strides[column] == strides[inner].wrapping_mul(shape[inner] as isize)
        };
        let merged = !apart && self.row.is_some() && arrays.into_iter().all(run);
        Self { merged, ..self }
    }

    /// Whether the plane's columns are contiguous in memory and its rows are not, neighbours being
    /// `one` apart.
    pub(crate) fn transposed(&self, shape: &[usize], strides: &[isize], one: usize) -> bool {
        let planes = self.plane_strides(strides);
        let run = planes.run(self.extent(shape)).unwrap_or(planes.inner);
        planes.row.unsigned_abs() == one && run.unsigned_abs() != one
    }

    /// The strides of the planes of an array with these strides.
    pub(crate) fn plane_strides(&self, strides: &[isize]) -> Strides {
        let stride = |axis: Option<usize>| axis.map_or(0, |axis| strides[axis]);
        Strides {
            row: stride(self.row),
            column: stride(if self.merged { self.inner } else { self.column }),
            inner: stride(self.inner),
        }
    }

    /// The axes that became the plane's rows, columns and inner elements.
    pub(crate) fn plane_axes(&self) -> [[Option<usize>; 2]; 3] {
        let [row, column, inner] = self.parts();
        let (columns, inner) =
            if self.merged { ([column, inner], None) } else { ([column, None], inner) };
        [[row, None], columns, [inner, None]]
    }

    /// The axes that became loops, the outermost first.
    pub(crate) fn loops(&self, ndim: usize) -> impl Iterator<Item = usize> {
        let parts = self.parts();
        (0..ndim).filter(move |&axis| !parts.contains(&Some(axis)))
    }

    /// The order of the array's axes as (loops, row, column, inner), without those that are
    /// missing.
    fn order(&self, ndim: usize) -> IxDyn {
        let mut order = IxDyn::zeros(ndim);
        let parts = self.parts().into_iter().flatten();
        for (place, axis) in self.loops(ndim).chain(parts).enumerate() {
            order[place] = axis;
        }
        order
    }

    /// Where the missing parts of (.., row, column, inner) are inserted, in order.
    fn missing(&self, ndim: usize) -> impl Iterator<Item = Axis> {
        let parts = self.parts();
        let loops = ndim - parts.iter().flatten().count();
        (0..3).filter(move |&part| parts[part].is_none()).map(move |part| Axis(loops + part))
    }

    /// A view, to read or to write, as (loops, row, column, inner).
    pub(crate) fn view<S: RawData>(&self, view: ArrayBase<S, IxDyn>) -> ArrayBase<S, IxDyn> {
        let ndim = view.ndim();
        let view = view.permuted_axes(self.order(ndim));
        let mut view = self.missing(ndim).fold(view, ArrayBase::insert_axis);
        if self.merged {
            let last = view.ndim() - 1;
            let merged = view.merge_axes(Axis(last - 1), Axis(last));
            debug_assert!(merged, "a run in memory");
            view.swap_axes(last - 1, last);
        }
        view
    }
}

/// The most elements that are summed as interleaved lines where the axis that they lie along is
/// filtered too, by a sweep of its own. (measured, both sweeps for two fused passes of f32 and f64:
/// with 8 columns 0.7 and 0.4, with 16 columns 1.1 and 0.7.)
const FEW_FILTERED: usize = 8;

/// Whether the short of two filtered axes, the nearer in memory, is so short that lines along the
/// other are summed with its elements interleaved; `looped` if there are axes beside these two.
pub(crate) fn are_few_columns([long, short]: [usize; 2], looped: bool) -> bool {
    short <= FEW_FILTERED && (looped || long >= LONG_LINE)
}

/// Whether lines are summed with `few` interleaved elements a sample, if those are nearest in memory
/// and `next` lies beyond the lines.
fn is_interleaved(filtered: usize, few: usize, next: Option<usize>, shape: &[usize]) -> bool {
    let long = next.is_some() || shape[filtered] >= LONG_LINE;
    shape[filtered] > 1 && shape[few] <= FEW && long
}
