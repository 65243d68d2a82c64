//! What the tests of the library share: cases, layouts, the oracles and the comparisons.

#![allow(dead_code, reason = "the tests use more of it")]

#[path = "../../tests/common/case.rs"]
pub(crate) mod case;
#[path = "../../tests/common/compare.rs"]
pub(crate) mod compare;
#[path = "../../tests/common/filter.rs"]
pub(crate) mod filter;
#[path = "../../tests/common/inputs.rs"]
pub(crate) mod inputs;
#[path = "../../tests/common/job.rs"]
pub(crate) mod job;
#[path = "../../tests/common/layout.rs"]
pub(crate) mod layout;
#[path = "../../tests/common/levels.rs"]
pub(crate) mod levels;
#[path = "../../tests/common/model.rs"]
pub(crate) mod model;
#[path = "../../tests/common/pixel.rs"]
pub(crate) mod pixel;
#[path = "../../tests/common/reference.rs"]
pub(crate) mod reference;
