//! Filters of several terms, as the contract has them.

use gausstack::{Combine, Precision, Rounding};
use ndarray::{ArrayD, Zip};

use super::case::Case;
use super::inputs::each;
use super::model::{self, Products};
use super::pixel::Pixel;

/// The terms, each pixel combined by numpy's rules. Integers that are rounded once are combined
/// before.
pub(crate) fn combined<In: Pixel, Out: Pixel>(
    data: &ArrayD<In>,
    terms: &[Case],
    combine: Combine,
    products: Products,
) -> ArrayD<Out> {
    let rounding = terms[0].rounding;
    if Out::BITS == 0 || rounding == Rounding::Scipy {
        return in_type(data, terms, combine, products);
    }
    if terms.iter().all(model::sums_in_f32::<In, Out>) {
        let sums = in_type::<In, f32>(data, terms, combine, products);
        return each(&sums, &|x| Out::rounded(f64::from(x), rounding));
    }
    let in_f64 = |case: &Case| case.clone().precision(Precision::Double);
    let terms: Vec<_> = terms.iter().map(in_f64).collect();
    let sums = in_type::<In, f64>(data, &terms, combine, products);
    model::rounded(&sums, rounding)
}

/// The terms in a type, combined in that type.
fn in_type<In: Pixel, T: Pixel>(
    data: &ArrayD<In>,
    terms: &[Case],
    combine: Combine,
    products: Products,
) -> ArrayD<T> {
    let terms = terms.iter().map(|case| {
        let mut term: ArrayD<T> = model::filter(data, case, products);
        if combine == Combine::Magnitude {
            term.mapv_inplace(T::times_itself);
        }
        term
    });
    let add = |mut sums: ArrayD<T>, term| {
        Zip::from(&mut sums).and(&term).for_each(|sum, &term| *sum = sum.and(term));
        sums
    };
    let mut sums = terms.reduce(add).expect("a term");
    if combine == Combine::Magnitude {
        sums.mapv_inplace(|x| T::rounded(x.wide().sqrt(), Rounding::Scipy));
    }
    sums
}
