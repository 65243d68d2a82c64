//! How a slice is cut so that each pass finds its data in the cache meant for it.

use gausstack_kernels::{CACHE_LINE, Extent};

use crate::panel::pixels::Strips;
use crate::plan::cache::CacheSizes;
use crate::plan::layout::PassOrder;
use crate::plan::window::Pace;
use crate::plan::window::Window;
use crate::request::Mode;
use crate::request::TileShape;
use crate::run::scratch::Edges;
use crate::run::scratch::Needs;
use crate::run::volume::SliceRing;

/// What a tiling is computed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileInput {
    /// The slice.
    pub(crate) extent: Extent,
    pub(crate) order: PassOrder,
    /// Radius and mode along columns (the row pass) and along rows (the column pass).
    pub(crate) along_columns: Option<(usize, Mode)>,
    pub(crate) along_rows: Option<(usize, Mode)>,
    pub(crate) lanes: usize,
    pub(crate) register_rows: usize,
    /// Filtered images that are combined to one: 1 or 2.
    pub(crate) terms: usize,
    /// What terms are made of: 1, or 2 of samples that are parted into numbers and their validity.
    pub(crate) sources: usize,
    /// Bytes of a number of scratch.
    pub(crate) size: usize,
    /// Bytes of an element of the output.
    pub(crate) output_size: usize,
    pub(crate) caches: CacheSizes,
    pub(crate) forced: Option<TileShape>,
    /// Columns of the output are runs in memory, so that rows leave by whole vectors of them.
    pub(crate) turned: bool,
    /// Parts that a slice should at least be cut into, so that every worker has one.
    pub(crate) parts: usize,
    /// The output is the input: rows cannot be cut, and narrow panels are not worth their edges.
    pub(crate) in_place: bool,
}

/// The tiling of one slice: its panels, and the sizes of scratch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// Columns of a region: the panels that one worker filters in place, one after the other.
    pub(crate) region: usize,
    /// Columns of a panel.
    pub(crate) panel: usize,
    /// Rows of a panel.
    pub(crate) band: usize,
    /// Interleaved elements of a panel.
    pub(crate) inner: usize,
    pub(crate) chunk: usize,
    pub(crate) group: usize,
    /// Columns of a strip of the column pass, whose sums stay in the level-1 cache.
    pub(crate) strip: usize,
    /// Elements from one row of the ring to the next: an odd number of cache lines, because rows
    /// 4096 bytes apart would share their level-1 sets.
    pub(crate) pitch: usize,
    /// The same for the ring of source rows, and for the rows between the passes, where the column pass comes
    /// first; 0 where it does not.
    pub(crate) raw_pitch: usize,
    pub(crate) between_pitch: usize,
    /// Elements from one row of a strip to the next.
    pub(crate) strip_pitch: usize,
    /// Elements from a row of the first term to that of the second: in the ring of row-filtered rows, of source rows, between
    /// the passes and in a strip; 0 where there is one.
    pub(crate) second: usize,
    pub(crate) second_raw: usize,
    pub(crate) second_between: usize,
    pub(crate) second_in_strip: usize,
    /// Bytes of a number of scratch.
    pub(crate) size: usize,
}

/// Loads wait for earlier stores whose addresses agree in the lower twelve bits: until those have left
/// the queue of stores the core takes them for stores to the same place. (In the row pass that cost 38 %
/// at one offset in four.)
const ALIAS: usize = 4096;

/// Bytes of a row of a strip: few enough for the ring's rows under it to stay in the level-1 cache, enough to
/// pay for the calls. (Of 128, 256, 384, 512 and 768 bytes 512 was fastest, by up to a seventh.)
const STRIP_BYTES: usize = 512;

/// Output rows of a group, rounded up to what the kernel sums together: each brings the rows a radius above and
/// below it through the level-1 cache once more. (12 cost up to 15 % more time than 24, 48 as much as 24.)
const GROUP: usize = 24;

