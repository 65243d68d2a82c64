//! Where the pixels of a stack lie in memory, and its images.

use gausstack::{AnyView, AnyViewMut, ElementType};
use gausstack_io::memory;
use gausstack_measure::{CopyFloor, Error};
use ndarray::{ArrayView3, ArrayViewMut3, Ix3, ShapeBuilder, StrideShape};

use crate::codec::Codec;

/// The shape of a stack, its strides in elements, and their type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackLayout {
    pub(crate) shape: [usize; 3],
    pub(crate) strides: [usize; 3],
    pub(crate) element: ElementType,
}

impl StackLayout {
    /// A stack in C order.
    pub(crate) fn c_order(shape: [usize; 3], element: ElementType) -> Self {
        Self { shape, strides: [shape[1] * shape[2], shape[2], 1], element }
    }

    pub(crate) fn pixels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes of all pixels.
    pub(crate) fn bytes(&self) -> usize {
        self.pixels() * self.element.size()
    }

    /// The stack in some memory, for the library to read.
    pub(crate) fn view<'a>(&self, bytes: &'a [u8]) -> AnyView<'a> {
        memory::view(bytes, &self.shape, &self.in_bytes(), self.element)
            .expect("the memory holds the stack")
    }

    /// The stack in some memory, for the library to write.
    pub(crate) fn view_mut<'a>(&self, bytes: &'a mut [u8]) -> AnyViewMut<'a> {
        memory::view_mut(bytes, &self.shape, &self.in_bytes(), self.element)
            .expect("the memory holds the stack")
    }

    /// The image at a place along an axis.
    pub(crate) fn image<'a>(&self, bytes: &'a [u8], axis: usize, place: usize) -> Image<'a> {
        let strides = self.in_bytes();
        let [rows, columns] = other_axes(axis);
        Image {
            bytes: &bytes[place * strides[axis]..],
            shape: [self.shape[rows], self.shape[columns]],
            strides: [strides[rows], strides[columns]],
            codec: Codec::of(self.element),
        }
    }

    /// Copies a stack from memory to memory of the same layout, as a filter of these axes walks it.
    pub(crate) fn copy(
        &self,
        floor: &CopyFloor,
        from: &[u8],
        to: &mut [u8],
        axes: [usize; 2],
    ) -> Result<(), Error> {
        floor.copy_bytes(self.element.size(), (self.shape, self.strides), from, to, &axes)
    }

    /// Copies a stack past the caches, if that is measured for its type: for f32 alone.
    pub(crate) fn copy_streaming(
        &self,
        floor: &CopyFloor,
        level: gausstack::Level,
        from: &[u8],
        to: &mut [u8],
        axes: [usize; 2],
    ) -> Result<(), Error> {
        let (from, to) = (memory::elements(from), memory::elements_mut(to));
        let (from, to) = from.zip(to).expect("memory begins on every boundary");
        floor.copy_streaming(level, &self.array(from), &mut self.array_mut(to), &axes)
    }

    /// Whether a copy past the caches is measured.
    pub(crate) fn has_streaming_copy(&self) -> bool {
        self.element == ElementType::F32
    }

    fn array<'a, T>(&self, elements: &'a [T]) -> ArrayView3<'a, T> {
        ArrayView3::from_shape(self.places(), elements).expect("the memory holds the stack")
    }

    fn array_mut<'a, T>(&self, elements: &'a mut [T]) -> ArrayViewMut3<'a, T> {
        ArrayViewMut3::from_shape(self.places(), elements).expect("the memory holds the stack")
    }

    fn places(&self) -> StrideShape<Ix3> {
        let ([a, b, c], [x, y, z]) = (self.shape, self.strides);
        (a, b, c).strides((x, y, z))
    }

    fn in_bytes(&self) -> [usize; 3] {
        self.strides.map(|stride| stride * self.element.size())
    }
}

/// The axes of an image of a stack whose images are counted along `axis`.
pub(crate) fn other_axes(axis: usize) -> [usize; 2] {
    match axis {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    }
}

