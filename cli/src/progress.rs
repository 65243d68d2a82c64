//! A progress bar on a terminal; nothing elsewhere.

use gausstack::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Follows a run; a copy shows the same bar.
#[derive(Clone)]
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar on standard error, hidden when that is not a terminal.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(1);
        let style = ProgressStyle::with_template("{msg} [{wide_bar}] {percent:>3}% {eta:>4}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        Self { bar }
    }

    pub(crate) fn show(&self, progress: Progress) {
        self.bar.set_length(progress.pixels);
        self.bar.set_position(progress.pixels_done);
        self.bar.set_message(format!("slice {}/{}", progress.slices_done, progress.slices));
    }

    pub(crate) fn writing(&self, done: u64, bytes: u64) {
        self.bar.set_length(bytes);
        self.bar.set_position(done);
        self.bar.set_message("writing");
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
