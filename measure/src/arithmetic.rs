//! The arithmetic floor: the time that a plan's operations take in registers alone.

use std::time::Instant;

use gausstack::{Pass, Precision};
use gausstack_kernels::{Level, peak};

use crate::error::Error;
use crate::team::Team;
use crate::workers::Workers;

/// A loop of a level's vector arithmetic that touches no memory, on some threads at once.
///
/// Run it as a contender beside a filter and scale its time with [`scale`](Self::scale): no
/// filter that sums in pairs can be faster on these threads.
#[derive(Debug)]
pub struct ArithmeticFloor {
    level: Level,
    precision: Precision,
    workers: Workers,
    iterations: u64,
    operations: u64,
}

/// Operations that the plan of these passes needs for `pixels` pixels, in the units of
/// [`peak::multiply_add`].
///
/// A pass of radius r folds its pairs first. Native sums take r additions and r + 1 fused
/// multiply-adds per pixel; f64 sums take r + 1 multiplications and 2 r additions.
#[must_use]
pub fn operations(passes: &[Pass], precision: Precision, pixels: usize) -> f64 {
    let per_pixel: usize = passes
        .iter()
        .map(|pass| match precision {
            Precision::Native => 2 * pass.weights.radius() + 1,
            _ => 3 * pass.weights.radius() + 1,
        })
        .sum();
    per_pixel as f64 * pixels as f64
}

impl ArithmeticFloor {
    /// The floor of a level and of the arithmetic that
    /// [`Plan::precision`](gausstack::Plan::precision) tells, on this many threads; 1 is the
    /// calling thread.
    ///
    /// Takes a moment: one run is sized to about 10 ms.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn new(level: Level, precision: Precision, threads: usize) -> Result<Self, Error> {
        Ok(Self::of(level, precision, Workers::new(threads)?))
    }

    /// The floor on the threads of a team.
    #[must_use]
    pub fn on(level: Level, precision: Precision, team: &Team) -> Self {
        Self::of(level, precision, Workers::of(team))
    }

    fn of(level: Level, precision: Precision, workers: Workers) -> Self {
        const ENOUGH_SECONDS: f64 = 0.01;
        let mut floor = Self { level, precision, workers, iterations: 1 << 12, operations: 0 };
        loop {
            let start = Instant::now();
            floor.operations = floor.run();
            let seconds = start.elapsed().as_secs_f64();
            if seconds >= ENOUGH_SECONDS || floor.iterations >= 1 << 40 {
                return floor;
            }
            floor.iterations *= 2;
        }
    }

    /// Runs the loop once on every thread, all at the same time, and returns the operations of all.
    pub fn run(&self) -> u64 {
        let single = matches!(self.precision, Precision::Native);
        let done = self.workers.on_each(|| peak::multiply_add(self.level, single, self.iterations));
        done.into_iter().sum()
    }

    /// What the time of one [`run`](Self::run) is multiplied with to get the time of this many
    /// operations, spread evenly over the threads.
    #[must_use]
    pub fn scale(&self, operations: f64) -> f64 {
        operations / self.operations as f64
    }
}

#[cfg(test)]
mod tests {
    use gausstack::Gaussian;

    use super::*;

    #[test]
    fn operations_of_the_seed_s_plan() {
        let gaussian = Gaussian::new([3.0, 5.0]).axes([0, 2]);
        let plan = gaussian.plan::<f32, f32>([30, 4, 50]).unwrap();
        // Radii 12 and 20: 25 + 41 operations fused, 37 + 61 not fused.
        assert_eq!(operations(plan.passes(), Precision::Native, 1000), 66_000.0);
        assert_eq!(operations(plan.passes(), Precision::Double, 1000), 98_000.0);
        assert_eq!(operations(&[], Precision::Native, 1000), 0.0);
    }

    #[test]
    fn runs_grow_to_a_measurable_time_and_scale_to_any_count() {
        for level in Level::available() {
            for precision in [Precision::Native, Precision::Double] {
                let one = ArithmeticFloor::new(level, precision, 1).unwrap();
                let operations = one.run();
                assert!(operations > 0);
                assert_eq!(one.scale(3.0 * operations as f64), 3.0);
                assert_eq!(one.scale(0.0), 0.0);
            }
        }
        let two = ArithmeticFloor::new(Level::detect(), Precision::Native, 2).unwrap();
        assert_eq!(two.run() % 2, 0);
        assert!(two.scale(two.run() as f64) == 1.0);
    }
}
