//! The topic of the events and that of the checkpoints: how they are made, what lies in them, how far they are.

pub mod checkpoint;
pub mod ends;
pub mod partitions;
pub mod prepare;
pub mod record;
pub mod watermarks;
