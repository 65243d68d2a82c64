//! Where a box of an array lies in a file.

use crate::layout::Layout;
use crate::region::Region;

/// The runs of a region: elements that lie one behind the other in the file, in its order.
pub(crate) struct Runs {
    /// Bytes of a run.
    pub(crate) bytes: usize,
    /// How many there are.
    pub(crate) count: usize,
    /// Where the first begins, in bytes from the array's start.
    first: u64,
    /// Length and step of the axes that the runs differ in, the innermost first.
    axes: Vec<(usize, u64)>,
}

impl Runs {
    /// The runs of a region that lies in the array.
    pub(crate) fn new(layout: &Layout, region: &Region) -> Self {
        let strides = layout.strides();
        let first = region.start.iter().zip(&strides).map(|(&at, &step)| (at * step) as u64).sum();
        let mut bytes = layout.element.size();
        let mut axes = layout.order.axes(layout.shape.len()).into_iter().rev();
        for axis in axes.by_ref() {
            bytes *= region.shape[axis];
            if region.shape[axis] != layout.shape[axis] {
                break;
            }
        }
        let axes: Vec<_> = axes.map(|axis| (region.shape[axis], strides[axis] as u64)).collect();
        let count = if bytes == 0 { 0 } else { axes.iter().map(|(len, _)| len).product() };
        Self { bytes, count, first, axes }
    }

    /// Where a run begins, in bytes from the array's start. Later runs begin further behind.
    pub(crate) fn start(&self, mut run: usize) -> u64 {
        let mut at = self.first;
        for &(len, step) in &self.axes {
            at += (run % len) as u64 * step;
            run /= len;
        }
        at
    }
}

/// Copies the elements of a box from one array to another of their type and order: the box lies
/// somewhere in each.
pub(crate) fn copy(
    (from, from_region, from_bytes): (&Layout, &Region, &[u8]),
    (to, to_region, to_bytes): (&Layout, &Region, &mut [u8]),
) {
    let [from, to] = [Runs::new(from, from_region), Runs::new(to, to_region)];
    let bytes = from.bytes * from.count;
    // Runs are innermost axes of the same box: the longer are several of the shorter.
    let step = from.bytes.min(to.bytes);
    let place = |runs: &Runs, at: usize| runs.start(at / runs.bytes) as usize + at % runs.bytes;
    for at in (0..bytes).step_by(step.max(1)) {
        let source = &from_bytes[place(&from, at)..][..step];
        to_bytes[place(&to, at)..][..step].copy_from_slice(source);
    }
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::Order;

    #[test]
    fn runs_are_the_elements_of_a_region_in_the_order_of_the_file() {
        let shape = [3, 4, 5];
        for order in [Order::C, Order::Fortran] {
            let layout = Layout { shape: shape.to_vec(), element: ElementType::U16, order };
            let strides = layout.strides();
            for (ranges, count) in [
                ([0..3, 0..4, 0..5], [1, 1]),
                ([1..3, 0..4, 0..5], [1, 20]),
                ([0..3, 1..2, 0..5], [3, 5]),
                ([0..3, 0..4, 2..4], [12, 1]),
                ([1..2, 1..3, 2..4], [2, 4]),
                ([1..1, 0..4, 0..5], [0, 0]),
            ] {
                let mut region = Region::whole(&shape);
                for (axis, range) in ranges.iter().enumerate() {
                    region = region.along(axis, range.clone());
                }
                assert!(region.is_in(&shape));
                let mut expected = Vec::new();
                let [a, b, c] = ranges;
                for i in a {
                    for j in b.clone() {
                        for k in c.clone() {
                            expected.push(i * strides[0] + j * strides[1] + k * strides[2]);
                        }
                    }
                }
                expected.sort_unstable();
                let runs = Runs::new(&layout, &region);
                let of_run = |run| {
                    let start = runs.start(run) as usize;
                    (start..start + runs.bytes).step_by(2)
                };
                let found: Vec<usize> = (0..runs.count).flat_map(of_run).collect();
                assert_eq!(found, expected, "{order:?} {region:?}");
                let expected = if order == Order::C { count[0] } else { count[1] };
                assert_eq!(runs.count, expected, "{order:?} {region:?}");
            }
        }
    }

    #[test]
    fn a_box_is_copied_from_anywhere_to_anywhere() {
        let layout = |shape: &[usize]| Layout {
            shape: shape.to_vec(),
            element: ElementType::U16,
            order: Order::C,
        };
        let (from, to) = (layout(&[4, 5, 6]), layout(&[3, 4, 6]));
        let bytes: Vec<u8> = (0..240).collect();
        for (rows, columns) in [(2, 6), (4, 6), (4, 3), (1, 1), (0, 6)] {
            let part = |shape: &Layout, at: [usize; 3]| {
                let whole = Region::whole(&shape.shape).along(0, at[0]..at[0] + 2);
                whole.along(1, at[1]..at[1] + rows).along(2, at[2]..at[2] + columns)
            };
            let (source, target) = (part(&from, [1, 1, 0]), part(&to, [0, 0, 6 - columns]));
            let mut copied = [0; 144];
            copy((&from, &source, &bytes), (&to, &target, &mut copied));
            let mut expected = [0; 144];
            for plane in 0..2 {
                for row in 0..rows {
                    let from = 2 * ((plane + 1) * 30 + (row + 1) * 6);
                    let to = 2 * (plane * 24 + row * 6 + 6 - columns);
                    expected[to..to + 2 * columns]
                        .copy_from_slice(&bytes[from..from + 2 * columns]);
                }
            }
            assert_eq!(copied, expected, "{rows} x {columns}");
        }
    }
}
