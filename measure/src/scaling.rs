//! Laws of scaling, fitted to measured throughputs.
//!
//! Both laws are linear once throughput is turned into time, so that a fit is one small
//! least-squares problem with no starting point to choose. Residuals are relative: a point at 64
//! threads counts as much as one at 1.

/// Work done per second by a number of threads, in any unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Threads, at least 1.
    pub threads: usize,
    /// Throughput, above 0.
    pub throughput: f64,
}

/// Amdahl's law: a part of the work is done by one thread, the rest by all. X(n) = X(1) / (s + (1 -
/// s) / n).
///
/// Source: G. M. Amdahl, AFIPS 1967.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amdahl {
    /// Throughput of one thread by the law.
    pub single: f64,
    /// The serial part s, from 0 to 1.
    pub serial: f64,
    /// Root mean square of the relative differences between the law and the points.
    pub residual: f64,
    /// The most threads that were measured: beyond, the law is an extrapolation.
    pub measured: usize,
}

/// The universal scalability law: threads wait for what they share, and for each other.
/// X(n) = X(1) n / (1 + a (n - 1) + b n (n - 1)).
///
/// Source: N. J. Gunther, "Guerrilla Capacity Planning", 2007.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalability {
    /// Throughput of one thread by the law.
    pub single: f64,
    /// Contention a: waiting for what is shared.
    pub contention: f64,
    /// Coherency b: waiting for each other, which makes more threads slower.
    pub coherency: f64,
    /// Root mean square of the relative differences between the law and the points.
    pub residual: f64,
    /// The most threads that were measured: beyond, the law is an extrapolation.
    pub measured: usize,
}

impl Amdahl {
    /// The law that is nearest to the points; `None` below three thread counts, since two points
    /// lie on such a law whatever they are.
    ///
    /// ```
    /// use gausstack_measure::{Amdahl, Point};
    ///
    /// // A tenth of the work is serial.
    /// let points = [1, 2, 4, 8].map(|n| Point { threads: n, throughput: 50.0 / (0.1 + 0.9 / n as f64) });
    /// let law = Amdahl::fit(&points).expect("three thread counts or more");
    /// assert!((law.serial - 0.1).abs() < 1e-9 && (law.max_speedup() - 10.0).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn fit(points: &[Point]) -> Option<Self> {
        // 1 / X = a + b / n.
        let rows = points.iter().map(|point| {
            let n = point.threads as f64;
            ([1.0, 1.0 / n], 1.0 / point.throughput)
        });
        let [a, b] = fitted(points, rows, |[a, b]| a + b > 0.0)?;
        let law = Self {
            single: 1.0 / (a + b),
            serial: a / (a + b),
            residual: 0.0,
            measured: max_threads(points),
        };
        Some(Self { residual: residual(points, |n| law.throughput(n)), ..law })
    }

    /// Throughput of a number of threads by the law.
    #[must_use]
    pub fn throughput(&self, threads: usize) -> f64 {
        self.single / (self.serial + (1.0 - self.serial) / threads as f64)
    }

    /// What no number of threads exceeds: infinite without a serial part. An extrapolation.
    #[must_use]
    pub fn max_speedup(&self) -> f64 {
        1.0 / self.serial
    }
}

impl Scalability {
    /// The law that is nearest to the points; `None` below three thread counts.
    #[must_use]
    pub fn fit(points: &[Point]) -> Option<Self> {
        // n / X = c + d (n - 1) + e n (n - 1).
        let rows = points.iter().map(|point| {
            let n = point.threads as f64;
            ([1.0, n - 1.0, n * (n - 1.0)], n / point.throughput)
        });
        let [c, d, e] = fitted(points, rows, |[c, ..]| c > 0.0)?;
        let law = Self {
            single: 1.0 / c,
            contention: d / c,
            coherency: e / c,
            residual: 0.0,
            measured: max_threads(points),
        };
        Some(Self { residual: residual(points, |n| law.throughput(n)), ..law })
    }

    /// Throughput of a number of threads by the law.
    #[must_use]
    pub fn throughput(&self, threads: usize) -> f64 {
        let n = threads as f64;
        let waits = self.contention * (n - 1.0) + self.coherency * n * (n - 1.0);
        self.single * n / (1.0 + waits)
    }

    /// The number of threads beyond which more are slower; `None` where that never happens. Above
    /// [`measured`](Self::measured) it is an extrapolation.
    #[must_use]
    pub fn best_threads(&self) -> Option<f64> {
        if self.contention > 1.0 {
            return Some(1.0);
        }
        (self.coherency > 0.0).then(|| ((1.0 - self.contention) / self.coherency).sqrt().max(1.0))
    }
}

