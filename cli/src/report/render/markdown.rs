//! A report as Markdown; of its charts the one that is a file of its own.

use crate::report::document::{Block, Document, Kind, Table};

/// Writes it; `picture` is the name of the file that holds the first chart, if there is one.
pub(crate) fn write(document: &Document, mut picture: Option<&str>) -> String {
    let mut out = format!("# {}\n", escaped(&document.title));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => out.push_str(&format!("## {text}\n")),
            Block::Text(text) => out.push_str(&format!("{}\n", escaped(text))),
            Block::List(items) => {
                items.iter().for_each(|item| out.push_str(&format!("- {}\n", escaped(item))));
            }
            Block::Facts(facts) => {
                out.push_str("| | |\n|:--|:--|\n");
                for (topic, text) in facts {
                    out.push_str(&format!("| {topic} | {} |\n", escaped(text)));
                }
            }
            Block::Figures(charts, one) => {
                if let Some((chart, name)) = charts.first().zip(picture.take()) {
                    out.push_str(&format!("![{}]({name})\n\n", escaped(&chart.alt)));
                }
                table(&mut out, one);
            }
            Block::Table(one) => table(&mut out, one),
        }
    }
    out
}

fn table(out: &mut String, table: &Table) {
    if !table.caption.is_empty() {
        out.push_str(&format!("{}\n\n", escaped(&table.caption)));
    }
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(table.columns.iter().map(|column| column.title).collect()));
    let rule = |kind| if kind == Kind::Text { ":--" } else { "--:" };
    out.push_str(&line(table.columns.iter().map(|column| rule(column.kind)).collect()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        out.push_str(&line(cells.iter().map(String::as_str).collect()));
    }
}

/// Text in which nothing is taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if "\\|*_[]<>`#~&$".contains(character) {
            out.push('\\');
        }
        // A line break would end the heading, the item or the row.
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}
