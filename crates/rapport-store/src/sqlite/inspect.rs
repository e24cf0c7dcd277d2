//! Looks at the views' files of a ledger that no process has open.

use std::path::Path;

use rapport_model::Position;
use rusqlite::{Connection, OpenFlags};

use crate::{
    StoreError, View,
    error::InView,
    sqlite::{generation, schema},
};

/// In what state a view's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is none, or one of another format: the next start builds it.
    NotBuilt,
    /// The database finds nothing wrong with it; it has the events up to here.
    Sound(Position),
    /// What the database finds wrong.
    Damaged(String),
}

/// Checks every view's live file with SQLite's own check. The files have no checksums: a value that was changed into
/// another valid one is not found; building the view anew sets it right.
///
/// # Errors
/// The directory cannot be read.
pub fn inspect(dir: &Path) -> Result<Vec<(View, Condition)>, StoreError> {
    View::ALL.into_iter().map(|view| Ok((view, condition(dir, view)?))).collect()
}

fn condition(dir: &Path, view: View) -> Result<Condition, StoreError> {
    let generation = match generation::live(dir, view) {
        Ok(Some(generation)) => generation,
        Ok(None) => return Ok(Condition::NotBuilt),
        Err(error @ StoreError::Damaged { .. }) => return Ok(Condition::Damaged(error.to_string())),
        Err(error) => return Err(error),
    };
    let path = generation::path(dir, view, generation);
    if !path.exists() {
        return Ok(Condition::NotBuilt);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).in_view(view)?;
    Ok(check(view, &connection).unwrap_or_else(|error| Condition::Damaged(error.to_string())))
}

fn check(view: View, connection: &Connection) -> rusqlite::Result<Condition> {
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Ok(Condition::Damaged(verdict));
    }
    if schema::meta(connection, "format")? != view.format() {
        return Ok(Condition::NotBuilt);
    }
    Ok(Condition::Sound(Position(schema::meta(connection, "position")?.cast_unsigned())))
}
