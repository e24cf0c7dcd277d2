//! The customers of rows whose texts are like others.

use std::fmt::Write;

use rapport_views::{
    answers::AsOf,
    read::{EXAMINED_MAX, Like, Likely},
    rows::ObjectId,
    table::Table,
};
use rusqlite::{Connection, params_from_iter, types::Value};

/// The customers of rows whose event has a row like each of these: see [`rapport_views::read::Rows::like`]. The
/// query reads the range of the rarest one in the column's index, and checks each of these rows against the other rows of
/// its event.
pub(crate) fn like(
    connection: &Connection,
    table: &Table,
    column: &str,
    likes: &[Like],
    as_of: AsOf,
    most: usize,
) -> rusqlite::Result<Likely> {
    let (mut likes, mut rarest): (Vec<&Like>, _) = (likes.iter().collect(), 0);
    if likes.len() > 1 {
        let mut counted = Vec::with_capacity(likes.len());
        for like in likes {
            counted.push((count(connection, table, column, like)?, like));
        }
        counted.sort_by_key(|(count, _)| *count);
        rarest = counted.first().map_or(0, |(count, _)| *count);
        likes = counted.into_iter().map(|(_, like)| like).collect();
    }
    let Some((first, others)) = likes.split_first() else {
        return Ok(Likely { customers: Vec::new(), are_all: true });
    };
    let as_of = as_of.bounded();
    let moments = [as_of.occurred_until, as_of.recorded_until];
    let mut parameters = moments.map(|moment| Value::Integer(moment.as_micros())).to_vec();
    let (name, is) = (table.name, condition(&format!("a.{column}"), first, &mut parameters));
    let mut from =
        format!("{name} a WHERE {is} AND a.occurred_at <= ?1 AND a.known_from <= ?2 AND a.known_to > ?2");
    let is_bounded = !others.is_empty() && !likes.iter().all(|like| like.is_whole());
    if is_bounded {
        from = format!(
            "(SELECT a.customer, a.position, a.known_from FROM {from} ORDER BY a.{column}, a.position LIMIT {EXAMINED_MAX}) a WHERE 1"
        );
    }
    let mut sql = format!("SELECT a.customer FROM {from}");
    for other in others {
        // The plus keeps the planner from the index of texts: the event has a few rows, a beginning may have thousands.
        let plus = if other.is_whole() { "" } else { "+" };
        let is = condition(&format!("{plus}b.{column}"), other, &mut parameters);
        let _ = write!(
            sql,
            " AND EXISTS (SELECT 1 FROM {name} b WHERE b.position = a.position AND b.known_from = a.known_from AND {is})"
        );
    }
    parameters.push(Value::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
    let order = if is_bounded { String::new() } else { format!("a.{column}, ") };
    let _ = write!(sql, " ORDER BY {order}a.position LIMIT ?{}", parameters.len());
    let mut select = connection.prepare_cached(&sql)?;
    let customers = select
        .query_map(params_from_iter(parameters), |row| Ok(ObjectId(row.get::<_, i64>(0)?.cast_unsigned())))?;
    let customers = customers.collect::<rusqlite::Result<Vec<_>>>()?;
    let are_all = customers.len() < most && !(is_bounded && rarest >= EXAMINED_MAX);
    Ok(Likely { customers, are_all })
}

/// How many rows are like this, of any moment; no more than are looked at.
fn count(connection: &Connection, table: &Table, column: &str, like: &Like) -> rusqlite::Result<usize> {
    let mut parameters = Vec::new();
    let is = condition(column, like, &mut parameters);
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {is} LIMIT {EXAMINED_MAX})", table.name);
    let mut select = connection.prepare_cached(&sql)?;
    let count: i64 = select.query_row(params_from_iter(parameters), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

fn condition(column: &str, like: &Like, parameters: &mut Vec<Value>) -> String {
    let mut parameter = |text: String| {
        parameters.push(Value::Text(text));
        format!("?{}", parameters.len())
    };
    match like {
        Like::Begins(beginning) => {
            let (from, to) = (parameter(beginning.clone()), parameter(Like::behind(beginning)));
            format!("{column} >= {from} AND {column} < {to}")
        }
        Like::AnyOf(texts) => {
            let places: Vec<String> = texts.iter().map(|text| parameter(text.clone())).collect();
            // One text is one range of an index, already in order; the planner sees that only in an equation.
            match places.as_slice() {
                [place] => format!("{column} = {place}"),
                places => format!("{column} IN ({})", places.join(", ")),
            }
        }
    }
}
