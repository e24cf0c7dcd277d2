//! Ids of parties, deals and surveys as integers.

use std::borrow::Cow;

use rapport_views::{
    rows::{ObjectId, Symbols, storable},
    table::Dictionary,
};
use rusqlite::{Connection, OptionalExtension};

/// Names kept in memory; when there are more, it starts anew. Each takes some 30 bytes and its own.
const CACHED_MAX: usize = 1_000_000;

/// One dictionary table. Number 0 is the empty name.
pub(super) struct Names {
    select: String,
    insert: String,
    last: String,
    cached: Symbols,
    /// The number of each name in memory.
    ids: Vec<ObjectId>,
    /// Whether a name that is not in memory is new.
    has_all: bool,
    next: u64,
}

impl Names {
    /// Those of a dictionary.
    pub(super) fn of(dictionary: Dictionary) -> Self {
        let table = dictionary.name();
        Self {
            select: format!("SELECT id FROM {table} WHERE name = ?1"),
            insert: format!("INSERT INTO {table} (id, name) VALUES (?1, ?2)"),
            last: format!("SELECT coalesce(max(id), 0) FROM {table}"),
            cached: Symbols::new(),
            ids: vec![ObjectId::default()],
            has_all: true,
            next: 1,
        }
    }

    /// Forgets what was given since the last commit.
    pub(super) fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.forget();
        let last: i64 = connection.query_row(&self.last, [], |row| row.get(0))?;
        self.next = last.cast_unsigned() + 1;
        self.has_all = last == 0;
        Ok(())
    }

    fn forget(&mut self) {
        self.cached = Symbols::new();
        self.ids = vec![ObjectId::default()];
    }

    /// The number that the next new name gets.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// The number of a name as rows hold it, given now if it has none.
    pub(super) fn id(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<ObjectId> {
        if name.is_empty() {
            return Ok(ObjectId::default());
        }
        let cached = self.cached.get(name).and_then(|name| self.ids.get(name.0 as usize));
        if let Some(id) = cached {
            return Ok(*id);
        }
        if let Cow::Owned(name) = storable(name) {
            return self.id(connection, &name);
        }
        let id = match self.find(connection, name)? {
            Some(id) => id,
            None => {
                let id = ObjectId(self.next);
                connection.prepare_cached(&self.insert)?.execute((id.0.cast_signed(), name))?;
                self.next += 1;
                id
            }
        };
        if self.cached.len() >= CACHED_MAX {
            self.forget();
            self.has_all = false;
        }
        self.cached.intern(name);
        self.ids.push(id);
        Ok(id)
    }

    /// The number that the table has for a name.
    fn find(&self, connection: &Connection, name: &str) -> rusqlite::Result<Option<ObjectId>> {
        if self.has_all {
            return Ok(None);
        }
        let mut select = connection.prepare_cached(&self.select)?;
        let id: Option<i64> = select.query_row([name], |row| row.get(0)).optional()?;
        Ok(id.map(|id| ObjectId(id.cast_unsigned())))
    }
}
