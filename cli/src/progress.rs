//! A progress bar on a terminal; nothing elsewhere.

use gausstack::Progress;
use gausstack_io::StreamProgress;
use indicatif::{ProgressBar, ProgressStyle};

/// The bar of a run; clones share it.
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

    /// Shows the slabs that were filtered, the speed, and which stage the others wait for.
    pub(crate) fn slabs(&self, progress: &StreamProgress, mb_a_second: f64) {
        let StreamProgress { slabs, read, filtered, written, .. } = *progress;
        let share = filtered as f64 / slabs as f64;
        let waits = match () {
            () if filtered > written + 1 => ", waiting for the writer",
            () if read == filtered && filtered < slabs => ", waiting for the reader",
            () => "",
        };
        self.share(share, &format!("slab {filtered}/{slabs}, {mb_a_second:.0} MB/s{waits}"));
    }

    /// Shows a share of the whole and what is done now.
    pub(crate) fn share(&self, share: f64, message: &str) {
        self.bar.set_message(message.to_owned());
        self.advance(share);
    }

    /// Updates the share and keeps the message.
    pub(crate) fn advance(&self, share: f64) {
        // A bar counts whole steps.
        const STEPS: u64 = 10_000;
        self.bar.set_length(STEPS);
        self.bar.set_position((share * STEPS as f64) as u64);
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
