//! The filter that a command line asks for.

use anyhow::bail;
use gausstack::{
    Derivatives, Element, Error, Filter, Gaussian, GradientMagnitude, Laplace, Level, Maker,
    Missing, PerAxis, Plan, Progress, Rounding, Threads,
};
use std::ops::ControlFlow;

use crate::args::{DerivativesName, FilterArgs, FilterName, MissingName, RoundingName};

/// One of the filters, told everything.
pub(crate) enum Request {
    Gaussian(Gaussian),
    GradientMagnitude(GradientMagnitude),
    Laplace(Laplace),
}

impl Request {
    pub(crate) fn new(
        args: &FilterArgs,
        axes: &[isize],
        observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let sigma = per_axis(&args.sigma);
        let truncate = args.truncate;
        let radius = if args.radius.is_empty() {
            PerAxis::All(None)
        } else {
            per_axis(&args.radius.iter().copied().map(Some).collect::<Vec<_>>())
        };
        if args.filter != FilterName::Gaussian && args.order.iter().any(|&order| order > 0) {
            bail!("--order is for --filter gaussian alone");
        }
        if args.fill.is_some() && args.mask.is_none() && args.missing == MissingName::Propagate {
            bail!("--fill is for --mask, --missing ignore and --missing keep");
        }
        let derivatives = match args.derivatives {
            DerivativesName::Truncated => Derivatives::Truncated,
            DerivativesName::Exact => Derivatives::Exact,
        };
        Ok(match args.filter {
            FilterName::Gaussian => {
                let filter = Gaussian::new(sigma).order(per_axis(&args.order));
                let filter = filter.truncate(truncate).radius(radius).derivatives(derivatives);
                Self::Gaussian(told(filter, args, axes, observer)?)
            }
            FilterName::GradientMagnitude => {
                let filter = GradientMagnitude::new(sigma)
                    .truncate(truncate)
                    .radius(radius)
                    .derivatives(derivatives);
                Self::GradientMagnitude(told(filter, args, axes, observer)?)
            }
            FilterName::Laplace => {
                let filter =
                    Laplace::new(sigma).truncate(truncate).radius(radius).derivatives(derivatives);
                Self::Laplace(told(filter, args, axes, observer)?)
            }
        })
    }

    pub(crate) fn plan<In: Element, Out: Element>(
        &self,
        shape: &[usize],
        masked: bool,
    ) -> Result<Plan<In, Out>, Error> {
        match self {
            Self::Gaussian(filter) => plan(filter, shape, masked),
            Self::GradientMagnitude(filter) => plan(filter, shape, masked),
            Self::Laplace(filter) => plan(filter, shape, masked),
        }
    }
}

fn plan<M: Maker, In: Element, Out: Element>(
    filter: &Filter<M>,
    shape: &[usize],
    masked: bool,
) -> Result<Plan<In, Out>, Error> {
    if masked { filter.plan_masked(shape) } else { filter.plan(shape) }
}

/// What every filter is told.
fn told<M: Maker>(
    filter: Filter<M>,
    args: &FilterArgs,
    axes: &[isize],
    observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
) -> anyhow::Result<Filter<M>> {
    let mut filter = filter
        .axes(axes)
        .mode(per_axis(&args.mode))
        .cval(args.cval)
        .precision(args.precision.into())
        .rounding(match args.rounding {
            RoundingName::Nearest => Rounding::Nearest,
            RoundingName::Scipy => Rounding::Scipy,
        })
        .missing(match args.missing {
            MissingName::Propagate => Missing::Propagate,
            MissingName::Ignore => Missing::Ignore,
            MissingName::Keep => Missing::Keep,
        })
        .observer(observer);
    if let Some(fill) = args.fill {
        filter = filter.fill(fill);
    }
    if let Some(threads) = args.threads {
        filter = filter.threads(Threads::Fixed(threads));
    }
    if let Some(level) = args.level {
        filter = filter.level(Level::from_name(level.as_str())?);
    }
    Ok(filter)
}

/// One value stands for all axes.
fn per_axis<T: Clone>(values: &[T]) -> PerAxis<T> {
    match values {
        [all] => PerAxis::All(all.clone()),
        each => PerAxis::Each(each.to_vec()),
    }
}
