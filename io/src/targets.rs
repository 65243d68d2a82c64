//! Files and folders that a later run can go on with, with their journals.

use std::path::Path;

use crate::error::Error;
use crate::journal::{Facts, Journal};
use crate::resumable::Targets;
#[cfg(feature = "zarr")]
use crate::target::FolderTarget;
use crate::target::{Left, Parts, Target};

/// An output that is begun, with its journal.
pub(crate) struct Begun<'a> {
    parts: &'a Parts,
    facts: &'a Facts,
    left: Left,
    journal: Option<Journal>,
}

/// An output that is gone on with.
pub(crate) struct GoneOn<'a> {
    pub(crate) part: &'a Path,
}

impl<'a> Begun<'a> {
    pub(crate) fn new(parts: &'a Parts, facts: &'a Facts, left: Left) -> Self {
        Self { parts, facts, left, journal: None }
    }

    /// The journal of what was begun.
    pub(crate) fn journal(self) -> Journal {
        self.journal.expect("an output has a target")
    }

    /// Makes a target, with the journal just before: it is whole before there is an output that it
    /// is about.
    fn begin<T>(
        &mut self,
        make: impl FnOnce(&mut dyn FnMut() -> Result<(), Error>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut before = || {
            self.journal = Some(Journal::begin(self.parts.clone(), self.facts)?);
            Ok(())
        };
        let target = make(&mut before)?;
        self.journal.iter_mut().for_each(Journal::take);
        Ok(target)
    }
}

impl Targets for Begun<'_> {
    fn file(&mut self, path: &Path, replace: bool) -> Result<Target, Error> {
        let left = self.left;
        let mut target = self.begin(|before| Target::part(path, replace, left, before))?;
        target.disarm();
        Ok(target)
    }

    #[cfg(feature = "zarr")]
    fn folder(&mut self, path: &Path, replace: bool) -> Result<FolderTarget, Error> {
        let left = self.left;
        let mut target = self.begin(|before| FolderTarget::part(path, replace, left, before))?;
        target.disarm();
        Ok(target)
    }
}

impl GoneOn<'_> {
    /// The error where there is nothing to go on with.
    fn gone(&self) -> Result<(), Error> {
        let fault = "it has been removed".to_owned();
        Err(Error::Resume { path: self.part.to_owned(), fault })
    }
}

impl Targets for GoneOn<'_> {
    fn file(&mut self, path: &Path, replace: bool) -> Result<Target, Error> {
        Target::part(path, replace, Left::Resumed, &mut || self.gone())
    }

    #[cfg(feature = "zarr")]
    fn folder(&mut self, path: &Path, replace: bool) -> Result<FolderTarget, Error> {
        FolderTarget::part(path, replace, Left::Resumed, &mut || self.gone())
    }
}
