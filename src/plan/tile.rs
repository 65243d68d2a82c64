//! How a slice is cut so that each pass finds its data in the cache meant for it.

use gausstack_kernels::{CACHE_LINE, Extent};

use crate::plan::halo::{Halo, HaloSizes};
use crate::plan::hardware::Hardware;
use crate::plan::layout::PassOrder;
use crate::plan::leaving::LeavingRows;
use crate::plan::sizes::{Buffer, Rows, ScratchSizes};
use crate::plan::window::{Pace, Window};
use crate::request::{Mode, TileShape};

/// What a tiling is computed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileInput {
    /// The slice.
    pub(crate) extent: Extent,
    pub(crate) order: PassOrder,
    /// Radius and mode along columns (the row pass) and along rows (the column pass).
    pub(crate) along_columns: Option<(usize, Mode)>,
    pub(crate) along_rows: Option<(usize, Mode)>,
    /// Filtered images that are combined to one: 1 or 2.
    pub(crate) terms: usize,
    /// What terms are made of: 1, or 2 if samples are split into numbers and their validity.
    pub(crate) sources: usize,
    /// Bytes of a number of scratch.
    pub(crate) size: usize,
    pub(crate) hardware: Hardware,
    pub(crate) run: TileRun,
}

/// How a run's arrays lie, and how it is shared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRun {
    /// Columns of the output are contiguous in memory and rows are not, so that rows leave by whole
    /// vectors of them.
    pub(crate) transposed: bool,
    /// Parts that a slice should at least be cut into, so that every worker has one.
    pub(crate) parts: usize,
    /// The output is the input: rows cannot be cut, and narrow panels are not worth their edges.
    pub(crate) in_place: bool,
}

/// The tiling of one slice: its panels, their parts, and the rows of scratch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// Columns of a region: the panels that one worker filters in place, one after the other.
    pub(crate) region: usize,
    /// Columns of a panel.
    pub(crate) panel: usize,
    pub(crate) panel_rows: usize,
    /// Interleaved elements of a panel.
    pub(crate) inner: usize,
    /// Columns that the row pass sums at a time.
    pub(crate) chunk: usize,
    /// The greatest radius at which rows of single values are summed as they lie.
    pub(crate) max_radius_in_row: usize,
    /// Output rows that are made at a time.
    pub(crate) group: usize,
    /// Columns of a strip of the column pass, whose sums stay in the level-1 cache.
    pub(crate) strip_columns: usize,
    /// The ring of row-filtered rows. If the column pass comes first, a few rows on their way out.
    pub(crate) ring: Rows,
    /// The ring of source rows, if the column pass comes first.
    pub(crate) source_ring: Rows,
    /// Column-filtered rows between the passes, if the column pass comes first.
    pub(crate) held: Rows,
    pub(crate) strip: Rows,
    /// The rows that leave beside the sums of any pass, if they are stored past the caches.
    pub(crate) leaving: Option<LeavingRows>,
}

/// Loads wait for earlier stores whose addresses agree in the lower twelve bits: until those have
/// left the store queue, the core takes them for stores to the same place. (measured: the row pass
/// took 38 % longer at one offset in four.)
const ALIAS: usize = 4096;

/// Bytes of a row of a strip: few enough for the ring's rows under it to stay in the level-1 cache,
/// enough to pay for the calls. (measured: of 128, 256, 384, 512 and 768 bytes, 512 was fastest, by
/// up to a seventh.)
const STRIP_BYTES: usize = 512;

/// Output rows of a group, rounded up to what the kernel sums together: each group brings the rows
/// a radius above and below it through the level-1 cache once more. (measured: 12 rows took up to
/// 15 % longer than 24, 48 as long as 24.)
const GROUP: usize = 24;

/// From this radius on, if the column pass follows a row pass, groups are three radii of rows: what
/// each reads again grows with the radius. (measured: at radius 32, 96 rows took 7 % less time; at
/// radius 128, 192 rows took 3 % less. Below, and if the column pass comes alone or first, groups
/// above 24 rows took up to a fifth longer.)
const MIN_WIDE_RADIUS: usize = 24;

/// As many rows as `Kernels::fir_storing` stores while it sums.
const MAX_GROUP: usize = 192;

/// Fewer columns than this are not worth a panel of their own: its edges are read twice.
const MIN_PANEL: usize = 256;
/// Fewer columns than this are not worth a thread of their own.
const MIN_PART: usize = 64;
/// More interleaved elements than this do not speed up loads, and take level-2 cache.
const MAX_INNER: usize = 64;

/// How a slice is cut into panels.
struct Parts {
    region: usize,
    panel: usize,
    panel_rows: usize,
}

impl TileInput {
    fn column_radius(&self) -> usize {
        self.along_columns.map_or(0, |(radius, _)| radius)
    }

