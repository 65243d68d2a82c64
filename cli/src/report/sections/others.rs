//! Other images and filters than the stack that scaling is measured on.

use super::cells::{CHECKS, SPEED, caption, checks, numeric, shape, speed, text};
use crate::args::PrecisionName;
use crate::report::document::{Block, Column, Table};
use crate::report::model::{Case, Layout, Report, Topic};

/// A table for each topic that was measured.
pub(crate) fn blocks(report: &Report) -> Vec<Block> {
    let letters = report.letters();
    let mut blocks = Vec::new();
    for (topic, title, about) in [
        (Topic::Shape, "shape", "Shapes: sigma 2, f32. The axis in brackets counts slices."),
        (Topic::Sigma, "sigma", "Sigmas: slices of 2048 x 2048 f32, the same sigma on both axes."),
        (
            Topic::Element,
            "element",
            "Element types: slices of 2048 x 2048, sigma 2, input and output of the same type.",
        ),
        (Topic::Mode, "mode", "Borders: slices of 2048 x 2048 f32, sigma 2."),
        (Topic::Layout, "layout", "Layouts in memory: slices of 2048 x 2048 f32, sigma 2."),
    ] {
        let mut disturbed = false;
        let rows: Vec<Vec<String>> = letters
            .iter()
            .filter(|(race, ..)| race.topic == topic)
            .map(|(race, measured, letter)| {
                disturbed |= race.disturbed;
                let what = [name(topic, &measured.case), measured.threads.to_string()];
                [&what[..], &speed(race, measured), &checks(measured, *letter)].concat()
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        if blocks.is_empty() {
            blocks.push(Block::Heading("Other images and filters".to_owned()));
        }
        let first: [Column; 2] = [text(title), numeric("threads")];
        let columns = [&first[..], &SPEED, &CHECKS].concat();
        blocks.push(Block::Table(Table {
            caption: caption(about.to_owned(), disturbed),
            columns,
            rows,
        }));
    }
    blocks
}

/// What distinguishes a case from the others of its topic.
pub(crate) fn name(topic: Topic, case: &Case) -> String {
    match topic {
        Topic::Sigma => case.sigma[0].to_string(),
        Topic::Element => match case.precision {
            PrecisionName::Native => case.element.to_string(),
            PrecisionName::Double => format!("{}, f64 sums", case.element),
        },
        Topic::Mode => case.mode.clone(),
        Topic::Layout => match case.layout {
            Layout::C => "C order",
            Layout::Fortran => "Fortran order",
            Layout::EverySecond => "every second",
        }
        .to_owned(),
        Topic::Shape | Topic::StrongScaling | Topic::SliceCounts | Topic::WeakScaling => {
            shape(case)
        }
    }
}
