//! No byte beside an array is touched: source, mask and output each lie against a page without
//! access, at either end, and a load or store beyond ends the process.

#![cfg(unix)]

mod common;
#[path = "guard_pages/guarded.rs"]
mod guarded;

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use common::heavy;
use common::levels::each_level;
use common::strategies::workers;
use fastrand::Rng;
use gausstack::{
    AnyPlan, ElementType, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode,
    Precision, StorePolicy, Tuning,
};
use guarded::{End, Guarded, Strided};

/// Names the child process that filters.
const CHILD: &str = "GAUSSTACK_GUARDED";

/// How an array lies in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    C,
    Fortran,
    /// Rows with a few elements between them.
    Gaps,
    EverySecond,
    /// Along every axis from the last element to the first.
    Reversed,
}

impl Layout {
    const ALL: [Self; 5] = [Self::C, Self::Fortran, Self::Gaps, Self::EverySecond, Self::Reversed];

    fn place(self, shape: &[usize]) -> Strided {
        let ndim = shape.len();
        let mut strides = vec![1; ndim];
        let mut reach = 1;
        for turn in 0..ndim {
            let axis = if matches!(self, Self::Fortran) { turn } else { ndim - 1 - turn };
            let (step, gap) = match self {
                Self::EverySecond if turn == 0 => (2, 0),
                Self::Gaps if turn == 1 => (1, 3),
                _ => (1, 0),
            };
            reach += gap;
            strides[axis] = reach * step;
            reach *= step * shape[axis] as isize;
        }
        let mut first = 0;
        if matches!(self, Self::Reversed) {
            strides.iter_mut().for_each(|stride| *stride = -*stride);
            let along = shape.iter().zip(&strides);
            first = along.map(|(len, stride)| (len - 1) * stride.unsigned_abs()).sum();
        }
        Strided { shape: shape.to_vec(), strides, first }
    }
}

/// A plan and whether it takes a mask.
struct Case {
    name: String,
    plan: AnyPlan,
    masked: bool,
}

/// Filters of every kind along some axes of a shape.
fn cases(
    shape: &[usize],
    axes: &[isize],
    [from, to]: [ElementType; 2],
    level: Level,
    turn: usize,
) -> Result<Vec<Case>, Error> {
    let tuning = Tuning::ALL[turn % Tuning::ALL.len()];
    let stores = [StorePolicy::Streamed, StorePolicy::Cached][turn / 3 % 2];
    let mode = [Mode::Reflect, Mode::Wrap, Mode::Constant, Mode::Mirror][turn % 4];
    let gaussian = |sigma: f64| {
        let gaussian =
            Gaussian::new(sigma).axes(axes).level(level).tuning(tuning).threads(workers(1));
        gaussian.mode(mode).stores(stores)
    };
    let mut cases = vec![];
    let mut add = |name: String, plan: AnyPlan, masked: bool| {
        cases.push(Case { name: format!("{name}, {mode:?}, {tuning}, {stores:?}"), plan, masked });
    };
    for sigma in [0.4, 0.8, 2.5] {
        add(format!("sigma {sigma}"), gaussian(sigma).plan_any(shape, from, to)?, false);
    }
    // (Short axes have a row of weights for each sample, long ones sums that lie apart.)
    let wide = if shape.iter().any(|&len| len > 100) { 14.0 } else { 40.0 };
    let ideal = gaussian(wide).ideal(1e-3);
    add("ideal".to_owned(), ideal.plan_any(shape, from, to)?, false);
    if from.is_float() {
        let ideal = ideal.missing(Missing::Ignore);
        add("ideal without NaN".to_owned(), ideal.plan_any(shape, from, to)?, false);
    }
    let double = gaussian(0.8).precision(Precision::Double);
    add("in f64".to_owned(), double.plan_any(shape, from, to)?, false);
    let slope = gaussian(0.8).order(1);
    add("slope".to_owned(), slope.plan_any(shape, from, to)?, false);
    let ignoring = gaussian(0.8).missing(Missing::Ignore);
    if from.is_float() {
        add("without NaN".to_owned(), ignoring.plan_any(shape, from, to)?, false);
    }
    add("masked".to_owned(), ignoring.plan_any_masked(shape, from, to)?, true);
    let magnitude =
        GradientMagnitude::new(0.6).axes(axes).level(level).tuning(tuning).threads(workers(1));
    add("gradient magnitude".to_owned(), magnitude.plan_any(shape, from, to)?, false);
    let laplacian = Laplace::new(0.6).axes(axes).level(level).tuning(tuning).threads(workers(1));
    add("Laplacian".to_owned(), laplacian.plan_any(shape, from, to)?, false);
    Ok(cases)
}

/// Random elements that are finite and no invalid bools, as bytes.
fn fill(bytes: &mut [u8], element: ElementType, rng: &mut Rng) {
    match element {
        ElementType::F32 => {
            let numbers = bytes.as_chunks_mut::<4>().0.iter_mut();
            numbers.for_each(|number| *number = (rng.f32() - 0.5).to_ne_bytes());
        }
        ElementType::F64 => {
            let numbers = bytes.as_chunks_mut::<8>().0.iter_mut();
            numbers.for_each(|number| *number = (rng.f64() - 0.5).to_ne_bytes());
        }
        ElementType::Bool => bytes.iter_mut().for_each(|byte| *byte = u8::from(rng.bool())),
        _ => rng.fill(bytes),
    }
}

