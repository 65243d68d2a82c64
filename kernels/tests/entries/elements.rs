//! Elements in memory to scratch and back, in every layout.

use crate::common::{LINE, Single, aligned, bits, each_level, layouts, noise, span};
use gausstack_kernels::{Extent, Plane, PlaneMut, SharedLines, Strides};

#[test]
fn columns_come_in_and_rows_go_out_in_every_layout() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for inner in [1, 3] {
            for (rows, columns) in [(1, 1), (2, 7), (lanes, lanes), (lanes - 1, 2 * lanes + 3)] {
                let extent = Extent { rows, columns, inner };
                for (strides, first) in layouts(extent) {
                    travel(kernels, extent, strides, first);
                }
            }
        }
    });
}

/// From a plane to columns, to rows, to a plane of the same layout: every element must return to
/// its place, and nothing else may be written.
fn travel(kernels: Single, extent: Extent, strides: Strides, first: usize) {
    let Extent { rows, columns, inner } = extent;
    let lanes = kernels.lanes();
    let source = noise(span(extent));
    let mut target = vec![7.0; source.len()];
    // SAFETY: `first` and the strides stay within the span, for every element of the extent.
    let plane = unsafe { Plane::new(source[first..].as_ptr(), extent, strides) };
    let width = columns * inner;
    let padded = width.next_multiple_of(lanes);
    let mut vectors = vec![0.0; padded * lanes];
    kernels.pack_columns(&plane, 0..rows, 0..columns, &mut vectors, lanes);
    // A pitch apart they are the same, and what is between them stays.
    let pitch = 2 * lanes + 1;
    let mut apart = vec![7.0; (width - 1) * pitch + lanes];
    kernels.pack_columns_apart(&plane, 0..rows, 0..columns, (&mut apart, pitch), 0);
    for (column, found) in apart.chunks(pitch).enumerate() {
        let (vector, between) = found.split_at(lanes);
        assert_eq!(
            vector,
            &vectors[column * lanes..(column + 1) * lanes],
            "{extent:?} {strides:?}"
        );
        assert!(between.iter().all(|&number| number == 7.0), "{extent:?} {strides:?}");
    }

    let mut ring = vec![0.0; rows * padded];
    let offsets: Vec<usize> = (0..rows).map(|row| row * padded).collect();
    kernels.unpack(&vectors, width, &mut ring, &offsets);
    let mut direct = vec![0.0; width];
    for row in 0..rows {
        kernels.load_row(&plane, row, 0..columns, &mut direct);
        assert_eq!(direct, ring[row * padded..row * padded + width], "{extent:?} {strides:?}");
    }
    for streaming in [false, true] {
        target.fill(7.0);
        // SAFETY: as above; the strides are those of distinct elements.
        let mut out = unsafe { PlaneMut::new(target[first..].as_mut_ptr(), extent, strides) };
        kernels.store(&ring, padded, &mut out, 0..rows, 0..columns, streaming);
        let mut expected = vec![7.0; source.len()];
        for row in 0..rows {
            for column in 0..columns {
                for i in 0..inner {
                    let offset = row as isize * strides.row
                        + column as isize * strides.column
                        + i as isize * strides.inner;
                    let at = (first as isize + offset) as usize;
                    expected[at] = source[at];
                }
            }
        }
        assert!(target == expected, "{extent:?} {strides:?} streaming {streaming}");
    }
}

/// Blocks of several tiles either way, and with parts of tiles at the ends.
#[test]
fn rows_of_any_number_of_tiles_go_out_in_every_layout() {
    each_level(|kernels| {
        let lanes = kernels.lanes();
        for (rows, columns) in [
            (3 * lanes, lanes),
            (2 * lanes + 3, lanes + 1),
            (2 * lanes, 3 * lanes),
            (lanes + 1, 2 * lanes + 3),
        ] {
            let extent = Extent { rows, columns, inner: 1 };
            for (strides, first) in layouts(extent) {
                let pitch = columns + 5;
                let sums = noise(rows * pitch);
                let mut target = vec![7.0; span(extent)];
                let mut expected = target.clone();
                for (row, sums) in sums.chunks(pitch).enumerate() {
                    for (column, &sum) in sums[..columns].iter().enumerate() {
                        let offset = row as isize * strides.row + column as isize * strides.column;
                        expected[(first as isize + offset) as usize] = sum;
                    }
                }
                // SAFETY: `first` and the strides, of distinct elements, stay within the span.
                let mut plane =
                    unsafe { PlaneMut::new(target[first..].as_mut_ptr(), extent, strides) };
                kernels.store(&sums, pitch, &mut plane, 0..rows, 0..columns, false);
                drop(plane);
                assert!(target == expected, "{} {extent:?} {strides:?}", kernels.level());
            }
        }
    });
}

/// Elements in front of the first line boundary belong to the block on the left, those behind the
/// last to the block on the right; at an end of the rows, all are stored.
#[test]
fn ends_are_stored_up_to_their_shared_lines() {
    each_level(|kernels| {
        let margin = LINE;
        for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
            for len in [1, 3, margin - 1, margin, margin + 1, 3 * margin, 4 * margin + 5] {
                if right && len < margin {
                    continue;
                }
                for alignment in 0..margin {
                    end(kernels, SharedLines { left, right }, len, alignment);
                }
            }
        }
    });
}

fn end(kernels: Single, shared: SharedLines, len: usize, alignment: usize) {
    let margin = LINE;
    let about = (kernels.level(), shared, len, alignment);
    let (rows, pitch, column) = (3, margin + len + 7, if shared.left { margin } else { 0 });
    let row_stride = 3 * margin + len + 9;
    let strip = aligned((rows - 1) * pitch + margin + len, 31);
    // Nothing of a plane reaches in front of its first column.
    let start = margin + alignment;
    let mut image = aligned(start + rows * row_stride, 32);
    let mut expected = image.to_vec();
    for row in 0..rows {
        let place = start + row * row_stride + column;
        let (before, behind) = (place % margin, (place + len) % margin);
        let first = if shared.left { place - before } else { place };
        let last = if shared.right { place + len - behind } else { place + len };
        for at in first..last {
            expected[at] = strip[row * pitch + margin + at - place];
        }
    }
    let extent = Extent { rows, columns: column + len, inner: 1 };
    let strides = Strides { row: row_stride as isize, column: 1, inner: 1 };
    // SAFETY: rows of fewer elements than the row stride behind `start`.
    let mut plane = unsafe { PlaneMut::new(image[start..].as_mut_ptr(), extent, strides) };
    kernels.store_end(&strip, pitch, &mut plane, 0..rows, column..column + len, shared);
    drop(plane);
    assert!(bits(&image) == bits(&expected), "{about:?}");
}
