//! The choice of slabs: the one place where it is decided.
//!
//! | slabs are cut along | when |
//! |---|---|
//! | nothing | the array fits the memory, and is hardly more than a slab |
//! | the outermost axis that is not filtered, and fits | the file is read about once in this way |
//! | the outermost axis of all, with a halo | this reads, filters and writes less |
//! | the outermost filtered axis, with a halo, for each position of the others | nothing else fits |

use std::ops::Range;

use gausstack::{AnyPlan, ElementType, Reach};

use super::cut::Cut;
use super::list::{Costs, Slabs};
use crate::error::Error;
use crate::filter::Shared;
use crate::layout::Layout;
use crate::region::Region;

/// Bytes of a slab, where memory allows: enough that a slab's costs are spread, and few enough that
/// reading and writing overlap.
const SLAB_BYTES: usize = 64 << 20;

/// What a stream reads from or writes to, as far as its slabs follow from it.
pub(crate) struct Ends {
    pub(crate) layout: Layout,
    pub(crate) chunks: Vec<usize>,
    pub(crate) memory_bytes: usize,
}

/// What slabs are chosen for.
pub(crate) struct Design<'a> {
    /// What messages call the input.
    pub(crate) name: &'a str,
    pub(crate) input: &'a Ends,
    pub(crate) output: &'a Ends,
    pub(crate) mask: Option<&'a Ends>,
    pub(crate) filter: &'a Shared<'a>,
    /// The filter for the whole array.
    pub(crate) plan: &'a AnyPlan,
    /// Bytes that the stream may take.
    pub(crate) memory: usize,
}

/// A way to cut an array.
struct Way {
    singles: Vec<usize>,
    axis: usize,
}

