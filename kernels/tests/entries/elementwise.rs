//! Operations on each element of two planes, against plain loops over numbers of unlimited size.

use crate::common::{layouts, span};
use gausstack_kernels::elementwise::{
    Join, convert, fill_missing, join, mark_valid, root_of_square, round_sums,
};
use gausstack_kernels::{ElementType, Extent, Plane, PlaneMut, Rounding, Strides};

/// A number as no type limits it.
#[derive(Clone, Copy, Debug)]
enum Exact {
    Integer(i128),
    Float(f64),
}

/// The number that an element stands for, given as the bits of its type.
fn decode(element: ElementType, bits: u64) -> Exact {
    match element {
        ElementType::F32 => Exact::Float(f64::from(f32::from_bits(bits as u32))),
        ElementType::F64 => Exact::Float(f64::from_bits(bits)),
        ElementType::U8 | ElementType::U16 | ElementType::U32 => Exact::Integer(bits.into()),
        ElementType::U64 | ElementType::Bool => Exact::Integer(bits.into()),
        ElementType::I8 => Exact::Integer((bits as i8).into()),
        ElementType::I16 => Exact::Integer((bits as i16).into()),
        ElementType::I32 => Exact::Integer((bits as i32).into()),
        ElementType::I64 => Exact::Integer((bits as i64).into()),
    }
}

impl Exact {
    fn to_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

/// The smallest and the largest integer of a type.
fn limits(element: ElementType) -> (i128, i128) {
    let bits = 8 * element.size();
    match element {
        ElementType::Bool => (0, 1),
        ElementType::I8 | ElementType::I16 | ElementType::I32 | ElementType::I64 => {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        }
        _ => (0, (1 << bits) - 1),
    }
}

/// The low bits of an integer, as many as a type has; of `bool` whether there are any.
fn low_bits(element: ElementType, value: i128) -> u64 {
    match element {
        ElementType::Bool => (value != 0).into(),
        _ => (value & ((1_i128 << (8 * element.size())) - 1)) as u64,
    }
}

fn float(element: ElementType, value: f64) -> u64 {
    match element {
        ElementType::F32 => u64::from((value as f32).to_bits()),
        _ => value.to_bits(),
    }
}

/// A number rounded to nearest.
fn nearest(element: ElementType, value: Exact) -> u64 {
    let (low, high) = limits(element);
    match value {
        _ if element.is_float() => float(element, value.to_f64()),
        Exact::Integer(value) => low_bits(element, value.clamp(low, high)),
        Exact::Float(value) if element == ElementType::Bool => (value > 0.5).into(),
        // The cast saturates, and makes NaN 0.
        Exact::Float(value) => {
            low_bits(element, (value.round_ties_even() as i128).clamp(low, high))
        }
    }
}

/// A number truncated to an integer of 32 or 64 bits, the lowest for what that does not hold, of
/// which the low bits are kept: what x86-64 does for C.
fn truncated(element: ElementType, value: f64) -> u64 {
    if element.is_float() {
        return float(element, value);
    }
    let cut = |value: f64, bits: u32| {
        let whole = if value.is_nan() { i128::MIN } else { value.trunc() as i128 };
        let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
        if (low..=high).contains(&whole) { whole } else { low }
    };
    let half = 2f64.powi(63);
    match element {
        ElementType::U64 if value >= half => cut(value - half, 64) as u64 ^ (1 << 63),
        ElementType::U64 | ElementType::I64 => cut(value, 64) as u64,
        ElementType::U32 => low_bits(element, cut(value, 64)),
        ElementType::Bool => u64::from(cut(value, 32) as u8 != 0),
        _ => low_bits(element, cut(value, 32)),
    }
}

fn converted(from: ElementType, to: ElementType, bits: u64, rounding: Rounding) -> u64 {
    match (rounding, decode(from, bits)) {
        _ if from == to => bits,
        (Rounding::Nearest, value) => nearest(to, value),
        (_, Exact::Integer(value)) if !to.is_float() => low_bits(to, value),
        (_, Exact::Float(value)) if to == ElementType::Bool => (value != 0.0).into(),
        (_, value) => truncated(to, value.to_f64()),
    }
}

/// Two elements of one type joined.
fn joined(op: Join, element: ElementType, a: u64, b: u64) -> u64 {
    let (x, y) = (decode(element, a), decode(element, b));
    let plus = |a: u64, b: u64| match (element, decode(element, a), decode(element, b)) {
        (ElementType::F32, ..) => {
            u64::from((f32::from_bits(a as u32) + f32::from_bits(b as u32)).to_bits())
        }
        (_, Exact::Integer(x), Exact::Integer(y)) => low_bits(element, x + y),
        (_, x, y) => (x.to_f64() + y.to_f64()).to_bits(),
    };
    match op {
        Join::Add => plus(a, b),
        Join::Squares { square_first, root } => {
            let first = if square_first { squared(element, a) } else { a };
            let sum = plus(first, squared(element, b));
            if root { rooted(element, sum) } else { sum }
        }
        Join::Ratio { fill, least } => {
            let ratio = if y.to_f64() >= least { x.to_f64() / y.to_f64() } else { fill };
            nearest(element, Exact::Float(ratio))
        }
    }
}

fn squared(element: ElementType, bits: u64) -> u64 {
    match (element, decode(element, bits)) {
        (ElementType::F32, _) => {
            let value = f32::from_bits(bits as u32);
            u64::from((value * value).to_bits())
        }
        (_, Exact::Integer(value)) => low_bits(element, value.wrapping_mul(value)),
        (_, Exact::Float(value)) => (value * value).to_bits(),
    }
}

fn rooted(element: ElementType, bits: u64) -> u64 {
    truncated(element, decode(element, bits).to_f64().sqrt())
}

/// Whether two elements are the same; all NaN are.
fn same(element: ElementType, a: u64, b: u64) -> bool {
    let nan = |bits| matches!(decode(element, bits), Exact::Float(value) if value.is_nan());
    a == b || (nan(a) && nan(b))
}

/// Elements in memory, with gaps where the strides of a plane leave some.
#[derive(Clone)]
struct Memory {
    element: ElementType,
    bytes: Vec<u64>,
    first: usize,
    extent: Extent,
    strides: Strides,
}

impl Memory {
    fn random(element: ElementType, extent: Extent, (strides, first): (Strides, usize)) -> Self {
        let len = span(extent);
        let mut memory = Self { element, bytes: vec![0; len], first, extent, strides };
        let mut rng = fastrand::Rng::with_seed(len as u64 + element as u64);
        for index in 0..len {
            memory.put(index, random(element, &mut rng));
        }
        memory
    }

