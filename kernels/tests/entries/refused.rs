//! Wrong calls of the checked entry points are refused, each by its own assertion.

use std::ops::Range;

use crate::common::{LINE, Single, each_level, nearest, single, table};
use gausstack_kernels::{
    ElementType, Extent, InRows, Leaving, Level, OutRows, Parity, Plane, PlaneMut, PlaneRows,
    Prefetch, SharedLines, Strides, Taps,
};

macro_rules! refused {
    ($($name:ident: $expected:literal, |$kernels:ident| $body:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            let $kernels = single(Level::detect());
            $body;
        }
    )*};
}

/// One call of the FIR, even and on zeros, with the arguments that a refusal may be about.
struct Call {
    weights: Vec<f32>,
    values: usize,
    offsets: Vec<usize>,
    rows: Range<usize>,
    width: usize,
    sums: usize,
    pitch: usize,
}

impl Call {
    /// One row of one vector, right in every respect.
    fn right(kernels: Single) -> Self {
        let width = kernels.lanes();
        let (values, sums, pitch) = (width, width, width);
        Self { weights: vec![1.0], values, offsets: vec![0], rows: 0..1, width, sums, pitch }
    }

    fn run(self, kernels: Single) {
        let Self { weights, values, offsets, rows, width, sums, pitch } = self;
        let (values, mut sums, table) = (vec![0.0; values], vec![0.0; sums], table(&offsets));
        let taps = Taps::centred(Parity::Even, &weights);
        let source = InRows { values: &values, table: &table, rows, width };
        kernels.fir(taps, &source, OutRows { values: &mut sums, pitch }, Prefetch::NONE);
    }
}

/// One call of the FIR that stores a finished strip: two rows of two cache lines, behind a third.
struct Storing {
    strides: Strides,
    inner: usize,
    plane_rows: usize,
    summed_rows: Range<usize>,
    rows: Range<usize>,
    columns: Range<usize>,
    finished: usize,
    sums: usize,
}

impl Storing {
    fn right() -> Self {
        let line = LINE;
        Self {
            strides: Strides { row: 3 * line as isize, column: 1, inner: 1 },
            inner: 1,
            plane_rows: 2,
            summed_rows: 0..2,
            rows: 0..2,
            columns: line..3 * line,
            finished: 6 * line,
            sums: 6 * line,
        }
    }

    fn run(self, kernels: Single) {
        let line = LINE;
        let extent =
            Extent { rows: self.plane_rows, columns: 3 * line / self.inner, inner: self.inner };
        let mut image = vec![0.0_f32; 2 * 6 * line];
        // SAFETY: at most two rows of three lines, two elements from one to the next at most.
        let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, self.strides) };
        let (values, table) = (vec![0.0; 2 * line], table(&[0, 0, 0]));
        let (finished, mut sums) = (vec![0.0; self.finished], vec![0.0; self.sums]);
        let source =
            InRows { values: &values, table: &table, rows: self.summed_rows, width: 2 * line };
        let target = OutRows { values: &mut sums, pitch: 3 * line };
        let taps = Taps::centred(Parity::Even, &[1.0]);
        let place = (&mut plane, self.rows, self.columns);
        kernels.fir_storing(taps, &source, target, &finished, place, Prefetch::NONE);
    }
}

/// One call that makes rows leave: two of two cache lines.
struct Departure {
    strides: Strides,
    plane_rows: usize,
    rows: Range<usize>,
    columns: Range<usize>,
    finished: usize,
    pitch: usize,
}

impl Departure {
    fn right() -> Self {
        let (len, strides) = (2 * LINE, Strides { row: 2 * LINE as isize, column: 1, inner: 1 });
        let (rows, finished) = (0..2, 2 * len);
        Self { strides, plane_rows: 2, rows, columns: 0..len, finished, pitch: len }
    }

    fn run(self, kernels: Single) {
        let mut image = vec![0.0_f32; 4 * 2 * LINE];
        let extent = Extent { rows: self.plane_rows, columns: 2 * LINE, inner: 1 };
        // SAFETY: at most two rows of two lines, two elements from one to the next at most.
        let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, self.strides) };
        let mut finished = vec![0.0; self.finished];
        let mut leaving = Leaving::new(&mut [], 3);
        let place = (&mut plane, self.rows, self.columns);
        kernels.leave(&mut leaving, (&mut finished, self.pitch), place);
        kernels.leave_all(&mut leaving);
    }
}

