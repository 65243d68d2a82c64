//! Tests of what docs/reports keeps: the schema of reports, and reports.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fixture;
use super::model::Report;
use super::outputs::{JSON, Outputs};
use super::read;

/// The folder of the schema and of the kept reports.
fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports")
}

fn schema_path() -> PathBuf {
    published().join("report.schema.json")
}

/// The folders of the kept reports: there is at least one.
fn kept_reports() -> Vec<PathBuf> {
    let entries = fs::read_dir(published()).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let kept: Vec<_> = folders.filter(|folder| folder.join(JSON).is_file()).collect();
    assert!(!kept.is_empty(), "no report is kept");
    kept
}

#[test]
fn the_published_schema_is_that_of_the_program() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap() + "\n";
    if std::env::var_os("GAUSSTACK_WRITE_SCHEMA").is_some() {
        fs::write(schema_path(), &schema).unwrap();
    }
    let published = fs::read_to_string(schema_path()).unwrap();
    assert!(published == schema, "GAUSSTACK_WRITE_SCHEMA=1 cargo test -p gausstack-cli writes it");
}

/// (That reports match the schema, and others do not, is for `tests/report_schema.py`: validators
/// in Rust take longer to build than this program.)
#[test]
fn a_report_of_another_form_is_refused() {
    let right = serde_json::to_value(fixture::server(1)).unwrap();
    Report::parse(&right.to_string()).unwrap();
    for (pointer, wrong) in [
        ("/schema", Value::from("1")),
        ("/settings/shape", Value::from(vec![1, 2])),
        ("/races/0/topic", Value::from("speed")),
        ("/races/0/measurements/0/seconds", Value::from(1.5)),
        ("/races/0/measurements/0/case/element", Value::from("f16")),
        ("/races/0/measurements/0/check", Value::Null),
        ("/machine/usable_cpus", Value::Null),
    ] {
        let mut report = right.clone();
        *report.pointer_mut(pointer).unwrap() = wrong;
        assert!(Report::parse(&report.to_string()).is_err(), "{pointer}");
    }
}

#[test]
fn kept_reports_are_read() {
    for folder in kept_reports() {
        let report = read(&folder.join(JSON)).unwrap();
        assert_eq!((report.wrong(), report.unequal()), (0, 0), "{}", folder.display());
    }
}

/// The program makes the same pages from a kept `report.json` again.
#[test]
fn kept_pages_are_those_of_the_program() {
    for folder in kept_reports() {
        let made = tempfile::tempdir().unwrap();
        let report = read(&folder.join(JSON)).unwrap();
        let files = Outputs::open(made.path(), false, false).unwrap().write(&report).unwrap();
        assert!(files.len() >= 2, "a page and a text: {files:?}");
        for path in files {
            let name = path.file_name().unwrap();
            let same = fs::read(&path).unwrap() == fs::read(folder.join(name)).unwrap();
            assert!(same, "gausstack report --from {}", folder.join(JSON).display());
        }
    }
}
