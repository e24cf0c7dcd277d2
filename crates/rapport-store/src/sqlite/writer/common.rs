//! Rows that every view has: merges, contacts, definitions.

use rapport_model::EventId;
use rapport_views::{
    projection::party::{Common, common},
    rows::storable,
};
use rusqlite::Connection;

use super::{Dictionary, Failure, Item, Op};

/// Adds or removes the row of one belief.
pub fn write(
    connection: &Connection,
    dictionary: &mut Dictionary,
    item: &Item<'_>,
    op: Op,
) -> Result<(), Failure> {
    let Some(common) = item.believed().as_ref().and_then(common) else { return Ok(()) };
    if op == Op::Remove {
        return remove(connection, deletion(&common), item);
    }
    let place = (
        item.event.position.cast_signed(),
        item.known_from.as_micros(),
        item.known_to.as_micros(),
        item.occurred_at.as_micros(),
    );
    match common {
        Common::Merge { survivor, absorbed } => {
            let survivor = dictionary.parties.id(connection, survivor)?.0.cast_signed();
            let absorbed = dictionary.parties.id(connection, absorbed)?.0.cast_signed();
            let row = (place.0, place.1, place.2, place.3, survivor, absorbed, item.event.id);
            let insert = "INSERT INTO party_merge VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            connection.prepare_cached(insert)?.execute(row)?;
        }
        Common::Unmerge { merge_event_id } => {
            // Events are known by the canonical text of their id; people may write a UUID in capitals.
            let id = merge_event_id
                .parse::<EventId>()
                .map_or_else(|_| merge_event_id.to_owned(), |id| id.to_string());
            let row = (place.0, place.1, place.2, place.3, id);
            connection
                .prepare_cached("INSERT INTO party_unmerge VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(row)?;
        }
        Common::Contact { person, organisation, from, to } => {
            let person = dictionary.parties.id(connection, person)?.0.cast_signed();
            let organisation = dictionary.parties.id(connection, organisation)?.0.cast_signed();
            let row =
                (place.0, place.1, place.2, place.3, person, organisation, from.as_micros(), to.as_micros());
            let insert = "INSERT INTO contact VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            connection.prepare_cached(insert)?.execute(row)?;
        }
        Common::Definition { kind, code, version, effective_from, body } => {
            let effective_from = effective_from.as_micros();
            let row = (
                place.0,
                place.1,
                place.2,
                place.3,
                kind,
                storable(code),
                version,
                effective_from,
                storable(body),
            );
            let insert = "INSERT INTO definition VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            connection.prepare_cached(insert)?.execute(row)?;
        }
    }
    Ok(())
}

const fn deletion(common: &Common<'_>) -> &'static str {
    match common {
        Common::Merge { .. } => "DELETE FROM party_merge WHERE position = ?1 AND known_from = ?2",
        Common::Unmerge { .. } => "DELETE FROM party_unmerge WHERE position = ?1 AND known_from = ?2",
        Common::Contact { .. } => "DELETE FROM contact WHERE position = ?1 AND known_from = ?2",
        Common::Definition { .. } => "DELETE FROM definition WHERE position = ?1 AND known_from = ?2",
    }
}

fn remove(connection: &Connection, delete: &'static str, item: &Item<'_>) -> Result<(), Failure> {
    connection
        .prepare_cached(delete)?
        .execute((item.event.position.cast_signed(), item.known_from.as_micros()))?;
    Ok(())
}
