//! Models: what is asked of rows, and how the answer reads.

pub mod classes;
