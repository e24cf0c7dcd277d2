//! Declared tables in SQLite: their schema, their writer, their reader.

mod ddl;
mod key;
mod read;
mod runs;
mod sorted;
mod write;

pub use ddl::schema;
pub use key::Op;
pub use read::{group, scan};
pub use write::Tables;
