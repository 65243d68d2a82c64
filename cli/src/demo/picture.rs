//! Before and after, side by side: a slice, and below it a corner of its block enlarged.

use std::io::BufWriter;

use gausstack::Element;
use ndarray::{Array2, Array3, ArrayView2, Axis, s};

use super::Job;
use crate::stack;
use crate::target::Target;

/// Widest side of a panel in pixels.
const PANEL: usize = 600;

/// Pixels between panels.
const GAP: usize = 8;

/// How much the detail is enlarged at least.
const ZOOM: usize = 4;

const WHITE: u8 = 255;

/// Writes the picture.
pub(super) fn draw<T>(target: Target, job: &Job<T>, smoothed: &Array3<T>) -> anyhow::Result<()>
where
    T: Element + Into<f64>,
{
    let axis = Axis(job.slice_axis);
    let slice = job.stack.len_of(axis) - 1;
    let before = job.stack.index_axis(axis, slice);
    let after = smoothed.index_axis(axis, slice);
    write(target, &compose(&before, &after))
}

fn write(target: Target, picture: &Array2<u8>) -> anyhow::Result<()> {
    let (height, width) = picture.dim();
    let file = BufWriter::new(target.file());
    let mut encoder = png::Encoder::new(file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.iter().copied().collect::<Vec<u8>>())?;
    writer.finish()?;
    target.publish()
}

/// Four panels: whole slices above, details below; the grey levels are those of `before`.
fn compose<T>(before: &ArrayView2<'_, T>, after: &ArrayView2<'_, T>) -> Array2<u8>
where
    T: Copy + Into<f64>,
{
    let (low, high) =
        before.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(value.into()), high.max(value.into()))
        });
    let grey = |value: f64| {
        let share = (value - low) / (high - low).max(f64::MIN_POSITIVE);
        // NaN becomes black.
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let panels = |image: &ArrayView2<'_, T>| {
        let whole = shrink(image).mapv(grey);
        let detail = enlarge(&detail(image), whole.dim()).mapv(|value| grey(value.into()));
        [whole, detail]
    };
    let rows = [panels(before), panels(after)];
    let (height, width) = rows[0][0].dim();
    let mut picture = Array2::from_elem((2 * height + GAP, 2 * width + GAP), WHITE);
    for (column, panels) in rows.iter().enumerate() {
        for (row, panel) in panels.iter().enumerate() {
            let (top, left) = (row * (height + GAP), column * (width + GAP));
            picture.slice_mut(s![top..top + height, left..left + width]).assign(panel);
        }
    }
    picture
}

/// The mean of blocks, so that a slice of any size fits a panel.
fn shrink<T: Copy + Into<f64>>(image: &ArrayView2<'_, T>) -> Array2<f64> {
    let (rows, columns) = image.dim();
    let block = rows.max(columns).div_ceil(PANEL);
    Array2::from_shape_fn((rows.div_ceil(block), columns.div_ceil(block)), |(y, x)| {
        let (top, left) = (y * block, x * block);
        let (bottom, right) = ((top + block).min(rows), (left + block).min(columns));
        let block = image.slice(s![top..bottom, left..right]);
        block.iter().map(|&value| -> f64 { value.into() }).sum::<f64>() / block.len() as f64
    })
}

/// The pixels around the block's upper left corner, at most as many as a panel shows enlarged.
fn detail<'a, T>(image: &ArrayView2<'a, T>) -> ArrayView2<'a, T> {
    let (rows, columns) = image.dim();
    let side = (PANEL / ZOOM).min(rows.max(columns).div_ceil(ZOOM));
    let span = |len: usize, full: usize, side: usize| {
        let side = side.clamp(1, len);
        let first = stack::margin(len, full).saturating_sub(side / 2).min(len - side);
        first..first + side
    };
    // The same proportions as the slice, hence as the panel.
    let (height, width) = (side * rows / rows.max(columns), side * columns / rows.max(columns));
    image.slice_move(s![span(rows, 3000, height), span(columns, 5000, width)])
}

/// Every pixel as a square, cut to `size`.
fn enlarge<T: Copy>(image: &ArrayView2<'_, T>, size: (usize, usize)) -> Array2<T> {
    let (rows, columns) = image.dim();
    Array2::from_shape_fn(size, |(y, x)| image[[y * rows / size.0, x * columns / size.1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_shape_fits_and_grey_follows_the_values() {
        for (rows, columns) in [(1, 1), (1, 2000), (3, 2), (700, 50), (1300, 1900)] {
            let before = Array2::from_shape_fn((rows, columns), |(y, x)| (x + y) as f32);
            let picture = compose(&before.view(), &before.view());
            let (height, width) = picture.dim();
            assert!(width <= 2 * PANEL + GAP && height <= 2 * PANEL + GAP, "{rows} x {columns}");
            let panel = (width - GAP) / 2;
            // Both halves show the same, dark at the start and bright at the end.
            assert_eq!(
                picture.slice(s![.., ..panel]),
                picture.slice(s![.., panel + GAP..]),
                "{rows} x {columns}"
            );
            let whole = (height - GAP) / 2;
            assert!(picture[[whole - 1, panel - 1]] >= picture[[0, 0]]);
        }
    }

    #[test]
    fn integers_are_grey_from_their_lowest_to_their_highest() {
        let before = ndarray::array![[-100_i8, 100], [0, 0]];
        let picture = compose(&before.view(), &before.view());
        assert_eq!((picture[[0, 0]], picture[[0, 1]], picture[[1, 0]]), (0, 255, 128));
    }

    #[test]
    fn what_is_not_a_number_is_black() {
        let before = ndarray::array![[0.0, 1.0], [1.0, 1.0]];
        let after = ndarray::array![[f32::NAN, 1.0], [0.5, 9.0]];
        let picture = compose(&before.view(), &after.view());
        assert_eq!((picture[[0, 10]], picture[[1, 10]], picture[[1, 11]]), (0, 128, 255));
    }
}
