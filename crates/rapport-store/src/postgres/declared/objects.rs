//! Facts about objects to their states. A projector that writes an object's rows locks its name, in the order of names,
//! so that two projectors that meet on objects wait for each other and cannot deadlock.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet},
};

use rapport_views::{
    projection::object::{CellsOfRows as Rows, Object},
    rows::ObjectId,
    table::{Cell, NotARow, Numbers as _},
};

use super::{
    read::{own_cells, place, select},
    write::Declared,
};
use crate::postgres::{failure::PostgresError, numbered::Numbered, session::Session};

/// Objects of one kind with what writes their rows.
pub(crate) struct Objects {
    object: &'static Object,
    facts: Declared,
    states: Declared,
}

/// What becomes of one object's facts.
#[derive(Default)]
struct Change<'a> {
    gone: Vec<&'a [Cell]>,
    come: Vec<&'a [Cell]>,
}

impl Objects {
    /// Of one kind.
    pub(crate) fn of(object: &'static Object) -> Self {
        Self { object, facts: Declared::of(object.facts), states: Declared::of(object.states) }
    }

    /// Takes facts away, adds others, and writes how the states change with them.
    pub(crate) fn write(
        &self,
        session: &mut Session,
        numbered: &mut Numbered,
        (removed, added): (&Rows, &Rows),
    ) -> Result<(), PostgresError> {
        let mut changes: BTreeMap<String, Change<'_>> = BTreeMap::new();
        let name =
            |cells: &[Cell]| numbered.name_of(self.object.of, object_of(self.object, cells)).to_owned();
        removed.iter().for_each(|cells| changes.entry(name(cells)).or_default().gone.push(cells));
        added.iter().for_each(|cells| changes.entry(name(cells)).or_default().come.push(cells));
        if changes.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = changes.keys().map(String::as_str).collect();
        let mut held = self.hold(session, numbered, &names)?;
        self.facts.delete(session, removed, numbered)?;
        self.facts.insert(session, added, numbered)?;
        let (mut gone, mut come) = (Rows::new(), Rows::new());
        let (facts, states) = (self.object.facts.key_places(), self.object.states.key_places());
        for (name, change) in &changes {
            let old = held.remove(&numbered.name(self.object.of, name)).unwrap_or_default();
            let new = changed(&facts, old.clone(), change);
            let (old, new) = (self.fold(&old)?, self.fold(&new)?);
            difference(old, new, &states, (&mut gone, &mut come));
        }
        self.states.delete(session, &gone, numbered)?;
        self.states.insert(session, &come, numbered)
    }

    /// Holds objects, which come in order; gives the facts of those that were there.
    fn hold(
        &self,
        session: &mut Session,
        numbered: &mut Numbered,
        names: &[&str],
    ) -> Result<BTreeMap<ObjectId, Rows>, PostgresError> {
        let of = self.object.of.name();
        let insert = format!(
            "INSERT INTO {of} ({of}) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING {of}"
        );
        let inserted = session.query(&insert, &[&names])?;
        let new = inserted.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<&str>, _>>()?;
        let mut facts: BTreeMap<ObjectId, Rows> = BTreeMap::new();
        let old: Vec<&str> = names.iter().copied().filter(|name| !new.contains(name)).collect();
        if old.is_empty() {
            return Ok(facts);
        }
        session.query(&format!("SELECT FROM {of} WHERE {of} = ANY($1) ORDER BY {of} FOR UPDATE"), &[&old])?;
        let table = self.object.facts;
        session.each(&select(table, &format!("{of} = ANY($1)")), &[&old], |row| {
            let mut cells: Vec<Cell> = place(row)?.numbers().map(Cell::Int).to_vec();
            own_cells(row, table, numbered, &mut cells)?.map_err(unreadable)?;
            facts.entry(object_of(self.object, &cells)).or_default().push(cells);
            Ok(())
        })?;
        Ok(facts)
    }

    fn fold(&self, facts: &Rows) -> Result<Rows, PostgresError> {
        (self.object.fold)(facts).map_err(unreadable)
    }
}

fn unreadable(not_a_row: NotARow) -> PostgresError {
    PostgresError::other(not_a_row.to_string())
}

/// The object of a fact.
fn object_of(object: &Object, cells: &[Cell]) -> ObjectId {
    let at = object.facts.all_columns().position(|column| column.name == object.of.name());
    let number = at.and_then(|at| cells.get(at)).and_then(Cell::int);
    ObjectId(number.unwrap_or_default().cast_unsigned())
}

/// The key of a row, which these columns hold.
fn key(places: &[usize], cells: &[Cell]) -> Vec<i64> {
    let cells = places.iter().filter_map(|at| cells.get(*at));
    cells.filter_map(Cell::int).collect()
}

/// An object's facts after a change, in the order of their table.
fn changed(places: &[usize], mut facts: Rows, change: &Change<'_>) -> Rows {
    let gone: Vec<Vec<i64>> = change.gone.iter().map(|cells| key(places, cells)).collect();
    facts.retain(|cells| !gone.contains(&key(places, cells)));
    facts.extend(change.come.iter().map(|cells| cells.to_vec()));
    facts.sort_by_cached_key(|cells| key(places, cells));
    facts
}

/// Adds the difference between two lists of rows that are ordered by their keys: which go and which come.
fn difference(old: Rows, new: Rows, places: &[usize], (gone, come): (&mut Rows, &mut Rows)) {
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(gone), Some(come)) => key(places, gone).cmp(&key(places, come)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let (one, other) =
            (if order.is_le() { old.next() } else { None }, if order.is_ge() { new.next() } else { None });
        if one != other {
            gone.extend(one);
            come.extend(other);
        }
    }
}
