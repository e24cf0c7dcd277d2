//! The topic of the events and that of the checkpoints: how they are made, what lies in them, how far they are.

pub(crate) mod checkpoint;
pub(crate) mod ends;
pub(crate) mod partitions;
pub(crate) mod prepare;
pub mod record;
pub(crate) mod watermarks;
