//! What the library must make of a request.

use std::any::Any;

use arbitrary::{Result, Unstructured};
use gausstack::{
    AnyView, AnyViewMut, ElementType, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode,
    Options, Rounding, Tuning,
};
use ndarray::ArrayD;

use super::drawn::{self, number};
use crate::common::case::{Case, with_filter};
use crate::common::compare::{same_bits, within};
use crate::common::filter::Filter;
use crate::common::inputs::{magnitude, random, widen};
use crate::common::job::{Job, bits_in_place, bits_of_the_model, workers};
use crate::common::layout::{Layout, Placed};
use crate::common::levels::each_level;
use crate::common::pixel::Pixel;
use crate::common::reference;
use crate::told::told;

/// The most memory that a run of nonsense may take.
const MEMORY: usize = 64 << 20;

/// The bits of the model on every level, from a layout to another and in place.
pub(super) fn modelled<In: Pixel, Out: Pixel>(data: &mut Unstructured<'_>) -> Result<()> {
    let job = drawn::job(data)?;
    let plan = with_filter!(job.case, filter => filter.plan::<In, Out>(&job.case.shape).map(drop));
    if let Err(error) = plan {
        told(&error);
        return Ok(());
    }
    bits_of_the_model::<In, Out>(&job);
    if In::TYPE == Out::TYPE {
        bits_in_place::<Out>(&job);
    }
    Ok(())
}

/// Filters that leave pixels out, and filters of two terms: the same bits in any layout, on any number of
/// workers, in any tile, of any tuning, on all levels that fuse, and in place.
pub(super) fn gaps<In: Pixel, Out: Pixel>(data: &mut Unstructured<'_>) -> Result<()> {
    let job = drawn::job(data)?;
    let missing = *data.choose(&[Missing::Propagate, Missing::Ignore, Missing::Keep])?;
    let fill = if data.ratio(1, 2)? { Some(f64::from(data.arbitrary::<u8>()?)) } else { None };
    let tuning = *data.choose(&Tuning::ALL)?;
    let one_in = data.int_in_range(2..=9)?;
    let kind = data.int_in_range(0..=3)?;
    let along: Vec<_> = job.case.along.iter().collect();
    let sigma = || along.iter().map(|along| along.sigma).collect::<Vec<_>>();
    match kind {
        0 => agree::<In, Out, _>(
            &job.case.configured(GradientMagnitude::new(sigma()), &along),
            tuning,
            None,
            &job,
        ),
        1 => agree::<In, Out, _>(
            &job.case.configured(Laplace::new(sigma()), &along),
            tuning,
            None,
            &job,
        ),
        _ => with_filter!(job.case, filter => {
            let filter = filter.missing(missing);
            let filter = match fill {
                Some(fill) => Filter::fill(filter, fill),
                None => filter,
            };
            agree::<In, Out, _>(&filter, tuning, Some(one_in), &job);
        }),
    }
    Ok(())
}

/// A filter in the job's way and in the simplest.
fn agree<In: Pixel, Out: Pixel, F: Filter>(
    filter: &F,
    tuning: Tuning,
    one_in: Option<u64>,
    job: &Job,
) {
    let mut image: ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let is_missing = |place: u64| {
        one_in.is_some_and(|one_in| (place.wrapping_mul(0x9e37_79b9) >> 7).is_multiple_of(one_in))
    };
    for (place, pixel) in image.iter_mut().enumerate() {
        // Of integers 0, which is as good as any.
        *pixel = if is_missing(place as u64) { In::of(f64::NAN) } else { *pixel };
    }
    let simple = |level| Filter::level(filter.clone(), level).threads(workers(1));
    let blank = ArrayD::from_elem(image.raw_dim(), Out::of(-5.0));
    let mut expected = blank.clone();
    if let Err(error) = simple(Level::detect()).apply_into::<In, Out>(&image, &mut expected) {
        told(&error);
        return;
    }
    let input = Placed::new(&image, &job.input);
    each_level(|level| {
        let mut expected = expected.clone();
        if level.fuses() != Level::detect().fuses() {
            simple(level).apply_into::<In, Out>(&image, &mut expected).expect("a valid request");
        }
        let mut output = Placed::new(&blank, &job.output);
        let around = output.surroundings();
        let tuned = filter.clone().tuning(tuning);
        let plan = job.configured(tuned, level).plan::<In, Out>(&job.case.shape);
        let plan = plan.expect("a valid request");
        plan.apply_into(&input.view(), &mut output.view_mut()).expect("a run of a valid plan");
        let about = (In::TYPE, Out::TYPE, level, one_in, job);
        same_bits(&output.view(), &expected, ("gaps", about));
        same_bits(&output.surroundings(), &around, ("memory beside the output", about));
        assert!(plan.memory_bytes() < 1 << 30, "a small job that takes much memory: {about:?}");
        let same: &dyn Any = &image;
        if let Some(same) = same.downcast_ref::<ArrayD<Out>>() {
            let mut own = Placed::new(same, &job.output);
            let plan = job.configured(filter.clone(), level).plan::<Out, Out>(&job.case.shape);
            let plan = plan.expect("a valid request");
            plan.apply_in_place(&mut own.view_mut()).expect("a run of a valid plan");
            same_bits(&own.view(), &expected, ("in place", about));
        }
    });
}

