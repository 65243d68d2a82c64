//! The files of a report.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gausstack_io::target::Target;

use super::document::{Block, Document};
use super::model::Report;
use super::render::{html, markdown};
use super::{chart, sections};
use crate::file::{self, report_leftovers};

pub(super) const JSON: &str = "report.json";
pub(super) const PAGE: &str = "report.html";
pub(super) const TEXT: &str = "report.md";
pub(super) const PICTURE: &str = "scaling.svg";

/// The output files, opened before anything is measured: a file that cannot be created must not
/// cost minutes.
pub(super) struct Outputs {
    /// The times that the pages are made of, where they are to be written.
    json: Option<(PathBuf, Target)>,
    page: (PathBuf, Target),
    text: (PathBuf, Target),
    picture: (PathBuf, Target),
    replace: bool,
}

impl Outputs {
    /// Creates the folder and opens the files: `report.json` only if the times are `measured`.
    /// Without `replace` an existing file is an error.
    pub(super) fn open(folder: &Path, measured: bool, replace: bool) -> anyhow::Result<Self> {
        let name = folder.display();
        file::refuse_dash(folder)?;
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make the folder '{name}'"))?;
        report_leftovers(folder);
        let open = |name: &str| -> anyhow::Result<(PathBuf, Target)> {
            let path = folder.join(name);
            let target = file::create(&path, replace)?;
            Ok((path, target))
        };
        Ok(Self {
            json: measured.then(|| open(JSON)).transpose()?,
            page: open(PAGE)?,
            text: open(TEXT)?,
            picture: open(PICTURE)?,
            replace,
        })
    }

    /// Writes a report; returns the names of the files.
    pub(super) fn write(self, report: &Report) -> anyhow::Result<Vec<PathBuf>> {
        let Rendered { page, text, picture } = Rendered::of(&sections::document(report));
        let mut files = Vec::new();
        let mut add = |(path, target): (PathBuf, Target), text: &str| -> anyhow::Result<()> {
            target.write(text)?;
            files.push((path, target));
            Ok(())
        };
        if let Some(json) = self.json {
            // First, since it is what cannot be made again.
            add(json, &report.to_json()?)?;
        }
        add(self.page, &page)?;
        add(self.text, &text)?;
        let mut stale = None;
        match picture {
            Some(picture) => add(self.picture, &picture)?,
            None => stale = Some(self.picture.0),
        }
        let mut names = Vec::new();
        for (path, target) in files {
            file::publish(target)?;
            names.push(path);
        }
        if let Some(stale) = stale.filter(|stale| self.replace && stale.is_file()) {
            // The chart of an older report: the new one has none.
            fs::remove_file(&stale)
                .with_context(|| format!("could not remove '{}'", stale.display()))?;
        }
        Ok(names)
    }
}

/// A document as the files that are read by people.
pub(super) struct Rendered {
    pub(super) page: String,
    pub(super) text: String,
    pub(super) picture: Option<String>,
}

impl Rendered {
    pub(super) fn of(document: &Document) -> Self {
        let picture = main_chart(document);
        let shown = picture.as_ref().map(|_| PICTURE);
        Self { page: html::write(document), text: markdown::write(document, shown), picture }
    }
}

/// The first chart, which stands for the report elsewhere.
fn main_chart(document: &Document) -> Option<String> {
    document.blocks.iter().find_map(|block| match block {
        Block::Figures(charts, _) => charts.first().map(chart::Chart::file),
        _ => None,
    })
}
