//! The weights of a pass in the arithmetic of the sums.

use gausstack_kernels::Arithmetic;

use crate::error::Error;
use crate::request::Pass;
use crate::request::weights::Form;

/// The weights of a pass, rounded to the arithmetic.
pub(crate) fn rounded<A: Arithmetic>(pass: &Pass) -> Result<Form<A>, Error> {
    let Pass { axis, ref weights, .. } = *pass;
    // (An infinite weight of the caller's is infinite in any arithmetic.)
    let beyond = |weight: f64| weight.is_finite() && !A::from_f64(weight).is_finite();
    if weights.kept().iter().any(|&weight| beyond(weight)) {
        let reason = "exceed f32; Precision::Double holds them";
        return Err(Error::Weights { axis, reason });
    }
    weights.form().map(A::from_f64)
}
