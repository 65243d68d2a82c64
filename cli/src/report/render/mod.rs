//! A document as text for a terminal, as Markdown and as an HTML page.

pub(crate) mod html;
pub(crate) mod markdown;
pub(crate) mod terminal;
