//! Ids of parties and deals as integers.

use std::collections::HashMap;

use rapport_views::rows::ObjectId;
use rusqlite::{Connection, OptionalExtension};

/// Names kept in memory; when there are more, it starts anew. About 100 bytes each.
const CACHED_MAX: usize = 1_000_000;

/// One dictionary table. Number 0 is the empty name.
pub struct Names {
    select: &'static str,
    insert: &'static str,
    last: &'static str,
    cached: HashMap<Box<str>, ObjectId>,
    next: u64,
}

impl Names {
    /// The table `party`.
    pub fn parties() -> Self {
        Self {
            select: "SELECT id FROM party WHERE name = ?1",
            insert: "INSERT INTO party (id, name) VALUES (?1, ?2)",
            last: "SELECT coalesce(max(id), 0) FROM party",
            cached: HashMap::new(),
            next: 1,
        }
    }

    /// The table `deal`.
    pub fn deals() -> Self {
        Self {
            select: "SELECT id FROM deal WHERE name = ?1",
            insert: "INSERT INTO deal (id, name) VALUES (?1, ?2)",
            last: "SELECT coalesce(max(id), 0) FROM deal",
            cached: HashMap::new(),
            next: 1,
        }
    }

    /// Forgets what was given since the last commit.
    pub fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.cached.clear();
        let last: i64 = connection.query_row(self.last, [], |row| row.get(0))?;
        self.next = last.cast_unsigned() + 1;
        Ok(())
    }

    /// The number that the next new name gets.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The number of a name, given now if it has none.
    pub fn id(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<ObjectId> {
        if name.is_empty() {
            return Ok(ObjectId::default());
        }
        if let Some(id) = self.cached.get(name) {
            return Ok(*id);
        }
        let found: Option<i64> =
            connection.prepare_cached(self.select)?.query_row([name], |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => ObjectId(id.cast_unsigned()),
            None => {
                let id = ObjectId(self.next);
                connection.prepare_cached(self.insert)?.execute((id.0.cast_signed(), name))?;
                self.next += 1;
                id
            }
        };
        if self.cached.len() >= CACHED_MAX {
            self.cached.clear();
        }
        self.cached.insert(name.into(), id);
        Ok(id)
    }
}