/// From this radius on, where the column pass follows a row pass, groups are three times as many rows: what each reads
/// again grows with the radius. (At radius 32 and 96 rows 7 % less time, at 128 and 192 rows 3 %. Below, and where
/// the column pass comes alone or first, groups above 24 rows took up to a fifth longer.)
const MIN_WIDE_RADIUS: usize = 24;
/// As many as the kernels store while they sum.
const MOST_GROUP: usize = 192;

/// Fewer columns than this are not worth a panel of their own: its edges are read twice.
const MIN_PANEL: usize = 256;
/// Fewer columns than this are not worth a thread of their own.
const MIN_PART: usize = 64;
/// More interleaved elements than this do not speed up loads, and take level-2 cache.
const MAX_INNER: usize = 64;

impl Tiling {
    pub(crate) fn choose(input: &TileInput) -> Self {
        let TileInput { extent, lanes, register_rows, size, output_size, caches, .. } = *input;
        let column_radius = input.along_columns.map_or(0, |(radius, _)| radius);
        let row_radius = input.along_rows.map_or(0, |(radius, _)| radius);

        let inner = Self::inner(input, column_radius);
        let columns_first = input.order == PassOrder::ColumnPassFirst;
        let group = match input.forced {
            Some(tile) => tile.group,
            None if input.turned => common_multiple(register_rows, lanes).max(2 * lanes),
            None if columns_first => {
                let step = common_multiple(register_rows, lanes);
                step * GROUP.div_ceil(step)
            }
            None => {
                let wide = input.along_columns.is_some() && row_radius >= MIN_WIDE_RADIUS;
                let rows = if wide { row_radius.saturating_mul(3).min(MOST_GROUP) } else { GROUP };
                register_rows * rows.div_ceil(register_rows)
            }
        }
        .min(extent.rows.max(1));

        let ring_rows = row_radius.saturating_mul(2).saturating_add(group + lanes);
        // Rows without a row pass are those of the source.
        let unfiltered = if input.along_columns.is_none() { input.sources } else { 1 };
        let rings = if columns_first { input.sources } else { input.terms.max(unfiltered) };
        // Where the row pass follows, the group and a band on its way out are kept beside the ring.
        let kept = if columns_first { (group + lanes) * size } else { 0 };
        let column_bytes =
            (ring_rows * rings).saturating_mul(size).saturating_add(kept * input.terms) * inner;
        let mut panel = match input.forced {
            Some(tile) => tile.panel,
            None => {
                let fits = caches.l2 / 2 / column_bytes;
                let fits = fits.max(MIN_PANEL.div_ceil(inner)).max(column_radius);
                even_parts(extent.columns, fits).next_multiple_of(lanes)
            }
        };
        let mut region = extent.columns;
        let mut band = extent.rows;
        if input.in_place {
            // The columns that a panel's right neighbour still has to read are in that panel alone.
            let reach = column_radius.saturating_mul(2);
            if reach > panel {
                panel = extent.columns;
            }
            if input.parts > 1 {
                let least = reach.max(MIN_PART.div_ceil(inner));
                region = extent.columns.div_ceil(input.parts).next_multiple_of(lanes).max(least);
                region = if region.saturating_mul(2) > extent.columns + least {
                    extent.columns
                } else {
                    region
                };
            }
        } else if input.forced.is_none() && input.parts > 1 {
            let least = MIN_PART.div_ceil(inner);
            let panels = extent.columns.div_ceil(panel).next_multiple_of(input.parts);
            let panels = panels.min(extent.columns / least).max(1);
            panel = extent.columns.div_ceil(panels).next_multiple_of(lanes).min(extent.columns);
            let panels = extent.columns.div_ceil(panel);
            if panels < input.parts {
                let bands = input.parts.div_ceil(panels);
                let least = row_radius.saturating_mul(4).max(2 * lanes);
                band = extent.rows.div_ceil(bands).max(least).min(extent.rows);
            }
        }
        panel = panel.min(region);

        let chunk = match input.forced {
            Some(tile) => tile.chunk,
            None => {
                // Columns with their halo, and as many sums, in a quarter of the level-2 cache: that they fit
                // into level 1 matters less than to have few calls (an eighth took up to 4 % longer).
                let vectors = caches.l2 / 4 / (inner * lanes * size);
                let fits = vectors.saturating_sub(column_radius.saturating_mul(2)) / 2;
                let step = common_multiple(register_rows, lanes);
                let fits = if fits >= step { fits - fits % step } else { lanes };
                even_parts(panel, fits).next_multiple_of(step)
            }
        }
        .min(panel.max(1));

        let row = panel.max(1) * inner;
        // Rows of two terms are one row that is twice as long.
        let several = |of: usize, len: usize| {
            let second = if of > 1 { odd_lines(len, size) } else { 0 };
            (second, odd_lines(second + len, size))
        };
        let doubled = |len: usize| several(input.terms, len);
        let (second, pitch) = several(input.terms.max(unfiltered), row + 2 * lanes);
        let wide = if column_radius >= extent.columns {
            extent.columns
        } else {
            panel.saturating_add(column_radius.saturating_mul(2))
        };
        let wide = wide.saturating_mul(inner);
        let (second_raw, raw_pitch) =
            if columns_first { several(input.sources, wide + 2 * lanes) } else { (0, 0) };
        let (second_between, between_pitch) =
            if columns_first { doubled(wide + lanes) } else { (0, 0) };
        // Whole cache lines of the narrowest element, which is also a multiple of the lanes.
        let step = CACHE_LINE / output_size;
        let strip = (STRIP_BYTES / size / inner / step * step).max(2 * step).min(panel.max(1));
        let (second_in_strip, strip_pitch) =
            doubled(step + (strip * inner).next_multiple_of(lanes));
        Self {
            region,
            panel,
            band,
            inner,
            chunk,
            group,
            strip,
            pitch,
            raw_pitch,
            between_pitch,
            strip_pitch,
            second,
            second_raw,
            second_between,
            second_in_strip,
            size,
        }
    }

