//! Declared tables in SQLite: their schema, their writer, their reader.

mod ddl;
mod read;
mod runs;
mod sorted;
mod write;

pub use ddl::schema;
pub use read::scan;
pub use runs::Op;
pub use write::Tables;