/// One call that sums rows of a plane of three rows: one row of sums.
struct OfPlane {
    strides: Strides,
    extent: Extent,
    columns: Range<usize>,
    /// Rows of the plane for each tap, and the pitch they were filled with.
    numbers: Vec<usize>,
    pitch: usize,
}

impl OfPlane {
    fn right(kernels: Single) -> Self {
        let columns = 2 * kernels.lanes();
        Self {
            strides: Strides { row: columns as isize, column: 1, inner: 1 },
            extent: Extent { rows: 3, columns, inner: 1 },
            columns: kernels.lanes()..columns,
            numbers: vec![0, 2, 1],
            pitch: columns,
        }
    }

    fn run(self, kernels: Single) {
        let values = vec![0.0_f32; 2 * 3 * 2 * kernels.lanes()];
        // SAFETY: at most three rows of two vectors, two elements from one to the next at most.
        let plane = unsafe { Plane::new(values.as_ptr(), self.extent, self.strides) };
        let mut table = table(&[]);
        table.fill_rows(self.pitch, self.numbers);
        let source = PlaneRows { plane, table: &table, rows: 0..1, columns: self.columns };
        let mut sums = vec![0.0; kernels.lanes()];
        let target = OutRows { values: &mut sums, pitch: kernels.lanes() };
        let taps = Taps::centred(Parity::Even, &[1.0, 0.5]);
        kernels.fir_of_plane(taps, source, target, Prefetch::NONE);
    }
}

/// Rows with a margin, `columns` of a plane of one row of `len`, to be stored as an end.
fn store_end(kernels: Single, len: usize, columns: Range<usize>, src: usize, shared: SharedLines) {
    let mut image = vec![0.0_f32; len];
    let extent = Extent { rows: 1, columns: len, inner: 1 };
    let strides = Strides { row: len as isize, column: 1, inner: 1 };
    // SAFETY: one row of `len` elements.
    let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, strides) };
    kernels.store_end(&vec![0.0; src], src, &mut plane, 0..1, columns, shared);
}

#[test]
fn what_is_refused_here_is_wrong_in_one_respect() {
    each_level(|kernels| {
        Call::right(kernels).run(kernels);
        Departure::right().run(kernels);
        OfPlane::right(kernels).run(kernels);
        Storing::right().run(kernels);
        let line = LINE;
        let shared = SharedLines { left: true, right: true };
        store_end(kernels, 3 * line, line..2 * line, 2 * line, shared);
    });
}

