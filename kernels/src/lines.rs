//! Planes of one extent as lines of evenly spaced elements, in the order of memory.

use crate::plane::{Extent, Strides};

/// The lines of `N` planes of one extent. The axes are sorted, turned round and merged to suit the
/// first plane, so that its elements are visited upwards in memory and in lines as long as can be.
#[derive(Debug)]
pub(crate) struct Lines<const N: usize> {
    /// The two outer axes, then the axis along the lines.
    axes: [Axis<N>; 3],
    /// Where each plane's first line starts, in elements from the plane's own first element.
    first: [isize; N],
}

#[derive(Clone, Copy, Debug)]
struct Axis<const N: usize> {
    len: usize,
    strides: [isize; N],
}

impl<const N: usize> Lines<N> {
    pub(crate) fn of(extent: Extent, planes: [Strides; N]) -> Self {
        let axis =
            |len, stride: fn(&Strides) -> isize| Axis { len, strides: planes.map(|s| stride(&s)) };
        let mut axes = [
            axis(extent.rows, |s| s.row),
            axis(extent.columns, |s| s.column),
            axis(extent.inner, |s| s.inner),
        ];
        let mut first = [0; N];
        for axis in &mut axes {
            if axis.strides[0] < 0 && axis.len > 1 {
                for (first, stride) in first.iter_mut().zip(&mut axis.strides) {
                    *first += *stride * (axis.len - 1) as isize;
                    *stride = -*stride;
                }
            }
        }
        // The smallest stride last; axes of one element count for nothing.
        axes.sort_by_key(|axis| {
            std::cmp::Reverse(if axis.len == 1 { isize::MAX } else { axis.strides[0] })
        });
        for outer in [1, 0] {
            let (mut above, mut below) = (axes[outer], axes[2]);
            let whole = |(&above, &below): (&isize, &isize)| {
                above == below.wrapping_mul(axes[2].len as isize)
            };
            if above.len == 1 || above.strides.iter().zip(&below.strides).all(whole) {
                below.len *= above.len;
                above.len = 1;
                (axes[outer], axes[2]) = (above, below);
            }
        }
        Self { axes, first }
    }

    /// Elements of a line.
    pub(crate) fn len(&self) -> usize {
        self.axes[2].len
    }

    /// Each plane's element stride along a line.
    pub(crate) fn strides(&self) -> [isize; N] {
        self.axes[2].strides
    }

    /// Where the lines start in each plane, in elements from the plane's first element.
    pub(crate) fn starts(&self) -> impl Iterator<Item = [isize; N]> {
        let [outer, inner, line] = self.axes;
        let count = if line.len == 0 { 0 } else { inner.len };
        (0..outer.len).flat_map(move |o| {
            (0..count).map(move |i| {
                std::array::from_fn(|plane| {
                    self.first[plane]
                        + o as isize * outer.strides[plane]
                        + i as isize * inner.strides[plane]
                })
            })
        })
    }
}
