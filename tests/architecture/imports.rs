//! The imports of a module, from its text.

use std::collections::BTreeSet;

use crate::tokens::{is_name, tokens};

/// A path that a module's text has, from the root of its crate, and the name that a `use` gives it.
/// Of paths out of the crate only those with names are found, without the path.
pub(crate) struct Import {
    pub(crate) path: Option<Vec<String>>,
    pub(crate) name: Option<String>,
}

/// The imports of a module, and the paths in its code.
pub(crate) fn imports(text: &str, module: &str, modules: &BTreeSet<String>) -> Vec<Import> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // Names of the modules that the braces around a token open; none for other braces.
    let mut braces: Vec<Option<&str>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let inline: Vec<&str> = braces.iter().flatten().copied().collect();
        let mut add = |path: &[&str], name: Option<&str>| {
            let path = from_root(path, module, &inline, modules);
            // Names within an inline module are none of the file's.
            let name = name.filter(|_| inline.is_empty());
            if path.is_some() || name.is_some() {
                found.push(Import { path, name: name.map(str::to_owned) });
            }
        };
        match tokens[at..] {
            ["#", "[", "cfg", "(", "test", ")", "]", ..] => {
                at = end_of_item(&tokens, at + 7);
                continue;
            }
            ["mod", name, "{", ..] => {
                braces.push(Some(name));
                at += 3;
                continue;
            }
            // Named by a macro.
            ["mod", "$", name, "{", ..] => {
                braces.push(Some(name));
                at += 4;
                continue;
            }
            // Not the lifetimes that a type captures.
            ["use", next, ..] if next != "<" => {
                let end = at + tokens[at..].iter().position(|&token| token == ";").unwrap();
                leaves(&tokens[at + 1..end], &mut Vec::new(), &mut |path, name| {
                    add(path, Some(name));
                });
                at = end;
                continue;
            }
            // Who sees an item is no import.
            ["pub", "(", "in", ..] => {
                at += tokens[at..].iter().position(|&token| token == ")").unwrap();
                continue;
            }
            ["{", ..] => braces.push(None),
            ["}", ..] => drop(braces.pop()),
            [first, "::", ..] if is_name(first) && (at == 0 || tokens[at - 1] != "::") => {
                let mut path = vec![first];
                while let ["::", name, ..] = tokens[at + 1..]
                    && is_name(name)
                {
                    path.push(name);
                    at += 2;
                }
                add(&path, None);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Calls `add` with every path of a tree of imports and the name that it is imported by.
fn leaves<'a>(
    tree: &[&'a str],
    before: &mut Vec<&'a str>,
    add: &mut impl FnMut(&[&'a str], &'a str),
) {
    let depth = before.len();
    let mut at = 0;
    while at < tree.len() {
        let mut name = None;
        while at < tree.len() && tree[at] != "," {
            match tree[at] {
                "{" => {
                    let (first, mut open) = (at + 1, 1);
                    while open > 0 {
                        at += 1;
                        open += i32::from(tree[at] == "{") - i32::from(tree[at] == "}");
                    }
                    leaves(&tree[first..at], before, add);
                    name = None;
                }
                "as" => {
                    at += 1;
                    name = Some(tree[at]);
                }
                "::" => {}
                "*" => name = Some("*"),
                // The module itself, within braces.
                "self" if before.len() == depth && depth > 0 => name = before.last().copied(),
                part => {
                    before.push(part);
                    name = Some(part);
                }
            }
            at += 1;
        }
        if let Some(name) = name {
            add(before, name);
        }
        before.truncate(depth);
        at += 1;
    }
}

/// A path as the root of its crate sees it; none for a path out of the crate.
fn from_root(
    path: &[&str],
    module: &str,
    inline: &[&str],
    modules: &BTreeSet<String>,
) -> Option<Vec<String>> {
    let own = module.split("::").filter(|name| !name.is_empty());
    let mut here: Vec<&str> = own.chain(inline.iter().copied()).collect();
    let mut rest = path;
    match path[0] {
        "crate" => here.clear(),
        "self" | "super" => {}
        // A module below this one, by its name alone.
        child => {
            let below = here.iter().copied().chain([child]).collect::<Vec<_>>().join("::");
            if !modules.contains(&below) {
                return None;
            }
        }
    }
    while let Some(("crate" | "self" | "super", behind)) = rest.split_first().map(|(a, b)| (*a, b))
    {
        if rest[0] == "super" {
            here.pop();
        }
        rest = behind;
    }
    here.extend(rest);
    // What an inline module holds is its file's.
    let file = here.iter().position(|name| inline.first() == Some(name));
    let is_inline = |place: &usize| {
        here[..*place].join("::") == module && !modules.contains(&here[..=*place].join("::"))
    };
    if let Some(place) = file.filter(is_inline) {
        here.truncate(place);
    }
    Some(here.into_iter().map(str::to_owned).collect())
}

/// The place behind an item: its braces or its semicolon.
fn end_of_item(tokens: &[&str], mut at: usize) -> usize {
    let mut open = 0;
    while at < tokens.len() {
        match tokens[at] {
            "{" | "(" | "[" => open += 1,
            "}" | ")" | "]" => {
                open -= 1;
                if open == 0 && tokens[at] == "}" {
                    return at + 1;
                }
            }
            ";" if open == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}
