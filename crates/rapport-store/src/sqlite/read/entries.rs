//! Which entries: filtering, ordering and counting in SQL.
//!
//! What differs from question to question is a parameter, so that a statement is compiled once for all customers.
//! Only lists of numbers are written into the text: they are ours, never a client's.

use std::fmt::Write;

use rapport_model::Timestamp;
use rapport_views::{
    answers::AsOf,
    read::{EntryCounts, EntryFilter, EntryPage, EntryPlace},
    rows::{ObjectId, storable},
    timeline::profile,
};
use rusqlite::{Connection, OptionalExtension, Params};

use super::row::{moment, position};

/// What a request lets through, as SQL over `entry`; empty when everything.
pub(super) struct Filter(String);

impl Filter {
    /// The filter of a request.
    pub(super) fn of(connection: &Connection, request: &EntryFilter) -> rusqlite::Result<Self> {
        let mut sql = String::new();
        let columns = [("type", &request.types), ("channel", &request.channels), ("actor", &request.actors)];
        for (column, texts) in columns.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            let symbols = symbols(connection, texts)?;
            let _ = write!(sql, " AND {column} IN ({})", list(&symbols));
        }
        if let Some(from) = request.occurred_from {
            let _ = write!(sql, " AND occurred_at >= {}", from.as_micros());
        }
        Ok(Self(sql))
    }
}

/// The entries of these parties, counted.
pub(super) fn counts(
    connection: &Connection,
    parties: &[ObjectId],
    filter: &Filter,
    until: AsOf,
) -> rusqlite::Result<EntryCounts> {
    let Some((at, parameters)) = at(parties, until) else { return Ok(EntryCounts::default()) };
    let sql = format!(
        "SELECT coalesce(sum(CASE WHEN retracted = 0 {} THEN 1 ELSE 0 END), 0),
                    coalesce(sum(1 - retracted), 0), coalesce(sum(retracted), 0),
                    max(CASE WHEN two_way = 1 AND retracted = 0 THEN occurred_at END)
             FROM entry WHERE {at}",
        filter.0,
    );
    connection.prepare_cached(&sql)?.query_row(parameters, |row| {
        let (total, all): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(EntryCounts {
            total: total.cast_unsigned(),
            left_out_by_filter: (all - total).cast_unsigned(),
            retracted: row.get::<_, i64>(2)?.cast_unsigned(),
            last_two_way_touch: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
        })
    })
}

/// The places of a page's entries in order, and whether more follow.
pub(super) fn places(
    connection: &Connection,
    parties: &[ObjectId],
    filter: &Filter,
    until: AsOf,
    page: &EntryPage,
) -> rusqlite::Result<(Vec<EntryPlace>, bool)> {
    let Some((at, [occurred, recorded, party])) = at(parties, until) else { return Ok((Vec::new(), false)) };
    let (beyond, order) = if page.oldest_first { (">", "ASC") } else { ("<", "DESC") };
    let size = page.size as usize;
    let sql = |after: &str| {
        format!(
            "SELECT occurred_at, position FROM entry WHERE {at} AND retracted = 0 {}{after}
             ORDER BY occurred_at {order}, position {order} LIMIT {}",
            filter.0,
            size + 1
        )
    };
    let mut places = match page.after {
        None => select(connection, &sql(""), (occurred, recorded, party)),
        Some((moment, position)) => {
            let sql = sql(&format!(" AND (occurred_at, position) {beyond} (?4, ?5)"));
            let after = (moment.as_micros(), position.0.cast_signed());
            select(connection, &sql, (occurred, recorded, party, after.0, after.1))
        }
    }?;
    let more = places.len() > size;
    places.truncate(size);
    Ok((places, more))
}

/// The events that say who a party is, in the order in which they happened.
pub(super) fn profile_places(
    connection: &Connection,
    parties: &[ObjectId],
    until: AsOf,
) -> rusqlite::Result<Vec<EntryPlace>> {
    let Some((at, parameters)) = at(parties, until) else { return Ok(Vec::new()) };
    let types = symbols(connection, &profile::TYPES)?;
    let sql = format!(
        "SELECT occurred_at, position FROM entry WHERE {at} AND retracted = 0 AND type IN ({})
         ORDER BY occurred_at, position",
        list(&types)
    );
    select(connection, &sql, parameters)
}

fn select(connection: &Connection, sql: &str, parameters: impl Params) -> rusqlite::Result<Vec<EntryPlace>> {
    let mut select = connection.prepare_cached(sql)?;
    let places = select.query_map(parameters, |row| Ok((moment(row, 0)?, position(row, 1)?)))?;
    places.collect()
}

/// What is believed of these parties at T (?1) and K (?2), with the values of the parameters; `None` without parties.
fn at(parties: &[ObjectId], until: AsOf) -> Option<(String, [i64; 3])> {
    let (first, others) = parties.split_first()?;
    let others: Vec<u64> = others.iter().map(|party| party.0).collect();
    // One party is one range of the table, in order; the planner sees that only in an equation.
    let parties = if others.is_empty() {
        "customer = ?3".to_owned()
    } else {
        format!("customer IN (?3, {})", list(&others))
    };
    let sql = format!("{parties} AND occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2");
    Some((sql, [until.occurred_until.as_micros(), until.recorded_until.as_micros(), first.0.cast_signed()]))
}

/// The numbers of texts; those that no event has are left out.
fn symbols(connection: &Connection, texts: &[impl AsRef<str>]) -> rusqlite::Result<Vec<u64>> {
    let mut select = connection.prepare_cached("SELECT id FROM symbol WHERE text = ?1")?;
    let mut symbols = Vec::with_capacity(texts.len());
    for text in texts {
        let id: Option<u32> = select.query_row([storable(text.as_ref())], |row| row.get(0)).optional()?;
        symbols.extend(id.map(u64::from));
    }
    Ok(symbols)
}

fn list(numbers: &[u64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(", ")
}
