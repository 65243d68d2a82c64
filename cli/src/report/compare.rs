//! Compares two reports: what became faster or slower beyond the noise.

use anyhow::bail;
use gausstack_measure::{Change, Machine, Pair, Summary, Verdict, compare};

use super::document::{Block, Document, Table};
use super::model::{Measurement, Race, Report, Topic};
use super::sections::{cells, others, trust};

/// Changes of the measurements that two reports have in common.
pub(crate) struct Comparison<'a> {
    before: &'a Report,
    after: &'a Report,
    changes: Vec<(Topic, &'a Measurement, &'a Measurement, Change)>,
    /// Measurements of one report only.
    alone: [usize; 2],
}

impl<'a> Comparison<'a> {
    /// Compares; an error where the reports have nothing in common, since silence would be taken
    /// for equality.
    pub(crate) fn new(before: &'a Report, after: &'a Report) -> anyhow::Result<Self> {
        let mut found: Vec<(Topic, &Measurement, &Measurement)> = Vec::new();
        let mut left: Vec<_> = before.measurements().collect();
        for (race, new) in after.measurements() {
            let is_partner = |(other, old): &(&Race, &Measurement)| {
                other.topic == race.topic && is_same(old, new)
            };
            // Each measurement has at most one partner, even among equal ones.
            let old = left.iter().position(is_partner).map(|place| left.remove(place));
            found.extend(old.map(|(_, old)| (race.topic, old, new)));
        }
        if found.is_empty() {
            bail!("the two reports have no measurement in common");
        }
        let pair = |&(_, old, new): &(Topic, &Measurement, &Measurement)| Pair {
            before: old.seconds.clone(),
            after: new.seconds.clone(),
        };
        let changes = compare(&found.iter().map(pair).collect::<Vec<_>>());
        if changes.iter().all(|change| change.verdict == Verdict::Unknown) {
            bail!("the noise is not known: it takes reports of two rounds or more");
        }
        let common = found.len();
        Ok(Self {
            before,
            after,
            changes: found
                .into_iter()
                .zip(changes)
                .map(|((topic, old, new), change)| (topic, old, new, change))
                .collect(),
            alone: [before, after].map(|report| report.measurements().count() - common),
        })
    }

    /// How many take more than so many percent longer, and longer than noise explains.
    pub(crate) fn slower_than(&self, percent: f64) -> usize {
        let worse = |change: &Change| {
            change.verdict == Verdict::Slower && 100.0 * (change.ratio - 1.0) > percent
        };
        self.changes.iter().filter(|(.., change)| worse(change)).count()
    }

    /// The comparison as a text.
    pub(crate) fn document(&self) -> Document {
        let mut blocks = vec![Block::Facts(self.sides())];
        let warnings = self.warnings();
        if !warnings.is_empty() {
            blocks.push(Block::List(warnings));
        }
        let of =
            |verdict| self.changes.iter().filter(move |(.., change)| change.verdict == verdict);
        let count = |verdict| of(verdict).count();
        for (title, verdict) in [("Slower", Verdict::Slower), ("Faster", Verdict::Faster)] {
            let mut changed: Vec<_> = of(verdict).collect();
            if changed.is_empty() {
                continue;
            }
            changed.sort_by(|a, b| f64::total_cmp(&b.3.ratio.ln().abs(), &a.3.ratio.ln().abs()));
            let rows = changed.into_iter().map(|(topic, old, new, change)| {
                let milliseconds =
                    |m: &Measurement| cells::plain(Summary::of(&m.seconds).median * 1e3);
                vec![
                    format!("{} {}", topic.name(), others::name(*topic, &new.case)),
                    new.level.clone(),
                    cells::placed(new),
                    milliseconds(old),
                    milliseconds(new),
                    format!("{:+.1} %", 100.0 * (change.ratio - 1.0)),
                    format!("{:.1} %", 100.0 * (change.noise - 1.0)),
                ]
            });
            let columns = vec![
                cells::text("what"),
                cells::text("level"),
                cells::numeric("threads"),
                cells::numeric("before"),
                cells::numeric("after"),
                cells::numeric("time"),
                cells::numeric("noise"),
            ];
            blocks.push(Block::Heading(title.to_owned()));
            blocks.push(Block::Table(Table {
                caption: "Milliseconds before and after.".to_owned(),
                columns,
                rows: rows.collect(),
            }));
        }
        blocks.push(Block::Text(format!(
            "Of {}: {} slower, {} faster, {} the same within the noise; {} only in the first report, {} \
             only in the second.",
            cells::counted(self.changes.len(), "common measurement"),
            count(Verdict::Slower),
            count(Verdict::Faster),
            count(Verdict::Same) + count(Verdict::Unknown),
            self.alone[0],
            self.alone[1],
        )));
        Document { title: "Two reports of gausstack".to_owned(), blocks }
    }

