//! A report as one page that needs nothing but itself.

use crate::report::chart::{COLOURS, STYLE, escaped as escaped_xml};
use crate::report::document::{Block, Column, Document, Kind, Table};

/// The page's own style: one column on a telephone, charts beside their tables on a desk; a shade
/// at the side where a table can be scrolled.
const PAGE: &str = "\
*{box-sizing:border-box}\
body{margin:0 auto;max-width:1240px;padding:16px 20px 48px;background:var(--paper);color:var(--ink);\
font:16px/1.5 system-ui,sans-serif}\
h1{font-size:1.6em;line-height:1.25;margin:.4em 0}\
h2{font-size:1.25em;margin:2em 0 .4em;padding-top:.5em;border-top:1px solid var(--grid)}\
p,ul{max-width:80ch}\
a{color:var(--c0)}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:.8em 0}\
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\
.figures{display:grid;grid-template-columns:minmax(0,1fr);gap:20px}\
.charts{display:grid;grid-template-columns:minmax(0,1fr);gap:20px}\
figure{margin:0}\
svg.chart{display:block;width:100%;height:auto;max-width:600px}\
.table{overflow-x:auto;max-width:100%;\
background:linear-gradient(90deg,var(--paper) 40%,transparent) 0 0/48px 100% no-repeat local,\
linear-gradient(270deg,var(--paper) 40%,transparent) 100% 0/48px 100% no-repeat local,\
linear-gradient(90deg,var(--grid),transparent) 0 0/14px 100% no-repeat scroll,\
linear-gradient(270deg,var(--grid),transparent) 100% 0/14px 100% no-repeat scroll}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9em}\
.note{color:var(--soft);margin:.4em 0}\
th,td{padding:3px 10px;border-bottom:1px solid var(--grid);white-space:nowrap;text-align:right}\
th{font-weight:600;vertical-align:bottom}\
.text{text-align:left}\
tbody tr:hover{background:color-mix(in srgb,var(--grid) 40%,transparent)}\
@media (min-width:1000px){.beside{grid-template-columns:minmax(0,2fr) minmax(0,3fr)}\
.pair{grid-template-columns:repeat(2,minmax(0,1fr))}}\
@media print{body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}\
figure,tr{break-inside:avoid}.table{overflow:visible}table{font-size:8pt}th,td{padding:2px 5px}}";

pub(crate) fn write(document: &Document) -> String {
    let title = escaped(&document.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>{COLOURS}{STYLE}{PAGE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for block in &document.blocks {
        match block {
            Block::Heading(text) => out.push_str(&format!("<h2>{}</h2>\n", escaped(text))),
            Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", escaped(text))),
            Block::List(items) => {
                out.push_str("<ul>\n");
                for item in items {
                    out.push_str(&format!("<li>{}</li>\n", escaped(item)));
                }
                out.push_str("</ul>\n");
            }
            Block::Facts(facts) => {
                out.push_str("<dl>\n");
                for (topic, text) in facts {
                    let (topic, text) = (escaped(topic), escaped(text));
                    out.push_str(&format!("<dt>{topic}</dt><dd>{text}</dd>\n"));
                }
                out.push_str("</dl>\n");
            }
            Block::Figures(charts, one) => {
                // One chart stands beside its table, two beside each other.
                let (figures, pictures) = match charts.len() {
                    1 => ("figures beside", "charts"),
                    _ => ("figures", "charts pair"),
                };
                out.push_str(&format!("<div class=\"{figures}\">\n<div class=\"{pictures}\">\n"));
                for chart in charts {
                    out.push_str(&format!("<figure>{}</figure>\n", chart.svg()));
                }
                out.push_str("</div>\n");
                table(&mut out, one, charts.len() > 1);
                out.push_str("</div>\n");
            }
            Block::Table(one) => table(&mut out, one, true),
        }
    }
    out + "</main>\n</body>\n</html>\n"
}

/// Text of the page; no line ends before a percent sign.
fn escaped(text: &str) -> String {
    escaped_xml(text).replace(" %", "&nbsp;%")
}

/// Writes a table; beside a chart there is no room for details.
fn table(out: &mut String, table: &Table, details: bool) {
    let is_shown = |column: &&Column| details || column.kind != Kind::Detail;
    // Beside the charts caption and table are one cell of the grid.
    out.push_str("<div>\n");
    // Not a caption of the table: that would be as wide as it, and scroll away with it.
    if !table.caption.is_empty() {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", escaped(&table.caption)));
    }
    // A box that scrolls must be reachable without a mouse.
    out.push_str("<div class=\"table\" tabindex=\"0\">\n<table>\n");
    let class = |kind| if kind == Kind::Text { " class=\"text\"" } else { "" };
    out.push_str("<thead><tr>");
    for column in table.columns.iter().filter(is_shown) {
        let (class, title) = (class(column.kind), escaped(column.title));
        out.push_str(&format!("<th scope=\"col\"{class}>{title}</th>"));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns).filter(|(_, c)| is_shown(c)) {
            out.push_str(&format!("<td{}>{}</td>", class(column.kind), escaped(cell)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n</div>\n");
}
