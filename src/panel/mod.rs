//! One panel of one slice: the row pass, the column pass, and where pixels come from.

pub(crate) mod column_first;
pub(crate) mod column_pass;
pub(crate) mod held_rows;
pub(crate) mod pixels;
pub(crate) mod row_pass;
pub(crate) mod slice;
pub(crate) mod source_rows;
