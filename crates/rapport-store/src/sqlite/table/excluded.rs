//! What a column of rows must not hold: see [`Without`]. SQLite would collect it anew for each statement and for each range
//! of a table, and a snapshot asks for the same again and again.

use std::sync::{Arc, PoisonError};

use hashbrown::HashSet;
use rapport_views::{
    answers::AsOf,
    table::{Filter, NotARow, Without},
};

use crate::sqlite::connections::Connections;

/// Numbers that a column must not hold.
#[derive(Debug, Clone)]
pub(super) struct Excluded {
    pub(super) column: &'static str,
    pub(super) these: Arc<HashSet<i64>>,
}

impl Excluded {
    /// What a filter excludes, without what excludes no row. `collect` reads the numbers of one.
    pub(super) fn all(
        connections: &Connections,
        filter: &Filter,
        as_of: AsOf,
        collect: impl Fn(&Without) -> rusqlite::Result<Result<HashSet<i64>, NotARow>>,
    ) -> rusqlite::Result<Result<Vec<Self>, NotARow>> {
        let mut all = Vec::new();
        for without in filter.exclusions() {
            let known =
                format!("{} {} {:?} {as_of:?}", without.table.name, without.column, without.condition);
            let mut kept = connections.excluded().lock().unwrap_or_else(PoisonError::into_inner);
            let these = match kept.get(&known) {
                Some(these) => Arc::clone(these),
                None => match collect(without)? {
                    Ok(these) => Arc::clone(kept.entry(known).or_insert(Arc::new(these))),
                    Err(not_a_row) => return Ok(Err(not_a_row)),
                },
            };
            if !these.is_empty() {
                all.push(Self { column: without.column, these });
            }
        }
        Ok(Ok(all))
    }
}
