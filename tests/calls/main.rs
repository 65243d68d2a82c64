//! How the library is called: its verbs and builders, errors, observers, threads and plans.
//!
//! `.ci/run` builds this program without rayon too, where other code takes the place of the pools.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod errors;
mod invariance;
mod observers;
mod planning;
mod pools;
