//! The wire contract in Rust: generated code of `proto/`, validation of requests and their conversion into the model,
//! the gRPC statuses of error classes, and the canonical JSON of every message.
//!
//! The only crate that decides how the model looks on the wire, but for the envelope of a recorded event, which
//! `rapport-model` reads and `rapport-log` writes. Begin with [`validate`]: a wrong event is refused
//! there and nowhere else.
//!
//! Payloads are bytes in the generated `Event` and `RecordedEvent`, and events are bytes in `ReadResponse`: see
//! `build.rs` for the reason.

pub mod definition;
pub mod event_ref;
pub mod event_type;
pub mod fit;
pub mod json;
pub mod once_left_out;
pub mod status;
pub mod time;
pub mod validate;
mod zeros;

/// Generated from `proto/rapport/v1`; the comments are in the proto files.
pub mod v1 {
    #![allow(
        missing_docs,
        clippy::all,
        clippy::too_many_lines,
        clippy::allow_attributes_without_reason,
        reason = "generated code; its documentation is the proto files"
    )]
    tonic::include_proto!("rapport.v1");
}

/// The compiled proto files, for gRPC reflection.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
