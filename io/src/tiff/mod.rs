//! Stacks of pages in TIFF files: read and written part by part.
//!
//! What is read: a file of one page or several, a folder of files or a pattern of their names such
//! as `proj_*.tif`, in natural order (`proj_2.tif` before `proj_10.tif`), and the single-page stacks
//! of ImageJ and tifffile, whose other pages lie behind the first without directories of their own.
//! TIFF and BigTIFF, in either byte order; strips and tiles; none, deflate, LZW, zstd and PackBits,
//! with the horizontal and the floating-point predictor; integers of 8 to 64 bits, f32 and f64.
//! RGB pixels, and others of several samples, have a last axis of samples. Where white is 0, numbers
//! are taken as they are.
//!
//! All pages are of one shape and type, which is checked before a pixel is read. Errors name the
//! file and the page, counted from 0, of what is damaged or of a kind that is not read: bits and
//! floats of 16 bits, palettes, CMYK, YCbCr and Lab colours, colours in planes of their own, JPEG,
//! fax and other codes.
//!
//! What is written: a file of all pages, a BigTIFF where they may take more than 4 GiB, or a folder
//! with a file for each; plain or by deflate. The last two axes are rows and columns, or the two
//! before the last if that has 3 or 4 positions and stands behind two others: RGB. The description
//! has the shape of the array as tifffile writes it, so that both tifffile and this crate read all
//! axes again; of a folder they read one axis of pages. TIFF has no bool.

mod batch;
mod coding;
mod description;
mod directory;
mod encoder;
mod file;
mod folder;
mod list;
mod name;
mod ordered;
mod page;
mod sink;
mod source;
mod written;

pub use self::folder::TiffFolderSink;
pub use self::name::Pages;
pub(crate) use self::sink::ends;
pub use self::sink::{Compression, TiffSink};
pub use self::source::TiffSource;
