//! Projector services: views brought up to date from a source and asked over gRPC. Those of a PostgreSQL database are
//! shared by as many processes as there are partitions; those in files are of one process.
//!
//! Begin with [`service::ProjectServer`]; `follower` is the thread that carries events, `source` what they are carried
//! from, `in_postgres` and `in_files` what they are carried to.

mod follower;
mod head;
mod heads;
mod in_files;
mod in_postgres;
pub(crate) mod kafka_source;
mod left_behind;
pub(crate) mod parts;
mod progress;
mod rebuild;
pub(crate) mod service;
pub(crate) mod source;
