//! Two terms joined to one, row by row.

use gausstack_kernels::{Arithmetic, Kernels};

use crate::plan::axis_filter::Join;
use crate::plan::sizes::Rows;

/// Joins `len` elements of each of the first `count` rows in `values`: a row of the first term
/// becomes what it is joined to with the second's.
pub(crate) fn join_rows<A: Arithmetic>(
    join: Join,
    kernels: &Kernels<A>,
    values: &mut [A],
    rows: Rows,
    (count, len): (usize, usize),
) {
    for row in 0..count {
        let (first, second) = values[row * rows.pitch..].split_at_mut(rows.second);
        let (first, second) = (&mut first[..len], &second[..len]);
        match join {
            Join::Combine(combine) => kernels.combine(combine, first, second),
            Join::Ratio { fill } => kernels.divide(first, second, A::from_f64(fill)),
        }
    }
}