    /// Differences between the machines and builds that may explain a change.
    fn warnings(&self) -> Vec<String> {
        let (old, new) = (&self.before.machine, &self.after.machine);
        let shown = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
        let number = |value: Option<usize>| shown(value.map(|value| value.to_string()));
        let of = |machine: &Machine| {
            [
                ("CPUs", shown(machine.cpu.clone())),
                ("usable CPUs", machine.usable_cpus.to_string()),
                ("quotas", shown(machine.quota.map(|cpus| format!("{cpus:.2} CPUs")))),
                ("cores", number(machine.cores)),
                ("threads per core", number(machine.threads_per_core)),
                ("sockets", number(machine.sockets)),
                ("NUMA nodes", number(machine.numa_nodes)),
                ("tunings", shown(machine.tuning.clone())),
                ("memories", shown(machine.memory.map(|bytes| format!("{bytes} bytes")))),
                ("huge pages", shown(machine.huge_pages.clone())),
                ("governors", shown(machine.governor.clone())),
                ("systems", machine.system.clone()),
                ("compilers", shown(machine.rustc.clone())),
                ("flags", shown(machine.flags.clone())),
            ]
        };
        let pairs = of(old).into_iter().zip(of(new));
        let mut warnings: Vec<String> = pairs
            .filter(|((_, old), (_, new))| old != new)
            .map(|((what, old), (_, new))| format!("Different {what}: {old}, then {new}."))
            .collect();
        for (report, which) in [(self.before, "first"), (self.after, "second")] {
            warnings.extend(
                trust::disturbed(report)
                    .map(|races| format!("The {which} report: {races} disturbed in every round.")),
            );
            if report.wrong() + report.unequal() > 0 {
                warnings.push(format!(
                    "The {which} report: {} WRONG, {} of other bits than on other threads.",
                    cells::counted(report.wrong(), "result"),
                    report.unequal()
                ));
            }
        }
        warnings
    }

    /// What was compared.
    fn sides(&self) -> Vec<(String, String)> {
        let side = |which: &str, report: &Report| {
            let Machine { version, commit, .. } = &report.machine;
            let commit = commit.as_deref().unwrap_or("no commit");
            let rounds = cells::counted(report.settings.rounds, "round");
            (
                which.to_owned(),
                format!("gausstack {version}, {commit}, {}, {rounds}", report.started),
            )
        };
        vec![side("first", self.before), side("second", self.after)]
    }
}

/// Whether both are the same work on the same threads.
fn is_same(one: &Measurement, other: &Measurement) -> bool {
    (&one.case, &one.level, one.threads, one.pinned)
        == (&other.case, &other.level, other.threads, other.pinned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::model::Layout;
    use crate::report::render::terminal;

    #[test]
    fn equal_runs_are_the_same_and_a_fifth_more_is_found() {
        let mut alarms = 0;
        for seed in 0..100 {
            let (before, after) = (fixture::server(2 * seed), fixture::server(2 * seed + 1));
            alarms += usize::from(Comparison::new(&before, &after).unwrap().slower_than(0.0) > 0);
        }
        assert!(alarms <= 1, "{alarms} of 100");
        let before = fixture::server(1000);
        for seed in 0..20 {
            let mut after = fixture::server(2000 + seed);
            let slowed = &mut after.races[0].measurements[5];
            slowed.seconds.iter_mut().for_each(|time| *time *= 1.2);
            let comparison = Comparison::new(&before, &after).unwrap();
            assert_eq!(comparison.slower_than(10.0), 1);
            assert_eq!(comparison.slower_than(40.0), 0);
            let text = terminal::write(&comparison.document());
            assert!(text.contains("Slower\n------"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            // The other way round it is faster.
            let comparison = Comparison::new(&after, &before).unwrap();
            assert_eq!(comparison.slower_than(0.0), 0);
            assert!(terminal::write(&comparison.document()).contains("Faster\n------"));
        }
    }

    #[test]
    fn comparisons_tell_of_other_machines_and_of_nothing_in_common() {
        let before = fixture::server(1);
        let mut after = before.clone();
        after.machine.cpu = Some("another".to_owned());
        after.machine.quota = Some(1.5);
        after.races.truncate(1);
        let text = terminal::write(&Comparison::new(&before, &after).unwrap().document());
        assert!(
            text.contains("Different CPUs: Example") && text.contains("quotas: unknown, then 1.50")
        );
        assert!(
            text.contains("first   gausstack 0.1.0, 0123456789ab, 2026-11-23T12:00:00Z, 7 rounds")
        );
        let alone = before.measurements().count() - after.measurements().count();
        assert!(text.replace('\n', " ").contains(&format!("{alone} only in the first")), "{text}");
        // The same race twice has no more partners than before.
        let mut twice = after.clone();
        twice.races.extend(twice.races.clone());
        let own = twice.races[1].measurements.len();
        let text = terminal::write(&Comparison::new(&after, &twice).unwrap().document());
        assert!(text.replace('\n', " ").contains(&format!("{own} only in the second")), "{text}");
        let mut once = before.clone();
        for measured in once.races.iter_mut().flat_map(|race| &mut race.measurements) {
            measured.seconds.truncate(1);
        }
        let error = Comparison::new(&once, &once).map(drop).unwrap_err().to_string();
        assert!(error.contains("noise is not known"), "{error}");
        let mut wrong = before.clone();
        wrong.races[0].measurements[0].check.error = None;
        let text = terminal::write(&Comparison::new(&before, &wrong).unwrap().document());
        assert!(text.contains("The second report: 1 result WRONG"), "{text}");
        for measured in &mut after.races[0].measurements {
            measured.case.layout = Layout::Fortran;
        }
        assert!(Comparison::new(&before, &after).is_err());
    }
}
