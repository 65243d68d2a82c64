//! How far the times of a report can be trusted.

use gausstack_measure::Summary;

use super::cells::{counted, shape};
use super::others;
use crate::report::model::{Race, Report, Topic};

/// Headings of sections that show one race each.
pub(super) const SCALING: &str = "Scaling with threads";
pub(super) const SLICE_COUNTS: &str = "Slices that do not divide by the threads";
pub(super) const WEAK_SCALING: &str = "Weak scaling";

/// Up to so many names are listed in full.
const MAX_NAMES: usize = 4;

/// The noise, the widest range and the rounds; then which races were disturbed, if any was.
pub(super) fn sentences(report: &Report) -> Vec<String> {
    let noise = match (report.noise(), widest(report)) {
        (Some(noise), Some(widest)) => {
            format!("Noise {:.1} % from round to round; {widest}", 100.0 * noise)
        }
        _ => "Noise unknown: it takes two rounds of each race".to_owned(),
    };
    let (kept, dropped) = report.rounds();
    let mut found =
        vec![format!("{noise}; {} counted, {dropped} dropped.", counted(kept, "round"))];
    found.extend(
        disturbed(report).map(|races| {
            format!("{races} disturbed in every round: times marked * are unreliable.")
        }),
    );
    found
}

/// The measurement whose rounds differ most.
fn widest(report: &Report) -> Option<String> {
    let ranges = report.measurements().map(|(race, measured)| {
        let Summary { median, low, high, .. } = measured.rate();
        ((high - low) / median, race, measured)
    });
    let (range, race, measured) = ranges.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!(
        "the widest range is {:.0} % of its median ({}, {} on {})",
        100.0 * range,
        race.topic.name(),
        shape(&measured.case),
        counted(measured.threads, "thread"),
    ))
}

/// The races without a quiet round, as the subject of a sentence and its verb.
pub(crate) fn disturbed(report: &Report) -> Option<String> {
    let names: Vec<String> = report.races.iter().filter(|race| race.disturbed).map(name).collect();
    match names.len() {
        0 => None,
        1 if report.races.len() > 1 => Some(format!("{} was", names[0])),
        all if all == report.races.len() => Some("Every race was".to_owned()),
        some if some <= MAX_NAMES => Some(format!("{} were", names.join(", "))),
        some => {
            let others = some - MAX_NAMES;
            let others = counted(others, "other race");
            Some(format!("{} and {others} were", names[..MAX_NAMES].join(", ")))
        }
    }
}

/// The heading below which a race is found, or what its rows begin with.
fn name(race: &Race) -> String {
    let heading = match (race.topic, race.measurements.first()) {
        (Topic::StrongScaling, _) => SCALING.to_owned(),
        (Topic::SliceCounts, _) => SLICE_COUNTS.to_owned(),
        (Topic::WeakScaling, _) => WEAK_SCALING.to_owned(),
        (topic, Some(first)) => format!("{} {}", topic.name(), others::name(topic, &first.case)),
        (topic, None) => topic.name().to_owned(),
    };
    format!("'{heading}'")
}

#[cfg(test)]
mod tests {
    use crate::report::document::Block;
    use crate::report::fixture;
    use crate::report::model::{Report, Topic};
    use crate::report::render::terminal;
    use crate::report::sections::{self, cells};

    /// One disturbed race is named at the top, and its rows and its charts alone are marked.
    #[test]
    fn disturbed_races_are_named_and_marked() {
        let quiet = fixture::server(8);
        let marks = |report: &Report| {
            let mut tables = Vec::new();
            for block in sections::document(report).blocks {
                let (charts, table) = match block {
                    Block::Figures(charts, table) => (charts, table),
                    Block::Table(table) => (Vec::new(), table),
                    _ => continue,
                };
                let marked =
                    table.rows.iter().filter(|row| row.iter().any(|cell| cell.ends_with('*')));
                let marked = marked.count();
                assert_eq!(table.caption.contains("* Disturbed in every round"), marked > 0);
                let drawn = charts.iter().filter(|chart| chart.title.ends_with(" (disturbed)"));
                assert_eq!(drawn.count(), if marked > 0 { charts.len() } else { 0 });
                tables.push((marked, table.rows.len()));
            }
            tables
        };
        assert!(marks(&quiet).iter().all(|&(marked, _)| marked == 0));
        let top = |report: &Report| {
            let text = terminal::write(&sections::document(report)).replace("\n  ", " ");
            text.lines().find(|line| line.contains("disturbed in every round")).map(str::to_owned)
        };
        assert_eq!(top(&quiet), None);
        for (topic, name, tables) in [
            (Topic::StrongScaling, "'Scaling with threads'", 3),
            (Topic::SliceCounts, "'Slices that do not divide by the threads'", 1),
            (Topic::WeakScaling, "'Weak scaling'", 1),
        ] {
            let mut report = quiet.clone();
            let race = report.races.iter_mut().find(|race| race.topic == topic).unwrap();
            race.disturbed = true;
            let marked: Vec<_> =
                marks(&report).into_iter().filter(|&(marked, _)| marked > 0).collect();
            assert_eq!(marked.len(), tables, "{name}");
            assert!(marked.iter().all(|(marked, rows)| marked == rows), "{name}: {marked:?}");
            let told = top(&report).unwrap();
            assert!(told.contains(&format!("{name} was disturbed in every round")), "{told}");
        }
        // Races of one table: the rows of one alone.
        let mut report = quiet.clone();
        let race = report.races.iter_mut().find(|race| race.topic == Topic::Sigma).unwrap();
        race.disturbed = true;
        let own = race.measurements.len();
        let marked: Vec<_> = marks(&report).into_iter().filter(|&(marked, _)| marked > 0).collect();
        assert!(marked.len() == 1 && marked[0].0 == own && own < marked[0].1, "{marked:?}");
        assert!(top(&report).unwrap().contains("'sigma 0.5' was"));
        for race in &mut report.races[..6] {
            race.disturbed = true;
        }
        assert!(
            top(&report).unwrap().contains("and 3 other races were disturbed"),
            "{:?}",
            top(&report)
        );
        report.races.iter_mut().for_each(|race| race.disturbed = true);
        assert!(top(&report).unwrap().contains("Every race was disturbed"));
    }

    /// Noise, the widest range and the rounds are told together.
    #[test]
    fn noise_and_range_stand_in_one_place() {
        let mut report = fixture::server(9);
        let measured = &mut report.races[1].measurements[0];
        measured.seconds[0] *= 3.0;
        let found = format!("{} on 128 threads)", cells::shape(&measured.case));
        let text = terminal::write(&sections::document(&report)).replace("\n  ", " ");
        let line = text.lines().find(|line| line.contains("Noise ")).unwrap();
        for part in ["% from round to round; the widest range is ", "slices, ", &found, "dropped."]
        {
            assert!(line.contains(part), "{part} in {line}");
        }
        assert_eq!(text.matches("widest range").count(), 1);
    }
}
