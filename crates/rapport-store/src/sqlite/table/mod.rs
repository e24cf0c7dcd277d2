//! Declared tables in SQLite: their schema, their writer, their reader.

mod asking;
mod ddl;
mod ended;
mod excluded;
mod hashed;
mod key;
mod like;
mod read;
mod runs;
mod select;
mod shares;
mod sorted;
mod together;
mod value;
mod write;

pub(super) use ddl::schema;
pub(super) use like::like;
pub(super) use read::{group, has_any, pick, scan};
pub(super) use write::Tables;
