//! Smooths an RGB photograph, a PNG file: `cargo run --release --example rgb_photo`.
//!
//! The photograph is filtered in place: rows, columns and colours are the axes of a view of its
//! bytes, and the colours are a loop. (The bytes of an `RgbImage` of the crate `image` are those of
//! `image.as_mut()`.)

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use gausstack::Gaussian;
use ndarray::{Array3, ArrayViewMut3};
use png::{BitDepth, ColorType, Decoder, Encoder};

/// An image of bytes: height, width and its pixels, three bytes each.
type Photo = (usize, usize, Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("gausstack-photo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (sharp, smooth) = (folder.join("photo.png"), folder.join("smooth.png"));
    // The photograph: grey squares before a blue that is the same everywhere.
    let pixels = Array3::from_shape_fn((480, 640, 3), |(y, x, colour)| match colour {
        0 => 200 * u8::from((x / 40 + y / 40) % 2 == 0),
        1 => (255 - y / 2) as u8,
        _ => 120,
    });
    write(&sharp, &(480, 640, pixels.into_raw_vec_and_offset().0))?;

    let (height, width, mut bytes) = read(&sharp)?;
    let mut pixels = ArrayViewMut3::from_shape((height, width, 3), &mut bytes)?;
    let edge = [pixels[[100, 39, 0]], pixels[[100, 40, 0]]];
    Gaussian::new(3.0).axes([0, 1]).apply_in_place(&mut pixels)?;
    let across = [pixels[[100, 39, 0]], pixels[[100, 40, 0]]];
    assert_eq!(pixels[[200, 300, 2]], 120, "a colour that is the same everywhere stays");
    write(&smooth, &(height, width, bytes))?;

    println!("red on both sides of an edge: {edge:?} became {across:?}");
    assert!(across[0].abs_diff(across[1]) < edge[0].abs_diff(edge[1]) / 4);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn read(path: &Path) -> Result<Photo, Box<dyn Error>> {
    let mut reader = Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
    let size = reader.output_buffer_size().ok_or("the image is too large")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes)?;
    if (info.color_type, info.bit_depth) != (ColorType::Rgb, BitDepth::Eight) {
        return Err("not an RGB image of bytes".into());
    }
    Ok((info.height as usize, info.width as usize, bytes))
}

fn write(path: &Path, (height, width, bytes): &Photo) -> Result<(), Box<dyn Error>> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = Encoder::new(file, u32::try_from(*width)?, u32::try_from(*height)?);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header()?.write_image_data(bytes)?;
    Ok(())
}
