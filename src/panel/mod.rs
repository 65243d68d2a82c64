//! One panel of one slice: the row pass, the column pass, and where pixels come from.

pub(crate) mod band;
pub(crate) mod column_pass;
pub(crate) mod column_then_row;
pub(crate) mod hold;
pub(crate) mod join;
pub(crate) mod lane_block;
pub(crate) mod outgoing;
pub(crate) mod pipeline;
pub(crate) mod poll;
pub(crate) mod resample;
pub(crate) mod reserve;
pub(crate) mod row_loader;
pub(crate) mod row_pass;
pub(crate) mod row_store;
pub(crate) mod scratch;
pub(crate) mod source;
pub(crate) mod stages;
