//! Ctrl-C, requests to terminate and terminals that hang up end the program.
//!
//! The first one removes unfinished files and exits, whatever the program is doing: it may be
//! opening a file, planning or in the middle of a sum. Once a result has its name the program ends
//! by itself instead. The second one exits at once.

use std::io::{self, IsTerminal, Write};
use std::process;

use gausstack_io::target::{self, Abandoned};

/// The status of a run that was stopped.
const STOPPED: i32 = 130;

/// Watches for signals from now on; signals that the process was started to ignore (`nohup`) stay
/// ignored.
#[cfg(unix)]
pub(crate) fn watch() -> anyhow::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use anyhow::Context;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    let watched: Vec<i32> =
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal)).collect();
    let again = Arc::new(AtomicBool::new(false));
    let install = || -> io::Result<Signals> {
        for &signal in &watched {
            // Runs in the signal's own context, which nothing blocks; before the flag is set, so
            // that it is the second one that exits.
            flag::register_conditional_shutdown(signal, STOPPED, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
        }
        Signals::new(&watched)
    };
    let mut signals = install().context("could not watch for Ctrl-C")?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || signals.forever().for_each(|_| stop()))
        .context("could not watch for Ctrl-C")?;
    Ok(())
}

/// Watches for signals from now on.
#[cfg(not(unix))]
pub(crate) fn watch() -> anyhow::Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};

    use anyhow::Context;

    static AGAIN: AtomicBool = AtomicBool::new(false);
    let handler = || {
        if AGAIN.swap(true, Ordering::Relaxed) {
            process::exit(STOPPED);
        }
        std::thread::spawn(stop);
    };
    ctrlc::set_handler(handler).context("could not watch for Ctrl-C")
}

/// Whether the process was started with a signal ignored; known on Linux only.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// Ends the program, unless a result is published already: then it is about to end by itself.
fn stop() {
    let Some(left) = target::abandon() else { return };
    let mut error = io::stderr();
    if error.is_terminal() {
        // The progress bar's line.
        let _ = write!(error, "\r\x1b[2K");
    }
    crate::message::say(&match left {
        Abandoned::Nothing => "stopped, nothing was written".to_owned(),
        Abandoned::Kept(part) => format!(
            "stopped; '{}' keeps what was written, --resume goes on with it",
            part.display()
        ),
    });
    process::exit(STOPPED);
}
