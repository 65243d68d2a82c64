//! The order of an array's axes in memory.

/// The order of an array's axes in memory.
pub(crate) struct MemoryOrder {
    /// The axes, the largest stride first.
    axes: Vec<usize>,
    /// The place of each axis among them.
    pub(crate) inverse: Vec<usize>,
}

impl MemoryOrder {
    pub(crate) fn of(strides: &[isize]) -> Self {
        let mut axes: Vec<usize> = (0..strides.len()).collect();
        axes.sort_by_key(|&axis| std::cmp::Reverse(strides[axis].unsigned_abs()));
        let mut inverse = axes.clone();
        for (place, &axis) in axes.iter().enumerate() {
            inverse[axis] = place;
        }
        Self { axes, inverse }
    }

    /// The axes in this order.
    pub(crate) fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// The shape with the axes in this order: that of a contiguous array in C order.
    pub(crate) fn memory_shape(&self, shape: &[usize]) -> Vec<usize> {
        self.axes.iter().map(|&axis| shape[axis]).collect()
    }
}
