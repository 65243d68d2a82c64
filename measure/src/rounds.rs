//! Contenders run alternately, ratios within rounds, disturbed rounds dropped.

use std::fmt;
use std::time::{Duration, Instant};

use crate::interference::Interference;
use crate::summary::Summary;

/// A contender's place in its [`Rounds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contender(usize);

/// Pause between contenders. Threads of an idle pool spin for about half a millisecond before they
/// sleep, and would take CPU from the next contender. (measured: 0.3 to 0.6 ms lost at each change,
/// which dropped half of all rounds of short work.)
const SETTLING: Duration = Duration::from_millis(2);

type Work<'a, S, R, E> = Box<dyn FnMut(&mut S) -> Result<R, E> + 'a>;

/// Hears, before each piece of work, of the rounds that count so far and the contenders of this
/// round that have run.
type Observer<'a> = Box<dyn FnMut(usize, usize) + 'a>;

struct Entry<'a, S, R, E> {
    name: String,
    /// What measured times are multiplied with.
    scale: f64,
    /// Threads that are busy meanwhile.
    threads: usize,
    work: Work<'a, S, R, E>,
}

/// A race: in every round each contender runs once.
///
/// One round of all contenders comes first and is not timed: it warms caches, starts threads and
/// touches memory. Then each round starts with another contender, so that none always runs in the
/// wake of the same one. What a contender returns is dropped after its clock has stopped.
///
/// A round during whose timed parts this process lost more CPU than [`tolerance`](Self::tolerance)
/// allows is dropped and run again, up to as many more rounds as were asked for.
///
/// `S` is what all contenders work on (usually the output array), `E` how they fail.
#[must_use = "rounds do nothing until they are run"]
pub struct Rounds<'a, S, R, E> {
    entries: Vec<Entry<'a, S, R, E>>,
    rounds: usize,
    tolerance: f64,
    observer: Option<Observer<'a>>,
}

/// The times of a race.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    names: Vec<String>,
    /// Scaled seconds: one vector per contender, one entry per round that counts.
    seconds: Vec<Vec<f64>>,
    /// Rounds that lost CPU to others.
    dropped: usize,
    /// Whether every round was disturbed, so that disturbed rounds count.
    disturbed: bool,
    /// Whether the system reports lost CPU time.
    readable: bool,
}

impl<'a, S, R, E> Rounds<'a, S, R, E> {
    /// A race of this many rounds that count, at least one.
    pub fn new(rounds: usize) -> Self {
        Self { entries: Vec::new(), rounds: rounds.max(1), tolerance: 0.02, observer: None }
    }

    /// Calls `observer` before each contender of a timed round, with the number of rounds that
    /// count so far and of contenders that have run in this one.
    pub fn observer(mut self, observer: impl FnMut(usize, usize) + 'a) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// The share of a round's CPU time (its time, for every thread that is busy) that may be lost
    /// to others before the round is dropped; 0.02 unless set. Infinity keeps every round.
    pub fn tolerance(mut self, share: f64) -> Self {
        self.tolerance = share;
        self
    }

    /// Adds a contender.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        work: impl FnMut(&mut S) -> Result<R, E> + 'a,
    ) -> Contender {
        self.add_scaled(name, 1.0, work)
    }

    /// Adds a contender whose times are multiplied with `scale`: a floor measured on less work.
    pub fn add_scaled(
        &mut self,
        name: impl Into<String>,
        scale: f64,
        work: impl FnMut(&mut S) -> Result<R, E> + 'a,
    ) -> Contender {
        self.entries.push(Entry { name: name.into(), scale, threads: 1, work: Box::new(work) });
        Contender(self.entries.len() - 1)
    }

    /// Sets how many threads a contender keeps busy; the default is 1. The CPU time that a round
    /// may lose grows with it.
    pub fn busy(&mut self, contender: Contender, threads: usize) {
        self.entries[contender.0].threads = threads;
    }

    /// How many contenders a round has.
    #[must_use]
    pub fn contenders(&self) -> usize {
        self.entries.len()
    }