/// The number of threads from which on memory is the wall: of ceilings of memory and of arithmetic
/// in the same unit, the first thread count whose memory ceiling is the lower one, and stays it.
#[must_use]
pub fn memory_wall(memory: &[Point], arithmetic: &[Point]) -> Option<usize> {
    let mut wall = None;
    for point in memory {
        let other = arithmetic.iter().find(|other| other.threads == point.threads)?;
        if point.throughput >= other.throughput {
            wall = None;
        } else if wall.is_none() {
            wall = Some(point.threads);
        }
    }
    wall
}

fn max_threads(points: &[Point]) -> usize {
    points.iter().map(|point| point.threads).max().unwrap_or(0)
}

fn residual(points: &[Point], law: impl Fn(usize) -> f64) -> f64 {
    let square = |point: &Point| (law(point.threads) / point.throughput - 1.0).powi(2);
    (points.iter().map(square).sum::<f64>() / points.len() as f64).sqrt()
}

/// The coefficients, none of them negative, with the least relative error; `None` of points that no
/// law can be fitted to.
fn fitted<const K: usize>(
    points: &[Point],
    rows: impl Iterator<Item = ([f64; K], f64)>,
    is_law: impl Fn([f64; K]) -> bool,
) -> Option<[f64; K]> {
    let mut counts: Vec<_> = points.iter().map(|point| point.threads).collect();
    counts.sort_unstable();
    counts.dedup();
    let right = |point: &Point| point.threads > 0 && point.throughput > 0.0;
    if counts.len() < 3 || !points.iter().all(|point| right(point) && point.throughput.is_finite())
    {
        return None;
    }
    // Relative errors: every row over its own right side.
    let rows: Vec<[f64; K]> = rows.map(|(row, value)| row.map(|x| x / value)).collect();
    let error = |x: &[f64; K]| -> f64 {
        let of = |row: &[f64; K]| row.iter().zip(x).map(|(a, x)| a * x).sum::<f64>() - 1.0;
        rows.iter().map(|row| of(row).powi(2)).sum()
    };
    // The best of all sets of coefficients that may differ from 0.
    (1_usize..1 << K)
        .filter_map(|free| least_squares(&rows, free))
        .filter(|x| x.iter().all(|&x| x >= 0.0) && is_law(*x))
        .min_by(|a, b| error(a).total_cmp(&error(b)))
}

