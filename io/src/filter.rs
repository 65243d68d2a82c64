//! Filters as streams take them.

use gausstack::{
    AnyPlan, Combination, ElementType, Error, Gaussian, GradientMagnitude, Laplace, Separable,
    Threads,
};

use crate::workers::Workers;

/// A filter that is planned for arrays of any shape and type.
///
/// ```
/// use gausstack::{ElementType, Gaussian};
/// use gausstack_io::Filter;
///
/// let filter: &dyn Filter = &Gaussian::new(2.0);
/// let plan = filter.plan(&[30, 40], [ElementType::U16, ElementType::F32])?;
/// assert_eq!(plan.shape(), [30, 40]);
/// # Ok::<(), gausstack::Error>(())
/// ```
pub trait Filter: Send + Sync {
    /// Plans the filter for arrays of a shape, from one type to another.
    ///
    /// # Errors
    /// What is wrong with the filter's parameters for such arrays.
    fn plan(&self, shape: &[usize], types: [ElementType; 2]) -> Result<AnyPlan, Error>;

    /// The threads that it was asked to run on. A stream's sources and sinks use them too.
    fn threads(&self) -> Threads {
        Threads::Current
    }

    /// As [`plan`](Self::plan), to run on these threads, which are those of [`threads`](Self::threads)
    /// as a pool that a stream shares. By default on its own.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    fn plan_on(
        &self,
        shape: &[usize],
        types: [ElementType; 2],
        threads: Threads,
    ) -> Result<AnyPlan, Error> {
        let _ = threads;
        self.plan(shape, types)
    }

    /// As [`plan_on`](Self::plan_on), for arrays with a mask of their valid pixels.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and where the filter cannot leave out pixels.
    fn plan_masked(
        &self,
        shape: &[usize],
        types: [ElementType; 2],
        threads: Threads,
    ) -> Result<AnyPlan, Error>;
}

/// A filter on workers that it shares.
pub(crate) struct Shared<'f> {
    pub(crate) filter: &'f dyn Filter,
    pub(crate) workers: Workers,
    /// Plans are for arrays with a mask.
    pub(crate) masked: bool,
}

impl<'f> Shared<'f> {
    /// A filter, and the workers that it was asked to run on.
    pub(crate) fn of(filter: &'f dyn Filter) -> Self {
        Self { filter, workers: Workers::of(&filter.threads()), masked: false }
    }

    /// The filter for arrays with a mask, or without.
    pub(crate) fn masked(self, masked: bool) -> Self {
        Self { masked, ..self }
    }

    /// Plans the filter on its workers.
    pub(crate) fn plan(&self, shape: &[usize], types: [ElementType; 2]) -> Result<AnyPlan, Error> {
        let threads = self.workers.threads();
        if self.masked {
            self.filter.plan_masked(shape, types, threads)
        } else {
            self.filter.plan_on(shape, types, threads)
        }
    }
}

macro_rules! filters {
    ($($filter:ty),*) => {
        $(impl Filter for $filter {
            fn plan(&self, shape: &[usize], [from, to]: [ElementType; 2]) -> Result<AnyPlan, Error> {
                self.plan_any(shape, from, to)
            }

            fn threads(&self) -> Threads {
                self.requested_threads().clone()
            }

            fn plan_on(
                &self,
                shape: &[usize],
                [from, to]: [ElementType; 2],
                threads: Threads,
            ) -> Result<AnyPlan, Error> {
                self.clone().threads(threads).plan_any(shape, from, to)
            }

            fn plan_masked(
                &self,
                shape: &[usize],
                [from, to]: [ElementType; 2],
                threads: Threads,
            ) -> Result<AnyPlan, Error> {
                self.clone().threads(threads).plan_any_masked(shape, from, to)
            }
        })*
    };
}
filters!(Gaussian, GradientMagnitude, Laplace, Separable, Combination);
