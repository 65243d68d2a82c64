//! What is read off a report, and what is written of it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::document::Block;
use super::fixture;
use super::model::{Report, Topic};
use super::render::{html, markdown, terminal};
use super::*;

#[test]
fn a_report_is_read_as_it_was_written() {
    let report = fixture::server(2);
    assert_eq!(Report::parse(&report.to_json().unwrap()).unwrap(), report);
}

#[test]
fn other_formats_and_impossible_times_are_refused() {
    let report = fixture::server(2);
    let told = |change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::to_value(&report).unwrap();
        change(&mut value);
        format!("{:#}", Report::parse(&value.to_string()).unwrap_err())
    };
    assert!(told(&|report| report["schema"] = 2.into()).contains("format 2"));
    let wrong_times = [vec![], vec![1.0], vec![0.0; 7], vec![-1.0; 7], vec![1e-300; 7]];
    for times in wrong_times {
        let error = told(&|report| {
            report["races"][1]["measurements"][0]["copy_seconds"] = times.clone().into();
        });
        assert!(error.contains("race 1") && error.contains("times"), "{error}");
    }
    for (name, wrong) in [
        ("threads", Value::from(0)),
        ("threads", Value::from(1_u64 << 63)),
        ("operations", Value::from(-1.0)),
        ("operations", Value::from(1e300)),
    ] {
        let error = told(&|report| report["races"][0]["measurements"][0][name] = wrong.clone());
        assert!(error.contains("impossible stack"), "{error}");
    }
    let error = told(&|report| {
        report["races"][0]["measurements"][0]["case"]["shape"] = vec![0, 1, 1].into();
    });
    assert!(error.contains("impossible stack"), "{error}");
    assert!(format!("{:#}", Report::parse("{").unwrap_err()).contains("not a report"));
}

#[test]
fn laws_and_walls_are_those_of_the_fixture() {
    for seed in 0..20 {
        let report = fixture::server(seed);
        let laws = report.laws().unwrap();
        assert_eq!(laws.scalability.measured, fixture::CORES);
        let law = laws.scalability;
        assert!((law.contention / fixture::CONTENTION - 1.0).abs() < 0.2, "{law:?}");
        assert!((law.coherency / fixture::COHERENCY - 1.0).abs() < 0.2, "{law:?}");
        assert!(law.residual < 0.02 && laws.amdahl.residual < 0.1, "{laws:?}");
        assert_eq!(report.wall(), Some(fixture::WALL));
        // The deviation of each round is one percent.
        let noise = report.noise().unwrap();
        assert!((0.007..0.013).contains(&noise), "{noise}");
        let main = report.main_curve().unwrap();
        let (first, last) = (main.measurements[0], main.measurements[13]);
        let found = last.speed_up(first).median;
        assert!((found / fixture::speed_up(64) - 1.0).abs() < 0.03, "{found}");
        assert_eq!((first.limit().name(), last.limit().name()), ("compute", "nt copy"));
        let share = first.share().median;
        assert!((share / (1100.0 / 1500.0) - 1.0).abs() < 0.03, "{share}");
        assert!((first.gigabytes() / 8.8 - 1.0).abs() < 0.03);
    }
}

#[test]
fn weak_scaling_and_uneven_slices_are_those_of_the_fixture() {
    let report = fixture::server(11);
    let race = report.races_of(Topic::WeakScaling).next().unwrap();
    let single = &race.measurements[0];
    for measured in &race.measurements {
        let threads = measured.threads as f64;
        let ideal = fixture::speed_up(measured.threads) / threads;
        let found = measured.efficiency_of_rate(single).median;
        assert!((found / ideal - 1.0).abs() < 0.03, "{threads}: {found} for {ideal}");
    }
    let text = terminal::write(&sections::document(&report));
    let (_, slices) = text.split_once("Slices that do not divide").unwrap();
    for (count, share) in [("   127 ", "93 %"), ("   128 ", "100 %"), ("   257 ", "93 %")] {
        let line = slices.lines().find(|line| line.starts_with(count)).unwrap();
        let near = [share.to_owned(), share.replace('3', "4"), share.replace('3', "2")];
        assert!(near.iter().any(|share| line.contains(share.as_str())), "{line}");
    }
}

#[test]
fn too_few_threads_have_no_law() {
    let mut report = fixture::server(3);
    report.races[0].measurements.retain(|measured| measured.threads <= 2);
    assert_eq!(report.laws(), None);
    let text = terminal::write(&sections::document(&report));
    assert!(text.contains("not fitted"), "{text}");
}