/// An image whose pixels are read as f64.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    /// From the first pixel on.
    bytes: &'a [u8],
    shape: [usize; 2],
    /// In bytes.
    strides: [usize; 2],
    codec: Codec,
}

impl Image<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.shape[0]
    }

    pub(crate) fn columns(&self) -> usize {
        self.shape[1]
    }

    /// One pixel.
    pub(crate) fn at(&self, y: usize, x: usize) -> f64 {
        debug_assert!(y < self.shape[0] && x < self.shape[1], "a pixel of the image");
        let first = y * self.strides[0] + x * self.strides[1];
        self.codec.read(&self.bytes[first..first + self.codec.size()])
    }

    /// All pixels, row by row.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = f64> {
        (0..self.rows()).flat_map(move |y| (0..self.columns()).map(move |x| self.at(y, x)))
    }

    /// The image with rows for columns.
    pub(crate) fn transposed(&self) -> Self {
        let ([rows, columns], [row, column]) = (self.shape, self.strides);
        Self { shape: [columns, rows], strides: [column, row], ..*self }
    }
}

/// Images for tests.
#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// The bytes of an image of a function of row and column.
    pub(crate) fn bytes(
        element: ElementType,
        [rows, columns]: [usize; 2],
        pixel: impl Fn(usize, usize) -> f64,
    ) -> Vec<u8> {
        let codec = Codec::of(element);
        let mut bytes = vec![0; rows * columns * codec.size()];
        for (place, bytes) in bytes.chunks_mut(codec.size()).enumerate() {
            codec.write(pixel(place / columns, place % columns), bytes);
        }
        bytes
    }

    /// The image in such bytes.
    pub(crate) fn image(element: ElementType, shape: [usize; 2], bytes: &[u8]) -> Image<'_> {
        StackLayout::c_order([1, shape[0], shape[1]], element).image(bytes, 0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_every_axis_and_layout() {
        // Pixels count up in the order of memory.
        let element = ElementType::U16;
        let bytes = fixture::bytes(element, [1, 120], |_, x| x as f64);
        let shape = [3, 4, 5];
        let strides = [[20, 5, 1], [1, 3, 12], [40, 10, 2]];
        for strides in strides {
            let stack = StackLayout { shape, strides, element };
            for axis in 0..3 {
                let [rows, columns] = other_axes(axis);
                for place in 0..shape[axis] {
                    let image = stack.image(&bytes, axis, place);
                    let turned = image.transposed();
                    assert_eq!((image.rows(), image.columns()), (shape[rows], shape[columns]));
                    let mut pixels = image.pixels();
                    for y in 0..shape[rows] {
                        for x in 0..shape[columns] {
                            let at =
                                place * strides[axis] + y * strides[rows] + x * strides[columns];
                            assert_eq!(image.at(y, x), at as f64);
                            assert_eq!(turned.at(x, y), at as f64);
                            assert_eq!(pixels.next(), Some(at as f64));
                        }
                    }
                    assert_eq!(pixels.next(), None);
                }
            }
        }
    }

    #[test]
    fn copies_of_every_size_and_layout() {
        let floor = CopyFloor::new(1).unwrap();
        for element in ElementType::ALL {
            for strides in [[20, 5, 1], [1, 3, 12], [40, 10, 2]] {
                let stack = StackLayout { shape: [3, 4, 5], strides, element };
                let from: Vec<u8> = (0..120 * element.size()).map(|i| i as u8).collect();
                let mut to = vec![0; from.len()];
                stack.copy(&floor, &from, &mut to, [0, 2]).unwrap();
                for (place, (from, to)) in
                    from.chunks(element.size()).zip(to.chunks(element.size())).enumerate()
                {
                    let last = 2 * strides[0] + 3 * strides[1] + 4 * strides[2];
                    let is_pixel = place <= last && (strides[2] != 2 || place % 2 == 0);
                    assert_eq!(from == to, is_pixel || from.iter().all(|&byte| byte == 0));
                }
            }
        }
    }
}
