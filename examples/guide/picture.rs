//! Grey pictures of arrays.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use ndarray::{Array2, s};

const WHITE: u8 = 255;
const GREY: u8 = 200;
const BLACK: u8 = 0;
/// Pixels between panels.
const GAP: usize = 6;

/// Points of a line, from left to right.
pub(crate) type Curve = Vec<(f64, f64)>;

/// Images side by side, each from its lowest value in black to its highest in white; NaN is black.
pub(crate) fn side_by_side(images: &[Array2<f32>]) -> Array2<u8> {
    let (height, width) = images[0].dim();
    let all = images.len() * (width + GAP) - GAP;
    let mut picture = Array2::from_elem((height, all), WHITE);
    for (number, image) in images.iter().enumerate() {
        let (low, high) = image
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
        let grey = |x: f32| ((x - low) / (high - low) * 255.0).round() as u8;
        let left = number * (width + GAP);
        picture.slice_mut(s![.., left..left + width]).assign(&image.mapv(grey));
    }
    picture
}

/// Curves over a grid of steps of 0.5, the heavier line at 0.
pub(crate) fn plot(curves: &[Curve], [low, high]: [f64; 2]) -> Array2<u8> {
    const SIZE: (usize, usize) = (360, 520);
    let (left, right) = (curves[0][0].0, curves[0][curves[0].len() - 1].0);
    let row = |y: f64| ((high - y) / (high - low) * (SIZE.0 - 1) as f64).round();
    let column = |x: f64| ((x - left) / (right - left) * (SIZE.1 - 1) as f64).round();
    let mut picture = Array2::from_elem(SIZE, WHITE);
    for half in -20..=20 {
        let value = f64::from(half) / 2.0;
        if (low..=high).contains(&value) {
            let width = if half == 0 { 2 } else { 1 };
            let top = (row(value) as usize).min(SIZE.0 - width);
            picture.slice_mut(s![top..top + width, ..]).fill(GREY);
        }
        if (left..=right).contains(&value) {
            picture.slice_mut(s![.., column(value) as usize]).fill(GREY);
        }
    }
    for (number, curve) in curves.iter().enumerate() {
        for pair in curve.windows(2) {
            let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
            // Steps of half a pixel; dashes distinguish the curves.
            let steps = 2.0 * (row(y1) - row(y0)).abs().max((column(x1) - column(x0)).abs()) + 1.0;
            for step in 0..=steps as usize {
                let share = step as f64 / steps;
                let (x, y) = (x0 + share * (x1 - x0), y0 + share * (y1 - y0));
                let (top, left) = (row(y), column(x));
                let drawn = number == 0 || !(left as usize / 6).is_multiple_of(number + 1);
                if drawn && (0.0..SIZE.0 as f64 - 1.0).contains(&top) {
                    let (top, left) = (top as usize, (left as usize).min(SIZE.1 - 2));
                    picture.slice_mut(s![top..top + 2, left..left + 2]).fill(BLACK);
                }
            }
        }
    }
    picture
}

pub(crate) fn write(path: &Path, picture: &Array2<u8>) -> Result<(), Box<dyn std::error::Error>> {
    let (height, width) = picture.dim();
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.iter().copied().collect::<Vec<u8>>())?;
    Ok(writer.finish()?)
}
