//! The table of tuned constants, by core.
//!
//! What was measured alike on every core is a constant beside the code that it is about: groups,
//! strips, panels and slices of a volume's group (`tile.rs`, `volume.rs`), and what is stored past
//! the caches (`stores.rs`). The kernels' rows and vectors in registers follow from the number of
//! registers, and belong to the level.
//!
//! Measurements on Golden Cove are those of a Xeon (Emerald Rapids, 2 virtual CPUs, L2 of 2 MiB,
//! described L3 of 260 MiB), on one thread at the level `avx512`: ratios to the constants of Zen 5.

use gausstack_kernels::LoadedShare;

use crate::request::Tuning;

/// Constants that are tuned for a core. None of them changes a bit.
#[derive(Debug, PartialEq)]
pub(crate) struct Constants {
    /// What can be counted on of a last cache that is shared with strangers; `None`: all of it.
    pub(crate) shared_cache: Option<SharedCache>,
    f32: SumConstants,
    f64: SumConstants,
}

/// What can be counted on of a last cache that is shared with other processes or, under a
/// hypervisor, with other machines, whatever its size is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SharedCache {
    /// Bytes for an output, or for the ring of slices of one worker.
    pub(crate) one: usize,
    /// Bytes for the rings of all workers that each CPU of this machine that shares the cache adds.
    pub(crate) each_cpu: usize,
}

/// Constants of sums in one arithmetic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SumConstants {
    /// The greatest radius at which rows are summed as they lie, for vectors of 16, 32 and 64
    /// bytes.
    in_row: [usize; 3],
    /// The share of the samples of such rows that are loaded.
    pub(crate) loaded: LoadedShare,
    /// Bytes of the columns of a chunk of the row pass at most, where pixels are single values.
    pub(crate) chunk_bytes: usize,
    /// How finished rows leave beside the sums of any pass; `None`: beside those of the column
    /// pass, strip by strip.
    pub(crate) leaving: Option<LeavingShare>,
}

/// Which finished rows leave beside the sums of any pass, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeavingShare {
    /// Fourths of the bytes of sums that leave behind them. (Two passes sum two bytes for each that
    /// leaves: two fourths are just enough.)
    pub(crate) fourths: usize,
    /// The greatest radius of the column pass, if there are both.
    pub(crate) max_radius: usize,
    /// They take the level-2 cache divided by this at most.
    pub(crate) l2_part: usize,
    /// Whether rows leave so if the column pass is the only one.
    pub(crate) with_one_pass: bool,
}

impl LeavingShare {
    /// How rows leave if the column pass is the only one: a byte for each byte of sums.
    pub(crate) fn alone(self) -> Option<Self> {
        self.with_one_pass.then_some(Self { fourths: 4, max_radius: usize::MAX, ..self })
    }
}

/// Zen 5, which most constants of the library are tuned on.
const ZEN5: Constants = Constants {
    shared_cache: None,
    f32: SumConstants {
        // The greatest radius at which sums in rows are at least as fast as two transposes and sums
        // across rows, tried in steps of 4 or 2 on 2048^2 slices outside the caches.
        in_row: [8, 6, 12],
        // The core runs two shuffles and one load across two cache lines at a time. (measured at
        // radius 4: a row took 1.3 times as long with all samples shuffled, 2.2 times with all
        // loaded.)
        loaded: LoadedShare::Third,
        chunk_bytes: usize::MAX,
        leaving: None,
    },
    f64: SumConstants {
        in_row: [4, 6, 8],
        loaded: LoadedShare::Third,
        chunk_bytes: usize::MAX,
        leaving: None,
    },
};

