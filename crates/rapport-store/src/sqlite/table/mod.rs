//! Declared tables in SQLite: their schema, their writer, their reader.

mod ddl;
mod key;
mod read;
mod runs;
mod sorted;
mod write;

pub(super) use ddl::schema;
pub(super) use read::{group, scan};
pub(super) use write::Tables;
