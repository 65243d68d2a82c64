//! A report as plain text of 80 columns, without its charts.

use crate::report::document::{Block, Column, Document, Kind, Table};

/// Columns of the narrowest terminal that is reckoned with.
const WIDTH: usize = 80;

pub(crate) fn write(document: &Document) -> String {
    let mut out = String::new();
    underlined(&mut out, &document.title, '=');
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => underlined(&mut out, text, '-'),
            Block::Text(text) => wrapped(&mut out, text, "", ""),
            Block::List(items) => items.iter().for_each(|item| wrapped(&mut out, item, "* ", "  ")),
            Block::Facts(facts) => {
                let width = facts.iter().map(|(topic, _)| topic.len()).max().unwrap_or(0) + 2;
                for (topic, text) in facts {
                    let (first, rest) = (format!("{topic:<width$}"), " ".repeat(width));
                    wrapped(&mut out, text, &first, &rest);
                }
            }
            Block::Figures(_, one) | Block::Table(one) => table(&mut out, one),
        }
    }
    // What a machine calls itself must not move the cursor.
    out.replace(|character: char| character.is_control() && character != '\n', " ")
}

fn underlined(out: &mut String, text: &str, line: char) {
    out.push_str(&format!("{text}\n{}\n", line.to_string().repeat(text.chars().count())));
}

fn wrapped(out: &mut String, text: &str, first: &str, rest: &str) {
    let options = textwrap::Options::new(WIDTH).initial_indent(first).subsequent_indent(rest);
    for line in textwrap::wrap(text, options) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn table(out: &mut String, table: &Table) {
    if !table.caption.is_empty() {
        wrapped(out, &table.caption, "", "");
        out.push('\n');
    }
    let shown: Vec<(usize, &Column)> =
        table.columns.iter().enumerate().filter(|(_, c)| c.kind != Kind::Detail).collect();
    let titles: Vec<String> = table.columns.iter().map(|column| column.title.to_owned()).collect();
    let lines = || std::iter::once(&titles).chain(&table.rows);
    let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
    for line in lines() {
        let cells: Vec<String> = shown
            .iter()
            .map(|&(index, column)| {
                let (cell, width) = (&line[index], width(index));
                match column.kind {
                    Kind::Text => format!("{cell:<width$}"),
                    Kind::Number | Kind::Detail => format!("{cell:>width$}"),
                }
            })
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
}
