//! What is decided once, before a pixel is touched.

pub(crate) mod axis_filter;
pub(crate) mod cache;
pub(crate) mod composite;
pub(crate) mod defaults;
pub(crate) mod engine;
pub(crate) mod environment;
pub(crate) mod fused;
pub(crate) mod halo;
pub(crate) mod hardware;
pub(crate) mod layout;
pub(crate) mod masked;
pub(crate) mod passes;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod sizes;
pub(crate) mod stage;
pub(crate) mod stores;
pub(crate) mod terms;
pub(crate) mod text;
pub(crate) mod tile;
pub(crate) mod volume;
pub(crate) mod window;

pub use plan::Plan;