    fn get(&self, index: usize) -> u64 {
        let size = self.element.size();
        let mut word = [0; 8];
        for (byte, value) in word[..size].iter_mut().enumerate() {
            let at = index * size + byte;
            *value = self.bytes[at / 8].to_ne_bytes()[at % 8];
        }
        u64::from_le_bytes(word)
    }

    fn put(&mut self, index: usize, bits: u64) {
        let size = self.element.size();
        for (byte, value) in bits.to_le_bytes()[..size].iter().enumerate() {
            let at = index * size + byte;
            let mut word = self.bytes[at / 8].to_ne_bytes();
            word[at % 8] = *value;
            self.bytes[at / 8] = u64::from_ne_bytes(word);
        }
    }

    /// The indices of the plane's elements, row by row.
    fn indices(&self) -> impl Iterator<Item = usize> {
        let Self { first, extent, strides, .. } = *self;
        let all = move |row: usize| {
            (0..extent.columns).flat_map(move |column| {
                (0..extent.inner).map(move |i| {
                    let offset = row as isize * strides.row
                        + column as isize * strides.column
                        + i as isize * strides.inner;
                    first.wrapping_add_signed(offset)
                })
            })
        };
        (0..extent.rows).flat_map(all)
    }

    fn plane(&self) -> Plane<'_> {
        let bytes = self.first * self.element.size();
        // SAFETY: the layout stays within the memory, whose bits are elements of the type.
        unsafe {
            let first = self.bytes.as_ptr().cast::<u8>().add(bytes);
            Plane::of_type(first, self.element, self.extent, self.strides)
        }
    }

    fn plane_mut(&mut self) -> PlaneMut<'_> {
        let bytes = self.first * self.element.size();
        // SAFETY: as in `plane`; the elements of a layout are distinct.
        unsafe {
            let first = self.bytes.as_mut_ptr().cast::<u8>().add(bytes);
            PlaneMut::of_type(first, self.element, self.extent, self.strides)
        }
    }

    /// Asserts that `run` makes of every element what `new` does of it and of the other plane's at
    /// its place, and leaves all else as it is.
    fn becomes(
        mut self,
        other: &Self,
        run: impl Fn(&mut PlaneMut<'_>, &Plane<'_>),
        new: impl Fn(u64, u64) -> u64,
        about: &str,
    ) {
        let mut expected = self.clone();
        for (index, there) in self.indices().zip(other.indices()) {
            expected.put(index, new(self.get(index), other.get(there)));
        }
        run(&mut self.plane_mut(), &other.plane());
        for index in 0..self.bytes.len() {
            let (found, expected) = (self.get(index), expected.get(index));
            let element = self.element;
            assert!(
                same(element, found, expected),
                "{:?}, not {:?} at {index} of {:?} from {:?}: {about}",
                decode(element, found),
                decode(element, expected),
                (self.element, self.extent, self.strides),
                (other.element, other.strides),
            );
        }
    }
}

