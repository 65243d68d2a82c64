//! A report as a document, independent of its format: headings, texts, tables and charts.

use super::chart::Chart;

/// A whole report.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// A part of it.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Heading(String),
    Text(String),
    List(Vec<String>),
    /// Topics and what there is to say about each.
    Facts(Vec<(String, String)>),
    /// Charts, and beside them the numbers that they are drawn from.
    Figures(Vec<Chart>, Table),
    Table(Table),
}

/// Rows of texts below titles.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    /// As many cells as there are columns.
    pub(crate) rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
}

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the left.
    Text,
    /// To the right.
    Number,
    /// To the right, and left out where there is no room for it.
    Detail,
}
