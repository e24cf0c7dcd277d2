//! The customers of rows whose texts are like others.

use std::fmt::Write;

use postgres::types::ToSql;
use rapport_views::{
    answers::AsOf,
    read::{EXAMINED_MAX, Like, Likely},
    table::{Dictionary, Numbers as _, Table},
};

use crate::postgres::{failure::PostgresError, numbered::Numbered, session::Session, value::Moment};

/// The customers of rows whose event has a row like each of these: see [`rapport_views::read::Rows::like`]. The rarest
/// leads, as in SQLite, so that both look at the same rows where there are too many. `numbered` gives numbers to customers.
pub(crate) fn like(
    session: &mut Session,
    numbered: &mut Numbered,
    (table, column): (&Table, &str),
    likes: &[Like],
    as_of: AsOf,
    most: usize,
) -> Result<Likely, PostgresError> {
    let (mut likes, mut rarest): (Vec<&Like>, _) = (likes.iter().collect(), 0);
    if likes.len() > 1 {
        let mut counted = Vec::with_capacity(likes.len());
        for like in likes {
            counted.push((count(session, table, column, like)?, like));
        }
        counted.sort_by_key(|(count, _)| *count);
        rarest = counted.first().map_or(0, |(count, _)| *count);
        likes = counted.into_iter().map(|(_, like)| like).collect();
    }
    let mut customers = Vec::new();
    let Some((first, others)) = likes.split_first() else { return Ok(Likely { customers, are_all: true }) };
    let (t, k) = Moment::both(as_of);
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    // T, K and the limit come before the texts.
    let mut texts = Texts { lists: Vec::new(), behind: 3 };
    let (name, is) = (table.name, texts.condition(&format!("a.{column}"), first));
    let mut from =
        format!("{name} a WHERE {is} AND a.occurred_at <= $1 AND a.known_from <= $2 AND a.known_to > $2");
    let is_bounded = !others.is_empty() && !likes.iter().all(|like| like.is_whole());
    if is_bounded {
        from = format!(
            "(SELECT a.customer, a.position, a.known_from FROM {from} ORDER BY a.{column}, a.position LIMIT {EXAMINED_MAX}) a WHERE true"
        );
    }
    let mut sql = format!("SELECT a.customer FROM {from}");
    for other in others {
        let is = texts.condition(&format!("b.{column}"), other);
        let _ = write!(
            sql,
            " AND EXISTS (SELECT FROM {name} b WHERE b.customer = a.customer AND b.position = a.position
                AND b.known_from = a.known_from AND {is})"
        );
    }
    let order = if is_bounded { String::new() } else { format!("a.{column}, ") };
    let _ = write!(sql, " ORDER BY {order}a.position LIMIT $3");
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&t, &k, &limit];
    params.extend(texts.params());
    session.each(&sql, &params, |row| {
        customers.push(numbered.name(Dictionary::Party, row.try_get(0)?));
        Ok(())
    })?;
    let are_all = customers.len() < most && !(is_bounded && rarest >= EXAMINED_MAX);
    Ok(Likely { customers, are_all })
}

/// How many rows are like this, of any moment; no more than are looked at.
fn count(session: &mut Session, table: &Table, column: &str, like: &Like) -> Result<usize, PostgresError> {
    let mut texts = Texts { lists: Vec::new(), behind: 0 };
    let is = texts.condition(column, like);
    let sql =
        format!("SELECT count(*) FROM (SELECT FROM {} WHERE {is} LIMIT {EXAMINED_MAX}) few", table.name);
    let params: Vec<&(dyn ToSql + Sync)> = texts.params().collect();
    let rows = session.query(&sql, &params)?;
    let count: i64 = rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
    Ok(usize::try_from(count).unwrap_or_default())
}

/// The texts of conditions: a parameter each, behind some others.
struct Texts {
    lists: Vec<Vec<String>>,
    behind: usize,
}

impl Texts {
    /// A condition over a list of texts, which is added: its one, or its first and second as bounds, or all of it.
    fn condition(&mut self, column: &str, like: &Like) -> String {
        self.lists.push(match like {
            Like::Begins(beginning) => vec![beginning.clone(), Like::behind(beginning)],
            Like::AnyOf(these) => these.clone(),
        });
        let list = format!("${}::text[]", self.lists.len() + self.behind);
        match like {
            Like::Begins(_) => format!("{column} >= ({list})[1] AND {column} < ({list})[2]"),
            // One text is one range of an index; the planner sees that only in an equation.
            Like::AnyOf(_) if like.is_whole() => format!("{column} = ({list})[1]"),
            Like::AnyOf(_) => format!("{column} = ANY({list})"),
        }
    }

    fn params(&self) -> impl Iterator<Item = &(dyn ToSql + Sync)> {
        self.lists.iter().map(|list| list as &(dyn ToSql + Sync))
    }
}
