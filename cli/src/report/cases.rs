//! What a report measures: races, and in each of them filters on numbers of threads.

use gausstack::{ElementType, Level, Mode};
use gausstack_measure::Topology;

use super::eta::ROUNDS_BEFORE;
use super::model::{Case, Layout, Settings, Topic};
use crate::args::PrecisionName;
use crate::element::has_stacks;

/// Every number of threads up to this one is measured; beyond it, powers of two and their halves
/// between.
const EVERY_COUNT: usize = 8;

/// Measurements that are run in turn, all on one stack's memory.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) topic: Topic,
    /// Shape of the stack that is made; its memory holds every entry's.
    pub(crate) shape: [usize; 3],
    pub(crate) slice_axis: usize,
    pub(crate) entries: Vec<Entry>,
}

/// One measurement to be made.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) case: Case,
    pub(crate) level: Level,
    pub(crate) threads: usize,
    pub(crate) pinned: bool,
}

/// Default numbers of threads: all on small machines, a selection with the number of cores and of
/// CPUs on large ones.
pub(crate) fn thread_counts(cpus: usize, topology: Option<&Topology>) -> Vec<usize> {
    let mut counts: Vec<usize> = (1..=cpus.min(EVERY_COUNT)).collect();
    let mut count = EVERY_COUNT;
    while count < cpus {
        counts.extend([count, count + count / 2]);
        count *= 2;
    }
    counts.extend(topology.map(Topology::cores));
    counts.push(cpus);
    counts.retain(|&count| count <= cpus);
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// All batches of a report; `pinned`: threads can be pinned.
pub(crate) fn batches(settings: &Settings, levels: &[Level], pinned: bool) -> Vec<Batch> {
    let cases = Cases { settings, levels, pinned };
    let mut batches = vec![cases.strong_scaling()];
    batches.extend(cases.slice_counts());
    if !settings.quick {
        batches.extend(cases.weak_scaling());
        batches.extend(cases.others());
    }
    batches
}

struct Cases<'a> {
    settings: &'a Settings,
    levels: &'a [Level],
    pinned: bool,
}

impl Cases<'_> {
    /// The stack that scaling is measured on.
    fn stack(&self) -> Case {
        Case {
            shape: self.settings.shape,
            slice_axis: self.settings.slice_axis,
            sigma: self.settings.sigma,
            element: ElementType::F32,
            precision: PrecisionName::Native,
            mode: Mode::Reflect.to_string(),
            layout: Layout::C,
        }
    }

    /// The stack with another number of slices, and with lower images where its memory would not
    /// hold `most` slices.
    fn with_slices(&self, slices: usize, most: usize) -> Case {
        let mut case = self.stack();
        let (axis, [rows, _]) = (case.slice_axis, case.axes());
        if most > case.shape[axis] {
            case.shape[rows] = (case.shape[rows] * case.shape[axis] / most).max(1);
        }
        case.shape[axis] = slices;
        case
    }

    fn entry(&self, case: Case, threads: usize) -> Entry {
        Entry { case, level: self.levels[0], threads, pinned: self.pinned }
    }

    fn max_threads(&self) -> usize {
        self.settings.threads.last().copied().unwrap_or(1)
    }

    fn batch(&self, topic: Topic, entries: Vec<Entry>) -> Batch {
        let Settings { shape, slice_axis, .. } = *self.settings;
        Batch { topic, shape, slice_axis, entries }
    }

    fn strong_scaling(&self) -> Batch {
        let mut entries = Vec::new();
        for &threads in &self.settings.threads {
            for &level in self.levels {
                entries.push(Entry { level, ..self.entry(self.stack(), threads) });
            }
            if self.pinned {
                entries.push(Entry { pinned: false, ..self.entry(self.stack(), threads) });
            }
        }
        self.batch(Topic::StrongScaling, entries)
    }

    /// Numbers of slices around those that all threads share evenly.
    fn slice_counts(&self) -> Option<Batch> {
        let threads = self.max_threads();
        let around = |n: usize| [n - 1, n, n + 1];
        let mut counts: Vec<usize> =
            [1, 2].into_iter().chain(around(threads)).chain(around(2 * threads)).collect();
        counts.retain(|&count| count > 0);
        counts.sort_unstable();
        counts.dedup();
        let most = 2 * threads + 1;
        let entries =
            counts.into_iter().map(|slices| self.entry(self.with_slices(slices, most), threads));
        (threads > 1).then(|| self.batch(Topic::SliceCounts, entries.collect()))
    }

    fn weak_scaling(&self) -> Option<Batch> {
        let threads = self.max_threads();
        let each = (self.stack().slices() / threads).max(1);
        let most = threads * each;
        let entries = self.settings.threads.iter().map(|&threads| {
            let case = self.with_slices(threads * each, most);
            self.entry(case, threads)
        });
        (threads > 1).then(|| self.batch(Topic::WeakScaling, entries.collect()))
    }

    /// Other filters and images, each on one thread and on all.
    fn others(&self) -> Vec<Batch> {
        let small = Case { shape: [4, 2048, 2048], slice_axis: 0, sigma: [2.0; 2], ..self.stack() };
        let with = |change: &dyn Fn(&mut Case)| {
            let mut case = small.clone();
            change(&mut case);
            case
        };
        let mut cases: Vec<(Topic, Case)> = Vec::new();
        for (shape, slice_axis) in [
            ([16, 3000, 5000], 0),
            ([3000, 16, 5000], 1),
            ([3000, 5000, 16], 2),
            ([4, 2048, 2048], 0),
            ([64, 512, 512], 0),
            ([256, 64, 64], 0),
            ([1, 1 << 13, 1 << 14], 0),
            ([1, 1000, 1000], 0),
            ([64, 1, 100_000], 0),
        ] {
            let case = Case { shape, slice_axis, ..small.clone() };
            cases.push((Topic::Shape, case));
        }
        for sigma in [0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0] {
            cases.push((Topic::Sigma, with(&|case| case.sigma = [sigma; 2])));
        }
        for element in ElementType::ALL.into_iter().filter(|&element| has_stacks(element)) {
            cases.push((Topic::Element, with(&|case| case.element = element)));
            if element == ElementType::F32 {
                let double = with(&|case| case.precision = PrecisionName::Double);
                cases.push((Topic::Element, double));
            }
        }
        for mode in [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Wrap, Mode::Constant] {
            cases.push((Topic::Mode, with(&|case| case.mode = mode.to_string())));
        }
        for layout in [Layout::C, Layout::Fortran, Layout::EverySecond] {
            cases.push((Topic::Layout, with(&|case| case.layout = layout)));
        }
        let mut counts = vec![1, self.max_threads()];
        counts.dedup();
        let batch = |(topic, case): (Topic, Case)| {
            let mut shape = case.shape;
            shape[2] *= case.layout.step();
            let entries = counts.iter().map(|&threads| self.entry(case.clone(), threads)).collect();
            Batch { topic, shape, slice_axis: case.slice_axis, entries }
        };
        cases.into_iter().map(batch).collect()
    }
}