/// The ideal Gaussian: within its tolerance, and with the same bits on any number of workers.
pub(super) fn ideal<In: Pixel, Out: Pixel>(data: &mut Unstructured<'_>) -> Result<()> {
    let mut job = drawn::job(data)?;
    let tolerance = *data.choose(&[1e-3, 1e-5, 1e-7, 1e-10, 1e-13])?;
    if job.case.has_weights() || !job.case.cval.is_finite() {
        return Ok(());
    }
    job.case.along.retain(|along| along.sigma > 0.0);
    for along in &mut job.case.along {
        along.order %= 3;
        along.sigma = along.sigma.max(0.5);
        along.radius = None;
    }
    job.case.truncate = 12.0;
    let taps: usize = job.case.along.iter().map(|along| job.case.radius(along)).sum();
    if taps > 600 {
        return Ok(());
    }
    let each = |f: &dyn Fn(usize) -> f64| (0..job.case.along.len()).map(f).collect::<Vec<_>>();
    let orders = job.case.along.iter().map(|along| along.order).collect::<Vec<_>>();
    let filter = Gaussian::new(each(&|at| job.case.along[at].sigma)).order(orders).ideal(tolerance);
    let filter = job.case.configured(filter, &job.case.along.iter().collect::<Vec<_>>());
    let image: ArrayD<In> = random(job.distribution, &job.case.shape, job.seed);
    let (mut expected, blank) = {
        let blank = ArrayD::from_elem(image.raw_dim(), Out::of(-5.0));
        (blank.clone(), blank)
    };
    if let Err(error) = filter.apply_into::<In, Out, _>(&image, &mut expected) {
        told(&error);
        return Ok(());
    }
    let right = reference::filter(&widen(&image), &job.case);
    within(
        &expected,
        &right,
        ideal_bound::<In, Out>(&job.case, magnitude(&image), tolerance),
        &job,
    );
    let mut output = Placed::new(&blank, &Layout::c(job.case.shape.len()));
    let shared = job.configured(filter, Level::detect());
    shared.apply_into::<In, Out, _>(&image, &mut output.view_mut()).expect("a valid request");
    same_bits(&output.view(), &expected, ("workers and tiles", &job));
    Ok(())
}

/// The tolerance, and what sums are rounded by, as `tests/numbers/ideal.rs` has them.
fn ideal_bound<In: Pixel, Out: Pixel>(case: &Case, largest: f64, tolerance: f64) -> f64 {
    let has_constant = case.along.iter().any(|along| along.mode == Mode::Constant);
    let largest = if has_constant { largest.max(case.cval.abs()) } else { largest };
    let scale: f64 =
        case.along.iter().map(|along| along.sigma.powi(-(along.order as i32))).product();
    let steeper: f64 = case.along.iter().map(|along| 8_f64.powi(along.order as i32)).product();
    let rounding = if In::SINGLE || Out::SINGLE { 4e-7 * case.along.len() as f64 } else { 2e-14 };
    scale * (tolerance + rounding * steeper) * largest
}

