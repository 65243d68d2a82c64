//! The work on panels, compiled once for each arithmetic: in this crate, and not again in every crate that filters.
//!
//! Above this the types of a caller's arrays are known when the program is compiled, and little is done; below it they are
//! known when it runs. (Compiled for every pair of types, a program that filters a few of them took minutes to build.)

use std::ops::Range;

use gausstack_kernels::Arithmetic;

use crate::column_pass::Pending;
use crate::pixels::{Apart, InPlace};
use crate::scratch::Buffers;
use crate::slice::{AxisFilter, Panel, PanelFilter, Region};

/// An arithmetic that panels are summed in.
pub(crate) trait Summed: Arithmetic {
    /// Filters a panel of one array into another.
    fn apart(
        filter: &PanelFilter<'_, Self>,
        region: &Region,
        pixels: &mut Apart<'_>,
        buffers: &mut Buffers<Self>,
    );

    /// Filters a panel of an array in place.
    fn in_place(
        filter: &PanelFilter<'_, Self>,
        region: &Region,
        pixels: &mut InPlace<'_>,
        buffers: &mut Buffers<Self>,
    );

    /// Makes a group of rows from a ring that is filled already.
    fn column_pass(
        panel: &Panel<'_, '_, Self>,
        filter: &AxisFilter<Self>,
        group: Range<usize>,
        pending: &mut Option<Pending>,
        pixels: &mut Apart<'_>,
        buffers: &mut Buffers<Self>,
    );
}

macro_rules! summed {
    ($($float:ty)*) => {$(
        impl Summed for $float {
            fn apart(
                filter: &PanelFilter<'_, Self>,
                region: &Region,
                pixels: &mut Apart<'_>,
                buffers: &mut Buffers<Self>,
            ) {
                filter.run(region, pixels, buffers);
            }

            fn in_place(
                filter: &PanelFilter<'_, Self>,
                region: &Region,
                pixels: &mut InPlace<'_>,
                buffers: &mut Buffers<Self>,
            ) {
                filter.run(region, pixels, buffers);
            }

            fn column_pass(
                panel: &Panel<'_, '_, Self>,
                filter: &AxisFilter<Self>,
                group: Range<usize>,
                pending: &mut Option<Pending>,
                pixels: &mut Apart<'_>,
                buffers: &mut Buffers<Self>,
            ) {
                panel.emit_column_pass(filter, group, 0..0, pending, pixels, buffers);
            }
        }
    )*};
}
summed!(f32 f64);