/// Better than ideal, as small stacks can be: nothing is drawn where it is not.
#[test]
fn charts_have_room_for_what_is_better_than_ideal() {
    for counts in [vec![1, 2], vec![1, 32]] {
        let mut report = fixture::server(3);
        let measurements = &mut report.races[0].measurements;
        measurements.retain(|measured| counts.contains(&measured.threads));
        for measured in measurements.iter_mut().filter(|measured| measured.threads > 1) {
            measured.seconds.iter_mut().for_each(|time| *time /= 10.0);
        }
        for block in sections::document(&report).blocks {
            let Block::Figures(charts, _) = block else { continue };
            for chart in charts.iter().filter(|chart| chart.title.contains("Speed-up")) {
                let best = chart.series.iter().flat_map(|series| &series.points);
                let best = best.map(|mark| mark.y).fold(0.0, f64::max);
                assert!(best > 10.0 && chart.y.shows(best) && !chart.y.shows(4.0 * best));
            }
        }
    }
}

#[test]
fn memory_and_arithmetic_may_take_turns() {
    let mut report = fixture::server(3);
    let last = report.races[0].measurements.iter_mut().filter(|m| m.threads == 128);
    for measured in last {
        measured.arithmetic_seconds.iter_mut().for_each(|time| *time *= 100.0);
    }
    let text = terminal::write(&sections::document(&report)).replace('\n', " ");
    assert!(text.contains("about equally high limits"), "{text}");
}

/// What a machine says of itself is text and nothing else.
#[test]
fn names_with_markup_and_control_characters_are_harmless() {
    let mut report = fixture::server(6);
    report.machine.cpu = Some("A|B\u{1b}[2J<b>\u{7}\n# head\r*x*".to_owned());
    let document = sections::document(&report);
    let (text, page) = (terminal::write(&document), html::write(&document));
    let marked = markdown::write(&document, None);
    for written in [&text, &page, &marked] {
        assert!(!written.contains(|c: char| c.is_control() && c != '\n'), "{written}");
    }
    assert!(!page.contains("<b>") && !marked.contains("\n# head") && !marked.contains("A|B"));
}

#[test]
fn letters_tell_results_apart() {
    let mut report = fixture::server(4);
    assert_eq!((report.unequal(), report.wrong()), (0, 0));
    let letters: Vec<char> = report.letters().into_iter().map(|(.., letter)| letter).collect();
    assert!(letters.iter().all(|letter| ['A', 'B'].contains(letter)));
    report.races[0].measurements[0].check.bits = "another".to_owned();
    report.races[0].measurements[1].check.error = None;
    assert!(report.unequal() > 1);
    assert_eq!(report.wrong(), 1);
    let text = terminal::write(&sections::document(&report));
    assert!(text.contains("WRONG: of") && text.contains("NaN!"), "{text}");
}

/// Reports of many machines: large, one thread, without topology, disturbed.
fn reports() -> Vec<Report> {
    let server = fixture::server(5);
    let mut single = server.clone();
    single.races.retain(|race| ![Topic::SliceCounts, Topic::WeakScaling].contains(&race.topic));
    for race in &mut single.races {
        race.measurements.retain(|measured| measured.threads == 1 && measured.pinned);
    }
    single.unmeasured.push("a".repeat(200));
    let mut unknown = server.clone();
    unknown.cpus.clear();
    unknown.machine.cpu = None;
    unknown.machine.commit = Some("0123456789ab with changes".to_owned());
    for race in &mut unknown.races {
        (race.disturbed, race.readable) = (true, false);
        race.measurements.iter_mut().for_each(|measured| measured.pinned = false);
    }
    let mut once = server.clone();
    for measured in once.races.iter_mut().flat_map(|race| &mut race.measurements) {
        for times in
            [&mut measured.seconds, &mut measured.copy_seconds, &mut measured.arithmetic_seconds]
        {
            times.truncate(1);
        }
        measured.streaming_copy_seconds = None;
        measured.check.peak_bytes = None;
    }
    let mut empty = server.clone();
    empty.races.clear();
    vec![server, single, unknown, once, empty]
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for report in reports() {
        let text = terminal::write(&sections::document(&report));
        for line in text.lines() {
            assert!(line.chars().count() <= 80 || !line.contains(' '), "{line}");
            assert_eq!(line, line.trim_end());
        }
        for wrong in ["NaN ", "inf", "null", "None", "Some("] {
            assert!(!text.contains(wrong), "{wrong} in {text}");
        }
    }
}

#[test]
fn tables_have_a_cell_for_every_column() {
    for report in reports() {
        for block in sections::document(&report).blocks {
            let (Block::Table(table) | Block::Figures(_, table)) = block else { continue };
            assert!(!table.rows.is_empty(), "{}", table.caption);
            for row in &table.rows {
                assert_eq!(row.len(), table.columns.len(), "{}", table.caption);
                assert!(!row[0].is_empty());
            }
        }
    }
}

