//! Before and after, side by side: a slice, and below it a corner of its block enlarged.

use std::io::BufWriter;

use gausstack_io::target::Target;
use ndarray::{Array2, s};

use super::job::Job;
use crate::file;
use crate::layout::Image;
use crate::stack;

/// Widest side of a panel in pixels.
const PANEL: usize = 600;

/// Pixels between panels.
const GAP: usize = 8;

/// How much the detail is enlarged at least.
const ZOOM: usize = 4;

const WHITE: u8 = 255;

/// Writes the picture.
pub(super) fn draw(target: Target, job: &Job, smoothed: &[u8]) -> anyhow::Result<()> {
    let slice = job.stack.shape[job.slice_axis] - 1;
    let before = job.stack.image(job.pixels.bytes(), job.slice_axis, slice);
    let after = job.stack.image(smoothed, job.slice_axis, slice);
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
    file::publish(target)
}

/// Four panels: whole slices above, details below; the grey levels are those of `before`.
fn compose(before: &Image<'_>, after: &Image<'_>) -> Array2<u8> {
    let (low, high) =
        before.pixels().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let grey = |value: f64| {
        let share = (value - low) / (high - low).max(f64::MIN_POSITIVE);
        // NaN becomes black.
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let panels = |image: &Image<'_>| {
        let whole = shrink(image).mapv(grey);
        let detail = enlarge(&detail(image), whole.dim()).mapv(grey);
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
fn shrink(image: &Image<'_>) -> Array2<f64> {
    let (rows, columns) = (image.rows(), image.columns());
    let block = rows.max(columns).div_ceil(PANEL);
    Array2::from_shape_fn((rows.div_ceil(block), columns.div_ceil(block)), |(y, x)| {
        let (top, left) = (y * block, x * block);
        let (bottom, right) = ((top + block).min(rows), (left + block).min(columns));
        let pixels = (top..bottom).flat_map(|y| (left..right).map(move |x| image.at(y, x)));
        pixels.sum::<f64>() / ((bottom - top) * (right - left)) as f64
    })
}

/// The pixels around the block's upper left corner, at most as many as a panel shows enlarged.
fn detail(image: &Image<'_>) -> Array2<f64> {
    let (rows, columns) = (image.rows(), image.columns());
    let side = (PANEL / ZOOM).min(rows.max(columns).div_ceil(ZOOM));
    let span = |len: usize, full: usize, side: usize| {
        let side = side.clamp(1, len);
        let first = stack::margin(len, full).saturating_sub(side / 2).min(len - side);
        first..first + side
    };
    // The same proportions as the slice, hence as the panel.
    let (height, width) = (side * rows / rows.max(columns), side * columns / rows.max(columns));
    let (rows, columns) = (span(rows, 3000, height), span(columns, 5000, width));
    let at = |(y, x)| image.at(rows.start + y, columns.start + x);
    Array2::from_shape_fn((rows.len(), columns.len()), at)
}

/// Every pixel as a square, cut to `size`.
fn enlarge(image: &Array2<f64>, size: (usize, usize)) -> Array2<f64> {
    let (rows, columns) = image.dim();
    Array2::from_shape_fn(size, |(y, x)| image[[y * rows / size.0, x * columns / size.1]])
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::fixture;

    /// The picture of two images of a type, as functions of row and column.
    fn picture(
        element: ElementType,
        shape: [usize; 2],
        images: [&dyn Fn(usize, usize) -> f64; 2],
    ) -> Array2<u8> {
        let [before, after] = images.map(|pixel| fixture::bytes(element, shape, pixel));
        compose(&fixture::image(element, shape, &before), &fixture::image(element, shape, &after))
    }

    #[test]
    fn any_shape_fits_and_grey_follows_the_values() {
        for (rows, columns) in [(1, 1), (1, 2000), (3, 2), (700, 50), (1300, 1900)] {
            let ramp = |y: usize, x: usize| (x + y) as f64;
            let picture = picture(ElementType::F32, [rows, columns], [&ramp, &ramp]);
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
        let levels = |y: usize, x: usize| [[-100.0, 100.0], [0.0, 0.0]][y][x];
        let picture = picture(ElementType::I8, [2, 2], [&levels, &levels]);
        assert_eq!((picture[[0, 0]], picture[[0, 1]], picture[[1, 0]]), (0, 255, 128));
    }

    #[test]
    fn what_is_not_a_number_is_black() {
        let before = |y: usize, x: usize| [[0.0, 1.0], [1.0, 1.0]][y][x];
        let after = |y: usize, x: usize| [[f64::NAN, 1.0], [0.5, 9.0]][y][x];
        let picture = picture(ElementType::F32, [2, 2], [&before, &after]);
        assert_eq!((picture[[0, 10]], picture[[1, 10]], picture[[1, 11]]), (0, 128, 255));
    }
}
