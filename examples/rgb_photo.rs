//! Smooths an RGB photograph of the crate `image`: `cargo run --release --example rgb_photo`.
//!
//! The photograph is filtered in place: rows, columns and colours are the axes of a view, and the
//! colours are a loop.

use std::error::Error;

use gausstack::Gaussian;
use image::{Rgb, RgbImage};
use ndarray::ArrayViewMut3;

fn main() -> Result<(), Box<dyn Error>> {
    // A photograph would come from `image::open("photo.png")?.into_rgb8()`.
    let mut photo = RgbImage::from_fn(640, 480, |x, y| {
        let square = u8::from((x / 40 + y / 40) % 2 == 0);
        Rgb([200 * square, 255 - 2 * (y / 4) as u8, 120])
    });
    let edge = [photo.get_pixel(39, 100)[0], photo.get_pixel(40, 100)[0]];

    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let mut pixels = ArrayViewMut3::from_shape((height, width, 3), photo.as_mut())?;
    Gaussian::new(3.0).axes([0, 1]).apply_in_place(&mut pixels)?;

    let smooth = [photo.get_pixel(39, 100)[0], photo.get_pixel(40, 100)[0]];
    println!("red on both sides of an edge: {edge:?} became {smooth:?}");
    assert!(smooth[0].abs_diff(smooth[1]) < edge[0].abs_diff(edge[1]) / 4);
    assert_eq!(photo.get_pixel(300, 200)[2], 120, "a colour that is the same everywhere stays");
    Ok(())
}
