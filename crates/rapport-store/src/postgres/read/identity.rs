//! Merges and contacts at (T, K). $1 is T, $2 is K.

use postgres::Row;
use rapport_views::identity::{ContactEdge, MergeEdge};

use super::snapshot::{Names, moment, position};
use crate::postgres::failure::PostgresError;

/// In force: known, happened, and not taken apart by then.
pub const MERGES: &str = "
SELECT m.position, m.occurred_at, m.survivor, m.absorbed FROM party_merge m
WHERE m.occurred_at <= $1 AND m.known_from <= $2 AND m.known_to > $2
  AND NOT EXISTS (
    SELECT FROM party_unmerge u
    WHERE u.merge_event_id = m.event_id AND u.occurred_at <= $1 AND u.known_from <= $2 AND u.known_to > $2)";

/// What was said by then.
pub const CONTACTS: &str = "
SELECT person, organisation, valid_from, valid_to, occurred_at, position FROM contact
WHERE occurred_at <= $1 AND known_from <= $2 AND known_to > $2";

pub fn merge(row: &Row, names: &mut Names) -> Result<MergeEdge, PostgresError> {
    Ok(MergeEdge {
        position: position(row, 0)?,
        occurred_at: moment(row, 1)?,
        survivor: names.party(row.try_get(2)?),
        absorbed: names.party(row.try_get(3)?),
    })
}

pub fn contact(row: &Row, names: &mut Names) -> Result<ContactEdge, PostgresError> {
    Ok(ContactEdge {
        person: names.party(row.try_get(0)?),
        organisation: names.party(row.try_get(1)?),
        from: moment(row, 2)?,
        to: moment(row, 3)?,
        occurred_at: moment(row, 4)?,
        position: position(row, 5)?,
    })
}
