//! What a column of rows must not hold: see [`Without`]. SQLite would collect it anew for each statement and for each range
//! of a table; here a snapshot collects it once.

use std::sync::Arc;

use hashbrown::HashSet;
use rapport_views::{
    answers::AsOf,
    table::{Filter, Without},
};

use super::ended::Ended;
use crate::sqlite::connections::Connections;

/// Numbers that a column must not hold.
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
        collect: impl Fn(&Without) -> Result<HashSet<i64>, Ended>,
    ) -> Result<Vec<Self>, Ended> {
        let mut all = Vec::new();
        for without in filter.exclusions() {
            let these = match connections.collected(without, as_of) {
                Some(these) => these,
                None => connections.collect(without, as_of, collect(without)?),
            };
            if !these.is_empty() {
                all.push(Self { column: without.column, these });
            }
        }
        Ok(all)
    }
}