/// Solves `rows x = 1` for the coefficients whose bit is set; the others are 0.
fn least_squares<const K: usize>(rows: &[[f64; K]], free: usize) -> Option<[f64; K]> {
    let free: Vec<usize> = (0..K).filter(|i| free & 1 << i != 0).collect();
    let count = free.len();
    // The normal equations, and their right side as the last column.
    let mut matrix = vec![vec![0.0; count + 1]; count];
    for row in rows {
        for i in 0..count {
            for j in 0..count {
                matrix[i][j] += row[free[i]] * row[free[j]];
            }
            matrix[i][count] += row[free[i]];
        }
    }
    for pivot in 0..count {
        let largest = (pivot..count)
            .max_by(|&a, &b| f64::total_cmp(&matrix[a][pivot].abs(), &matrix[b][pivot].abs()))?;
        matrix.swap(pivot, largest);
        let (above, below) = matrix.split_at_mut(pivot + 1);
        let head = &above[pivot];
        if head[pivot].abs() < 1e-300 {
            return None;
        }
        for row in below {
            let factor = row[pivot] / head[pivot];
            for (value, head) in row.iter_mut().zip(head).skip(pivot) {
                *value -= factor * head;
            }
        }
    }
    let mut solution = [0.0; K];
    for pivot in (0..count).rev() {
        let known: f64 =
            (pivot + 1..count).map(|column| matrix[pivot][column] * solution[free[column]]).sum();
        solution[free[pivot]] = (matrix[pivot][count] - known) / matrix[pivot][pivot];
    }
    solution.iter().all(|x: &f64| x.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(counts: &[usize], throughput: impl Fn(f64) -> f64) -> Vec<Point> {
        let point = |&threads: &usize| Point { threads, throughput: throughput(threads as f64) };
        counts.iter().map(point).collect()
    }

    const COUNTS: [usize; 12] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

    #[test]
    fn amdahl_s_law_is_found_again() {
        for serial in [0.0, 0.001, 0.05, 0.5, 1.0] {
            let law = |n: f64| 1234.0 / (serial + (1.0 - serial) / n);
            let found = Amdahl::fit(&points(&COUNTS, law)).unwrap();
            assert!((found.serial - serial).abs() < 1e-9, "{serial}: {found:?}");
            assert!((found.single / 1234.0 - 1.0).abs() < 1e-9, "{found:?}");
            assert!(found.residual < 1e-9 && found.measured == 64, "{found:?}");
            assert!((found.throughput(7) / law(7.0) - 1.0).abs() < 1e-9);
        }
        let found = Amdahl::fit(&points(&[1, 2, 4], |n| n)).unwrap();
        assert!(found.max_speedup() > 1e9, "{found:?}");
    }

    #[test]
    fn the_universal_law_is_found_again() {
        for (a, b) in [(0.0, 0.0), (0.03, 0.0), (0.0, 0.001), (0.1, 0.0005), (0.9, 0.01)] {
            let law = |n: f64| 7.0 * n / (1.0 + a * (n - 1.0) + b * n * (n - 1.0));
            let found = Scalability::fit(&points(&COUNTS, law)).unwrap();
            assert!((found.contention - a).abs() < 1e-7, "{a}, {b}: {found:?}");
            assert!((found.coherency - b).abs() < 1e-8, "{a}, {b}: {found:?}");
            assert!(found.residual < 1e-7, "{found:?}");
            match found.best_threads() {
                Some(best) if b > 0.0 => {
                    let expected = ((1.0 - a) / b).sqrt();
                    assert!((best / expected - 1.0).abs() < 1e-3, "{best} for {expected}");
                }
                // What is left of rounding errors puts the best far away.
                best => assert!(best.is_none_or(|best| best > 1e3), "{best:?}"),
            }
        }
    }

    /// Points that scale better than any law have no negative serial part, contention or coherency.
    #[test]
    fn laws_are_never_impossible() {
        let law = points(&COUNTS, |n| n.powf(1.1));
        let found = Amdahl::fit(&law).unwrap();
        assert!(found.serial == 0.0 && found.residual > 0.05, "{found:?}");
        let found = Scalability::fit(&law).unwrap();
        assert_eq!((found.contention, found.coherency), (0.0, 0.0));
        // And what gets slower from the start is serial.
        let found = Amdahl::fit(&points(&COUNTS, |n| 1.0 / n)).unwrap();
        assert_eq!(found.serial, 1.0);
    }

    #[test]
    fn noise_moves_laws_little() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..200 {
            let law = |n: f64| n / (1.0 + 0.05 * (n - 1.0) + 0.001 * n * (n - 1.0));
            let noisy: Vec<_> = points(&COUNTS, law)
                .into_iter()
                .map(|point| Point {
                    throughput: point.throughput * (1.0 + 0.04 * (random.f64() - 0.5)),
                    ..point
                })
                .collect();
            let found = Scalability::fit(&noisy).unwrap();
            assert!((found.contention - 0.05).abs() < 0.02, "{found:?}");
            assert!((found.coherency - 0.001).abs() < 0.0005, "{found:?}");
            assert!(found.residual < 0.02, "{found:?}");
        }
    }

    #[test]
    fn too_few_or_impossible_points_have_no_law() {
        assert_eq!(Amdahl::fit(&[]), None);
        assert_eq!(Amdahl::fit(&points(&[1, 2], |n| n)), None);
        assert_eq!(Scalability::fit(&points(&[1, 2, 2, 1], |n| n)), None);
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Amdahl::fit(&points(&[1, 2, 4], |_| wrong)), None);
            assert_eq!(Scalability::fit(&points(&[1, 2, 4], |_| wrong)), None);
        }
        assert_eq!(Scalability::fit(&points(&[0, 2, 4], |n| n + 1.0)), None);
    }

    #[test]
    fn the_wall_is_where_memory_stays_the_lower_ceiling() {
        let arithmetic = points(&COUNTS, |n| 10.0 * n);
        let saturating = points(&COUNTS, |n| (30.0 * n).min(100.0));
        assert_eq!(memory_wall(&saturating, &arithmetic), Some(12));
        assert_eq!(memory_wall(&points(&COUNTS, |n| 5.0 * n), &arithmetic), Some(1));
        assert_eq!(memory_wall(&points(&COUNTS, |n| 11.0 * n), &arithmetic), None);
        // One slow point is no wall.
        let mut dented = points(&COUNTS, |n| 11.0 * n);
        dented[3].throughput = 1.0;
        assert_eq!(memory_wall(&dented, &arithmetic), None);
        assert_eq!(memory_wall(&saturating, &arithmetic[..3]), None);
    }
}
