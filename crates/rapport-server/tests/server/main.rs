//! A server in this process, asked over gRPC as any client would.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod access;
mod append;
mod large_answers;
mod read;
mod references;
mod service;
mod set_back;
mod shutdown;
mod subscribe;
mod support;
mod tls;
mod views;