impl Design<'_> {
    /// The slabs that read, filter and write the least within the memory.
    ///
    /// # Errors
    /// [`Error::Memory`], with what the smallest slab takes, and those of planning.
    pub(crate) fn slabs(&self) -> Result<Slabs, Error> {
        let shape = self.shape();
        if shape.contains(&0) {
            let chunks = self.chunks();
            let costs = Costs { memory: self.memory, passes: [1.0; 2], chunks, ..Costs::default() };
            return Ok(Slabs { shape: shape.to_vec(), singles: vec![], cut: None, costs });
        }
        let axes: Vec<usize> = self.input.layout.order.axes(shape.len());
        let axes = axes.into_iter().filter(|&axis| shape[axis] > 1);
        let (loops, filtered): (Vec<_>, Vec<_>) =
            axes.clone().partition(|&axis| self.reach(axis).radius == 0);
        let mut least = usize::MAX;
        let mut best: Option<Slabs> = None;
        let mut consider = |way: Way| -> Result<bool, Error> {
            let slabs = match self.cut(way)? {
                Ok(slabs) => slabs,
                Err(needed) => {
                    least = least.min(needed);
                    return Ok(false);
                }
            };
            let is_better = |best: &Slabs| self.cost(&slabs) < self.cost(best);
            if best.as_ref().is_none_or(is_better) {
                best = Some(slabs);
            }
            Ok(true)
        };
        for (place, &axis) in loops.iter().enumerate() {
            if consider(Way { singles: loops[..place].to_vec(), axis })? {
                break;
            }
        }
        if let Some(outermost) = axes.clone().next() {
            if filtered.contains(&outermost) {
                consider(Way { singles: vec![], axis: outermost })?;
            }
        } else {
            // A single element.
            consider(Way { singles: vec![], axis: 0 })?;
        }
        if let (Some(&axis), None) = (filtered.first(), &best) {
            match self.cut(Way { singles: loops, axis })? {
                Ok(slabs) => best = Some(slabs),
                Err(needed) => least = least.min(needed),
            }
        }
        best.ok_or_else(|| Error::Memory {
            name: self.name.to_owned(),
            needed: least,
            memory: self.memory,
        })
    }

    fn shape(&self) -> &[usize] {
        &self.input.layout.shape
    }

    fn chunks(&self) -> [Vec<usize>; 2] {
        [self.input, self.output].map(|end| end.chunks.clone())
    }

    fn types(&self) -> [ElementType; 2] {
        [self.input.layout.element, self.output.layout.element]
    }

    fn reach(&self, axis: usize) -> Reach {
        self.plan.reach(axis)
    }

    /// The best slabs of a way; the memory that the thinnest take, if even these take too much.
    fn cut(&self, way: Way) -> Result<Result<Slabs, usize>, Error> {
        let len = self.shape().get(way.axis).copied().unwrap_or(1);
        let mut thickness = self.wanted(&way).min(len);
        loop {
            let slabs = self.slabs_of(&way, thickness)?;
            let total = slabs.memory_bytes();
            if total <= self.memory {
                return Ok(Ok(slabs));
            }
            if thickness == 1 {
                return Ok(Err(total));
            }
            // As if all of it grew with the thickness: it never does more.
            let share = thickness as f64 * (self.memory as f64 / total as f64);
            let smaller = (share as usize).clamp(1, thickness - 1);
            thickness = self.aligned(&way, smaller);
        }
    }

    /// How thick slabs would be if memory were no concern.
    fn wanted(&self, way: &Way) -> usize {
        let row = self.rows_bytes(way, 1).into_iter().max().unwrap_or(1).max(1);
        // So thick that a halo is at most a quarter of them.
        let least = self.reach_of(way).radius.saturating_mul(8);
        let rows = (SLAB_BYTES / row).max(least).max(1);
        let step = self.steps(way).into_iter().max().unwrap_or(1);
        rows.checked_next_multiple_of(step).unwrap_or(rows)
    }

    /// A thickness that ends at the borders of chunks, if it is as thick as one.
    fn aligned(&self, way: &Way, thickness: usize) -> usize {
        let mut steps = self.steps(way);
        steps.sort_unstable();
        let step = steps.into_iter().rev().find(|&step| step <= thickness);
        step.map_or(thickness, |step| thickness / step * step)
    }

    /// The thicknesses that fall on chunks: of both files, of the input, of the output.
    fn steps(&self, way: &Way) -> Vec<usize> {
        let [read, written] = [self.input, self.output].map(|end| chunk(&end.chunks, way.axis));
        let common = (read / gcd(read, written)).saturating_mul(written);
        vec![common, read, written]
    }

    fn reach_of(&self, way: &Way) -> Reach {
        self.reach(way.axis)
    }

    /// Bytes of so many rows of a slab: read, filtered, and of the mask.
    fn rows_bytes(&self, way: &Way, rows: usize) -> [usize; 3] {
        let window = self.window(way, rows);
        let [from, to] = self.types().map(ElementType::size);
        let mask = if self.mask.is_some() { ElementType::Bool.size() } else { 0 };
        [from, to, mask]
            .map(|size| window.iter().fold(size, |bytes, &len| bytes.saturating_mul(len)))
    }

    /// The shape of a slab of so many rows.
    fn window(&self, way: &Way, rows: usize) -> Vec<usize> {
        let mut window = self.shape().to_vec();
        for &axis in &way.singles {
            window[axis] = 1;
        }
        if let Some(len) = window.get_mut(way.axis) {
            *len = rows;
        }
        window
    }

    fn slabs_of(&self, way: &Way, thickness: usize) -> Result<Slabs, Error> {
        let shape = self.shape();
        let Some(&len) = shape.get(way.axis) else {
            return self.one(way, 1);
        };
        let Reach { radius, wraps, .. } = self.reach_of(way);
        // A window over the whole axis is filtered but once, with the axis's own borders.
        let reaches_round = thickness.saturating_add(radius.saturating_mul(2)) >= len;
        if thickness >= len || (reaches_round && wraps) {
            return self.one(way, len);
        }
        if reaches_round {
            let whole = self.one(way, len)?;
            if whole.memory_bytes() <= self.memory {
                return Ok(whole);
            }
        }
        // With a halo each slab reads up to a radius behind its end: there the chunk ends.
        let chunk = chunk(&self.input.chunks, way.axis);
        let is_aligned = thickness.is_multiple_of(chunk);
        let behind = if is_aligned { radius % chunk } else { 0 };
        let first = thickness - behind;
        let cut = Cut { axis: way.axis, first, thickness, radius, wraps };
        let rows = thickness.saturating_add(radius.saturating_mul(2)).min(len);
        let [read, _, mask] = self.rows_bytes(way, 2 * radius);
        let kept = if radius == 0 { [0; 2] } else { [read, mask] };
        self.with_costs(way, Some(cut), rows, kept)
    }

    /// One slab over the whole axis.
    fn one(&self, way: &Way, len: usize) -> Result<Slabs, Error> {
        self.with_costs(way, None, len, [0; 2])
    }

    fn with_costs(
        &self,
        way: &Way,
        cut: Option<Cut>,
        rows: usize,
        kept: [usize; 2],
    ) -> Result<Slabs, Error> {
        let window = self.window(way, rows);
        let plan = if window == self.shape() {
            self.plan.memory_bytes()
        } else {
            self.filter.plan(&window, self.types())?.memory_bytes()
        };
        let [read, filtered, mask] = self.rows_bytes(way, rows);
        let ends = [Some(self.input), Some(self.output), self.mask];
        let files = ends.into_iter().flatten().map(|ends| ends.memory_bytes);
        let passes = |chunks: &[usize], reads| self.passes(way, cut.as_ref(), (chunks, reads));
        let costs = Costs {
            buffers: [read.saturating_add(mask), filtered],
            kept,
            plan,
            files: files.fold(0, usize::saturating_add),
            memory: self.memory,
            copied: None,
            passes: [passes(&self.input.chunks, true), passes(&self.output.chunks, false)],
            chunks: self.chunks(),
            mask: self.mask.map(|mask| (passes(&mask.chunks, true), mask.chunks.clone())),
        };
        let (shape, singles) = (self.shape().to_vec(), way.singles.clone());
        Ok(Slabs { shape, singles, cut, costs })
    }

    /// How often slabs read an array of such chunks, or write it.
    fn passes(&self, way: &Way, cut: Option<&Cut>, (chunks, reads): (&[usize], bool)) -> f64 {
        let shape = self.shape();
        let mut passes = 1.0;
        for &axis in &way.singles {
            let chunk = chunk(chunks, axis);
            passes *= shape[axis] as f64 / shape[axis].div_ceil(chunk) as f64;
        }
        let Some(cut) = cut else { return passes };
        let (len, chunk) = (shape[cut.axis], chunk(chunks, cut.axis));
        let whole = Region::whole(shape);
        let touched = |rows: Range<usize>| rows.end.div_ceil(chunk) - rows.start / chunk;
        let of_piece = |piece| -> usize {
            if !reads {
                return touched(cut.piece(piece, len));
            }
            let slab = cut.slab(piece, whole.clone(), true);
            slab.reads.iter().map(|region| touched(region.positions(cut.axis))).sum()
        };
        let all: usize = (0..cut.count(len)).map(of_piece).sum();
        passes * all as f64 / len.div_ceil(chunk) as f64
    }

    /// What slabs cost, in sweeps over the array: reading, writing, and filtering halos too.
    fn cost(&self, slabs: &Slabs) -> f64 {
        let [read, written] = slabs.costs.passes;
        let filtered = slabs.cut.as_ref().map_or(1.0, |cut| {
            let len = self.shape()[cut.axis];
            let rows: usize = (0..cut.count(len)).map(|piece| cut.window(piece, len).len()).sum();
            rows as f64 / len as f64
        });
        read + written + filtered
    }
}

/// Positions of a chunk along an axis.
fn chunk(chunks: &[usize], axis: usize) -> usize {
    chunks.get(axis).map_or(1, |&len| len.max(1))
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