fn random(element: ElementType, rng: &mut fastrand::Rng) -> u64 {
    let whole = [0, 1, 2, 127, 128, 255, 256, 1 << 31, (1 << 53) + 1, 1 << 63, u64::MAX];
    let (some, sign) = (whole[rng.usize(..whole.len())], if rng.bool() { 1.0 } else { -1.0 });
    let number = match rng.u8(..8) {
        0 => f64::NAN,
        1 => sign * f64::INFINITY,
        2 => sign * 1e300,
        3 => sign * (some as f64 + 0.5),
        4 => sign * (rng.u32(..600) as f64) / 2.0,
        5 => sign * rng.f64() * 1e-320,
        6 => sign * 0.0,
        _ => sign * rng.f64() * 2f64.powi(rng.i32(-4..66)),
    };
    match element {
        ElementType::F32 | ElementType::F64 => float(element, number),
        ElementType::Bool => rng.bool().into(),
        _ if rng.bool() => low_bits(element, some.into()),
        _ => low_bits(element, rng.u64(..).into()),
    }
}

/// Planes of few elements in every pair of layouts, and lines longer than a block.
fn every_layout(check: impl Fn(Extent, (Strides, usize), (Strides, usize))) {
    let small = Extent { rows: 2, columns: 3, inner: 2 };
    for a in layouts(small) {
        for b in layouts(small) {
            check(small, a, b);
        }
    }
    some_layouts(check);
}

/// One layout of each order of strides, each with other signs; planes of one element and of none.
fn some_layouts(check: impl Fn(Extent, (Strides, usize), (Strides, usize))) {
    for extent in [
        Extent { rows: 2, columns: 601, inner: 1 },
        Extent { rows: 3, columns: 7, inner: 3 },
        Extent { rows: 1, columns: 1, inner: 1 },
        Extent { rows: 0, columns: 4, inner: 1 },
        Extent { rows: 4, columns: 0, inner: 2 },
    ] {
        let all: Vec<_> = match extent.rows * extent.columns {
            0 => vec![(Strides { row: 8, column: 2, inner: 1 }, 0)],
            _ => layouts(extent).into_iter().step_by(9).collect(),
        };
        for &a in &all {
            all.iter().for_each(|&b| check(extent, a, b));
        }
    }
}

#[test]
fn every_type_is_converted_to_every_other() {
    for from in ElementType::ALL {
        for to in ElementType::ALL {
            for rounding in [Rounding::Nearest, Rounding::Scipy] {
                let check = |extent, source, target| {
                    let source = Memory::random(from, extent, source);
                    Memory::random(to, extent, target).becomes(
                        &source,
                        |target, source| convert(source, target, rounding),
                        |_, bits| converted(from, to, bits, rounding),
                        &format!("{rounding:?}"),
                    );
                };
                // Every layout once for each width, which is all that the loops know.
                let every = [
                    (ElementType::I16, ElementType::F32),
                    (ElementType::F64, ElementType::U8),
                    (ElementType::Bool, ElementType::I64),
                    (ElementType::U32, ElementType::I16),
                ];
                if every.contains(&(from, to)) {
                    every_layout(check);
                } else {
                    some_layouts(check);
                }
            }
        }
    }
}

#[test]
fn sums_are_rounded() {
    for from in [ElementType::F32, ElementType::F64] {
        for to in ElementType::ALL {
            for rounding in [Rounding::Nearest, Rounding::Scipy] {
                some_layouts(|extent, source, target| {
                    let source = Memory::random(from, extent, source);
                    Memory::random(to, extent, target).becomes(
                        &source,
                        |target, source| round_sums(source, target, rounding),
                        |_, bits| match (rounding, decode(from, bits)) {
                            (Rounding::Scipy, value) => truncated(to, value.to_f64()),
                            (_, value) => nearest(to, value),
                        },
                        &format!("{rounding:?}"),
                    );
                });
            }
        }
    }
}

#[test]
fn planes_are_joined() {
    let squares = |square_first, root| Join::Squares { square_first, root };
    let least = f64::from(f32::MIN_POSITIVE);
    for op in [
        Join::Add,
        squares(true, true),
        squares(true, false),
        squares(false, true),
        squares(false, false),
        Join::Ratio { fill: 3.0, least },
        Join::Ratio { fill: f64::NAN, least: 2.0 },
    ] {
        for element in ElementType::ALL {
            some_layouts(|extent, first, second| {
                let second = Memory::random(element, extent, second);
                Memory::random(element, extent, first).becomes(
                    &second,
                    |first, second| join(op, first, second),
                    |a, b| joined(op, element, a, b),
                    &format!("{op:?}"),
                );
            });
        }
    }
}

