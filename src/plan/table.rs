//! A table of requests and their schedules, compared without a pixel.
//!
//! `table.txt` holds what each request's schedules print. `GAUSSTACK_UPDATE_TABLE=1` writes it
//! anew, to be read before it is committed.

use std::fmt::Write as _;
use std::path::Path;

use gausstack_kernels::{Combine, ElementType, Level, Rounding};

use crate::plan::cache::CacheSizes;
use crate::plan::choices::Choices;
use crate::plan::design::{AnyDesign, Design, Job};
use crate::request::filter::WeightSource;
use crate::request::options::Settings;
use crate::request::progress::Waiting;
use crate::request::{
    Combination, Gaussian, GradientMagnitude, Laplace, Missing, Mode, Options, Precision,
    Separable, Term, Tuning, Weights,
};

use ElementType::{Bool, F32, F64, I16, I64, U8, U16, U32};

/// A cache that holds a ring of slices of the volumes below, and one that does not.
const LARGE: CacheSizes = CacheSizes::new(32 << 10, 1 << 20, 32 << 20);
const SMALL: CacheSizes = CacheSizes::new(32 << 10, 32 << 10, 64 << 10);

const IMAGE: &[usize] = &[300, 400];
const STACK: &[usize] = &[300, 6, 500];
const VOLUME: &[usize] = &[60, 70, 80];

/// A filter as far as a design depends on it.
struct Asked {
    name: &'static str,
    weights: Box<dyn WeightSource>,
    settings: Settings,
}

macro_rules! asked {
    ($name:literal, $filter:expr) => {{
        let filter = $filter;
        let settings = filter.settings.clone();
        Asked { name: $name, weights: Box::new(filter), settings }
    }};
}