refused! {
    rows_outside_their_slice: "input rows in their slice", |kernels| {
        Call { offsets: vec![1], ..Call::right(kernels) }.run(kernels)
    };
    rows_wider_than_their_slice: "input rows in their slice", |kernels| {
        let (width, sums) = (2 * kernels.lanes(), 2 * kernels.lanes());
        Call { width, sums, ..Call::right(kernels) }.run(kernels)
    };
    outputs_outside_their_slice: "output rows in their slice", |kernels| {
        Call { offsets: vec![0, 0], rows: 0..2, ..Call::right(kernels) }.run(kernels)
    };
    outputs_beyond_all_memory: "output rows in their slice", |kernels| {
        let call = Call { offsets: vec![0; 3], rows: 0..3, ..Call::right(kernels) };
        Call { pitch: usize::MAX, ..call }.run(kernels)
    };
    rows_of_parts_of_vectors: "whole vectors", |kernels| {
        Call { values: 64, width: 1, sums: 64, ..Call::right(kernels) }.run(kernels)
    };
    fewer_rows_than_taps: "one entry per input row", |kernels| {
        Call { weights: vec![1.0; 2], offsets: vec![0, 0], ..Call::right(kernels) }.run(kernels)
    };
    rows_behind_the_table: "one entry per input row", |kernels| {
        Call { rows: 1..2, ..Call::right(kernels) }.run(kernels)
    };
    rows_that_wrap: "one entry per input row", |kernels| {
        let rows = usize::MAX - 1..usize::MAX;
        Call { weights: vec![1.0; 2], rows, ..Call::right(kernels) }.run(kernels)
    };
    no_rows: "one entry per input row", |kernels| {
        Call { rows: 0..0, ..Call::right(kernels) }.run(kernels)
    };
    no_weights_of_a_point: "weights have a centre", |kernels| {
        kernels.fir_pointwise(Taps::centred(Parity::Even, &[]), None, &mut [0.0])
    };
    no_weights: "weights have a centre", |kernels| {
        Call { weights: vec![], ..Call::right(kernels) }.run(kernels)
    };
    storing_to_strided_rows: "contiguous rows of the summed type", |kernels| {
        let strides = Strides { row: 6 * LINE as isize, column: 2, inner: 1 };
        Storing { strides, ..Storing::right() }.run(kernels)
    };
    storing_other_numbers: "contiguous rows of the summed type", |kernels| {
        let line = LINE;
        let mixed = nearest::<f64>(kernels.level(), ElementType::F32, ElementType::F32);
        let mut image = vec![0.0_f32; 3 * line];
        let extent = Extent { rows: 1, columns: 3 * line, inner: 1 };
        let strides = Strides { row: 0, column: 1, inner: 1 };
        // SAFETY: one row of three lines.
        let mut plane = unsafe { PlaneMut::new(image.as_mut_ptr(), extent, strides) };
        let (values, finished, table) = (vec![0.0; line], vec![0.0; 3 * line], table(&[0]));
        let source = InRows { values: &values, table: &table, rows: 0..1, width: line };
        let mut sums = finished.clone();
        let target = OutRows { values: &mut sums, pitch: 3 * line };
        let taps = Taps::centred(Parity::Even, &[1.0]);
        mixed.fir_storing(taps, &source, target, &finished, (&mut plane, 0..1, line..2 * line), Prefetch::NONE)
    };
    storing_rows_outside_the_plane: "a block of the plane", |kernels| {
        Storing { plane_rows: 1, ..Storing::right() }.run(kernels)
    };
    storing_columns_outside_the_plane: "a block of the plane", |kernels| {
        let line = LINE;
        Storing { columns: 2 * line..4 * line, ..Storing::right() }.run(kernels)
    };
    storing_no_columns: "a block of the plane", |kernels| {
        let line = LINE;
        Storing { columns: line..line, ..Storing::right() }.run(kernels)
    };
    storing_without_a_margin_in_the_plane: "a block of the plane", |kernels| {
        let line = LINE;
        Storing { columns: line - 1..3 * line - 1, ..Storing::right() }.run(kernels)
    };
    storing_parts_of_lines: "a strip of whole lines", |kernels| {
        let line = LINE;
        Storing { columns: line..2 * line + 1, ..Storing::right() }.run(kernels)
    };
    storing_fewer_rows_than_summed: "as many rows finished as summed", |kernels| {
        Storing { rows: 0..1, ..Storing::right() }.run(kernels)
    };
    storing_more_rows_than_summed: "as many rows finished as summed", |kernels| {
        Storing { summed_rows: 0..1, ..Storing::right() }.run(kernels)
    };
    finished_rows_outside_their_slice: "rows in their slice", |kernels| {
        let right = Storing::right();
        Storing { finished: right.finished - 1, ..right }.run(kernels)
    };
    sums_without_a_margin: "a margin", |kernels| {
        Storing { sums: LINE - 1, ..Storing::right() }.run(kernels)
    };
    sums_behind_their_margin: "output rows in their slice", |kernels| {
        let right = Storing::right();
        Storing { sums: right.sums - 1, ..right }.run(kernels)
    };
    leaving_for_strided_rows: "contiguous rows of lines", |kernels| {
        let strides = Strides { row: 4 * LINE as isize, column: 2, inner: 1 };
        Departure { strides, ..Departure::right() }.run(kernels)
    };
    leaving_rows_without_a_whole_line: "contiguous rows of lines", |kernels| {
        Departure { columns: 0..2 * LINE - 1, ..Departure::right() }.run(kernels)
    };
    leaving_for_rows_outside_the_plane: "a block of the plane", |kernels| {
        Departure { plane_rows: 1, ..Departure::right() }.run(kernels)
    };
    leaving_for_columns_outside_the_plane: "a block of the plane", |kernels| {
        Departure { columns: 1..2 * LINE + 1, ..Departure::right() }.run(kernels)
    };
    leaving_no_rows: "a block of the plane", |kernels| {
        Departure { rows: 1..1, ..Departure::right() }.run(kernels)
    };
    leaving_rows_outside_their_slice: "rows in their slice", |kernels| {
        let right = Departure::right();
        Departure { finished: right.finished - 1, ..right }.run(kernels)
    };
    leaving_rows_of_a_pitch_outside_their_slice: "rows in their slice", |kernels| {
        let right = Departure::right();
        Departure { pitch: right.pitch + 1, ..right }.run(kernels)
    };
    summing_strided_rows_of_a_plane: "contiguous rows", |kernels| {
        let right = OfPlane::right(kernels);
        let strides = Strides { row: 2 * right.pitch as isize, column: 2, inner: 1 };
        OfPlane { strides, ..right }.run(kernels)
    };
    summing_columns_outside_a_plane: "columns of the plane", |kernels| {
        let right = OfPlane::right(kernels);
        OfPlane { columns: right.pitch..right.pitch + kernels.lanes(), ..right }.run(kernels)
    };
    summing_parts_of_vectors_of_a_plane: "rows of whole vectors", |kernels| {
        let right = OfPlane::right(kernels);
        OfPlane { columns: 0..kernels.lanes() - 1, ..right }.run(kernels)
    };
    summing_rows_behind_a_plane: "a table of the plane's rows", |kernels| {
        OfPlane { numbers: vec![0, 3, 1], ..OfPlane::right(kernels) }.run(kernels)
    };
    summing_rows_of_another_pitch: "a table of the plane's rows", |kernels| {
        let right = OfPlane::right(kernels);
        OfPlane { pitch: right.pitch / 2, ..right }.run(kernels)
    };
    summing_rows_upwards: "a table of the plane's rows", |kernels| {
        let right = OfPlane::right(kernels);
        let extent = Extent { rows: 1, ..right.extent };
        OfPlane { strides: Strides { row: -right.strides.row, ..right.strides }, extent, ..right }
            .run(kernels)
    };
    summing_other_numbers_of_a_plane: "a plane of the arithmetic's elements", |kernels| {
        let values = [0_u16; 64];
        let extent = Extent { rows: 1, columns: 64, inner: 1 };
        // SAFETY: one row of all elements.
        let plane = unsafe {
            Plane::new(values.as_ptr(), extent, Strides { row: 64, column: 1, inner: 1 })
        };
        let mut table = table(&[]);
        table.fill_rows(64, [0]);
        let source = PlaneRows { plane, table: &table, rows: 0..1, columns: 0..64 };
        let target = OutRows { values: &mut [0.0; 64], pitch: 64 };
        kernels.fir_of_plane(Taps::centred(Parity::Even, &[1.0]), source, target, Prefetch::NONE)
    };
    ends_outside_the_plane: "a block of the plane", |kernels| {
        let line = LINE;
        store_end(kernels, line, 1..line + 1, 4 * line, SharedLines::default())
    };
    ends_outside_their_slice: "rows in their slice", |kernels| {
        let line = LINE;
        store_end(kernels, line, 0..line, 2 * line - 1, SharedLines::default())
    };
    ends_within_a_line_of_what_follows: "a block of whole lines", |kernels| {
        let (line, shared) = (LINE, SharedLines { left: false, right: true });
        store_end(kernels, 2 * line, 0..line - 1, 4 * line, shared)
    };
    ends_without_a_neighbour: "a neighbour on the left", |kernels| {
        let (line, shared) = (LINE, SharedLines { left: true, right: false });
        store_end(kernels, 2 * line, line - 1..2 * line, 4 * line, shared)
    };
    blocks_outside_their_plane: "a block of the plane", |kernels| {
        let mut one = [0.0_f32];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let mut plane = unsafe { PlaneMut::new(one.as_mut_ptr(), extent, strides) };
        kernels.store(&[0.0; 64], 1, &mut plane, 0..2, 0..1, false)
    };
    rows_going_out_outside_their_slice: "rows in their slice", |kernels| {
        let mut two = [0.0_f32; 2];
        let extent = Extent { rows: 2, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: two elements, one below the other.
        let mut plane = unsafe { PlaneMut::new(two.as_mut_ptr(), extent, strides) };
        kernels.store(&[0.0; 64], 64, &mut plane, 0..2, 0..1, false)
    };
    rows_coming_in_outside_their_plane: "a row of the plane", |kernels| {
        let one = [0.0_f32];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe { Plane::new(one.as_ptr(), extent, strides) };
        kernels.load_row(&plane, 1, 0..1, &mut [0.0; 64])
    };
    rows_coming_in_outside_their_slice: "a row of scratch", |kernels| {
        let two = [0.0_f32; 2];
        let extent = Extent { rows: 1, columns: 2, inner: 1 };
        let strides = Strides { row: 2, column: 1, inner: 1 };
        // SAFETY: two elements in a row.
        let plane = unsafe { Plane::new(two.as_ptr(), extent, strides) };
        kernels.load_row(&plane, 0, 0..2, &mut [0.0; 1])
    };
    more_tiles_than_can_be_counted: "columns of whole tiles", |kernels| {
        kernels.unpack(&[0.0; 64], usize::MAX, &mut [0.0; 64], &[0])
    };
    tiles_outside_their_slice: "columns of whole tiles", |kernels| {
        let lanes = kernels.lanes();
        kernels.unpack(&vec![0.0; lanes * lanes - 1], 1, &mut vec![0.0; lanes], &[0])
    };
    tiles_of_no_rows: "one lane per row", |kernels| {
        let lanes = kernels.lanes();
        kernels.unpack(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &[])
    };
    tiles_of_too_many_rows: "one lane per row", |kernels| {
        let lanes = kernels.lanes();
        kernels.unpack(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &vec![0; lanes + 1])
    };
    tiles_to_rows_outside_their_slice: "rows in their slice", |kernels| {
        let lanes = kernels.lanes();
        kernels.unpack(&vec![0.0; lanes * lanes], 1, &mut vec![0.0; lanes], &[1])
    };
    planes_of_other_elements: "a plane of the input's elements", |kernels| {
        let source = [0_u8; 4];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe { Plane::new(source.as_ptr(), extent, strides) };
        kernels.pack_columns(&plane, 0..1, 0..1, &mut vec![0.0; 64], 0)
    };
    rows_of_other_elements: "a plane of the input's elements", |kernels| {
        let source = [0_u8; 4];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe { Plane::new(source.as_ptr(), extent, strides) };
        kernels.load_row(&plane, 0, 0..1, &mut [0.0; 64])
    };
    outputs_of_other_elements: "a plane of the output's elements", |kernels| {
        let mut target = [0_u8; 4];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        let strides = Strides { row: 1, column: 1, inner: 1 };
        // SAFETY: one element.
        let mut plane = unsafe { PlaneMut::new(target.as_mut_ptr(), extent, strides) };
        kernels.store(&[0.0; 64], 1, &mut plane, 0..1, 0..1, false)
    };
    rows_of_other_elements_summed: "a plane of the input's elements", |kernels| {
        let source = vec![0_u16; 3 * kernels.lanes()];
        let extent = Extent { rows: 1, columns: 3 * kernels.lanes(), inner: 1 };
        let strides = Strides { row: 0, column: 1, inner: 1 };
        // SAFETY: one row of three vectors.
        let plane = unsafe { Plane::new(source.as_ptr(), extent, strides) };
        let taps = Taps::centred(Parity::Even, &[1.0]);
        let source = (&plane, 0..1, kernels.lanes()..2 * kernels.lanes());
        kernels.fir_in_row(&[(taps, 0)], source, &mut [0.0; 64], &mut [0.0; 64], &[0], Prefetch::NONE)
    };
    bands_outside_their_plane: "a band of the plane", |kernels| {
        let source = [0.0_f32];
        let extent = Extent { rows: 1, columns: 1, inner: 1 };
        // SAFETY: one element.
        let plane = unsafe {
            Plane::new(source.as_ptr(), extent, Strides { row: 1, column: 1, inner: 1 })
        };
        kernels.pack_columns(&plane, 0..2, 0..1, &mut vec![0.0; 64], 0)
    };
    validity_of_other_rows: "rows of whole vectors", |kernels| {
        kernels.split_mask(&mut [0.0; 32], &mut [0.0; 16], false, true)
    };
    validity_of_parts_of_vectors: "rows of whole vectors", |kernels| {
        kernels.split_mask(&mut [0.0; 17], &mut [0.0; 17], false, true)
    };
    quotients_of_other_rows: "rows of whole vectors", |kernels| {
        kernels.divide(&mut [0.0; 32], &[0.0; 16], 0.0)
    };
    quotients_of_parts_of_vectors: "rows of whole vectors", |kernels| {
        kernels.divide(&mut [0.0; 17], &[0.0; 17], 0.0)
    };
    columns_outside_their_buffer: "one vector per column", |kernels| {
        let source = [0.0_f32; 2];
        let extent = Extent { rows: 1, columns: 2, inner: 1 };
        // SAFETY: two elements in a row.
        let plane = unsafe {
            Plane::new(source.as_ptr(), extent, Strides { row: 2, column: 1, inner: 1 })
        };
        let lanes = kernels.lanes();
        kernels.pack_columns(&plane, 0..1, 0..2, &mut vec![0.0; lanes], 0)
    };
    columns_that_overlap: "columns beside each other", |kernels| {
        let source = [0.0_f32; 2];
        let extent = Extent { rows: 1, columns: 2, inner: 1 };
        // SAFETY: two elements in a row.
        let plane = unsafe {
            Plane::new(source.as_ptr(), extent, Strides { row: 2, column: 1, inner: 1 })
        };
        let lanes = kernels.lanes();
        let target = (&mut vec![0.0; 4 * lanes][..], lanes - 1);
        kernels.pack_columns_apart(&plane, 0..1, 0..2, target, 0)
    };
}