    /// Runs the race.
    ///
    /// # Errors
    /// The first contender's error.
    pub fn run(mut self, state: &mut S) -> Result<Outcome, E> {
        for entry in &mut self.entries {
            (entry.work)(state)?;
        }
        let mut readable = true;
        let (mut kept, mut dropped): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        let most = self.rounds.saturating_mul(2);
        while kept.len() < self.rounds && kept.len() + dropped.len() < most {
            let first = (kept.len() + dropped.len()) % self.entries.len().max(1);
            let (mut times, mut total, mut lost) = (vec![0.0; self.entries.len()], 0.0, 0.0);
            for place in 0..self.entries.len() {
                if let Some(observer) = &mut self.observer {
                    observer(kept.len(), place);
                }
                let index = (first + place) % self.entries.len();
                let entry = &mut self.entries[index];
                std::thread::sleep(SETTLING);
                let before = Interference::now();
                let start = Instant::now();
                let result = (entry.work)(state)?;
                let seconds = start.elapsed().as_secs_f64();
                let taken = Interference::now().since(&before);
                drop(result);
                times[index] = seconds * entry.scale;
                total += seconds * entry.threads as f64;
                lost += taken.total();
                readable &= taken.is_readable();
            }
            let rounds = if lost > self.tolerance * total { &mut dropped } else { &mut kept };
            rounds.push(times);
        }
        let disturbed = kept.is_empty();
        let counted = if disturbed { &dropped } else { &kept };
        let column = |index| counted.iter().map(|times| times[index]).collect();
        Ok(Outcome {
            seconds: (0..self.entries.len()).map(column).collect(),
            names: self.entries.into_iter().map(|entry| entry.name).collect(),
            dropped: dropped.len(),
            disturbed,
            readable,
        })
    }
}

impl Outcome {
    /// A contender's name.
    #[must_use]
    pub fn name(&self, contender: Contender) -> &str {
        &self.names[contender.0]
    }

    /// A contender's seconds.
    #[must_use]
    pub fn seconds(&self, contender: Contender) -> Summary {
        Summary::of(self.samples(contender))
    }

    /// A contender's seconds in each round that counts.
    #[must_use]
    pub fn samples(&self, contender: Contender) -> &[f64] {
        &self.seconds[contender.0]
    }

    /// How many times as long one contender took as another: the summary of the rounds' ratios.
    #[must_use]
    pub fn ratio(&self, contender: Contender, to: Contender) -> Summary {
        let pairs = self.seconds[contender.0].iter().zip(&self.seconds[to.0]);
        Summary::of(&pairs.map(|(mine, other)| mine / other).collect::<Vec<_>>())
    }

    /// Rounds that count.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.seconds.first().map_or(0, Vec::len)
    }

    /// Rounds that lost too much CPU to others.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether every round was disturbed. They count then, but say little.
    #[must_use]
    pub fn is_disturbed(&self) -> bool {
        self.disturbed
    }

    /// Whether the system reports lost CPU time. If not, no round was dropped for it.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.readable
    }
}

