//! Ctrl-C: a flag that the work looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

/// The user stopped the run.
#[derive(Debug, thiserror::Error)]
#[error("stopped, nothing was written")]
pub(crate) struct Stopped;

/// Whether the user wants to stop (Ctrl-C, or a request to terminate).
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    raised: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes over the signals of the process; to be called once.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let raised = Arc::clone(&interrupt.raised);
        ctrlc::set_handler(move || raised.store(true, Ordering::Relaxed))
            .context("could not watch for Ctrl-C")?;
        Ok(interrupt)
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    /// An error once the user wants to stop.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        if self.is_raised() { Err(Stopped) } else { Ok(()) }
    }
}
