//! What is decided once, before a pixel is touched: a schedule of steps, and the sizes they need.

pub(crate) mod arithmetic;
pub(crate) mod axis_filter;
pub(crate) mod cache;
pub(crate) mod choices;
pub(crate) mod defaults;
pub(crate) mod design;
pub(crate) mod draft;
pub(crate) mod environment;
pub(crate) mod fused;
pub(crate) mod halo;
pub(crate) mod hardware;
pub(crate) mod ideal;
pub(crate) mod kept_axes;
pub(crate) mod lanes;
pub(crate) mod layout;
pub(crate) mod leaving;
pub(crate) mod missing;
pub(crate) mod point_filter;
pub(crate) mod rounded_weights;
pub(crate) mod schedule;
pub(crate) mod sizes;
pub(crate) mod source_rows;
pub(crate) mod stores;
pub(crate) mod sweeps;
#[cfg(test)]
mod table;
pub(crate) mod term;
pub(crate) mod terms;
pub(crate) mod text;
pub(crate) mod tile;
pub(crate) mod tuning;
pub(crate) mod volume;
pub(crate) mod window;
