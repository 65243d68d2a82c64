//! Requests and arrays, drawn from bytes.

use arbitrary::{Result, Unstructured};
use gausstack::{Mode, Precision, Rounding, TileShape};

use crate::common::case::{Along, Case};
use crate::common::inputs::Distribution;
use crate::common::job::Job;
use crate::common::layout::Layout;

/// The model takes some milliseconds for so many pixels.
const PIXELS: usize = 4000;
/// More taps than the longest axes have samples.
const RADIUS: usize = 100;

/// Any request that is valid, but for the values of weights that come of it.
pub(super) fn job(data: &mut Unstructured<'_>) -> Result<Job> {
    let shape = shape(data)?;
    let case = case(shape, data)?;
    let ndim = case.shape.len();
    Ok(Job {
        distribution: *data.choose(&Distribution::ALL)?,
        seed: data.arbitrary::<u16>()?.into(),
        input: layout(ndim, data)?,
        output: layout(ndim, data)?,
        tile: if data.ratio(1, 2)? { Some(tile(data)?) } else { None },
        workers: data.int_in_range(1..=3)?,
        case,
    })
}

fn shape(data: &mut Unstructured<'_>) -> Result<Vec<usize>> {
    let mut rest = PIXELS;
    let mut shape = Vec::new();
    for _ in 0..data.int_in_range(0..=4)? {
        let len = match data.int_in_range(0..=9)? {
            0 => data.int_in_range(0..=1)?,
            1..=6 => data.int_in_range(1..=20)?,
            7 | 8 => data.int_in_range(15..=70)?,
            _ => data.int_in_range(60..=2000)?,
        };
        let len = len.min(rest);
        rest /= len.max(1);
        shape.push(len);
    }
    Ok(shape)
}

fn case(shape: Vec<usize>, data: &mut Unstructured<'_>) -> Result<Case> {
    let own = data.ratio(1, 4)?;
    let mut axes: Vec<usize> = (0..shape.len()).collect();
    let mut along = Vec::new();
    while !axes.is_empty() && data.ratio(3, 4)? {
        let axis = axes.remove(data.choose_index(axes.len())?);
        along.push(self::along(axis, shape.len(), own, data)?);
    }
    Ok(Case {
        shape,
        along,
        truncate: *data.choose(&[4.0, 3.0, 0.5, 0.0])?,
        convolves: data.arbitrary()?,
        cval: *data.choose(&[0.0, 1.0, -1.5, 300.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY])?,
        precision: *data.choose(&[Precision::Native, Precision::Native, Precision::Double])?,
        rounding: *data.choose(&[Rounding::Nearest, Rounding::Scipy])?,
    })
}

/// `own` ones have weights of their own.
fn along(axis: usize, ndim: usize, own: bool, data: &mut Unstructured<'_>) -> Result<Along> {
    let from_end = data.arbitrary()?;
    let mut along =
        Along::new(if from_end { axis as isize - ndim as isize } else { axis as isize }, 0.0);
    along.mode = *data.choose(&Mode::ALL)?;
    along.sigma = sigma(data)?;
    if own {
        let weights: Vec<f64> = (0..data.int_in_range(1..=41)?)
            .map(|_| Ok(f64::from(data.arbitrary::<i8>()?) / 64.0))
            .collect::<Result<_>>()?;
        let count = weights.len();
        along.origin = data.choose_index(count)? as isize - (count / 2) as isize;
        let mirrored = |sign: f64| {
            weights
                .iter()
                .rev()
                .chain(&weights[1..])
                .enumerate()
                .map(|(place, w)| if place >= count { sign * w } else { *w })
                .collect()
        };
        along.weights = Some(match data.int_in_range(0..=2)? {
            0 => weights,
            1 => mirrored(1.0),
            _ => mirrored(-1.0),
        });
        return Ok(along);
    }
    along.order = data.int_in_range(0..=5)?;
    // 40 sigmas of 4 would be 160 taps.
    if data.ratio(2, 5)? || along.sigma > 20.0 {
        along.radius = Some(data.int_in_range(0..=RADIUS)?);
    }
    Ok(along)
}

/// 0, or of 0.3 to 40.
fn sigma(data: &mut Unstructured<'_>) -> Result<f64> {
    let fine = f64::from(data.arbitrary::<u8>()?) / 256.0;
    Ok(match data.int_in_range(0..=7)? {
        0 => 0.0,
        1..=4 => 0.3 + 4.0 * fine,
        5 | 6 => 4.0 + 12.0 * fine,
        _ => 16.0 + 24.0 * fine,
    })
}

fn layout(ndim: usize, data: &mut Unstructured<'_>) -> Result<Layout> {
    let (mut axes, mut order): (Vec<usize>, _) = ((0..ndim).collect(), Vec::new());
    while !axes.is_empty() {
        order.push(axes.remove(data.choose_index(axes.len())?));
    }
    let steps = (0..ndim).map(|_| Ok(*data.choose(&[1, 1, 1, 1, -1, 2, -3])?));
    Ok(Layout { order, steps: steps.collect::<Result<_>>()?, margin: data.int_in_range(0..=3)? })
}

fn tile(data: &mut Unstructured<'_>) -> Result<TileShape> {
    let panel = data.int_in_range(1..=70)?;
    Ok(TileShape { panel, chunk: data.int_in_range(1..=70)?, group: data.int_in_range(1..=40)? })
}

/// A number that may be nonsense.
pub(super) fn number(data: &mut Unstructured<'_>) -> Result<f64> {
    const NUMBERS: [f64; 16] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e-16,
        1e-3,
        2.5,
        40.0,
        1e4,
        1e9,
        1e19,
        1e300,
        1e-300,
        f64::NAN,
        f64::INFINITY,
        f64::MIN,
    ];
    if data.ratio(1, 4)? { data.arbitrary() } else { Ok(*data.choose(&NUMBERS)?) }
}
