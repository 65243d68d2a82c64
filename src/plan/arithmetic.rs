//! Which arithmetic sums are in, and in which order passes run.

use gausstack_kernels::{ElementType, Rounding};

use crate::plan::choices::Choices;
use crate::request::{Mode, Pass, Precision};

/// The largest radius at which outputs of 16 bits are summed in f32. (measured on noise in the
/// upper tenth of the range: 0.3 % of pixels are then rounded to the other neighbour at sigma 5,
/// 0.4 % at 60, 0.5 % at 150, 0.4 % at 300. Beyond, rounding errors of constant images could add up
/// to half a level.)
const MAX_RADIUS_16_BITS: usize = 1024;
/// The same for 8 bits. (measured: at radius 8 000 000 constant images came out a level off.)
const MAX_RADIUS_8_BITS: usize = 1 << 17;

/// Leaves out the passes that change nothing and puts the others in the order they run. Returns
/// whether sums are in f32.
pub(crate) fn put_in_order(
    passes: &mut Vec<Pass>,
    [from, to]: [ElementType; 2],
    choices: Choices,
) -> bool {
    let cut = cuts_after_each_axis(to, choices);
    let native = choices.precision == Precision::Native && from.fits_f32() && to.fits_f32();
    // What changes nothing is left out, but not where scipy converts by it: integers of 64 bits
    // lose bits in any pass, and an output of another type is stored to before the next pass.
    let stores = cut || (to.is_float() && to.fits_f32() && !native);
    let wide = matches!(from, ElementType::U64 | ElementType::I64);
    let converts = wide || (stores && from != to);
    passes.retain(|pass| converts || !pass.weights.is_identity());
    let radius = passes.iter().map(|pass| pass.weights.radius()).max().unwrap_or(0);
    let exact = match to.size() {
        _ if to.is_float() => true,
        1 => radius <= MAX_RADIUS_8_BITS,
        _ => radius <= MAX_RADIUS_16_BITS,
    };
    let single = native && exact && !cut;
    if single && !order_matters(passes, choices.cval) {
        passes.sort_by_key(|pass| std::cmp::Reverse(pass.axis));
    }
    single
}

/// Whether integers and `bool` are cut after each axis, as scipy does.
pub(crate) fn cuts_after_each_axis(to: ElementType, choices: Choices) -> bool {
    !to.is_float() && choices.rounding == Rounding::Scipy
}

/// Whether passes in another order would mean something else. Beyond a constant border every pass
/// finds `cval`, which is what an earlier pass leaves there only if its weights sum to 1.
fn order_matters(passes: &[Pass], cval: f64) -> bool {
    passes.iter().any(|pass| pass.mode == Mode::Constant)
        && (!cval.is_finite() || !passes.iter().all(|pass| pass.weights.sum_to_one()))
}