impl fmt::Display for Outcome {
    /// How far the times can be trusted, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize| if count == 1 { "round" } else { "rounds" };
        write!(f, "medians of {} {}", self.rounds(), plural(self.rounds()))?;
        if self.disturbed {
            write!(f, ", all of which lost CPU to other work: do not trust them")?;
        } else {
            write!(f, ", {} dropped for CPU lost to other work", self.dropped)?;
        }
        if !self.readable {
            write!(f, "; this system does not tell all CPU lost (run delay, steal)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn outcome(seconds: [&[f64]; 2]) -> Outcome {
        Outcome {
            names: vec!["a".into(), "b".into()],
            seconds: seconds.map(<[f64]>::to_vec).into(),
            dropped: 1,
            disturbed: false,
            readable: true,
        }
    }

    #[test]
    fn ratios_are_taken_within_rounds() {
        // The machine is ten times as slow in the second round; the ratio of medians would be 3.
        let outcome = outcome([&[1.0, 30.0, 3.0], &[1.0, 10.0, 1.0]]);
        assert_eq!(outcome.ratio(Contender(0), Contender(1)).median, 3.0);
        assert_eq!(outcome.seconds(Contender(0)).median, 3.0);
        assert_eq!(outcome.ratio(Contender(1), Contender(1)).high, 1.0);
        assert_eq!((outcome.rounds(), outcome.dropped()), (3, 1));
    }

    #[test]
    fn contenders_alternate_and_the_start_moves_on() {
        let mut rounds = Rounds::<Vec<char>, (), Infallible>::new(3).tolerance(f64::INFINITY);
        for name in ['a', 'b', 'c'] {
            rounds.add(name, move |order: &mut Vec<char>| {
                order.push(name);
                Ok(())
            });
        }
        let mut order = Vec::new();
        let outcome = rounds.run(&mut order).unwrap();
        assert_eq!(order.iter().collect::<String>(), "abcabcbcacab");
        assert_eq!((outcome.rounds(), outcome.dropped()), (3, 0));
        assert_eq!(outcome.name(Contender(2)), "c");
    }

    #[test]
    fn observers_follow_every_timed_piece_of_work() {
        let seen = std::cell::RefCell::new(Vec::new());
        let mut rounds = Rounds::<(), (), Infallible>::new(2)
            .tolerance(f64::INFINITY)
            .observer(|round, place| seen.borrow_mut().push((round, place)));
        rounds.add("a", |()| Ok(()));
        let second = rounds.add("b", |()| Ok(()));
        let outcome = rounds.run(&mut ()).unwrap();
        assert_eq!(*seen.borrow(), [(0, 0), (0, 1), (1, 0), (1, 1)]);
        assert_eq!(outcome.samples(second).len(), 2);
    }

    #[test]
    fn times_are_scaled_and_drops_are_not_timed() {
        struct Slow;
        impl Drop for Slow {
            fn drop(&mut self) {
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        let mut rounds = Rounds::<(), Slow, Infallible>::new(1).tolerance(f64::INFINITY);
        let plain = rounds.add("plain", |()| Ok(Slow));
        let scaled = rounds.add_scaled("scaled", 1000.0, |()| {
            std::thread::sleep(Duration::from_millis(5));
            Ok(Slow)
        });
        let outcome = rounds.run(&mut ()).unwrap();
        assert!(outcome.seconds(plain).high < 0.15);
        assert!(outcome.seconds(scaled).low >= 5.0);
    }

    /// Twice as many threads as CPUs lose, together, as much time as passes for each CPU.
    #[test]
    #[cfg(target_os = "linux")]
    fn more_busy_threads_may_lose_more() {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let crowd = crate::Team::new(2 * cpus).unwrap().pool();
        let is_disturbed = |busy: usize| {
            let mut rounds = Rounds::<(), (), Infallible>::new(1).tolerance(0.3);
            let only = rounds.add("crowd", |()| {
                crowd.broadcast(|_| {
                    let start = Instant::now();
                    while start.elapsed() < Duration::from_millis(60) {
                        std::hint::spin_loop();
                    }
                });
                Ok(())
            });
            rounds.busy(only, busy);
            let outcome = rounds.run(&mut ()).unwrap();
            outcome.is_readable().then(|| outcome.is_disturbed())
        };
        assert_ne!(is_disturbed(1), Some(false));
        assert_ne!(is_disturbed(1000 * cpus), Some(true));
    }

    #[test]
    fn disturbed_rounds_are_dropped_and_counted_and_used_only_without_others() {
        // No share below zero can be kept: every round is disturbed.
        let mut runs = 0;
        let mut rounds = Rounds::<usize, (), Infallible>::new(2).tolerance(-1.0);
        let only = rounds.add("only", |runs: &mut usize| {
            *runs += 1;
            Ok(())
        });
        let outcome = rounds.run(&mut runs).unwrap();
        assert_eq!(runs, 1 + 4);
        assert!(outcome.is_disturbed());
        assert_eq!((outcome.dropped(), outcome.rounds()), (4, 4));
        assert_eq!(outcome.seconds(only).count, 4);
        assert!(outcome.to_string().contains("do not trust"), "{outcome}");
    }

    #[test]
    fn an_error_ends_the_race() {
        let mut rounds = Rounds::<usize, (), &str>::new(5);
        rounds.add("fails in the second run", |runs: &mut usize| {
            *runs += 1;
            if *runs == 2 { Err("broken") } else { Ok(()) }
        });
        let mut runs = 0;
        assert_eq!(rounds.run(&mut runs).unwrap_err(), "broken");
        assert_eq!(runs, 2);
    }

    #[test]
    fn what_cannot_be_read_is_said_aloud() {
        let mut outcome = outcome([&[1.0], &[1.0]]);
        assert_eq!(outcome.to_string(), "medians of 1 round, 1 dropped for CPU lost to other work");
        outcome.readable = false;
        assert!(outcome.to_string().contains("does not tell"), "{outcome}");
    }
}
