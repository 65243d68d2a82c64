//! The same logical array in other memory layouts, with the memory between its elements watched.

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, IxDyn, Slice};

use super::pixel::Pixel;

/// How an array lies in memory.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The axes, the one with the largest stride first.
    pub(crate) order: Vec<usize>,
    /// Per axis: the distance of neighbours in samples of the memory's own axis; negative reverses.
    pub(crate) steps: Vec<isize>,
    /// Unused samples before and after the array along every axis, which also shift its alignment.
    pub(crate) margin: usize,
}

impl Layout {
    /// Row-major.
    pub(crate) fn c(ndim: usize) -> Self {
        Self { order: (0..ndim).collect(), steps: vec![1; ndim], margin: 0 }
    }

    /// Column-major.
    pub(crate) fn f(ndim: usize) -> Self {
        Self::permuted(&(0..ndim).rev().collect::<Vec<_>>())
    }

    /// Contiguous with its axes in the given order, largest stride first.
    pub(crate) fn permuted(order: &[usize]) -> Self {
        Self { order: order.to_vec(), ..Self::c(order.len()) }
    }

    /// With gaps along the axes whose step is not 1, reversed where it is negative.
    pub(crate) fn steps(mut self, steps: &[isize]) -> Self {
        self.steps = steps.to_vec();
        self
    }

    /// With unused samples around.
    pub(crate) fn margin(mut self, margin: usize) -> Self {
        self.margin = margin;
        self
    }

    /// Every layout worth a test for `ndim` axes.
    pub(crate) fn all(ndim: usize) -> Vec<Self> {
        let mut layouts: Vec<Self> =
            permutations(ndim).iter().map(|order| Self::permuted(order)).collect();
        for axis in 0..ndim {
            let along = |step: isize| {
                (0..ndim).map(|a| if a == axis { step } else { 1 }).collect::<Vec<_>>()
            };
            layouts.push(Self::c(ndim).steps(&along(-1)));
            layouts.push(Self::f(ndim).steps(&along(-2)).margin(1));
            layouts.push(Self::c(ndim).steps(&along(3)));
        }
        layouts.push(Self::c(ndim).margin(1));
        layouts.push(Self::c(ndim).steps(&vec![2; ndim]).margin(3));
        layouts.push(Self::f(ndim).steps(&vec![-1; ndim]));
        layouts
    }
}

/// All orders of `0..n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let insert = |order: Vec<usize>| {
        (0..n).rev().map(move |at| {
            let mut order = order.clone();
            order.insert(at, n - 1);
            order
        })
    };
    permutations(n - 1).into_iter().flat_map(insert).collect()
}

/// An array in a layout.
pub(crate) struct Placed<T> {
    memory: ArrayD<T>,
    layout: Layout,
    shape: Vec<usize>,
}

impl<T: Pixel> Placed<T> {
    /// `data` in the given layout; what lies between its elements shows when it is read.
    pub(crate) fn new(data: &ArrayD<T>, layout: &Layout) -> Self {
        let extent = |axis: usize| match data.len_of(Axis(axis)) {
            0 => 2 * layout.margin,
            len => (len - 1) * layout.steps[axis].unsigned_abs() + 1 + 2 * layout.margin,
        };
        let extents: Vec<usize> = layout.order.iter().map(|&axis| extent(axis)).collect();
        let memory = ArrayD::from_elem(IxDyn(&extents), T::POISON);
        let mut laid = Self { memory, layout: layout.clone(), shape: data.shape().to_vec() };
        laid.view_mut().assign(data);
        laid
    }

    /// The array.
    pub(crate) fn view(&self) -> ArrayViewD<'_, T> {
        let (axes, slices) = self.selection();
        let mut view = self.memory.view().permuted_axes(IxDyn(&axes));
        view.slice_each_axis_inplace(|along| slices[along.axis.index()]);
        view
    }

    /// The array, to be written.
    pub(crate) fn view_mut(&mut self) -> ArrayViewMutD<'_, T> {
        let (axes, slices) = self.selection();
        let mut view = self.memory.view_mut().permuted_axes(IxDyn(&axes));
        view.slice_each_axis_inplace(|along| slices[along.axis.index()]);
        view
    }

    /// The memory with the array's own elements blanked out.
    pub(crate) fn surroundings(&self) -> ArrayD<T> {
        let blank = Self {
            memory: self.memory.clone(),
            layout: self.layout.clone(),
            shape: self.shape.clone(),
        };
        let mut blank = blank;
        blank.view_mut().fill(T::of(0.0));
        blank.memory
    }

    fn selection(&self) -> (Vec<usize>, Vec<Slice>) {
        let Layout { order, steps, margin } = &self.layout;
        let place = |axis: usize| order.iter().position(|&a| a == axis).expect("a permutation");
        let slice = |axis: usize| {
            let start = *margin as isize;
            let span = match self.shape[axis] {
                0 => 0,
                len => (len as isize - 1) * steps[axis].abs() + 1,
            };
            Slice::new(start, Some(start + span), steps[axis])
        };
        let axes = 0..self.shape.len();
        (axes.clone().map(place).collect(), axes.map(slice).collect())
    }
}
