//! A server in this process, asked over gRPC as any client would.

mod append;
mod read;
mod references;
mod service;
mod shutdown;
mod subscribe;
mod support;
mod views;
