//! The houses of the workspace: which module imports which, and that the map names every file.

mod house;
mod imports;
mod sources;
mod tokens;
mod unsafe_code;

use std::collections::BTreeSet;
use std::fs;

use house::{House, shown};
use sources::{root, sources};

/// The source folders.
const FOLDERS: [&str; 6] = ["src", "kernels/src", "io/src", "cli/src", "measure/src", "python/src"];

/// The rooms of `src/` from the bottom: each imports itself and what is below. Rooms of one line
/// are equals, and may import each other.
const ROOMS: [&[&str]; 6] =
    [&["array", "error", "number"], &["request"], &["plan"], &["panel"], &["run"], &["api"]];

/// Where the map stands, and the folder that its paths are relative to.
const MAPS: [(&str, &str); 2] = [("docs/architecture.md", ""), ("kernels/README.md", "kernels/")];

#[test]
fn no_module_imports_one_above_it() {
    let mut cycles = Vec::new();
    for folder in FOLDERS {
        let house = House::read(folder);
        assert!(house.imports.len() >= 10, "{folder}: {} modules", house.imports.len());
        cycles.extend(house.cycles().into_iter().map(|cycle| format!("{folder}: {cycle}")));
    }
    assert!(cycles.is_empty(), "{}", cycles.join("\n"));
}

#[test]
fn rooms_import_only_what_is_below_them() {
    let house = House::read("src");
    let rank = |module: &str| {
        let room = module.split("::").next().unwrap_or_default();
        ROOMS.iter().position(|rooms| rooms.contains(&room))
    };
    let mut wrong = Vec::new();
    for (module, imports) in house.imports.iter().filter(|(module, _)| !module.is_empty()) {
        let Some(own) = rank(module) else {
            wrong.push(format!("{module} is in no room"));
            continue;
        };
        for import in imports {
            // What is nowhere is reported by itself; the root stands above all rooms.
            let above = if import.is_empty() { ROOMS.len() } else { rank(import).unwrap_or(0) };
            if above > own {
                wrong.push(format!("{module} imports {}", shown(import)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_file_and_no_other() {
    let mut named = BTreeSet::new();
    for (map, base) in MAPS {
        named.extend(paths_of(&fs::read_to_string(root().join(map)).unwrap(), base));
    }
    let mut files = BTreeSet::new();
    for folder in FOLDERS {
        for file in sources(folder) {
            // A folder's own file is the folder.
            files.insert(file.strip_suffix("mod.rs").unwrap_or(&file).to_owned());
        }
    }
    let missing: Vec<&str> = files.difference(&named).map(String::as_str).collect();
    assert!(missing.is_empty(), "the map does not name:\n{}", missing.join("\n"));
    let stale: Vec<&String> = named.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(stale.is_empty(), "the map names what does not exist: {stale:?}");
}

/// The readers of imports and of maps, on texts that have all of their forms.
#[test]
fn imports_and_paths_of_every_form_are_found() {
    let a = r#"
        //! crate::nothing
        pub(crate) use self::b::Inner;
        use std::fmt::{self, Display};
        use crate::d::{e::{Deep as Other, Deeper}, Type};
        const TEXT: &str = "crate::nothing { \" use crate::nothing;";
        fn f<'a>(x: &'a str) -> char { super::function(x); '{' }
        mod $inline {
            use super::c;
            fn g() { super::super::h::i::<u8>(); }
        }
        pub(in crate::nothing) fn j() -> impl Fn() + use<'static> { c::k() }
        #[cfg(test)]
        mod tests { use crate::nothing; fn l() { crate::nothing() } }
    "#;
    let modules = [
        ("", "pub use a::Inner; pub use d::e as f; pub use a::*; pub use wide::i;"),
        ("a", a),
        ("a::b", "use super::c;"),
        ("a::c", "use crate::a::{self, Inner as Other}; use crate::f::Deep; use crate::Inner;"),
        ("d", "use crate::d; use rayon::prelude::*;"),
        ("d::e", ""),
        ("h", "use crate::a::Own; use crate::Other; use crate::i::J;"),
    ];
    let house = House::of(modules.map(|(name, text)| (name.into(), text.into())).into());
    let imported =
        |module: &str| -> Vec<&str> { house.imports[module].iter().map(String::as_str).collect() };
    assert_eq!(imported(""), ["a", "a::b", "d::e"]);
    assert_eq!(imported("a"), ["", "a::b", "a::c", "d", "d::e", "h"]);
    assert_eq!(imported("a::b"), ["a::c"]);
    assert_eq!(imported("a::c"), ["a", "a::b", "d::e"]);
    assert_eq!(imported("d"), [""; 0]);
    let cycles = [
        "the root -> a -> the root",
        "a -> h -> a",
        "a::b -> a::c -> a::b",
        "a::c -> a::b -> a::c",
    ];
    assert_eq!(house.cycles()[..4], cycles);
    assert_eq!(
        paths_of(
            "`src/a/mod.rs`, src/a/ is `mod.rs`, `b.rs`; [c](../src/c.rs).\n src/d/\n  e/f.rs, g.rs, tests/h.rs",
            ""
        ),
        ["src/a/", "src/a/b.rs", "src/c.rs", "src/d/", "src/d/e/f.rs", "src/d/g.rs"]
            .map(str::to_owned)
            .into()
    );
}

/// The folders and files of sources that a document names. A file without the path from the root
/// belongs to the folder that was named last.
fn paths_of(document: &str, base: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || "_-./".contains(letter);
    let mut folder = String::new();
    let mut named = BTreeSet::new();
    for word in document.split(|letter| !is_part(letter)) {
        let word = word.trim_end_matches('.').trim_start_matches("../");
        let rooted = format!("{base}{word}");
        let is_rooted = FOLDERS.iter().any(|folder| rooted.starts_with(&format!("{folder}/")));
        let path = Some(rooted).filter(|_| is_rooted);
        if let Some(path) = path.filter(|path| path.ends_with('/') || path.ends_with(".rs")) {
            if path.ends_with('/') {
                folder.clone_from(&path);
            }
            named.insert(path.strip_suffix("mod.rs").unwrap_or(&path).to_owned());
        } else if word.ends_with(".rs") && word != "mod.rs" && !folder.is_empty() {
            // Files of other folders are none of the map's: tests, python.
            let other = word.split_once('/').map(|(other, _)| root().join(base).join(other));
            if !other.is_some_and(|other| other.is_dir()) {
                named.insert(format!("{folder}{word}"));
            }
        }
    }
    named
}
