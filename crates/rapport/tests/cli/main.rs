//! The real binary: what it prints where, and with which exit code it ends.

mod answers;
mod appending;
mod import;
mod serve;
mod support;