#[test]
fn a_single_term_is_its_magnitude() {
    for element in ElementType::ALL {
        some_layouts(|extent, plane, other| {
            Memory::random(element, extent, plane).becomes(
                &Memory::random(element, extent, other),
                |plane, _| root_of_square(plane),
                |a, _| rooted(element, squared(element, a)),
                "",
            );
        });
    }
}

#[test]
fn validity_is_marked_with_a_mask_and_without() {
    for element in ElementType::ALL {
        some_layouts(|extent, source, target| {
            let source = Memory::random(element, extent, source);
            let valid = |bits| {
                u64::from(!matches!(decode(element, bits), Exact::Float(value) if value.is_nan()))
            };
            let marked = Memory::random(ElementType::Bool, extent, target);
            let run = |target: &mut PlaneMut<'_>, source: &Plane<'_>| {
                mark_valid(source, None, target);
            };
            marked.clone().becomes(&source, run, |_, bits| valid(bits), "no mask");
            let mask = Memory::random(ElementType::Bool, extent, target);
            // The mask has the layout of the result.
            let mut expected = marked.clone();
            for (index, there) in marked.indices().zip(source.indices()) {
                expected.put(index, valid(source.get(there)) & mask.get(index));
            }
            let mut found = marked;
            mark_valid(&source.plane(), Some(&mask.plane()), &mut found.plane_mut());
            assert!(found.bytes == expected.bytes, "{element} {extent:?} with a mask");
        });
    }
}

#[test]
fn missing_elements_are_filled() {
    for element in ElementType::ALL {
        for value in [0.0, 1.0, 300.5, -7.0, f64::NAN] {
            some_layouts(|extent, plane, valid| {
                let fill = nearest(element, Exact::Float(value));
                let valid = Memory::random(ElementType::Bool, extent, valid);
                Memory::random(element, extent, plane).becomes(
                    &valid,
                    |plane, valid| fill_missing(plane, valid, value),
                    |old, valid| if valid == 1 { old } else { fill },
                    &format!("{value}"),
                );
            });
        }
    }
}

macro_rules! refused {
    ($($name:ident: $expected:literal, |$two:ident, $three:ident| $body:expr;)*) => {$(
        #[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            let memory = |element, columns| {
                let strides = Strides { row: columns as isize, column: 1, inner: 1 };
                Memory::random(element, Extent { rows: 1, columns, inner: 1 }, (strides, 0))
            };
            let $two = |element| memory(element, 2);
            let $three = |element| memory(element, 3);
            $body;
        }
    )*};
}

refused! {
    converting_to_another_extent: "planes of one extent", |two, three| {
        let (source, mut target) = (two(ElementType::U8), three(ElementType::F32));
        convert(&source.plane(), &mut target.plane_mut(), Rounding::Nearest)
    };
    rounding_to_another_extent: "planes of one extent", |two, three| {
        let (source, mut target) = (three(ElementType::F32), two(ElementType::U8));
        round_sums(&source.plane(), &mut target.plane_mut(), Rounding::Nearest)
    };
    rounding_what_are_no_sums: "sums in f32 or f64", |two, _three| {
        let (source, mut target) = (two(ElementType::I32), two(ElementType::U8));
        round_sums(&source.plane(), &mut target.plane_mut(), Rounding::Nearest)
    };
    joining_other_types: "planes of one type", |two, _three| {
        join(Join::Add, &mut two(ElementType::U8).plane_mut(), &two(ElementType::I8).plane())
    };
    joining_other_extents: "planes of one extent", |two, three| {
        join(Join::Add, &mut two(ElementType::U8).plane_mut(), &three(ElementType::U8).plane())
    };
    marking_in_bytes: "validity in bool", |two, _three| {
        mark_valid(&two(ElementType::F32).plane(), None, &mut two(ElementType::U8).plane_mut())
    };
    masking_by_bytes: "a mask of bool", |two, _three| {
        let (source, mask) = (two(ElementType::F32), two(ElementType::U8));
        let mut marked = two(ElementType::Bool);
        mark_valid(&source.plane(), Some(&mask.plane()), &mut marked.plane_mut())
    };
    masking_by_another_extent: "planes of one extent", |two, three| {
        let (source, mask) = (two(ElementType::F32), three(ElementType::Bool));
        let mut marked = two(ElementType::Bool);
        mark_valid(&source.plane(), Some(&mask.plane()), &mut marked.plane_mut())
    };
    filling_by_bytes: "validity in bool", |two, _three| {
        let (mut filled, valid) = (two(ElementType::F32), two(ElementType::U8));
        fill_missing(&mut filled.plane_mut(), &valid.plane(), 0.0)
    };
    filling_another_extent: "planes of one extent", |two, three| {
        let (mut filled, valid) = (two(ElementType::F32), three(ElementType::Bool));
        fill_missing(&mut filled.plane_mut(), &valid.plane(), 0.0)
    };
}
