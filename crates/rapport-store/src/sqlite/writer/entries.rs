//! Rows of the timeline: one for each belief about each event of a customer. They fall on random keys, so they are
//! collected and written in the order of the table.

use rapport_views::timeline::touch::is_two_way;
use rusqlite::{Connection, params_from_iter};

use super::{
    Dictionary, Failure, Item, Op,
    runs::{Entry, Runs},
};

/// Rows in one INSERT: a statement costs as much as several rows.
const INSERT_ROWS: usize = 50;

/// The rows collected since the last commit, in the order in which they appeared and went.
#[derive(Default)]
pub struct Entries {
    collected: Vec<(Entry, Op)>,
    /// While a view is built: where rows wait until all are there.
    runs: Option<Runs>,
}

impl Entries {
    /// Of a view that is built.
    pub fn building(runs: Runs) -> Self {
        Self { collected: Vec::new(), runs: Some(runs) }
    }

    /// Drops what is collected.
    pub fn forget(&mut self) {
        self.collected.clear();
    }

    /// Collects the row of one belief; events of the company itself have none.
    pub fn write(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        item: &Item<'_>,
        op: Op,
    ) -> Result<(), Failure> {
        let event = item.event;
        if event.customer.is_empty() {
            return Ok(());
        }
        let symbols = &mut dictionary.symbols;
        let entry = Entry {
            event_type: symbols.intern(event.r#type).0,
            channel: symbols.intern(event.channel).0,
            actor: symbols.intern(event.actor_id).0,
            party: dictionary.parties.id(connection, event.customer)?.0.cast_signed(),
            occurred_at: item.occurred_at.as_micros(),
            position: event.position.cast_signed(),
            known_from: item.known_from.as_micros(),
            known_to: item.known_to.as_micros(),
            two_way: item.kind.is_some_and(is_two_way),
            retracted: item.retracted,
        };
        self.collected.push((entry, op));
        if let Some(runs) = &mut self.runs
            && self.collected.len() >= runs.rows_max()
        {
            sort(&mut self.collected);
            runs.add(&self.collected).map_err(Failure::Runs)?;
            self.collected.clear();
        }
        Ok(())
    }

    /// Writes what is collected, unless it waits for the end of a build.
    pub fn flush(&mut self, connection: &Connection) -> Result<(), Failure> {
        if self.runs.is_none() {
            sort(&mut self.collected);
            write_sorted(connection, self.collected.drain(..).map(Ok))?;
        }
        Ok(())
    }

    /// Writes everything of a build, in the order of the table.
    pub fn finish(&mut self, connection: &Connection) -> Result<(), Failure> {
        sort(&mut self.collected);
        match self.runs.take() {
            Some(runs) => {
                let rows = runs.merged(std::mem::take(&mut self.collected)).map_err(Failure::Runs)?;
                write_sorted(connection, rows.map(|row| row.map_err(Failure::Runs)))
            }
            None => self.flush(connection),
        }
    }
}

/// Stable: the last thing that happened to a key comes last.
fn sort(collected: &mut [(Entry, Op)]) {
    collected.sort_by_key(|(entry, _)| entry.key());
}

/// Writes rows that come in the order of the table; of several things that happened to a key the last one holds.
fn write_sorted(
    connection: &Connection,
    rows: impl Iterator<Item = Result<(Entry, Op), Failure>>,
) -> Result<(), Failure> {
    let mut table = Table::new(connection)?;
    let mut last: Option<(Entry, Op)> = None;
    for row in rows {
        let (entry, op) = row?;
        if let Some((before, happened)) = last.replace((entry, op)) {
            if before.key() != entry.key() {
                table.settle(&before, happened)?;
            } else if happened == Op::Remove {
                // What is added again may stand in the table.
                table.delete(&before)?;
            }
        }
    }
    if let Some((entry, happened)) = last {
        table.settle(&entry, happened)?;
    }
    table.insert_rest()
}

/// The table, with rows on their way into it.
struct Table<'c> {
    connection: &'c Connection,
    values: Vec<i64>,
    many: String,
}

/// As many as [`Table::insert`] pushes.
const COLUMNS: usize = 10;

impl<'c> Table<'c> {
    fn new(connection: &'c Connection) -> Result<Self, Failure> {
        let values = Vec::with_capacity(INSERT_ROWS * COLUMNS);
        Ok(Self { connection, values, many: insert_statement(INSERT_ROWS) })
    }

    fn settle(&mut self, entry: &Entry, happened: Op) -> Result<(), Failure> {
        match happened {
            Op::Add => self.insert(entry),
            Op::Remove => self.delete(entry),
        }
    }

    fn insert(&mut self, entry: &Entry) -> Result<(), Failure> {
        let key = entry.key();
        self.values.extend([
            key.0,
            key.1,
            key.2,
            key.3,
            entry.known_to,
            entry.event_type.into(),
            entry.channel.into(),
            entry.actor.into(),
            entry.two_way.into(),
            entry.retracted.into(),
        ]);
        if self.values.len() == INSERT_ROWS * COLUMNS {
            self.connection.prepare_cached(&self.many)?.execute(params_from_iter(&self.values))?;
            self.values.clear();
        }
        Ok(())
    }

    fn insert_rest(&mut self) -> Result<(), Failure> {
        let mut insert = self.connection.prepare_cached(&insert_statement(1))?;
        for row in self.values.chunks(COLUMNS) {
            insert.execute(params_from_iter(row))?;
        }
        self.values.clear();
        Ok(())
    }

    /// Rows of this key are not on their way: each key is settled once.
    fn delete(&self, entry: &Entry) -> Result<(), Failure> {
        let mut delete = self.connection.prepare_cached(
            "DELETE FROM entry WHERE party = ?1 AND occurred_at = ?2 AND position = ?3 AND known_from = ?4",
        )?;
        delete.execute(entry.key())?;
        Ok(())
    }
}

/// A failure takes back the whole transaction anyway: `OR ROLLBACK` spares SQLite a journal for each statement.
fn insert_statement(rows: usize) -> String {
    let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    format!("INSERT OR ROLLBACK INTO entry VALUES {}", vec![row; rows].join(", "))
}