/// A filter with parameters that may be anything, on an array of any shape: refused in words, or it runs.
pub(super) fn nonsense(data: &mut Unstructured<'_>) -> Result<()> {
    let count = data.int_in_range(0..=4)?;
    let numbers = |data: &mut Unstructured<'_>| {
        (0..data.int_in_range(0..=3)?).map(|_| number(data)).collect::<Result<Vec<_>>>()
    };
    let lens = |data: &mut Unstructured<'_>| {
        let mut len = || {
            Ok(match data.int_in_range(0..=15)? {
                0 => usize::MAX >> data.int_in_range(0..=63)?,
                1 => 0,
                _ => data.int_in_range(1..=8)?,
            })
        };
        (0..count).map(|_| len()).collect::<Result<Vec<_>>>()
    };
    let shape = lens(data)?;
    let types = [*data.choose(&ElementType::ALL)?, *data.choose(&ElementType::ALL)?];
    let sigma = numbers(data)?;
    let axes = (0..data.int_in_range(0..=4)?).map(|_| data.int_in_range(-5..=4));
    let mut options = Options::new()
        .axes(axes.collect::<Result<Vec<isize>>>()?)
        .mode(*data.choose(&Mode::ALL)?)
        .cval(number(data)?)
        .rounding(*data.choose(&[Rounding::Nearest, Rounding::Scipy])?)
        .missing(*data.choose(&[Missing::Propagate, Missing::Ignore, Missing::Keep])?)
        .tuning(*data.choose(&Tuning::ALL)?)
        .threads(*data.choose(&[1, 1, 2, 0, usize::MAX])?);
    if data.ratio(1, 2)? {
        options = options.fill(number(data)?);
    }
    let (end, radius, is_ideal) =
        (number(data)?, data.arbitrary::<Option<u8>>()?, data.ratio(1, 4)?);
    macro_rules! planned {
        ($filter:expr) => {{
            let filter = $filter.options(options);
            let filter = if is_ideal { filter.ideal(end) } else { filter.truncate(end) };
            let filter = filter.radius(radius.map(usize::from));
            filter.plan_any(&shape, types[0], types[1])
        }};
    }
    let plan = match data.int_in_range(0..=3)? {
        0 => planned!(GradientMagnitude::new(sigma)),
        1 => planned!(Laplace::new(sigma)),
        _ => planned!(Gaussian::new(sigma).order(data.int_in_range(0..=40)?)),
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            told(&error);
            return Ok(());
        }
    };
    assert!(!plan.to_string().is_empty(), "a plan that prints nothing");
    let pixels = shape.iter().try_fold(1, |count: usize, &len| count.checked_mul(len));
    // (No radius is above 2^20.)
    if pixels.is_none_or(|pixels| pixels > 1000) || plan.memory_bytes() > MEMORY {
        return Ok(());
    }
    let strides: Vec<isize> =
        (0..shape.len()).map(|axis| shape[axis + 1..].iter().product::<usize>() as isize).collect();
    let pixels = pixels.unwrap_or(0);
    /// One of the types as memory; every pixel broadcast from the same, where there is one.
    macro_rules! run {
        ($($name:ident $element:ty, $one:expr;)*) => {
            match types {
                $([ElementType::$name, ElementType::$name] => {
                    let one = [$one];
                    let mut out = vec![<$element>::default(); pixels];
                    let data = AnyView::from_slice(&one, &shape, &vec![0; count])
                        .expect("one pixel everywhere");
                    let out = AnyViewMut::from_slice(&mut out, &shape, &strides).expect("C order");
                    if let Err(error) = plan.apply_into(data, out) {
                        told(&error);
                    }
                })*
                _ => {}
            }
        };
    }
    run! {
        F32 f32, 1.5; F64 f64, -2.5; U8 u8, 200; I8 i8, -100; U16 u16, 60_000; I16 i16, -30_000;
        U32 u32, 1 << 31; I32 i32, i32::MIN; U64 u64, u64::MAX; I64 i64, i64::MIN; Bool bool, true;
    }
    Ok(())
}
