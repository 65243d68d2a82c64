//! From the ring of rows to the output: the column pass, a strip at a time.
//!
//! A strip is stored past the caches while the next is summed, the last of a group while the first of the next group is.

use std::ops::Range;

use gausstack_kernels::{Ahead, Arithmetic, InRows, OutRows, Seams};

use crate::panel::pixels::Pixels;
use crate::panel::slice::Panel;
use crate::plan::axis_filter::AxisFilter;
use crate::run::scratch::Buffers;

/// The part of the last strip of a group, which waits to be stored while others are summed.
pub(crate) struct Pending {
    /// Where it goes in the panel.
    rows: Range<usize>,
    columns: Range<usize>,
    /// Columns of the strip in front of it.
    skipped: usize,
}

impl<A: Arithmetic> Panel<'_, '_, A> {
    /// Column-filters a group of output rows. Meanwhile the source rows `next` are asked for, and what is `pending` of the
    /// group before is stored.
    pub(crate) fn emit_column_pass(
        &self,
        filter: &AxisFilter<A>,
        group: Range<usize>,
        next: Range<usize>,
        pending: &mut Option<Pending>,
        pixels: &mut impl Pixels,
        buffers: &mut Buffers<A>,
    ) {
        let (kernels, tiling) = (&self.filter.kernels, self.filter.tiling);
        let (rows, columns) = (&self.region.rows, &self.region.columns);
        let out_rows = group.start - rows.start..group.end - rows.start;
        let soon = out_rows.end..rows.len().min(out_rows.end + tiling.group);
        let pitch = tiling.strip_pitch;
        let margin = kernels.strip_margin();
        let hidden = self.filter.streaming
            && pixels.output(|plane| kernels.stores_while_summing(plane, out_rows.len()));
        let taps = filter.taps();
        if pending.as_ref().is_some_and(|pending| pending.rows.len() != out_rows.len()) {
            self.store_pending(pending, pixels, buffers);
        }
        let (also, second) = (self.filter.also, tiling.second);
        let Buffers { rows: ring, row_table: table, strips: [summed, finished], .. } = buffers;
        for first in (0..columns.len()).step_by(tiling.strip) {
            let strip = first..columns.len().min(first + tiling.strip);
            let source = InRows {
                values: &ring[first * self.inner..],
                table,
                rows: out_rows.clone(),
                width: (strip.len() * self.inner).next_multiple_of(kernels.lanes()),
            };
            let seams = Seams { left: strip.start > 0, right: strip.end < columns.len() };
            let mut ahead = Ahead::NONE;
            if !next.is_empty() {
                let columns = columns.start + strip.start..columns.start + strip.end;
                pixels.source(columns, |plane, part| {
                    ahead = Ahead::of(plane, next.clone(), part);
                });
            }
            pixels.output(|plane| {
                if next.is_empty() {
                    // The lines that will be written, of the next group those in parts.
                    ahead = match (self.filter.streaming, seams) {
                        (false, _) => Ahead::of(&plane.reader(), out_rows.clone(), strip.clone()),
                        (true, Seams { left: false, .. }) => {
                            Ahead::down(&plane.reader(), soon.clone(), 0)
                        }
                        (true, Seams { right: false, .. }) => {
                            Ahead::down(&plane.reader(), soon.clone(), columns.len() - 1)
                        }
                        _ => Ahead::NONE,
                    };
                }
                if let Some(Pending { rows, columns, skipped }) = pending.take() {
                    let target = OutRows { values: summed, pitch };
                    let finished = &finished[skipped * self.inner..];
                    let place = (&mut *plane, rows, columns);
                    kernels.fir_storing(taps, &source, target, finished, place, ahead);
                } else {
                    let target = OutRows { values: &mut summed[margin..], pitch };
                    kernels.fir(taps, &source, target, ahead);
                }
                if let Some((also, filter)) = also.and_then(|also| Some((also, also.along_rows?))) {
                    let source = InRows { values: &ring[first * self.inner + second..], ..source };
                    let start = margin + tiling.second_in_strip;
                    let target = OutRows { values: &mut summed[start..], pitch };
                    kernels.fir(filter.taps(), &source, target, Ahead::NONE);
                    let len = source.width;
                    for row in 0..out_rows.len() {
                        let (first, second) = summed[row * pitch..].split_at_mut(start);
                        let first = &mut first[margin..margin + len];
                        also.join(kernels, first, &second[..len]);
                    }
                }
                if !hidden {
                    let (sums, streaming) = (&summed[margin..], self.filter.streaming);
                    kernels.egress(sums, pitch, plane, out_rows.clone(), strip, streaming);
                    return;
                }
                // Ends in parts of lines are stored at once, what lies between them with the next strip.
                let head = if seams.left { 0 } else { margin };
                let tail = if seams.right { 0 } else { margin + strip.len() % margin };
                let middle = strip.start + head..strip.end.saturating_sub(tail);
                if middle.is_empty() {
                    kernels.egress_end(summed, pitch, plane, out_rows.clone(), strip, seams);
                    return;
                }
                if head > 0 {
                    let (head, seams) = (0..head, Seams { right: true, ..seams });
                    kernels.egress_end(summed, pitch, plane, out_rows.clone(), head, seams);
                }
                if tail > 0 {
                    let sums = &summed[(middle.end - strip.start) * self.inner..];
                    let (tail, seams) = (middle.end..strip.end, Seams { left: true, ..seams });
                    kernels.egress_end(sums, pitch, plane, out_rows.clone(), tail, seams);
                }
                *pending = Some(Pending { rows: out_rows.clone(), columns: middle, skipped: head });
            });
            std::mem::swap(summed, finished);
        }
    }

    /// Stores what is pending with no sums beside it.
    pub(crate) fn store_pending(
        &self,
        pending: &mut Option<Pending>,
        pixels: &mut impl Pixels,
        buffers: &Buffers<A>,
    ) {
        let Some(Pending { rows, columns, skipped }) = pending.take() else { return };
        let (kernels, pitch) = (&self.filter.kernels, self.filter.tiling.strip_pitch);
        let sums = &buffers.strips[1][skipped * self.inner..];
        let seams = Seams { left: true, right: true };
        pixels.output(|plane| kernels.egress_end(sums, pitch, plane, rows, columns, seams));
    }
}