    /// Interleaved elements per panel: the columns within a radius, times these, times a vector, stay
    /// in a quarter of the level-2 cache.
    fn inner(input: &TileInput, column_radius: usize) -> usize {
        let all = input.extent.inner.max(1);
        if all == 1 || input.along_columns.is_none() {
            return all;
        }
        let vector = input.lanes * input.size;
        let reach = column_radius.saturating_mul(2).saturating_add(input.lanes);
        let fits = (input.caches.l2 / 4 / reach.saturating_mul(vector)).clamp(1, MAX_INNER);
        let fits = if fits >= input.lanes { fits - fits % input.lanes } else { fits };
        even_parts(all, fits)
    }

    /// How columns come and go in the row pass.
    pub(crate) fn column_pace(&self, lanes: usize) -> Pace {
        let multiple = ALIAS / (self.inner * lanes * self.size).min(ALIAS);
        Pace { group: self.chunk, batch: 1, multiple }
    }

    /// How rows come and go in the column pass.
    pub(crate) fn row_pace(&self, lanes: usize) -> Pace {
        Pace { group: self.group, batch: lanes, multiple: 1 }
    }

    /// Where in their buffer the sums of a chunk go, so that the kernel's stores and its next loads do not
    /// meet at addresses that differ by a multiple of [`ALIAS`]: `centre` is the address of the first output
    /// column's own vector, `sums` that of the buffer.
    pub(crate) fn sums_offset(
        &self,
        lanes: usize,
        radius: usize,
        centre: usize,
        sums: usize,
    ) -> usize {
        // The next load is a radius ahead of the output: half a period from there is safest.
        let ahead = centre.wrapping_add(radius * self.inner * lanes * self.size + ALIAS / 2);
        ahead.wrapping_sub(sums) % ALIAS / CACHE_LINE * CACHE_LINE / self.size
    }