    fn row_radius(&self) -> usize {
        self.along_rows.map_or(0, |(radius, _)| radius)
    }

    fn column_pass_first(&self) -> bool {
        self.order == PassOrder::ColumnPassFirst
    }

    /// Terms of a row of the ring: those of the row pass, or without one those of the source.
    fn ring_terms(&self) -> usize {
        let unfiltered = if self.along_columns.is_none() { self.sources } else { 1 };
        self.terms.max(unfiltered)
    }

    /// Rows that are both whole vectors and as many as the kernel sums together.
    fn row_step(&self) -> usize {
        common_multiple(self.hardware.register_rows, self.hardware.lanes)
    }

    /// Interleaved elements of a panel: the columns within a radius, times these, times a vector,
    /// stay in a quarter of the level-2 cache.
    fn inner(&self) -> usize {
        let Hardware { lanes, caches, .. } = self.hardware;
        let all = self.extent.inner.max(1);
        if all == 1 || self.along_columns.is_none() {
            return all;
        }
        let vector = lanes * self.size;
        let reach = self.column_radius().saturating_mul(2).saturating_add(lanes);
        let fits = (caches.l2 / 4 / reach.saturating_mul(vector)).clamp(1, MAX_INNER);
        let fits = if fits >= lanes { fits - fits % lanes } else { fits };
        even_parts(all, fits)
    }

    /// Output rows of a group.
    fn group(&self) -> usize {
        let Hardware { lanes, register_rows, forced, .. } = self.hardware;
        let rows = if let Some(tile) = forced.tile {
            tile.group
        } else if self.run.transposed {
            self.row_step().max(2 * lanes)
        } else if self.column_pass_first() {
            self.row_step() * GROUP.div_ceil(self.row_step())
        } else {
            let wide = self.along_columns.is_some() && self.row_radius() >= MIN_WIDE_RADIUS;
            let wide_rows = self.row_radius().saturating_mul(3).min(MAX_GROUP);
            let rows = if wide { wide_rows } else { GROUP };
            register_rows * rows.div_ceil(register_rows)
        };
        rows.min(self.extent.rows.max(1))
    }

    /// Columns of a panel: the ring under them fits half of the level-2 cache.
    fn panel(&self, inner: usize, group: usize) -> usize {
        let Hardware { lanes, caches, forced, .. } = self.hardware;
        if let Some(tile) = forced.tile {
            return tile.panel;
        }
        let ring_rows = self.row_radius().saturating_mul(2).saturating_add(group + lanes);
        let (rings, held) = if self.column_pass_first() {
            // The group and a band on its way out lie beside the ring.
            (self.sources, (group + lanes) * self.size)
        } else {
            (self.ring_terms(), 0)
        };
        let ring = (ring_rows * rings).saturating_mul(self.size);
        let column_bytes = ring.saturating_add(held * self.terms) * inner;
        let fits = caches.l2 / 2 / column_bytes;
        let fits = fits.max(MIN_PANEL.div_ceil(inner)).max(self.column_radius());
        even_parts(self.extent.columns, fits).next_multiple_of(lanes)
    }

    /// Regions and panels, so that every worker has one.
    fn parts(&self, inner: usize, panel: usize) -> Parts {
        let Extent { rows, columns, .. } = self.extent;
        let parts = if self.run.in_place {
            self.parts_in_place(inner, panel)
        } else if self.hardware.forced.tile.is_none() && self.run.parts > 1 {
            self.shared_parts(inner, panel)
        } else {
            Parts { region: columns, panel, panel_rows: rows }
        };
        Parts { panel: parts.panel.min(parts.region), ..parts }
    }

    fn parts_in_place(&self, inner: usize, panel: usize) -> Parts {
        let Extent { rows, columns, .. } = self.extent;
        let reach = self.column_radius().saturating_mul(2);
        // The columns that a panel's right neighbour still has to read are in that panel alone.
        let panel = if reach > panel { columns } else { panel };
        let mut region = columns;
        if self.run.parts > 1 {
            let least = reach.max(MIN_PART.div_ceil(inner));
            let share = columns.div_ceil(self.run.parts).next_multiple_of(self.hardware.lanes);
            let share = share.max(least);
            let worthwhile = share.saturating_mul(2) <= columns + least;
            region = if worthwhile { share } else { columns };
        }
        Parts { region, panel, panel_rows: rows }
    }

    fn shared_parts(&self, inner: usize, panel: usize) -> Parts {
        let Extent { rows, columns, .. } = self.extent;
        let (lanes, parts) = (self.hardware.lanes, self.run.parts);
        let least = MIN_PART.div_ceil(inner);
        let panels = columns.div_ceil(panel).next_multiple_of(parts);
        let panels = panels.min(columns / least).max(1);
        let panel = columns.div_ceil(panels).next_multiple_of(lanes).min(columns);
        let panels = columns.div_ceil(panel);
        let mut panel_rows = rows;
        if panels < parts {
            let least = self.row_radius().saturating_mul(4).max(2 * lanes);
            panel_rows = rows.div_ceil(parts.div_ceil(panels)).max(least).min(rows);
        }
        Parts { region: columns, panel, panel_rows }
    }

