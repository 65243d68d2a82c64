//! Where unsafe code stands, and that the inventory in docs/reliability.md says so.

use std::collections::BTreeMap;
use std::fs;

use crate::FOLDERS;
use crate::sources::{root, sources};
use crate::tokens::tokens;

const INVENTORY: &str = "docs/reliability.md";

/// What stands in front of the table and behind it.
const BEGIN: &str = "| file | `unsafe` | why |\n|---|---:|---|\n";
const END: &str = "\n\n";

/// How often each source file says `unsafe`; the body of a macro counts once.
fn counted() -> BTreeMap<String, usize> {
    let count = |file: String| {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let count = tokens(&text).into_iter().filter(|&token| token == "unsafe").count();
        (file, count)
    };
    FOLDERS.into_iter().flat_map(sources).map(count).filter(|&(_, count)| count > 0).collect()
}

/// `GAUSSTACK_UPDATE_TABLE=1` writes the numbers; reasons are written by hand.
#[test]
fn the_inventory_of_unsafe_code_is_that_of_the_sources() {
    let path = root().join(INVENTORY);
    let document = fs::read_to_string(&path).unwrap();
    let (before, table) = document.split_once(BEGIN).expect("the inventory has its head");
    let (table, after) = table.split_once(END).expect("text follows the inventory");
    let reasons: BTreeMap<&str, &str> = table
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 3, "{line}");
            (cells[0].trim_matches('`'), cells[2])
        })
        .collect();
    let row = |(file, count): (&String, &usize)| {
        let reason = reasons.get(file.as_str()).copied().unwrap_or_default();
        format!("| `{file}` | {count} | {reason} |")
    };
    let counted = counted();
    let expected = counted.iter().map(row).collect::<Vec<_>>().join("\n");
    if std::env::var_os("GAUSSTACK_UPDATE_TABLE").is_some() {
        fs::write(&path, [before, BEGIN, &expected, END, after].concat()).unwrap();
    } else {
        assert_eq!(table, expected, "GAUSSTACK_UPDATE_TABLE=1 writes the numbers");
    }
    let unexplained: Vec<&String> = counted
        .keys()
        .filter(|&file| reasons.get(file.as_str()).is_none_or(|why| why.is_empty()))
        .collect();
    assert!(unexplained.is_empty(), "without a reason: {unexplained:?}");
}
