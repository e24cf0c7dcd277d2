//! The tags of the events in the copy of a remote source: which events an object has.

use rapport_model::Position;
use rapport_proto::event_ref::EventRef;
use rapport_views::rows::storable;
use rusqlite::Connection;

use crate::{EncodedEvent, reads::tags};

/// Beside the table `event`.
pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS event_tag (
  tag TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (tag, position)) WITHOUT ROWID;";

const INSERT: &str = "INSERT INTO event_tag (tag, position) VALUES (?1, ?2)";
/// Events whose tags are sorted together.
const FILLED_AT_ONCE: i64 = 500_000;

/// Keeps the tags of a new event; bytes that are not an event have none.
pub(super) fn insert(connection: &Connection, event: &EncodedEvent) -> rusqlite::Result<()> {
    let Ok(parsed) = event.parse() else { return Ok(()) };
    let mut insert = connection.prepare_cached(INSERT)?;
    for tag in tags(&parsed) {
        insert.execute((tag, event.position().0.cast_signed()))?;
    }
    Ok(())
}

/// The events that have a tag, ascending.
pub(super) fn find(connection: &Connection, tag: &str) -> rusqlite::Result<Vec<Position>> {
    let mut select =
        connection.prepare_cached("SELECT position FROM event_tag WHERE tag = ?1 ORDER BY position")?;
    let positions = select.query_map([storable(tag)], |row| row.get::<_, i64>(0))?;
    positions.map(|position| Ok(Position(position?.cast_unsigned()))).collect()
}

/// Keeps the tags of all events of a file that was written without them; cut off, it is to be done again.
pub(super) fn fill(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM event_tag", [])?;
    in_steps(connection, fill_after)
}

/// Works through all events, in a transaction a step. A step begins after a position and gives the last that it did.
pub(super) fn in_steps(
    connection: &mut Connection,
    step: fn(&Connection, i64) -> rusqlite::Result<Option<i64>>,
) -> rusqlite::Result<()> {
    let mut after = Some(0);
    while let Some(position) = after {
        let transaction = connection.transaction()?;
        after = step(&transaction, position)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The next events after a position; gives the last of them. Their tags are sorted first: in the order of events each
/// would change another page.
fn fill_after(connection: &Connection, position: i64) -> rusqlite::Result<Option<i64>> {
    let mut select = connection
        .prepare_cached("SELECT position, bytes FROM event WHERE position > ?1 ORDER BY position LIMIT ?2")?;
    let mut events = select.query((position, FILLED_AT_ONCE))?;
    let (mut last, mut found) = (None, Vec::new());
    while let Some(row) = events.next()? {
        let position: i64 = row.get(0)?;
        if let Ok(event) = EventRef::parse(row.get_ref(1)?.as_blob()?) {
            found.extend(tags(&event).into_iter().map(|tag| (tag.into_owned(), position)));
        }
        last = Some(position);
    }
    found.sort_unstable();
    let mut insert = connection.prepare_cached(INSERT)?;
    for tagged in &found {
        insert.execute((&tagged.0, tagged.1))?;
    }
    Ok(last)
}
