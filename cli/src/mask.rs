//! Masks in .npy files.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use gausstack::{AnyView, ElementType};
use gausstack_io::Layout;
use gausstack_io::memory::{self, Memory};

use crate::input;

/// Which pixels of an array are valid.
pub(crate) struct Mask {
    path: PathBuf,
    array: Layout,
    valid: Memory,
}

impl Mask {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let file = input::open(path)?;
        let array = file.layout();
        let element = array.element;
        if element.is_float() {
            bail!("'{name}' holds {element}, which is no mask: bool or integers are");
        }
        let elements = input::elements(&file, path)?;
        let elements = elements.bytes().chunks(element.size());
        let mut valid = Memory::zeros(elements.len())
            .with_context(|| format!("no memory for the {} pixels of '{name}'", elements.len()))?;
        for (valid, element) in valid.bytes_mut().iter_mut().zip(elements) {
            *valid = u8::from(element.iter().any(|&byte| byte != 0));
        }
        Ok(Self { path: path.to_owned(), array: array.of(ElementType::Bool), valid })
    }

    /// The mask for an array whose other axes than `axes`, the filtered ones, count slices:
    /// broadcast along these if it is one of a slice.
    pub(crate) fn of(&self, shape: &[usize], axes: &[isize]) -> anyhow::Result<AnyView<'_>> {
        let ndim = shape.len() as isize;
        let is_slice_axis =
            |axis: usize| axes.iter().any(|&filtered| filtered.rem_euclid(ndim) == axis as isize);
        let slice = (0..shape.len()).filter(|&axis| is_slice_axis(axis)).map(|axis| shape[axis]);
        let slice: Vec<usize> = slice.collect();
        let found = &self.array.shape;
        if found == shape {
            return Ok(self.array.view(self.valid.bytes())?);
        }
        if *found != slice {
            let name = self.path.display();
            bail!(
                "the mask '{name}' has shape {found:?}, not {shape:?} or, for all slices, {slice:?}"
            );
        }
        let mut own = self.array.strides().into_iter();
        let strides: Vec<usize> = (0..shape.len())
            .map(|axis| if is_slice_axis(axis) { own.next().unwrap_or(0) } else { 0 })
            .collect();
        Ok(memory::view(self.valid.bytes(), shape, &strides, ElementType::Bool)?)
    }
}
