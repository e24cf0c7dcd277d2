//! Numbers in rows as what they stand for.

use rapport_model::{Position, Timestamp};
use rapport_views::rows::ObjectId;
use rusqlite::Row;

pub(super) fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    Ok(Position(row.get::<_, i64>(column)?.cast_unsigned()))
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_micros)
}

pub(super) fn object(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectId> {
    Ok(ObjectId(row.get::<_, i64>(column)?.cast_unsigned()))
}