/// One row: what is asked for, of which arrays.
struct Row {
    asked: Asked,
    shape: &'static [usize],
    types: [ElementType; 2],
    masked: bool,
    caches: CacheSizes,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |shape, types: &[[ElementType; 2]], asked: &dyn Fn() -> Asked| {
        for &types in types {
            rows.push(Row { asked: asked(), shape, types, masked: false, caches: LARGE });
        }
    };
    let floats = [[F32, F32], [F64, F64], [F32, F64], [F64, F32]];
    let all = [[F32, F32], [F64, F64], [U8, U8], [U16, F32], [U32, U32], [I64, I64], [Bool, Bool]];
    let scipys = [[U8, U8], [I64, I64], [Bool, Bool], [F32, F32], [F32, U8]];
    let scipy = || Options::new().rounding(Rounding::Scipy);
    row(IMAGE, &all, &|| asked!("gaussian", Gaussian::new(2.0)));
    row(IMAGE, &[[U8, U8], [Bool, Bool]], &|| {
        asked!("gaussian, scipy's rounding", Gaussian::new(2.0).options(scipy()))
    });
    row(STACK, &floats, &|| {
        asked!("gaussian along axes 0 and 2", Gaussian::new([3.0, 5.0]).axes([0, 2]))
    });
    row(VOLUME, &all, &|| asked!("gaussian", Gaussian::new(1.0)));
    row(VOLUME, &scipys, &|| {
        asked!("gaussian, scipy's rounding", Gaussian::new(1.0).options(scipy()))
    });
    row(VOLUME, &[[F32, F32]], &|| {
        asked!("gaussian in f64", Gaussian::new(1.0).precision(Precision::Double))
    });
    row(VOLUME, &[[F32, F32]], &|| {
        let filter = Gaussian::new(1.0).order([1, 0, 0]).mode(Mode::Constant).cval(5.0);
        asked!("slope beside a constant, whose order matters", filter)
    });
    row(STACK, &[[U16, U16]], &|| asked!("gaussian along axis 1", Gaussian::new(1.0).axes([1])));
    row(IMAGE, &[[F32, F32], [I16, U8], [Bool, F32]], &|| {
        asked!("copy: no axes", Gaussian::new(1.0).axes(Vec::<isize>::new()))
    });
    row(IMAGE, &[[F32, F32], [I64, I64]], &|| asked!("copy: sigma 0", Gaussian::new(0.0)));
    row(IMAGE, &[[F32, F32], [F64, F64], [U8, U8]], &|| {
        asked!("gradient magnitude", GradientMagnitude::new(2.0))
    });
    row(IMAGE, &[[U8, U8], [F32, F32]], &|| {
        let filter = GradientMagnitude::new(2.0).options(scipy().precision(Precision::Double));
        asked!("gradient magnitude as scipy's", filter)
    });
    row(VOLUME, &[[F32, F32], [F64, F64], [U16, U16]], &|| {
        asked!("gradient magnitude", GradientMagnitude::new(1.0))
    });
    row(VOLUME, &[[F32, F32], [U8, U8]], &|| asked!("laplace", Laplace::new(1.0)));
    row(STACK, &[[F32, F32]], &|| {
        asked!("laplace along axes 0 and 2", Laplace::new(1.0).axes([0, 2]))
    });
    row(IMAGE, &[[F32, F32], [U8, U8]], &|| {
        let smooth = Weights::correlation(&[0.25, 0.5, 0.25], 0, 0).expect("weights");
        let only = Combination::new(Combine::Magnitude, [Term::new(smooth)]);
        asked!("magnitude of one term", only)
    });
    row(IMAGE, &[[F32, F32]], &|| {
        asked!("weights of the caller's", Separable::new(vec![1.0, 2.0, 3.0, 4.0]))
    });
    for shape in [&[300, 400, 1], &[300, 1, 400], &[1, 300, 400], &[1, 1, 400], &[1, 1, 1]] {
        row(shape, &[[F32, F32], [F64, F64], [U8, U8]], &|| {
            asked!("gaussian, axes of one sample", Gaussian::new(2.0))
        });
    }
    row(&[60, 70, 80, 1], &[[F32, F32], [U16, U16], [F64, F32]], &|| {
        asked!("gaussian, axes of one sample", Gaussian::new(1.0))
    });
    row(&[60, 1, 70, 80], &[[F32, F32]], &|| {
        asked!("gaussian beside a loop of length 1", Gaussian::new(1.0).axes([0, 2, 3]))
    });
    row(&[300, 1], &[[F32, F32], [Bool, Bool]], &|| {
        asked!("gaussian along one sample alone", Gaussian::new(1.0).axes([1]))
    });
    row(&[300, 1], &[[F32, F32], [U8, U8]], &|| {
        asked!("gradient magnitude, axes of one sample", GradientMagnitude::new(1.0))
    });
    row(&[5000, 2], &[[F32, F32]], &|| {
        asked!("gaussian along axis 0", Gaussian::new(1.0).axes([0]))
    });
    row(&[900, 4, 4], &[[F32, F32], [F64, F64], [U8, U8]], &|| {
        asked!("gaussian of tiny slices", Gaussian::new(1.0).axes([1, 2]))
    });
    row(&[5000, 3], &[[F32, F32], [F64, F64], [U8, U8]], &|| {
        asked!("gaussian of few columns", Gaussian::new(1.0))
    });
    row(&[900, 3, 4, 5], &[[F32, U8]], &|| {
        asked!("gaussian of tiny volumes", Gaussian::new(1.0).axes([1, 2, 3]))
    });
    row(IMAGE, &[[F32, F32], [F64, F64], [U16, U16]], &|| {
        asked!("ideal gaussian", Gaussian::new(20.0).ideal(1e-4))
    });
    row(IMAGE, &[[F32, F32]], &|| {
        asked!("ideal gaussian, one axis by its weights", Gaussian::new([1.0, 20.0]).ideal(1e-4))
    });
    row(&[12, 400], &[[F32, F32]], &|| {
        asked!("ideal gaussian, one axis short", Gaussian::new(20.0).ideal(1e-4))
    });
    row(STACK, &[[F32, F32]], &|| {
        let filter = Gaussian::new(20.0).axes([0, 2]).ideal(1e-4).missing(Missing::Ignore);
        asked!("ideal gaussian along axes 0 and 2, NaN ignored", filter)
    });
    row(VOLUME, &[[F32, F32], [F64, F64], [U16, U16]], &|| {
        asked!("ideal gaussian", Gaussian::new(9.0).ideal(1e-3))
    });
    row(IMAGE, &[[F32, F32], [U8, U8]], &|| {
        asked!("ideal gradient magnitude", GradientMagnitude::new(20.0).ideal(1e-3))
    });
    let missing = |missing| move || asked!("", Gaussian::new(2.0).missing(missing));
    for (name, made) in [("NaN ignored", Missing::Ignore), ("NaN kept", Missing::Keep)] {
        row(IMAGE, &[[F32, F32], [F64, F64], [F32, U8]], &|| Asked { name, ..missing(made)() });
        row(VOLUME, &[[F32, F32], [F64, F32]], &|| Asked { name, ..missing(made)() });
        row(&[300, 400, 1], &[[F32, F32], [U8, U8]], &|| Asked { name, ..missing(made)() });
    }
    row(IMAGE, &[[F32, F32]], &|| {
        asked!("copy, NaN ignored", Gaussian::new(0.0).missing(Missing::Ignore).fill(0.0))
    });
    let masked = [
        (IMAGE, [F32, F32], Missing::Propagate),
        (IMAGE, [U16, U16], Missing::Propagate),
        (VOLUME, [U16, U16], Missing::Propagate),
        (STACK, [F32, F32], Missing::Keep),
        (IMAGE, [U8, U8], Missing::Keep),
    ];
    for (shape, types, what) in masked {
        let asked = Asked { name: "masked", ..missing(what)() };
        rows.push(Row { asked, shape, types, masked: true, caches: LARGE });
    }
    for types in [[U16, U16], [F32, F32]] {
        let asked = asked!("gaussian, caches too small for a ring", Gaussian::new(1.0));
        rows.push(Row { asked, shape: VOLUME, types, masked: false, caches: SMALL });
    }
    rows
}

