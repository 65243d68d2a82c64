//! What is kept beside the program: the schema of reports, and reports.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::fixture;
use super::model::Report;
use super::outputs::{JSON, Outputs};
use super::read;

/// The published schema.
fn schema_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports/report.schema.json")
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

/// The reports that are kept are read by this program.
#[test]
fn kept_reports_are_read() {
    let mut kept = 0;
    for entry in fs::read_dir(schema_path().parent().unwrap()).unwrap() {
        let file = entry.unwrap().path().join(JSON);
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let report = Report::parse(&text).unwrap();
        assert_eq!((report.wrong(), report.unequal()), (0, 0), "{}", file.display());
        kept += 1;
    }
    assert!(kept > 0, "no report is kept");
}

/// The pages of kept reports are what this program makes of their times.
#[test]
fn kept_pages_are_those_of_the_program() {
    let kept = schema_path().parent().unwrap().to_owned();
    let mut seen = 0;
    for entry in fs::read_dir(&kept).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join(JSON).is_file() {
            continue;
        }
        let made = tempfile::tempdir().unwrap();
        let report = read(&folder.join(JSON)).unwrap();
        for path in Outputs::open(made.path(), false, false).unwrap().write(&report).unwrap() {
            let name = path.file_name().unwrap();
            let same = fs::read(&path).unwrap() == fs::read(folder.join(name)).unwrap();
            assert!(same, "gausstack report --from {}", folder.join(JSON).display());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}
