//! The wire contract.
pub mod v1 {
    #![allow(missing_docs, clippy::all)]
    tonic::include_proto!("rapport.v1");
}
