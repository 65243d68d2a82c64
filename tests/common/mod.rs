//! What the integration tests share: cases, inputs, layouts, levels, the two oracles and the
//! comparisons.
//!
//! The oracles call nothing of the library but the formula of its weights: [`reference`] not even
//! that.

#![allow(dead_code, reason = "every test binary uses its own part of this module")]

pub(crate) mod case;
pub(crate) mod child;
pub(crate) mod compare;
pub(crate) mod filter;
pub(crate) mod inputs;
pub(crate) mod job;
pub(crate) mod layout;
pub(crate) mod levels;
pub(crate) mod model;
pub(crate) mod pixel;
pub(crate) mod random;
pub(crate) mod reference;
pub(crate) mod stopped;
pub(crate) mod strategies;
pub(crate) mod sweep;
pub(crate) mod terms;
pub(crate) mod watchdog;

/// Whether the sweeps that take minutes or gigabytes were asked for.
pub(crate) fn heavy() -> bool {
    std::env::var_os("GAUSSTACK_HEAVY").is_some_and(|value| value == "1")
}
