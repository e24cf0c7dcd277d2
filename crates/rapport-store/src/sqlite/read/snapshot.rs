//! What every view's snapshot can say.

use std::sync::Arc;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    identity,
    rows::{DefinitionRow, Identity, ObjectId, Symbols, storable},
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    ReadError, View, ViewRows,
    read::bounded,
    sqlite::{schema::meta, view_file::ViewFile},
};

/// T and K as the parameters ?1 and ?2.
pub(super) fn until(as_of: AsOf) -> (i64, i64) {
    let as_of = bounded(as_of);
    (as_of.occurred_until.as_micros(), as_of.recorded_until.as_micros())
}

/// One view's rows as of one commit.
pub struct Snapshot {
    file: Arc<ViewFile>,
    connection: Option<Connection>,
    position: Position,
    recorded_max: Timestamp,
}

impl Snapshot {
    pub(crate) fn take(file: Arc<ViewFile>) -> Result<Self, ReadError> {
        let connection = file.reader()?;
        file.asked(connection.execute_batch("BEGIN"))?;
        // The first read fixes what the transaction sees.
        let position = Position(file.asked(meta(&connection, "position"))?.cast_unsigned());
        let recorded_max = Timestamp::from_micros(file.asked(meta(&connection, "recorded_max"))?);
        Ok(Self { file, connection: Some(connection), position, recorded_max })
    }

    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        // The connection is there until the snapshot is dropped.
        let Some(connection) = &self.connection else {
            return Err(ReadError::Store(crate::StoreError::Stopped { view: self.view() }));
        };
        Ok(self.file.asked(work(connection))?)
    }

    fn view(&self) -> View {
        self.file.view()
    }
}

impl ViewRows for Snapshot {
    fn position(&self) -> Position {
        self.position
    }

    fn recorded_max(&self) -> Timestamp {
        self.recorded_max
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        self.read(symbols)
    }

    fn identity(&self, as_of: AsOf) -> Result<Identity, ReadError> {
        self.read(|connection| {
            let merges = super::identity::merges(connection, as_of)?;
            let contacts = super::identity::contacts(connection, as_of)?;
            Ok(identity::identity(merges, contacts, bounded(as_of).occurred_until))
        })
    }

    fn definitions(&self, as_of: AsOf, kind: &str) -> Result<Vec<DefinitionRow>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT kind, code, version, effective_from, position, body FROM definition
                 WHERE kind = ?1 AND effective_from <= ?2 AND known_from <= ?3 AND known_to > ?3
                 ORDER BY code, effective_from, version, position",
            )?;
            let (occurred, recorded) = until(as_of);
            let found = select.query_map((kind, occurred, recorded), definition)?;
            found.collect()
        })
    }

    fn party_name(&self, party: ObjectId) -> Result<String, ReadError> {
        self.read(|connection| name(connection, "SELECT name FROM party WHERE id = ?1", party))
    }

    fn party(&self, name: &str) -> Result<Option<ObjectId>, ReadError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached("SELECT id FROM party WHERE name = ?1")?;
            let id: Option<i64> = select.query_row([storable(name)], |row| row.get(0)).optional()?;
            Ok(id.map(|id| ObjectId(id.cast_unsigned())))
        })
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("ROLLBACK").is_ok()
        {
            self.file.give_back(connection);
        }
    }
}

/// All symbols, each with the number that it has in the file.
pub fn symbols(connection: &Connection) -> rusqlite::Result<Symbols> {
    let mut symbols = Symbols::new();
    let mut select = connection.prepare_cached("SELECT text FROM symbol ORDER BY id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        symbols.intern(row.get_ref(0)?.as_str()?);
    }
    Ok(symbols)
}

/// What acts on an event, ascending: the place of each adjustment and of its own target.
pub fn adjustment_places(
    connection: &Connection,
    root: Position,
) -> rusqlite::Result<Vec<(Position, Position)>> {
    let mut select = connection
        .prepare_cached("SELECT position, target FROM adjustment WHERE root = ?1 ORDER BY position")?;
    let places =
        select.query_map([root.0.cast_signed()], |row| Ok((position(row, 0)?, position(row, 1)?)))?;
    places.collect()
}

pub(super) fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    Ok(Position(row.get::<_, i64>(column)?.cast_unsigned()))
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_micros)
}

pub(super) fn object(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectId> {
    Ok(ObjectId(row.get::<_, i64>(column)?.cast_unsigned()))
}

pub(super) fn name(connection: &Connection, select: &str, object: ObjectId) -> rusqlite::Result<String> {
    let mut select = connection.prepare_cached(select)?;
    Ok(select.query_row([object.0.cast_signed()], |row| row.get(0)).optional()?.unwrap_or_default())
}

fn definition(row: &Row<'_>) -> rusqlite::Result<DefinitionRow> {
    Ok(DefinitionRow {
        kind: row.get(0)?,
        code: row.get(1)?,
        version: row.get(2)?,
        effective_from: moment(row, 3)?,
        position: position(row, 4)?,
        body: row.get(5)?,
    })
}
