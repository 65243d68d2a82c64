//! Masks in .npy files.

use std::path::{Path, PathBuf};

use anyhow::bail;
use gausstack::Element;
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use crate::element::{Pixel, with_element};
use crate::npy::NpyFile;

/// Which pixels of an array are there.
pub(crate) struct Mask {
    path: PathBuf,
    there: ArrayD<bool>,
}

impl Mask {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let file = NpyFile::open(path)?;
        let element = file.element_type();
        let there = with_element!(element, T => {
            if T::INTEGER_BITS == 0 {
                bail!("'{}' holds {element}, which is no mask: bool or integers are", path.display());
            }
            whether_not_0::<T>(path, &file)?
        });
        Ok(Self { path: path.to_owned(), there })
    }

    /// The mask for an array whose other axes than `axes`, the filtered ones, count slices: of length 1 along these if it
    /// is one of a slice.
    pub(crate) fn of(
        &self,
        shape: &[usize],
        axes: &[isize],
    ) -> anyhow::Result<ArrayViewD<'_, bool>> {
        let ndim = shape.len() as isize;
        let (slices, slice): (Vec<usize>, Vec<usize>) = (0..shape.len()).partition(|&axis| {
            !axes.iter().any(|&filtered| filtered.rem_euclid(ndim) == axis as isize)
        });
        let slice: Vec<usize> = slice.iter().map(|&axis| shape[axis]).collect();
        let (view, found) = (self.there.view(), self.there.shape());
        if found == shape {
            return Ok(view);
        }
        if found != slice {
            let name = self.path.display();
            bail!(
                "the mask '{name}' has shape {found:?}, not {shape:?} or, for all slices, {slice:?}"
            );
        }
        Ok(slices.into_iter().map(Axis).fold(view, ArrayViewD::insert_axis))
    }
}

fn whether_not_0<T: Pixel>(path: &Path, file: &NpyFile) -> anyhow::Result<ArrayD<bool>> {
    let values = file.array::<T>()?;
    let mut there = Vec::new();
    let name = path.display();
    if there.try_reserve_exact(values.len()).is_err() {
        bail!("no memory for the {} pixels of '{name}'", values.len());
    }
    there.extend(values.iter().map(|&value| value != T::default()));
    Ok(ArrayD::from_shape_vec(IxDyn(values.shape()), there)?)
}
