//! What the writer looks up as well as readers.

use rapport_model::Position;
use rapport_views::rows::Symbols;
use rusqlite::{Connection, OptionalExtension};

use super::row::position;

/// All symbols, each with the number that it has in the file.
pub(crate) fn symbols(connection: &Connection) -> rusqlite::Result<Symbols> {
    let mut symbols = Symbols::new();
    let mut select = connection.prepare_cached("SELECT text FROM symbol ORDER BY id")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        symbols.intern(row.get_ref(0)?.as_str()?);
    }
    Ok(symbols)
}

/// What acts on an event, ascending: the place of each adjustment and of its own target.
pub(crate) fn adjustment_places(
    connection: &Connection,
    root: Position,
) -> rusqlite::Result<Vec<(Position, Position)>> {
    let mut select = connection
        .prepare_cached("SELECT position, target FROM adjustment WHERE root = ?1 ORDER BY position")?;
    let places =
        select.query_map([root.0.cast_signed()], |row| Ok((position(row, 0)?, position(row, 1)?)))?;
    places.collect()
}

/// The event that an adjustment acts on in the end.
pub(super) fn adjusted(connection: &Connection, adjustment: Position) -> rusqlite::Result<Option<Position>> {
    let mut select = connection.prepare_cached("SELECT root FROM adjustment WHERE position = ?1")?;
    select.query_row([adjustment.0.cast_signed()], |row| position(row, 0)).optional()
}
