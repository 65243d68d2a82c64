//! The modules of a crate and which of them import which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::imports::{Import, imports};
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
        let mut handed_on = HandedOn::default();
        let mut paths: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
        for (module, text) in &texts {
            for Import { path, name } in imports(text, module, &modules) {
                match (name.as_deref(), &path) {
                    (Some("*"), Some(path)) => {
                        handed_on.globs.entry(module.clone()).or_default().push(path.clone());
                    }
                    (Some("*") | None, _) => {}
                    (Some(name), _) => {
                        handed_on.names.insert((module.clone(), name.to_owned()), path.clone());
                    }
                }
                paths.entry(module).or_default().extend(path);
            }
        }
        let all = |module: &String| {
            let paths = paths.get(module.as_str()).into_iter().flatten();
            let found = paths.filter_map(|path| handed_on.definer(path, &modules));
            found.filter(|found| found != module).collect()
        };
        Self { imports: modules.iter().map(|module| (module.clone(), all(module))).collect() }
    }

    /// Each module that reaches itself, with the way.
    pub(crate) fn cycles(&self) -> Vec<String> {
        let mut cycles = Vec::new();
        for start in self.imports.keys() {
            // Where each module was reached from.
            let mut from: BTreeMap<&str, &str> = BTreeMap::new();
            let mut open = vec![start.as_str()];
            while let Some(module) = open.pop() {
                for next in &self.imports[module] {
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

/// Names that modules have from others.
#[derive(Default)]
struct HandedOn {
    /// By the module that has it and the name; `None` from another crate.
    names: BTreeMap<(String, String), Option<Vec<String>>>,
    /// Modules of which a module has all names.
    globs: BTreeMap<String, Vec<Vec<String>>>,
}

impl HandedOn {
    /// The module that defines what a path leads to, through all that only hand it on; `None` of
    /// another crate.
    fn definer(&self, path: &[String], modules: &BTreeSet<String>) -> Option<String> {
        let mut path = path.to_vec();
        let mut seen = BTreeSet::new();
        loop {
            let is_module = |depth: &usize| modules.contains(&path[..*depth].join("::"));
            let depth = (0..=path.len()).rev().find(is_module)?;
            let (module, rest) = (path[..depth].join("::"), path[depth..].to_vec());
            let Some(name) = rest.first() else { return Some(module) };
            // Modules that have all names of each other: the name is one of their own.
            if !seen.insert(path) {
                return Some(module);
            }
            if let Some(from) = self.names.get(&(module.clone(), name.clone())) {
                path = [from.as_deref()?, &rest[1..]].concat();
                continue;
            }
            let has_name =
                |from: &&Vec<String>| self.names.contains_key(&(from.join("::"), name.clone()));
            match self.globs.get(&module).into_iter().flatten().find(has_name) {
                Some(from) => path = [&from[..], &rest].concat(),
                None => return Some(module),
            }
        }
    }
}

/// A module's name for people.
pub(crate) fn shown(module: &str) -> &str {
    if module.is_empty() { "the root" } else { module }
}