/// Filters a shape with every filter from one layout to another, guarded at one end and at the
/// other: the output has the same bytes both times.
fn filter(case: &Case, [source, target]: [Layout; 2], shape: &[usize], rng: &mut Rng) {
    let [from, to] = case.plan.element_types();
    let [source, target] = [source.place(shape), target.place(shape)];
    let mut image = vec![0; source.span() * from.size()];
    fill(&mut image, from, rng);
    let mut valid = vec![0; source.span()];
    fill(&mut valid, ElementType::Bool, rng);
    let mut outputs = [End::Front, End::Back].map(|end| {
        let mut input = Guarded::new(image.len(), end);
        input.bytes_mut().copy_from_slice(&image);
        let mut mask = Guarded::new(valid.len(), end);
        mask.bytes_mut().copy_from_slice(&valid);
        let mut output = Guarded::new(target.span() * to.size(), end);
        let (data, out) = (input.view(&source, from), output.view_mut(&target, to));
        let run = if case.masked {
            case.plan.apply_masked_into(data, mask.view(&source, ElementType::Bool), out)
        } else {
            case.plan.apply_into(data, out)
        };
        run.expect("arrays of the plan's shape");
        if from == to {
            let data = input.view_mut(&source, from);
            let run = if case.masked {
                case.plan.apply_masked_in_place(data, mask.view(&source, ElementType::Bool))
            } else {
                case.plan.apply_in_place(data)
            };
            run.expect("an array of the plan's shape");
        }
        [output, input]
    });
    let [front, back] = &mut outputs;
    assert!(front[0].bytes() == back[0].bytes(), "{}: to another array", case.name);
    assert!(front[1].bytes() == back[1].bytes(), "{}: in place", case.name);
}

/// Shapes around the lengths of vectors, with the axes that are filtered.
fn shapes() -> Vec<(Vec<usize>, Vec<isize>)> {
    let mut shapes = vec![];
    let lines = if heavy() { 1..=80 } else { 1..=36 };
    shapes.extend(lines.map(|len| (vec![len], vec![0])));
    shapes.push((vec![1023], vec![0]));
    let (rows, columns): (&[usize], &[usize]) = if heavy() {
        (&[1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33], &[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 70])
    } else {
        (&[1, 3, 8, 17], &[1, 2, 4, 7, 9, 16, 33, 70])
    };
    for &rows in rows {
        shapes.extend(columns.iter().map(|&columns| (vec![rows, columns], vec![0, 1])));
    }
    for (shape, axes) in [
        (vec![40, 150], vec![0]),
        (vec![40, 150], vec![1]),
        (vec![130, 300], vec![0, 1]),
        (vec![70, 3, 3], vec![1, 2]),
        (vec![80, 4, 5], vec![1, 2]),
        (vec![9, 8, 16], vec![1, 2]),
        (vec![3, 33, 40], vec![1, 2]),
        (vec![20, 17, 3], vec![0, 1]),
        (vec![40, 9, 16], vec![0, 2]),
        (vec![9, 10, 11], vec![0, 1, 2]),
        (vec![7, 20, 33], vec![0, 1, 2]),
    ] {
        shapes.push((shape, axes));
    }
    shapes
}

/// Each type to itself, and some to another.
fn types() -> Vec<[ElementType; 2]> {
    let mut types: Vec<_> = ElementType::ALL.into_iter().map(|element| [element; 2]).collect();
    types.push([ElementType::U8, ElementType::F32]);
    types.push([ElementType::F32, ElementType::U8]);
    types.push([ElementType::U16, ElementType::F64]);
    types.push([ElementType::F64, ElementType::I16]);
    types
}

fn filter_all() {
    let mut rng = Rng::with_seed(7);
    let mut turn = 0;
    for (shape, axes) in shapes() {
        for types in types() {
            each_level(|level| {
                for case in cases(&shape, &axes, types, level, turn).expect("valid requests") {
                    // Pairs of layouts in their turn.
                    let pairs = if heavy() { 2 } else { 1 };
                    for _ in 0..pairs {
                        let source = Layout::ALL[turn % Layout::ALL.len()];
                        let target = Layout::ALL[(turn / Layout::ALL.len()) % Layout::ALL.len()];
                        println!(
                            "{shape:?} {types:?} {level}: {} {source:?} {target:?}",
                            case.name
                        );
                        filter(&case, [source, target], &shape, &mut rng);
                        turn += 1;
                    }
                }
            });
        }
    }
}

/// Runs a test of this program in a process of its own.
fn in_a_child(test: &str) -> Output {
    let program = env::current_exe().expect("the test binary has a path");
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
    command.output().expect("the test binary runs")
}

/// The last lines that a process printed.
fn last_lines(printed: &[u8]) -> String {
    let printed = String::from_utf8_lossy(printed);
    let lines: Vec<_> = printed.lines().collect();
    lines[lines.len().saturating_sub(4)..].join("\n")
}

#[test]
fn no_byte_beside_an_array_is_touched() {
    if env::var_os(CHILD).is_some() {
        return filter_all();
    }
    let Output { status, stdout, stderr } = in_a_child("no_byte_beside_an_array_is_touched");
    let said = [last_lines(&stdout), last_lines(&stderr)].join("\n");
    assert!(status.success(), "{status}, the last case being the last of\n{said}");
}

#[test]
fn a_touched_page_ends_the_process() {
    if env::var_os(CHILD).is_some() {
        println!("{}", Guarded::new(100, End::Back).read_behind());
        return;
    }
    let Output { status, stdout, .. } = in_a_child("a_touched_page_ends_the_process");
    let signals = [libc::SIGSEGV, libc::SIGBUS];
    let ended = status.signal().is_some_and(|signal| signals.contains(&signal));
    assert!(ended, "{status}: {}", last_lines(&stdout));
}
