//! The modules of a crate and which of them import which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::imports::imports;
use crate::sources::{module_of, root, sources};

/// The modules of a crate, each with those of the same crate that it imports; the root is "".
pub(crate) struct House {
    pub(crate) imports: BTreeMap<String, BTreeSet<String>>,
}

impl House {
    pub(crate) fn read(folder: &str) -> Self {
        let text = |file: &String| fs::read_to_string(root().join(file)).unwrap();
        Self::of(sources(folder).iter().map(|file| (module_of(file, folder), text(file))).collect())
    }

    /// The house of modules with these texts.
    pub(crate) fn of(texts: BTreeMap<String, String>) -> Self {
        let modules: BTreeSet<String> = texts.keys().cloned().collect();
        let mut paths: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
        // Names that a module has by `use`, and where they are from.
        let mut names: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for (module, text) in &texts {
            for (path, name) in imports(text, module, &modules) {
                if let Some(name) = name {
                    names.insert((module.clone(), name), path.clone());
                }
                paths.entry(module).or_default().push(path);
            }
        }
        // The module that defines what a path leads to, through all that only hand it on.
        let defining = |path: &[String]| {
            let mut path = path.to_vec();
            for _ in 0..10 {
                let depth =
                    (0..=path.len()).rev().find(|&n| modules.contains(&path[..n].join("::")));
                let (module, rest) = path.split_at(depth.unwrap());
                let handed_on =
                    rest.first().and_then(|name| names.get(&(module.join("::"), name.clone())));
                match handed_on {
                    Some(from) => path = [&from[..], &rest[1..]].concat(),
                    None => return module.join("::"),
                }
            }
            panic!("{path:?} is handed on for ever");
        };
        let all = |module: &String| {
            let found = paths.get(module.as_str()).into_iter().flatten().map(|path| defining(path));
            found.filter(|found| found != module).collect()
        };
        Self { imports: modules.iter().map(|module| (module.clone(), all(module))).collect() }
    }

    /// Each module that reaches itself, with the way; among the modules that count.
    pub(crate) fn cycles(&self, counts: impl Fn(&str) -> bool) -> Vec<String> {
        let mut cycles = Vec::new();
        for start in self.imports.keys().filter(|module| counts(module)) {
            // Where each module was reached from.
            let mut from: BTreeMap<&str, &str> = BTreeMap::new();
            let mut open = vec![start.as_str()];
            while let Some(module) = open.pop() {
                for next in self.imports[module].iter().filter(|next| counts(next)) {
                    if !from.contains_key(next.as_str()) {
                        from.insert(next, module);
                        open.push(next);
                    }
                }
            }
            if from.contains_key(start.as_str()) {
                let mut way = vec![shown(start)];
                let mut module = from[start.as_str()];
                while module != start {
                    way.push(shown(module));
                    module = from[module];
                }
                way.push(shown(start));
                way.reverse();
                cycles.push(way.join(" -> "));
            }
        }
        cycles
    }
}

/// A module's name for people.
pub(crate) fn shown(module: &str) -> &str {
    if module.is_empty() { "the root" } else { module }
}
