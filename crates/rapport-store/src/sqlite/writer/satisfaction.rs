//! Rows of satisfaction. They fall at the end of their tables, so they are written as they come.

use rapport_views::{
    projection::answer,
    rows::{AnswerRow, ObjectId, SentRow},
};
use rusqlite::{Connection, params};

use super::{Dictionary, Failure, Item, Op, names::Names};
use crate::sqlite::codes::instrument_code;

/// Adds or removes the row of one belief.
pub fn write(
    connection: &Connection,
    dictionary: &mut Dictionary,
    surveys: &mut Names,
    item: &Item<'_>,
    op: Op,
) -> Result<(), Failure> {
    let Some(believed) = item.believed() else { return Ok(()) };
    let customer = dictionary.parties.id(connection, believed.event.customer)?;
    if let Some((survey, row)) = answer::answer(&believed, customer, &mut dictionary.symbols) {
        match op {
            Op::Add => add_answer(connection, item, surveys.id(connection, survey)?, &row)?,
            Op::Remove => {
                remove(connection, item, "DELETE FROM answer WHERE position = ?1 AND known_from = ?2")?;
            }
        }
    }
    if let Some((survey, row)) = answer::sent(&believed, customer, &mut dictionary.symbols) {
        match op {
            Op::Add => add_sent(connection, item, surveys.id(connection, survey)?, &row)?,
            Op::Remove => {
                remove(connection, item, "DELETE FROM sent WHERE position = ?1 AND known_from = ?2")?
            }
        }
    }
    Ok(())
}

fn add_answer(
    connection: &Connection,
    item: &Item<'_>,
    survey: ObjectId,
    row: &AnswerRow,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO answer VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
    )?;
    insert.execute(params![
        row.position.0.cast_signed(),
        item.known_from.as_micros(),
        item.known_to.as_micros(),
        row.occurred_at.as_micros(),
        row.customer.0.cast_signed(),
        survey.0.cast_signed(),
        instrument_code(row.instrument),
        row.question.0,
        row.wave.0,
        row.value,
        row.scale_min,
        row.scale_max,
        row.high_is_better,
        row.product.0,
        row.tier.0,
        row.channel.0,
        row.staff.0,
        row.branch.0,
        row.expectation,
        row.importance,
    ])?;
    Ok(())
}

fn add_sent(
    connection: &Connection,
    item: &Item<'_>,
    survey: ObjectId,
    row: &SentRow,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO sent VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    insert.execute((
        row.position.0.cast_signed(),
        item.known_from.as_micros(),
        item.known_to.as_micros(),
        row.occurred_at.as_micros(),
        row.customer.0.cast_signed(),
        survey.0.cast_signed(),
        instrument_code(row.instrument),
        row.wave.0,
    ))?;
    Ok(())
}

fn remove(connection: &Connection, item: &Item<'_>, delete: &str) -> rusqlite::Result<()> {
    let key = (item.event.position.cast_signed(), item.known_from.as_micros());
    connection.prepare_cached(delete)?.execute(key).map(drop)
}
