//! All filters by one trait, for tests that are written once for any of them.

use std::ops::ControlFlow;

use gausstack::{
    Combination, Element, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing, Mode, Plan,
    Precision, Progress, Rounding, Separable, StorePolicy, Threads, TileShape, Tuning,
};
use ndarray::{ArrayD, IxDyn};

/// What every filter has in common: builder methods and verbs, each the filter's own.
pub(crate) trait Filter: Clone {
    fn mode(self, mode: Vec<Mode>) -> Self;
    fn cval(self, cval: f64) -> Self;
    fn axes(self, axes: Vec<isize>) -> Self;
    fn precision(self, precision: Precision) -> Self;
    fn rounding(self, rounding: Rounding) -> Self;
    fn threads(self, threads: Threads) -> Self;
    fn level(self, level: Level) -> Self;
    fn tile(self, tile: TileShape) -> Self;
    fn tuning(self, tuning: Tuning) -> Self;
    fn stores(self, stores: StorePolicy) -> Self;
    fn missing(self, missing: Missing) -> Self;
    fn fill(self, fill: f64) -> Self;
    fn observer(
        self,
        observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self;
    fn plan<In: Element, Out: Element>(&self, shape: &[usize]) -> Result<Plan<In, Out>, Error>;
    fn apply<T: Element>(&self, data: &ArrayD<T>) -> Result<ArrayD<T>, Error>;
    fn apply_into<In: Element, Out: Element>(
        &self,
        data: &ArrayD<In>,
        out: &mut ArrayD<Out>,
    ) -> Result<(), Error>;
    fn apply_in_place<T: Element>(&self, data: &mut ArrayD<T>) -> Result<(), Error>;
}

macro_rules! filters {
    ($($filter:ident)*) => {$(
        impl Filter for $filter {
            fn mode(self, mode: Vec<Mode>) -> Self {
                $filter::mode(self, mode)
            }

            fn cval(self, cval: f64) -> Self {
                $filter::cval(self, cval)
            }

            fn axes(self, axes: Vec<isize>) -> Self {
                $filter::axes(self, axes)
            }

            fn precision(self, precision: Precision) -> Self {
                $filter::precision(self, precision)
            }

            fn rounding(self, rounding: Rounding) -> Self {
                $filter::rounding(self, rounding)
            }

            fn threads(self, threads: Threads) -> Self {
                $filter::threads(self, threads)
            }

            fn level(self, level: Level) -> Self {
                $filter::level(self, level)
            }

            fn tile(self, tile: TileShape) -> Self {
                $filter::tile(self, tile)
            }

            fn tuning(self, tuning: Tuning) -> Self {
                $filter::tuning(self, tuning)
            }

            fn stores(self, stores: StorePolicy) -> Self {
                $filter::stores(self, stores)
            }

            fn missing(self, missing: Missing) -> Self {
                $filter::missing(self, missing)
            }

            fn fill(self, fill: f64) -> Self {
                $filter::fill(self, fill)
            }

            fn observer(
                self,
                observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
            ) -> Self {
                $filter::observer(self, observer)
            }

            fn plan<In: Element, Out: Element>(
                &self,
                shape: &[usize],
            ) -> Result<Plan<In, Out>, Error> {
                $filter::plan(self, shape)
            }

            fn apply<T: Element>(&self, data: &ArrayD<T>) -> Result<ArrayD<T>, Error> {
                $filter::apply(self, data)
            }

            fn apply_into<In: Element, Out: Element>(
                &self,
                data: &ArrayD<In>,
                out: &mut ArrayD<Out>,
            ) -> Result<(), Error> {
                $filter::apply_into::<In, Out, IxDyn>(self, data, out)
            }

            fn apply_in_place<T: Element>(&self, data: &mut ArrayD<T>) -> Result<(), Error> {
                $filter::apply_in_place(self, data)
            }
        }
    )*};
}
filters!(Gaussian Separable GradientMagnitude Laplace Combination);
