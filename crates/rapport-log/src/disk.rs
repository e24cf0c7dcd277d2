//! What lies in the ledger's directory, and the index that finds it: generations with their journal, sled and marks.

pub(crate) mod block;
pub(crate) mod directory;
pub(crate) mod generation;
pub(crate) mod index;
pub(crate) mod journal;
pub(crate) mod ready;
mod runway;
pub(crate) mod settled;
pub(crate) mod sled;