/// What the schedules of a row print, for one worker.
fn schedules(row: &Row) -> String {
    let Row { asked: Asked { weights, settings, .. }, shape, types, masked, caches } = row;
    let level = Level::from_name("portable").expect("every CPU has it");
    let axes = settings.filtered_axes(shape.len()).expect("axes of the array");
    let machine = (level, Tuning::Generic);
    let choices = Choices::new(settings, machine, *caches).expect("valid choices");
    let waiting = Waiting::unobserved();
    let (arrays, masks) = ((*shape, &*axes), (*types, *masked));
    let job = Job::new(settings, &**weights, arrays, masks, choices, &waiting);
    let (design, passes) = AnyDesign::new(job.expect("valid weights")).expect("a design");
    let (sums, schedules) = match design {
        AnyDesign::Single(design) => ("f32 sums", printed(&design, shape)),
        AnyDesign::Double(design) => ("f64 sums", printed(&design, shape)),
    };
    if passes.is_empty() { schedules } else { format!("{sums}\n{schedules}") }
}

fn printed<A: gausstack_kernels::Arithmetic>(design: &Design<A>, shape: &[usize]) -> String {
    let ring = design.needs(shape, 1).ring;
    design.schedules(shape, ring).to_string()
}

#[test]
fn every_request_has_its_schedule() {
    let mut table = String::new();
    let rows = rows();
    assert!(rows.len() >= 60, "{} requests", rows.len());
    for row in &rows {
        let [from, to] = row.types;
        let Row { asked: Asked { name, .. }, shape, .. } = row;
        writeln!(table, "## {name}, {from} -> {to}, {shape:?}\n{}", schedules(row)).expect("text");
    }
    if std::env::var_os("GAUSSTACK_UPDATE_TABLE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plan/table.txt");
        std::fs::write(path, &table).expect("the table can be written");
    }
    let kept = include_str!("table.txt");
    for (line, (now, before)) in table.lines().zip(kept.lines()).enumerate() {
        assert_eq!(now, before, "line {} of src/plan/table.txt", line + 1);
    }
    assert_eq!(table.len(), kept.len(), "as many rows");
}