/// Golden Cove and its successors.
const GOLDEN_COVE: Constants = Constants {
    // The L3 is one for a socket. A line that is stored through it is read from memory first:
    // 60 MB are written in 5.3 ms through the caches and in 2.8 ms past them. (measured, 32 MiB for
    // the described 260: f64 of 2048^2 0.71 at sigma 1, 0.79 at 2 and 3; f32 0.86 at sigma 1, 0.84
    // at 8; 256^3 0.80. An image of 512^2 took 1.2 times as long past the caches, one of 1024^2
    // 0.92. The ring of a volume's slices was as fast within 16 MiB as within all; without a ring
    // it took 1.12 to 1.26.) A core brings at most 5 MiB, on Emerald Rapids: what is described
    // beyond that belongs to CPUs of other machines.
    shared_cache: Some(SharedCache { one: 32 << 20, each_cpu: 5 << 20 }),
    f32: SumConstants {
        // (measured with half of the samples loaded: radius 16 took 0.87 to 0.94 of two transposes;
        // radius 20 took 10.5 to 10.9 ms instead of 9.1 in the caches. Of narrower vectors nothing
        // was measured.)
        in_row: [8, 6, 16],
        // The core runs one shuffle of 512 bits a cycle. (measured: u8 and u16 at sigma 2 0.92 to
        // 0.96, f32 0.98 to 1.0; with two of three loaded 1.04 to 1.1, with all 1.1 to 1.18.)
        loaded: LoadedShare::Half,
        // 240 columns of 16 rows: with their sums they leave room in the L1 of 48 KiB. (measured:
        // no difference by itself; tiles loaded by quarters of vectors gain up to 6 % from it.)
        chunk_bytes: 240 * 64,
        // A line takes the core ten cycles, sums of a small radius five a vector. (measured, beside
        // stores past the caches strip by strip: sigma 0.5 to 3 0.93 to 0.97, 4 0.97 to 1.0, 3000 x
        // 5000 at radius 12 1.0 to 1.04, sigma 8 1.02 to 1.06.)
        leaving: Some(LeavingShare { fourths: 3, max_radius: 8, l2_part: 8, with_one_pass: false }),
    },
    f64: SumConstants {
        // (measured: radius 12 took 0.90 to 0.95 of two transposes.)
        in_row: [4, 6, 16],
        loaded: LoadedShare::Half,
        // 216 columns of 8 rows, as above.
        chunk_bytes: 216 * 64,
        // (measured: sigma 1 to 3 0.90 to 0.96, where nothing else overlaps the stores.)
        leaving: Some(LeavingShare {
            fourths: 3,
            max_radius: usize::MAX,
            l2_part: 8,
            with_one_pass: false,
        }),
    },
};

/// Other cores: the constants of Zen 5, but for what was measured at the level `avx2`: on Zen 3 how
/// far rows are summed as they lie, and on Zen 4 (L2 of 1 MiB) rows that leave, beside stores past
/// the caches strip by strip.
const GENERIC: Constants = Constants {
    f32: SumConstants {
        // (measured at radius 8, beside two transposes: rows alone 0.82, 2048^2 0.87 to 1.0.)
        in_row: [8, 8, 12],
        // (measured: 2048^2 0.85 to 0.94 at sigma 1, 0.90 to 0.93 at 4, 0.87 to 0.94 at 8, where
        // groups of a quarter of the cache at most were as slow as strips; 3000 x 5000 0.93 to 1.0.
        // Behind four bytes of sums two or four were as fast as three. One pass, on Zen 3: 0.78 to
        // 0.96 of strips at sigma 1 and 4; 0.72 to 0.88 where rows are 8192 bytes apart.)
        leaving: Some(LeavingShare {
            fourths: 3,
            max_radius: usize::MAX,
            l2_part: 2,
            with_one_pass: true,
        }),
        ..ZEN5.f32
    },
    f64: SumConstants {
        // (measured: 0.92 to 0.98 at sigma 1, 1.00 to 1.03 at 2 and 3. One pass, on Zen 3: 0.9 to
        // 1.04 at sigma 1 to 4; 0.5 to 0.7 where rows are 16 KiB apart.)
        leaving: Some(LeavingShare { fourths: 3, max_radius: 4, l2_part: 2, with_one_pass: true }),
        ..ZEN5.f64
    },
    ..ZEN5
};

impl Constants {
    /// The row of a core.
    pub(crate) fn of(tuning: Tuning) -> &'static Self {
        match tuning {
            Tuning::Zen5 => &ZEN5,
            Tuning::GoldenCove => &GOLDEN_COVE,
            Tuning::Generic => &GENERIC,
        }
    }

    /// The constants of sums of numbers of so many bytes.
    pub(crate) fn sums(&self, size: usize) -> &SumConstants {
        if size == size_of::<f32>() { &self.f32 } else { &self.f64 }
    }
}

impl SumConstants {
    /// The greatest radius at which rows of single values are summed as they lie, for vectors of so
    /// many bytes.
    pub(crate) fn max_radius_in_row(&self, vector: usize) -> usize {
        let [narrow, middle, wide] = self.in_row;
        match vector {
            64.. => wide,
            32.. => middle,
            _ => narrow,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row of unknown cores, and what Golden Cove has beside it.
    #[test]
    fn radii_follow_the_width_of_vectors() {
        let radii = |tuning, size| {
            let sums = Constants::of(tuning).sums(size);
            [16, 32, 64].map(|vector| sums.max_radius_in_row(vector))
        };
        assert_eq!([4, 8].map(|size| radii(Tuning::Generic, size)), [[8, 8, 12], [4, 6, 8]]);
        assert_eq!([4, 8].map(|size| radii(Tuning::Zen5, size)), [[8, 6, 12], [4, 6, 8]]);
        assert_eq!([4, 8].map(|size| radii(Tuning::GoldenCove, size)), [[8, 6, 16], [4, 6, 16]]);
    }
}