impl Batch {
    /// Elements of the input buffer, and of the output buffer: the largest entry fits.
    pub(crate) fn elements(&self) -> usize {
        let least = self.entries.iter().map(|entry| entry.case.elements()).max();
        self.shape.iter().product::<usize>().max(least.unwrap_or(0))
    }

    /// Bytes of both buffers.
    pub(crate) fn bytes(&self) -> usize {
        let element = self.entries.first().map_or(0, |entry| entry.case.element.size());
        2 * self.elements() * element
    }

    /// Estimated cost, in pixels copied by one thread.
    pub(crate) fn cost(&self, rounds: usize) -> f64 {
        // A copy takes about as long as 60 operations; there are two of them, and the filter moves
        // as much.
        let entry = |entry: &Entry| {
            let taps: f64 = entry.case.sigma.iter().map(|sigma| 8.0 * sigma).sum();
            entry.case.pixels() as f64 * (3.0 + taps / 60.0) / entry.threads as f64
        };
        self.entries.iter().map(entry).sum::<f64>() * (rounds + ROUNDS_BEFORE) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(threads: &[usize]) -> Settings {
        Settings {
            quick: false,
            rounds: 5,
            shape: [3000, 16, 5000],
            slice_axis: 1,
            sigma: [3.0, 5.0],
            threads: threads.to_vec(),
            levels: vec!["portable".to_owned()],
        }
    }

    fn planned(threads: &[usize]) -> Vec<Batch> {
        batches(&settings(threads), &Level::available(), true)
    }

    #[test]
    fn thread_counts_have_both_ends() {
        assert_eq!(thread_counts(1, None), [1]);
        assert_eq!(thread_counts(6, None), [1, 2, 3, 4, 5, 6]);
        assert_eq!(thread_counts(20, None), [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20]);
        let many = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64, 96, 128];
        assert_eq!(thread_counts(128, None), many);
    }

    /// Whatever the machine, no array of a race is larger than the memory that its stack has.
    #[test]
    fn every_case_fits_into_the_memory_of_its_batch() {
        for most in [1, 2, 3, 7, 16, 17, 64, 100, 500, 20_000] {
            let counts = thread_counts(most, None);
            for batch in planned(&counts) {
                for case in batch.entries.iter().map(|entry| &entry.case) {
                    // An image of one row cannot be made lower.
                    let fits = batch.elements() == batch.shape.iter().product::<usize>()
                        || case.shape[0] == 1;
                    assert!(fits && case.pixels() > 0, "{most}: {case:?} in {:?}", batch.shape);
                }
            }
        }
    }

    #[test]
    fn slices_are_shared_evenly_and_not() {
        let batches = planned(&[1, 2, 3, 4]);
        let of = |topic| {
            let batch = batches.iter().find(|batch| batch.topic == topic).unwrap();
            let entry = |entry: &Entry| (entry.threads, entry.case.slices());
            batch.entries.iter().map(entry).collect::<Vec<_>>()
        };
        let counts = [1, 2, 3, 4, 5, 7, 8, 9].map(|slices| (4, slices));
        assert_eq!(of(Topic::SliceCounts), counts);
        assert_eq!(of(Topic::WeakScaling), [(1, 4), (2, 8), (3, 12), (4, 16)]);
    }

    #[test]
    fn one_thread_has_nothing_to_scale() {
        let batches = planned(&[1]);
        for topic in [Topic::SliceCounts, Topic::WeakScaling] {
            assert!(batches.iter().all(|batch| batch.topic != topic));
        }
        let quick = Settings { quick: true, ..settings(&[1, 2]) };
        let topics: Vec<_> = super::batches(&quick, &Level::available(), true)
            .iter()
            .map(|batch| batch.topic)
            .collect();
        assert_eq!(topics, [Topic::StrongScaling, Topic::SliceCounts]);
    }
}
