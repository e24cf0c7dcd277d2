//! How texts of files become numbers and moments. Pure; knows nothing of mappings or events.

pub(crate) mod fault;
pub(crate) mod moment;
pub(crate) mod number;
