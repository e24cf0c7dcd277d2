//! The bytes of an event in the copy of a remote source, with a checksum: SQLite has none of what is in its pages.

use rusqlite::{Connection, Error, Row, types::Type};

use super::tagged::in_steps;

/// Events that get theirs in one transaction.
const FILLED_AT_ONCE: i64 = 100_000;

/// Of the position as well: a row that stands at another place is another event.
pub(super) fn checksum(position: i64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&position.to_le_bytes()), bytes)
}

/// The bytes of a row of `position, bytes, checksum`, and its position.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Vec<u8>)> {
    let (position, bytes): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    if row.get::<_, Option<u32>>(2)? == Some(checksum(position, &bytes)) {
        return Ok((position, bytes));
    }
    let wrong = format!("the bytes of event {position} are not those that were written");
    Err(Error::FromSqlConversionFailure(1, Type::Blob, wrong.into()))
}

/// Adds the checksums to a file that was written without them; cut off, it is to be done again.
pub(super) fn fill(connection: &mut Connection) -> rusqlite::Result<()> {
    let has_column = "SELECT count(*) FROM pragma_table_info('event') WHERE name = 'checksum'";
    if connection.query_row(has_column, [], |row| row.get::<_, i64>(0))? == 0 {
        connection.execute("ALTER TABLE event ADD COLUMN checksum INTEGER", [])?;
    }
    in_steps(connection, fill_after)
}

/// The next events after a position; gives the last of them.
fn fill_after(connection: &Connection, position: i64) -> rusqlite::Result<Option<i64>> {
    let mut select = connection
        .prepare_cached("SELECT position, bytes FROM event WHERE position > ?1 ORDER BY position LIMIT ?2")?;
    let mut update = connection.prepare_cached("UPDATE event SET checksum = ?2 WHERE position = ?1")?;
    let mut events = select.query((position, FILLED_AT_ONCE))?;
    let mut checksums = Vec::new();
    while let Some(row) = events.next()? {
        let position: i64 = row.get(0)?;
        checksums.push((position, checksum(position, row.get_ref(1)?.as_blob()?)));
    }
    for one in &checksums {
        update.execute(*one)?;
    }
    Ok(checksums.last().map(|(position, _)| *position))
}