    /// Columns of a chunk of the row pass.
    fn chunk(&self, inner: usize, panel: usize) -> usize {
        let Hardware { lanes, caches, sums, forced, .. } = self.hardware;
        let columns = if let Some(tile) = forced.tile {
            tile.chunk
        } else {
            // Columns with their halo, and as many sums, in a quarter of the level-2 cache: that
            // they fit into level 1 matters less than to have few calls. (measured: an eighth took
            // up to 4 % longer.)
            let vectors = caches.l2 / 4 / (inner * lanes * self.size);
            let fits = vectors.saturating_sub(self.column_radius().saturating_mul(2)) / 2;
            let most = sums.chunk_bytes / (lanes * self.size);
            let fits = if inner == 1 { fits.min(most) } else { fits };
            let step = self.row_step();
            let fits = if fits >= step { fits - fits % step } else { lanes };
            even_parts(panel, fits).next_multiple_of(step)
        };
        columns.min(panel.max(1))
    }

    /// The rows of this pitch that leave beside the sums of any pass: those of one term, for an
    /// output of the sums' size.
    fn leaving(&self, group: usize, pitch: usize) -> Option<LeavingRows> {
        let Hardware { lanes, caches, sums, output_size, .. } = self.hardware;
        let apart = !self.run.in_place && !self.run.transposed;
        let same = self.terms == 1 && output_size == self.size;
        let share = sums.leaving.filter(|_| self.along_rows.is_some() && apart && same)?;
        let share = if self.along_columns.is_some() { share } else { share.alone()? };
        let rows = if self.column_pass_first() { lanes } else { group };
        LeavingRows::choose(share, (rows, pitch, self.size), self.row_radius(), caches.l2)
    }

    /// Elements of a source row under a panel: its columns, and a radius on both sides.
    fn source_row(&self, inner: usize, panel: usize) -> usize {
        let (radius, columns) = (self.column_radius(), self.extent.columns);
        let wide = match radius >= columns {
            true => columns,
            false => panel.saturating_add(radius.saturating_mul(2)),
        };
        wide.saturating_mul(inner)
    }

    /// Rows of `len` elements for each of so many terms: rows of two terms are one row that is
    /// twice as long.
    fn rows(&self, terms: usize, len: usize) -> Rows {
        let second = if terms > 1 { odd_lines(len, self.size) } else { 0 };
        Rows { pitch: odd_lines(second + len, self.size), second }
    }
}

impl Tiling {
    pub(crate) fn choose(input: &TileInput) -> Self {
        let lanes = input.hardware.lanes;
        let inner = input.inner();
        let group = input.group();
        let Parts { region, panel, panel_rows } = input.parts(inner, input.panel(inner, group));
        let (mut source_ring, mut held) = (Rows::default(), Rows::default());
        if input.column_pass_first() {
            let wide = input.source_row(inner, panel);
            source_ring = input.rows(input.sources, wide + 2 * lanes);
            held = input.rows(input.terms, wide + lanes);
        }
        // Whole cache lines of the narrowest element, which is also a multiple of the lanes.
        let step = CACHE_LINE / input.hardware.output_size;
        let strip = STRIP_BYTES / input.size / inner / step * step;
        let strip_columns = strip.max(2 * step).min(panel.max(1));
        let ring = input.rows(input.ring_terms(), panel.max(1) * inner + 2 * lanes);
        Self {
            leaving: input.leaving(group, ring.pitch),
            region,
            panel,
            panel_rows,
            inner,
            chunk: input.chunk(inner, panel),
            max_radius_in_row: input.hardware.sums.max_radius_in_row(lanes * input.size),
            group,
            strip_columns,
            ring,
            source_ring,
            held,
            strip: input.rows(input.terms, step + (strip_columns * inner).next_multiple_of(lanes)),
        }
    }

    /// How columns of so many bytes come and go in the row pass.
    pub(crate) fn column_pace(&self, column_bytes: usize) -> Pace {
        Pace { group: self.chunk, batch: 1, multiple: ALIAS / column_bytes.min(ALIAS) }
    }

    /// How rows come and go in the column pass.
    pub(crate) fn row_pace(&self, lanes: usize) -> Pace {
        Pace { group: self.group, batch: lanes, multiple: 1 }
    }

    /// The part of the shape that callers can force.
    pub(crate) fn shape(&self) -> TileShape {
        TileShape { panel: self.panel, chunk: self.chunk, group: self.group }
    }

