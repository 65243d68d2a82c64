//! Reports, changed in any way, as pages and compared with each other.

use arbitrary::{Result, Unstructured};
use gausstack_cli::texts;
use serde_json::Value;

/// A report with a race of each topic.
const WHOLE: &str = include_str!("../seeds/report.json");

/// What a number is replaced by.
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "-0.0",
    "0.5",
    "1e-18",
    "1e-300",
    "1e9",
    "1e6",
    "1e300",
    "4096",
    "9007199254740993",
    "18446744073709551615",
    "-9223372036854775808",
];
/// What anything is replaced by.
const VALUES: [&str; 10] =
    ["null", "true", "[]", "{}", "\"\"", "\"f32\"", "\"avx2\"", "\"<&|`*\"", "\"\\u0000\"", "[0]"];

/// Renders a report and compares it with another: both are the bytes themselves where they begin as JSON
/// does, and otherwise a whole report with the changes that the bytes say.
pub fn target(data: &[u8]) {
    if data.first() == Some(&b'{') {
        let text = String::from_utf8_lossy(data);
        check(&text);
        check_pair(&text, WHOLE);
        return;
    }
    let mut data = Unstructured::new(data);
    let before = changed(&mut data).to_string();
    let after = changed(&mut data).to_string();
    check(&before);
    check_pair(&before, &after);
}

/// A report that is refused, or is read again from what is written of it.
fn check(text: &str) {
    match texts::pages(text) {
        Ok(pages) => {
            let again = texts::pages(&pages[0]).expect("a report as it was written");
            assert!(again == pages, "a report that is read again is another");
            let picture = pages.last().expect("a picture");
            assert!(!picture.contains("NaN"), "a place in a picture that is no number: {picture}");
        }
        Err(fault) => assert!(!fault.is_empty(), "a fault without words"),
    }
}

/// Two reports are comparable in either order, and none is slower than itself.
fn check_pair(before: &str, after: &str) {
    let [there, back] = [(before, after), (after, before)]
        .map(|(before, after)| texts::compared(before, after, 5.0));
    assert!(there.is_ok() == back.is_ok(), "one order alone: {there:?} and {back:?}");
    if there.is_ok()
        && let Ok((text, slower)) = texts::compared(before, before, 0.0)
    {
        assert!(slower == 0, "a report is slower than itself: {text}");
    }
}

/// The whole report after up to three changes.
fn changed(data: &mut Unstructured<'_>) -> Value {
    let mut report = serde_json::from_str(WHOLE).expect("a report");
    for _ in 0..data.int_in_range(0..=3).unwrap_or(0) {
        if change(&mut report, data).is_err() {
            break;
        }
    }
    report
}

/// Goes down to some part of a report, and changes it.
fn change(report: &mut Value, data: &mut Unstructured<'_>) -> Result<()> {
    // Most of a report are measurements.
    let from = if data.arbitrary()? { "/races/0/measurements/0" } else { "" };
    let Some(mut part) = report.pointer_mut(from) else { return Ok(()) };
    // A quarter of all steps stop, but none at the top.
    for depth in 0.. {
        let len = part.as_array().map(Vec::len).or(part.as_object().map(|object| object.len()));
        let Some(len @ 1..) = len else { break };
        if depth > 2 && data.ratio(1, 4)? {
            break;
        }
        let at = data.choose_index(len)?;
        part = match part {
            Value::Array(parts) => &mut parts[at],
            Value::Object(parts) => parts.values_mut().nth(at).expect("one of so many"),
            _ => unreachable!("it has parts"),
        };
    }
    let text = match part {
        Value::Number(_) => *data.choose(&NUMBERS)?,
        _ => *data.choose(&VALUES)?,
    };
    match (data.int_in_range(0..=4)?, part) {
        (0, Value::Array(parts)) => drop(parts.pop()),
        (1, Value::Array(parts)) if !parts.is_empty() => {
            let at = data.choose_index(parts.len())?;
            parts.push(parts[at].clone());
        }
        (2, Value::Array(parts)) => parts.reverse(),
        (3, Value::Object(parts)) => {
            let name = parts.keys().next().cloned();
            name.map(|name| parts.remove(&name));
        }
        (_, part) => *part = serde_json::from_str(text).expect("a value"),
    }
    Ok(())
}