#[test]
fn the_page_needs_nothing_but_itself() {
    for report in reports() {
        let page = html::write(&sections::document(&report));
        let bare = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http", "src=", "href=", "@import", "url(", "<script", "<link"] {
            assert!(!bare.contains(outside), "{outside}");
        }
        for wrong in ["NaN<", "NaN ", "inf<", "\"NaN", "Some("] {
            assert!(!page.contains(wrong), "{wrong}");
        }
        assert_eq!(page.matches("<svg").count(), page.matches("aria-label=\"").count());
        assert!(!page.contains("aria-label=\"\""));
        for tag in ["div", "table", "figure", "svg", "dl", "ul", "tr", "td"] {
            let opened = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
    let mut sly = fixture::server(6);
    sly.machine.cpu = Some("<script>alert(\"1\")</script>&".to_owned());
    let page = html::write(&sections::document(&sly));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn markdown_tables_are_tables() {
    for report in reports() {
        let text = markdown::write(&sections::document(&report), Some("scaling.svg"));
        let mut bars = None;
        for line in text.lines() {
            let own = line.replace("\\|", "").matches('|').count();
            bars = match (own, bars) {
                (0, _) => None,
                (own, None) => Some(own),
                (own, Some(before)) => {
                    assert_eq!(own, before, "{line}");
                    bars
                }
            };
        }
        let charts = report.strong().is_some();
        assert_eq!(text.contains("](scaling.svg)"), charts);
    }
}

/// Every mark and every letter of a chart lies within its picture, and no two texts of an axis
/// touch.
#[test]
fn charts_keep_their_places() {
    for report in reports() {
        let charts =
            sections::document(&report).blocks.into_iter().filter_map(|block| match block {
                Block::Figures(charts, _) => Some(charts),
                _ => None,
            });
        for chart in charts.flatten() {
            let svg = chart.svg();
            let number = |text: &str, name: &str| -> Option<f64> {
                let (_, rest) = text.split_once(&format!(" {name}=\""))?;
                rest.split_once('"')?.0.parse().ok()
            };
            let height: f64 = svg
                .split_once("viewBox=\"0 0 480 ")
                .unwrap()
                .1
                .split('"')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            let mut below = Vec::new();
            for text in svg.split("<text").skip(1) {
                let (head, rest) = text.split_once('>').unwrap();
                let content = rest.split_once("</text>").unwrap().0;
                let (Some(x), Some(y)) = (number(head, "x"), number(head, "y")) else { continue };
                let width = 7.2 * content.chars().count() as f64;
                let left = match () {
                    () if head.contains("\"middle\"") => x - width / 2.0,
                    () if head.contains("\"end\"") => x - width,
                    () => x,
                };
                assert!(left >= 0.0 && left + width <= 480.0, "{}: {content}", chart.title);
                assert!((10.0..height).contains(&y), "{}: {content} at {y}", chart.title);
                below.push((y, left, left + width, content.to_owned()));
            }
            for (number, one) in below.iter().enumerate() {
                for other in &below[..number] {
                    let apart =
                        (one.0 - other.0).abs() >= 14.0 || one.1 >= other.2 || other.1 >= one.2;
                    assert!(apart, "{}: {one:?} and {other:?}", chart.title);
                }
            }
            for mark in svg.split("<circle").skip(1) {
                let (x, y) = (number(mark, "cx").unwrap(), number(mark, "cy").unwrap());
                assert!((76.0..=480.0).contains(&x) && (40.0..=height).contains(&y));
            }
            assert!(chart.alt.len() > 30, "{}", chart.alt);
        }
    }
}

/// All files; GAUSSTACK_FIXTURE_REPORT names a folder for them, so that a browser can be pointed at
/// the page.
#[test]
fn files_are_written_and_read_again() {
    let temporary = tempfile::tempdir().unwrap();
    let chosen = std::env::var_os("GAUSSTACK_FIXTURE_REPORT").map(PathBuf::from);
    let folder = chosen.unwrap_or_else(|| temporary.path().join("a/b"));
    let report = fixture::server(7);
    let names = Outputs::open(&folder, true, true).unwrap().write(&report).unwrap();
    assert_eq!(names.len(), 4);
    assert_eq!(read(&folder.join(JSON)).unwrap(), report);
    let picture = fs::read_to_string(folder.join(PICTURE)).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("<style>"));
    let page = fs::read_to_string(folder.join(PAGE)).unwrap();
    assert_eq!(page, html::write(&sections::document(&report)));
    let exists = Outputs::open(&folder, true, false).map(drop).unwrap_err().to_string();
    assert!(exists.contains("exists; --force replaces it"), "{exists}");
}
