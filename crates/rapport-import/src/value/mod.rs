//! How texts of files become numbers and moments. Pure; knows nothing of mappings or events.

pub(crate) mod evidence;
pub(crate) mod fault;
pub(crate) mod flag;
pub(crate) mod letters;
pub(crate) mod moment;
pub(crate) mod number;
mod offset;
pub(crate) mod order;
pub(crate) mod pattern;
pub(crate) mod reading;
pub(crate) mod shape;
