//! Schedules in words.

use std::fmt;

use gausstack_kernels::{Arithmetic, Combine};

use crate::array::memory_order::Order;
use crate::number::Number;
use crate::plan::axis_filter::Join;
use crate::plan::fused::{Filters, Fused};
use crate::plan::ideal::method::Method;
use crate::plan::ideal::multirate::Multirate;
use crate::plan::ideal::step::Resampled;
use crate::plan::lanes::LaneFilters;
use crate::plan::missing::Keep;
use crate::plan::point_filter::PointFilter;
use crate::plan::schedule::{
    Case, Conversion, JoinStep, Place, Schedule, Schedules, Step, VolumeStep,
};
use crate::plan::sweeps::SweepFilters;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Sums => "sums",
            Self::Term => "term",
            Self::Result => "result",
            Self::Validity => "validity",
        })
    }
}

impl<A: Arithmetic> fmt::Display for Fused<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.filters {
            Filters::Pair { first, second } => {
                write!(f, "axis {} and axis {} fused", first.number, second.number)?;
                points(first.points().chain(second.points()), f)?;
            }
            Filters::Single(filter) => {
                write!(f, "axis {}", filter.number)?;
                points(filter.points(), f)?;
            }
        }
        match &self.also {
            Some(also) if matches!(also.join, Join::Combine(Combine::Magnitude)) => {
                f.write_str(", the magnitude of two terms")
            }
            Some(also) if matches!(also.join, Join::Combine(_)) => {
                f.write_str(", the sum of two terms")
            }
            Some(_) => f.write_str(", numbers over their validity"),
            None => match self.split.map(|split| split.keep) {
                Some(Keep::Validity) => f.write_str(", of validity"),
                Some(_) => f.write_str(", of valid numbers"),
                None => Ok(()),
            },
        }
    }
}

impl<A: Arithmetic> fmt::Display for LaneFilters<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, filter) in self.filters.iter().enumerate() {
            let and = if number == 0 { "" } else { " and " };
            write!(f, "{and}axis {}", filter.number)?;
        }
        points(self.filters.iter().flat_map(|filter| filter.points()), f)?;
        f.write_str(", a slice in each lane")
    }
}

/// The way along an axis, and its bound.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self {
            Self::Fir(bound) => {
                f.write_str("by its weights")?;
                bound
            }
            Self::Dense => return f.write_str("by a row of weights for each sample"),
            Self::Multirate(Multirate {
                spacing,
                outer,
                middle,
                analysis,
                between,
                synthesis,
                bound,
            }) => {
                write!(f, "by sums {spacing} apart (sigma {outer:.2}, radius {analysis}")?;
                if let Some(middle) = middle {
                    write!(f, "; then sigma {middle:.2}, radius {between}")?;
                }
                write!(f, "; back sigma {outer:.2}, radius {synthesis})")?;
                bound
            }
        };
        write!(f, ", error at most {:.1e}", bound.sum())
    }
}

impl<A: Arithmetic> fmt::Display for Resampled<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, filter) in self.axes.iter().enumerate() {
            let (and, axis) = (if number == 0 { "" } else { " and " }, filter.number);
            let resampling = filter.resampling.as_ref().expect("an axis that is resampled");
            match resampling.method {
                Method::Multirate(Multirate { spacing, .. }) => {
                    write!(f, "{and}axis {axis} by sums {spacing} apart")?;
                }
                _ => write!(f, "{and}axis {axis} by a row of weights for each sample")?,
            }
        }
        points(self.axes.iter().flat_map(|filter| filter.points()), f)?;
        match self.split.map(|split| split.keep) {
            Some(Keep::Validity) => f.write_str(", of validity"),
            Some(_) => f.write_str(", of valid numbers"),
            None => Ok(()),
        }
    }
}

impl<A: Arithmetic> fmt::Display for SweepFilters<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planes(filters) => filters.fmt(f),
            Self::Lanes(filters) => filters.fmt(f),
            Self::Resampled(filters) => filters.fmt(f),
        }
    }
}

impl<A: Arithmetic> fmt::Display for Step<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mark { from } => write!(f, "mark the valid pixels of {from}"),
            Self::Sweep(sweep) if sweep.from == sweep.to => {
                write!(f, "sweep {} in place: {}", sweep.to, sweep.filters)
            }
            Self::Sweep(sweep) => {
                write!(f, "sweep {} -> {}: {}", sweep.from, sweep.to, sweep.filters)
            }
            Self::Volume(volume) => {
                let VolumeStep { from, to, plane, stack, ring, .. } = &**volume;
                write!(
                    f,
                    "sweep {from} -> {to}: {plane}, through a ring of slices made {} at a time, \
                     then axis {}",
                    ring.group, stack.number
                )?;
                points(stack.points(), f)
            }
            Self::Intermediate { sums, .. } => {
                write!(f, "round {sums} as the output would hold them")
            }
            Self::Join { step: JoinStep { join, first, last }, term, into } => match join {
                Join::Combine(Combine::Magnitude) => {
                    let squared = if *first { " squared" } else { "" };
                    let root = if *last { ", then take the root" } else { "" };
                    write!(f, "add {term} squared to {into}{squared}{root}")
                }
                Join::Combine(_) => write!(f, "add {term} to {into}"),
                Join::Ratio { fill } => {
                    let fill = Number(*fill);
                    write!(f, "divide {into} by {term}, {fill} where nothing is valid")
                }
            },
            Self::Magnitude { of } => write!(f, "take the magnitude of {of}"),
            Self::Convert { conversion: Conversion::Round(_), from, to } => {
                write!(f, "round {from} to {to}")
            }
            Self::Convert { conversion: Conversion::Copy(_), from, to } => {
                write!(f, "copy {from} to {to}")
            }
            Self::Fill { value } => {
                write!(f, "put {} in output where pixels are missing", Number(*value))
            }
        }
    }
}

/// The axes of one sample that are filtered with those before.
fn points<'p, A: Arithmetic>(
    points: impl Iterator<Item = &'p PointFilter<A>>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (number, point) in points.enumerate() {
        let word = if number == 0 { ", with" } else { " and" };
        write!(f, "{word} axis {} of one sample", point.axis)?;
    }
    Ok(())
}

/// One line a step, numbered, then one a temporary array.
impl<A: Arithmetic> fmt::Display for Schedule<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            writeln!(f, "    nothing to do")?;
        }
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "    {}. {step}", number + 1)?;
        }
        for (place, element) in &self.arrays {
            writeln!(f, "    {place}: an array of {element}")?;
        }
        Ok(())
    }
}

/// The schedules of all cases, those that are alike once.
impl<A: Arithmetic> fmt::Display for Schedules<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |in_place, order| self.of(Case { in_place, order }).to_string();
        let cases = [(false, "to another array"), (true, "in place")];
        for (in_place, label) in cases.into_iter().take(1 + usize::from(self.has_in_place())) {
            let [c_order, gaps, other] =
                [Order::C, Order::Gaps, Order::Other].map(|order| text(in_place, order));
            if [&c_order, &gaps] == [&other, &other] {
                write!(f, "  {label}:\n{other}")?;
                continue;
            }
            let also = if gaps == c_order { ", with gaps too" } else { "" };
            write!(f, "  {label}, in C order{also}:\n{c_order}")?;
            if gaps != c_order && gaps != other {
                write!(f, "  {label}, in C order with gaps:\n{gaps}")?;
            }
            write!(f, "  {label}, in another order:\n{other}")?;
        }
        Ok(())
    }
}