    /// The columns that a sweep in place saves before it starts on a slice.
    pub(crate) fn halo(&self, columns: usize, along_columns: Option<(usize, Mode)>) -> Halo {
        let (radius, mode) = along_columns.unwrap_or((0, Mode::Nearest));
        let wraps = mode == Mode::Wrap && self.panel < columns;
        Halo { columns, region: self.region, radius, wraps }
    }

    /// Tasks that a slice is cut into.
    pub(crate) fn tasks(&self, input: &TileInput) -> usize {
        let extent = input.extent;
        if input.run.in_place {
            return extent.columns.div_ceil(self.region.max(1));
        }
        let parts = |len: usize, part: usize| len.div_ceil(part.max(1));
        parts(extent.inner, self.inner)
            .saturating_mul(parts(extent.columns, self.panel))
            .saturating_mul(parts(extent.rows, self.panel_rows))
    }

    /// Scratch of one worker, for so many slices.
    pub(crate) fn needs(&self, input: &TileInput, slices: usize) -> ScratchSizes {
        let (extent, lanes) = (input.extent, input.hardware.lanes);
        let vector = self.inner * lanes;
        // Every panel's windows are at most as large as these two.
        let (column_radius, column_mode) = input.along_columns.unwrap_or((0, Mode::Nearest));
        let (row_radius, row_mode) = input.along_rows.unwrap_or((0, Mode::Nearest));
        let pace = self.column_pace(vector * input.size);
        let (columns, column_table) =
            Window::largest(extent.columns, self.panel, column_radius, column_mode, pace);
        let pace = self.row_pace(lanes);
        let (rows, row_table) =
            Window::largest(extent.rows, self.panel_rows, row_radius, row_mode, pace);
        let mut sizes = ScratchSizes::default();
        // (Of any order of the passes, for the largest of all to be two halves.)
        sizes[Buffer::Columns] = columns.saturating_mul(vector).saturating_mul(input.sources);
        let sums = (self.chunk * self.inner).next_multiple_of(lanes).saturating_mul(lanes);
        sizes[Buffer::Sums] = sums + ALIAS / input.size;
        if column_radius < extent.columns {
            // The reach is whole vectors, twice where weights are folded about another sample, and
            // whole columns.
            let line = (self.panel + 2 * column_radius + 2) * self.inner;
            sizes[Buffer::Line] = line + 4 * lanes;
        }
        let ring_rows = if input.column_pass_first() { lanes } else { rows };
        sizes[Buffer::Ring] = ring_rows.saturating_mul(self.ring.pitch);
        sizes[Buffer::SourceRing] = rows.saturating_mul(self.source_ring.pitch);
        sizes[Buffer::Held] = self.group.saturating_mul(self.held.pitch);
        if !input.column_pass_first() && input.along_rows.is_some() {
            sizes[Buffer::Strip] = (self.group + 1) * self.strip.pitch;
        }
        if let Some(LeavingRows { rows, pitch, .. }) = self.leaving {
            sizes[Buffer::Leaving] = rows.saturating_mul(pitch);
        }
        sizes[Buffer::ColumnTable] = column_table;
        sizes[Buffer::RowTable] = row_table;
        if input.run.in_place {
            let columns = self.halo(extent.columns, input.along_columns).len();
            let saved = columns.saturating_mul(extent.rows * extent.inner);
            sizes.edges = HaloSizes::new(saved, slices, input.run.parts);
            if self.panel < self.region {
                sizes.rolling = column_radius.saturating_mul(2 * extent.rows * self.inner);
            }
        }
        sizes
    }
}

/// Where in their buffer the sums of a chunk go, in numbers of `size` bytes, so that the kernel's
/// stores and its next loads do not meet at addresses that differ by a multiple of [`ALIAS`].
/// `centre` is the address of the first output column's own vector, `radius` the bytes of a radius
/// of columns, `sums` the address of the buffer.
pub(crate) fn sums_offset(size: usize, centre: usize, radius: usize, sums: usize) -> usize {
    // The next load is a radius ahead of the output: half a period from there is safest.
    let ahead = centre.wrapping_add(radius + ALIAS / 2);
    ahead.wrapping_sub(sums) % ALIAS / CACHE_LINE * CACHE_LINE / size
}

/// `len` in as few parts of at most `most` as possible, all about as long.
fn even_parts(len: usize, most: usize) -> usize {
    if len == 0 { 1 } else { len.div_ceil(len.div_ceil(most.max(1))) }
}

/// At least `elements`, in an odd number of cache lines.
pub(crate) fn odd_lines(elements: usize, size: usize) -> usize {
    (elements.saturating_mul(size).div_ceil(CACHE_LINE) | 1) * CACHE_LINE / size
}

fn common_multiple(a: usize, b: usize) -> usize {
    (1..=b).map(|i| i * a).find(|m| m.is_multiple_of(b)).unwrap_or(a * b)
}
