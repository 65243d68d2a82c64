//! The filter that a command line asks for.

use std::ops::ControlFlow;

use anyhow::bail;
use gausstack::{
    AnyPlan, Derivatives, ElementType, Error, Gaussian, GradientMagnitude, Laplace, Level, Missing,
    Options, PerAxis, Progress, Rounding, Threads,
};
use gausstack_io::Filter;

use crate::args::{DerivativesName, FilterArgs, FilterName, MissingName, RoundingName};

/// One of the filters, with all of its parameters.
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
        let options = options(args, axes, observer)?;
        // Each filter has these methods of its own.
        macro_rules! ended {
            ($filter:expr) => {{
                let filter = $filter.radius(radius).derivatives(derivatives);
                match args.ideal {
                    Some(tolerance) => filter.ideal(tolerance),
                    None => filter.truncate(args.truncate),
                }
            }};
        }
        Ok(match args.filter {
            FilterName::Gaussian => {
                let filter = Gaussian::new(sigma).order(per_axis(&args.order)).options(options);
                Self::Gaussian(ended!(filter))
            }
            FilterName::GradientMagnitude => {
                let filter = GradientMagnitude::new(sigma).options(options);
                Self::GradientMagnitude(ended!(filter))
            }
            FilterName::Laplace => {
                let filter = Laplace::new(sigma).options(options);
                Self::Laplace(ended!(filter))
            }
        })
    }

    /// The filter as it is planned, with a mask or without.
    pub(crate) fn plan_for(
        &self,
        shape: &[usize],
        types: [ElementType; 2],
        masked: bool,
    ) -> Result<AnyPlan, Error> {
        let filter = self.filter();
        if masked {
            filter.plan_masked(shape, types, filter.threads())
        } else {
            filter.plan(shape, types)
        }
    }

    fn filter(&self) -> &dyn Filter {
        match self {
            Self::Gaussian(filter) => filter,
            Self::GradientMagnitude(filter) => filter,
            Self::Laplace(filter) => filter,
        }
    }
}

impl Filter for Request {
    fn plan(&self, shape: &[usize], types: [ElementType; 2]) -> Result<AnyPlan, Error> {
        self.filter().plan(shape, types)
    }

    fn threads(&self) -> Threads {
        self.filter().threads()
    }

    fn plan_on(
        &self,
        shape: &[usize],
        types: [ElementType; 2],
        threads: Threads,
    ) -> Result<AnyPlan, Error> {
        self.filter().plan_on(shape, types, threads)
    }

    fn plan_masked(
        &self,
        shape: &[usize],
        types: [ElementType; 2],
        threads: Threads,
    ) -> Result<AnyPlan, Error> {
        self.filter().plan_masked(shape, types, threads)
    }
}

/// The parameters that all filters have.
fn options(
    args: &FilterArgs,
    axes: &[isize],
    observer: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static,
) -> anyhow::Result<Options> {
    let mut options = Options::new()
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
        options = options.fill(fill);
    }
    if let Some(threads) = args.threads {
        options = options.threads(Threads::Fixed(threads));
    }
    if let Some(level) = args.level {
        options = options.level(Level::from_name(level.as_str())?);
    }
    if let Some(tuning) = args.tuning {
        options = options.tuning(tuning);
    }
    Ok(options)
}

/// One value stands for all axes.
fn per_axis<T: Clone>(values: &[T]) -> PerAxis<T> {
    match values {
        [all] => PerAxis::All(all.clone()),
        each => PerAxis::Each(each.to_vec()),
    }
}