    /// The part of the shape that callers can force.
    pub(crate) fn shape(&self) -> TileShape {
        TileShape { panel: self.panel, chunk: self.chunk, group: self.group }
    }

    /// Which columns an in-place run saves before it starts on a slice.
    pub(crate) fn strips(&self, columns: usize, along_columns: Option<(usize, Mode)>) -> Strips {
        let (radius, mode) = along_columns.unwrap_or((0, Mode::Nearest));
        let wraps = mode == Mode::Wrap && self.panel < columns;
        Strips { columns, region: self.region, radius, wraps }
    }

    /// Tasks that a slice is cut into.
    pub(crate) fn tasks(&self, input: &TileInput) -> usize {
        let TileInput { extent, in_place, .. } = *input;
        if in_place {
            return extent.columns.div_ceil(self.region.max(1));
        }
        let parts = |len: usize, part: usize| len.div_ceil(part.max(1));
        parts(extent.inner, self.inner)
            .saturating_mul(parts(extent.columns, self.panel))
            .saturating_mul(parts(extent.rows, self.band))
    }

    /// Scratch of one worker, for so many slices.
    pub(crate) fn needs(&self, input: &TileInput, slices: usize) -> Needs {
        let vector = self.inner * input.lanes;
        let (extent, lanes) = (input.extent, input.lanes);
        // Every panel's windows are at most as large as these two.
        let (column_radius, column_mode) = input.along_columns.unwrap_or((0, Mode::Nearest));
        let (row_radius, row_mode) = input.along_rows.unwrap_or((0, Mode::Nearest));
        let pace = self.column_pace(lanes);
        let (columns, column_table) =
            Window::largest(extent.columns, self.panel, column_radius, column_mode, pace);
        let pace = self.row_pace(lanes);
        let (rows, row_table) = Window::largest(extent.rows, self.band, row_radius, row_mode, pace);
        Needs {
            // (Of any order of the passes, for the largest of all to be two halves.)
            columns: columns.saturating_mul(vector).saturating_mul(input.sources),
            sums: (self.chunk * self.inner).next_multiple_of(lanes).saturating_mul(lanes)
                + ALIAS / input.size,
            rows: match input.order {
                PassOrder::RowPassFirst => rows.saturating_mul(self.pitch),
                PassOrder::ColumnPassFirst => lanes.saturating_mul(self.pitch),
            },
            raw: rows.saturating_mul(self.raw_pitch),
            between: self.group.saturating_mul(self.between_pitch),
            line: if column_radius < extent.columns {
                // The reach is whole vectors, twice where weights are folded about another sample.
                (self.panel + 2 * column_radius) * self.inner + 4 * lanes
            } else {
                0
            },
            strip: match (input.order, input.along_rows) {
                (PassOrder::RowPassFirst, Some(_)) => (self.group + 1) * self.strip_pitch,
                _ => 0,
            },
            column_table,
            row_table,
            edges: Edges::new(
                if input.in_place {
                    let saved = self.strips(extent.columns, input.along_columns).len();
                    saved.saturating_mul(extent.rows * extent.inner)
                } else {
                    0
                },
                slices,
                input.parts,
            ),
            rolling: if input.in_place && self.panel < self.region {
                column_radius.saturating_mul(2 * extent.rows * self.inner)
            } else {
                0
            },
            ring: SliceRing::default(),
            saved_size: 0,
        }
    }
}

/// `len` in as few parts of at most `most` as possible, all about as long.
fn even_parts(len: usize, most: usize) -> usize {
    if len == 0 { 1 } else { len.div_ceil(len.div_ceil(most.max(1))) }
}

/// At least `elements`, in an odd number of cache lines.
fn odd_lines(elements: usize, size: usize) -> usize {
    (elements.saturating_mul(size).div_ceil(CACHE_LINE) | 1) * CACHE_LINE / size
}

fn common_multiple(a: usize, b: usize) -> usize {
    (1..=b).map(|i| i * a).find(|m| m.is_multiple_of(b)).unwrap_or(a * b)
}
