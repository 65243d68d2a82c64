//! What a run does, step by step: decided once, before a pixel is touched.
//!
//! ```text
//! sweep   input -> sums      axis 2 (radius 20) and axis 1 (radius 12), fused
//! sweep   sums -> output     axis 0 (radius 8)
//! ```

use gausstack_kernels::{ElementType, Kernels, Rounding};

use crate::array::memory_order::Order;
use crate::plan::axis_filter::{AxisFilter, Join};
use crate::plan::fused::Fused;
use crate::plan::hardware::Hardware;
use crate::plan::sizes::SliceRing;
use crate::plan::sweeps::SweepFilters;

/// An array that a step reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The caller's input; of a run in place there is none.
    Input,
    /// The caller's output, or the array that is filtered in place.
    Output,
    /// Sums of the whole array between two sweeps or before they are rounded.
    Sums,
    /// A further term, until it is joined to those before it.
    Term,
    /// The result of several terms, before it overwrites the array that is filtered in place.
    Result,
    /// Which pixels are valid: a `bool` for each.
    Validity,
}

/// How an array is turned into another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// Sums are rounded to elements.
    Round(Rounding),
    /// Elements are copied; to another type they are rounded, or cast as C and numpy do.
    Copy(Rounding),
}

/// What one step joins to the terms before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct JoinStep {
    pub(crate) join: Join,
    /// The terms before are one, still as it was filtered.
    pub(crate) first: bool,
    /// No term follows.
    pub(crate) last: bool,
}

/// A sweep over an array: in place where it reads and writes the same one.
#[derive(Clone, Debug)]
pub(crate) struct SweepStep<A> {
    pub(crate) filters: SweepFilters<A>,
    pub(crate) kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// It finishes slices.
    pub(crate) last: bool,
}

/// Two sweeps over a volume as one: planes go into a ring of slices, and from there along the
/// stack.
#[derive(Clone, Debug)]
pub(crate) struct VolumeStep<A> {
    pub(crate) plane: Fused<A>,
    pub(crate) stack: AxisFilter<A>,
    pub(crate) ring: SliceRing,
    /// From the input to sums.
    pub(crate) plane_kernels: Kernels<A>,
    /// From sums to the output.
    pub(crate) stack_kernels: Kernels<A>,
    pub(crate) cval: A,
    pub(crate) hardware: Hardware,
    pub(crate) from: Place,
    pub(crate) to: Place,
}

/// One step of a run.
#[derive(Clone, Debug)]
pub(crate) enum Step<A> {
    /// Marks the valid pixels of an array, before anything is written.
    Mark {
        from: Place,
    },
    Sweep(Box<SweepStep<A>>),
    Volume(Box<VolumeStep<A>>),
    /// Rounds sums between two sweeps, as the output would have held them.
    Intermediate {
        sums: Place,
        kernels: Kernels<A>,
    },
    /// Joins a term to those before it.
    Join {
        step: JoinStep,
        term: Place,
        into: Place,
    },
    /// Makes the magnitude of a single term.
    Magnitude {
        of: Place,
    },
    Convert {
        conversion: Conversion,
        from: Place,
        to: Place,
    },
    /// Puts a value in the output wherever the pixel was missing.
    Fill {
        value: f64,
    },
}

/// The steps of a run, in order.
#[derive(Clone, Debug)]
pub(crate) struct Schedule<A> {
    pub(crate) steps: Vec<Step<A>>,
    /// What the sums, terms, results and marks of the steps are kept as.
    pub(crate) arrays: Vec<(Place, ElementType)>,
    /// All slices are finished together, with the last step.
    pub(crate) together: bool,
    /// No pass changes anything.
    pub(crate) copies: bool,
}

/// Where a run's arrays are: a schedule is made for each case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) in_place: bool,
    /// That of the output.
    pub(crate) order: Order,
}

/// The schedules of all cases.
#[derive(Clone, Debug)]
pub(crate) struct Schedules<A> {
    apart: Orders<A>,
    /// There are any if both ends are of one type.
    in_place: Option<Orders<A>>,
}

/// The schedules of each order in memory.
#[derive(Clone, Debug)]
struct Orders<A> {
    /// Of every order that has no other.
    any: Schedule<A>,
    others: Vec<(Order, Schedule<A>)>,
}

impl<A> Orders<A> {
    fn of(&self, order: Order) -> &Schedule<A> {
        let mut others = self.others.iter();
        others.find(|(own, _)| *own == order).map_or(&self.any, |(_, schedule)| schedule)
    }
}

impl<A> Schedules<A> {
    /// Designs every case: those in place, if there are any, and those of `orders`, which differ from
    /// other orders.
    pub(crate) fn new(
        in_place: bool,
        orders: &[Order],
        design: impl Fn(Case) -> Schedule<A>,
    ) -> Self {
        let all = |in_place| {
            let of = |order| design(Case { in_place, order });
            let others = orders.iter().map(|&order| (order, of(order)));
            Orders { any: of(Order::Other), others: others.collect() }
        };
        Self { apart: all(false), in_place: in_place.then(|| all(true)) }
    }

    pub(crate) fn of(&self, Case { in_place, order }: Case) -> &Schedule<A> {
        let orders = if in_place { self.in_place.as_ref() } else { Some(&self.apart) };
        orders.expect("only a plan of one type filters in place").of(order)
    }

    fn all(&self) -> impl Iterator<Item = &Schedule<A>> {
        let orders = std::iter::once(&self.apart).chain(&self.in_place);
        orders.flat_map(|orders| {
            std::iter::once(&orders.any).chain(orders.others.iter().map(|(_, schedule)| schedule))
        })
    }

    /// Whether there are schedules in place.
    pub(crate) fn has_in_place(&self) -> bool {
        self.in_place.is_some()
    }

    /// The most bytes that the arrays of any case take, of so many elements each.
    pub(crate) fn array_bytes(&self, elements: usize) -> usize {
        self.all().map(|schedule| schedule.array_bytes(elements)).max().unwrap_or(0)
    }
}

impl<A> Schedule<A> {
    /// Bytes of its arrays of so many elements each.
    fn array_bytes(&self, elements: usize) -> usize {
        let bytes = self.arrays.iter().map(|(_, element)| elements.saturating_mul(element.size()));
        bytes.fold(0, usize::saturating_add)
    }

    /// Sweeps over the data: a volume's are two.
    pub(crate) fn sweeps(&self) -> usize {
        let sweeps = |step: &Step<A>| match step {
            Step::Sweep(_) => 1,
            Step::Volume(_) => 2,
            _ => 0,
        };
        let sweeps = self.steps.iter().map(sweeps).sum();
        if self.copies { 1 } else { sweeps }
    }

    /// Whether a sweep reads and writes one array, and saves what it overwrites too early.
    pub(crate) fn sweeps_in_place(&self) -> bool {
        let in_place = |step: &Step<A>| match step {
            Step::Sweep(sweep) => {
                sweep.from == sweep.to && matches!(sweep.filters, SweepFilters::Planes(_))
            }
            _ => false,
        };
        self.steps.iter().any(in_place)
    }
}

impl<A> Step<A> {
    /// Whether it writes an array.
    pub(crate) fn writes(&self, place: Place) -> bool {
        let written = match self {
            Self::Mark { .. } => Place::Validity,
            Self::Volume(volume) => volume.to,
            Self::Sweep(sweep) => sweep.to,
            Self::Convert { to, .. }
            | Self::Intermediate { sums: to, .. }
            | Self::Join { into: to, .. }
            | Self::Magnitude { of: to } => *to,
            Self::Fill { .. } => Place::Output,
        };
        written == place
    }
}
