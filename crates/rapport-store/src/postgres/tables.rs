//! The tables that hold rows, and how rows get there.

use std::borrow::Cow;

use postgres::{binary_copy::BinaryCopyInWriter, types::Type};

use super::{failure::PostgresError, session::Session, value::Value};

/// From so many rows on, they are copied; below, one statement brings them.
const COPY_ROWS: usize = 500;

/// A table; the columns of its key come first.
#[derive(Debug)]
pub(super) struct Table {
    pub name: &'static str,
    pub columns: Cow<'static, [(&'static str, Kind)]>,
    pub key: usize,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Small,
    Int,
    Big,
    Float,
    Text,
    Texts,
    Moment,
    Uuid,
    Bytes,
}

impl Kind {
    /// Of the column, and of its values as elements of an array.
    const fn types(self) -> (Type, &'static str) {
        match self {
            Self::Bool => (Type::BOOL, "bool"),
            Self::Small => (Type::INT2, "int2"),
            Self::Int => (Type::INT4, "int4"),
            Self::Big => (Type::INT8, "int8"),
            Self::Float => (Type::FLOAT8, "float8"),
            Self::Text => (Type::TEXT, "text"),
            // An array of arrays would be flattened: each comes as a literal.
            Self::Texts => (Type::TEXT_ARRAY, "text"),
            Self::Moment => (Type::TIMESTAMPTZ, "timestamptz"),
            Self::Uuid => (Type::UUID, "uuid"),
            Self::Bytes => (Type::BYTEA, "bytea"),
        }
    }
}

pub(super) const EVENT: Table = Table { name: "event", columns: Cow::Borrowed(&EVENT_COLUMNS), key: 1 };

/// The same of the timeline, which finds events by their tags.
pub(super) const TAGGED_EVENT: Table =
    Table { name: "event", columns: Cow::Borrowed(&TAGGED_EVENT_COLUMNS), key: 1 };

const EVENT_COLUMNS: [(&str, Kind); 7] = [
    ("position", Kind::Big),
    ("id", Kind::Uuid),
    ("type", Kind::Text),
    ("customer", Kind::Text),
    ("occurred_at", Kind::Moment),
    ("recorded_at", Kind::Moment),
    ("bytes", Kind::Bytes),
];

const TAGGED_EVENT_COLUMNS: [(&str, Kind); 8] = {
    let [position, id, event_type, customer, occurred_at, recorded_at, bytes] = EVENT_COLUMNS;
    [position, id, event_type, customer, occurred_at, recorded_at, bytes, ("tags", Kind::Texts)]
};

pub(super) const ADJUSTMENT: Table = Table {
    name: "adjustment",
    columns: Cow::Borrowed(&[("position", Kind::Big), ("target_id", Kind::Uuid), ("refused", Kind::Text)]),
    key: 1,
};

pub(super) const SET_ASIDE: Table = Table {
    name: "set_aside",
    columns: Cow::Borrowed(&[
        ("position", Kind::Big),
        ("partition", Kind::Int),
        ("offset", Kind::Big),
        ("reason", Kind::Text),
    ]),
    key: 3,
};

pub(super) const CHECKPOINT: Table = Table {
    name: "checkpoint",
    columns: Cow::Borrowed(&[
        ("partition", Kind::Int),
        ("epoch", Kind::Text),
        ("next_offset", Kind::Big),
        ("position", Kind::Big),
        ("recorded_at", Kind::Moment),
        ("repeated_until", Kind::Big),
    ]),
    key: 1,
};

pub(super) const CURRENCY: Table = Table {
    name: "currency",
    columns: Cow::Borrowed(&[("code", Kind::Text), ("exponent", Kind::Int)]),
    key: 1,
};

/// Of the directory.
pub(super) const KNOWN_ID: Table =
    Table { name: "known_id", columns: Cow::Borrowed(&[("id", Kind::Text)]), key: 1 };

pub(super) const SYMBOL: Table =
    Table { name: "symbol", columns: Cow::Borrowed(&[("text", Kind::Text)]), key: 1 };

/// Values in the order of a table's columns.
pub(super) type Row<'a> = Vec<Value<'a>>;

impl Table {
    /// Adds rows whose keys are not there.
    pub(super) fn insert(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
        self.sort(&mut rows);
        if rows.len() < COPY_ROWS {
            return self.insert_few(session, &rows, "");
        }
        let columns: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        let types: Vec<Type> = self.columns.iter().map(|(_, kind)| kind.types().0).collect();
        let copy = format!("COPY {} ({}) FROM STDIN BINARY", self.name, columns.join(", "));
        let mut writer = BinaryCopyInWriter::new(session.client.copy_in(&copy)?, &types);
        for row in &rows {
            writer.write_raw(row)?;
        }
        writer.finish()?;
        Ok(())
    }

    /// Adds rows; of those whose keys are there nothing changes.
    pub(super) fn insert_missing(
        &self,
        session: &mut Session,
        mut rows: Vec<Row<'_>>,
    ) -> Result<(), PostgresError> {
        self.sort(&mut rows);
        self.insert_few(session, &rows, " ON CONFLICT DO NOTHING")
    }

    /// Adds rows; those whose keys are there are replaced.
    pub(super) fn replace(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
        self.sort(&mut rows);
        let names = || self.columns.iter().map(|(name, _)| quoted(name));
        let key: Vec<String> = names().take(self.key).collect();
        let set: Vec<String> =
            names().skip(self.key).map(|name| format!("{name} = excluded.{name}")).collect();
        let conflict = format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "));
        self.insert_few(session, &rows, &conflict)
    }

    /// Takes away the rows that have the keys of these.
    pub(super) fn delete(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.sort(&mut rows);
        let key = || self.columns.iter().take(self.key);
        let same: Vec<String> =
            key().map(|(name, _)| format!("t.{name} = gone.{name}", name = quoted(name))).collect();
        let names: Vec<String> = key().map(|(name, _)| quoted(name)).collect();
        let sql = format!(
            "DELETE FROM {} t USING unnest({}) AS gone ({}) WHERE {}",
            self.name,
            parameters(key()),
            names.join(", "),
            same.join(" AND ")
        );
        execute_columns(session, &sql, &rows, self.key)
    }

    fn insert_few(
        &self,
        session: &mut Session,
        rows: &[Row<'_>],
        conflict: &str,
    ) -> Result<(), PostgresError> {
        if rows.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        let values: Vec<String> = self.columns.iter().map(|(name, kind)| cast(name, *kind)).collect();
        let sql = format!(
            "INSERT INTO {} ({names}) SELECT {} FROM unnest({}) AS new ({names}){conflict}",
            self.name,
            values.join(", "),
            parameters(self.columns.iter()),
            names = names.join(", "),
        );
        execute_columns(session, &sql, rows, self.columns.len())
    }

    fn sort(&self, rows: &mut [Row<'_>]) {
        rows.sort_by(|one, other| {
            let (one, other) = (one.iter().take(self.key), other.iter().take(self.key));
            one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)
        });
        debug_assert!(rows.windows(2).all(|pair| match pair {
            [one, other] => one.iter().take(self.key).ne(other.iter().take(self.key)),
            _ => true,
        }));
    }
}

fn execute_columns(
    session: &mut Session,
    sql: &str,
    rows: &[Row<'_>],
    columns: usize,
) -> Result<(), PostgresError> {
    let columns: Vec<Vec<&Value<'_>>> =
        (0..columns).map(|column| rows.iter().filter_map(|row| row.get(column)).collect()).collect();
    let params: Vec<_> =
        columns.iter().map(|column| column as &(dyn postgres::types::ToSql + Sync)).collect();
    session.execute(sql, &params)?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn cast(name: &str, kind: Kind) -> String {
    if kind == Kind::Texts { format!("{}::text[]", quoted(name)) } else { quoted(name) }
}

/// `$1::text[], $2::int8[]`
fn parameters<'a>(columns: impl Iterator<Item = &'a (&'static str, Kind)>) -> String {
    let parameters: Vec<String> = (1..)
        .zip(columns)
        .map(|(number, (_, kind)): (usize, _)| format!("${number}::{}[]", kind.types().1))
        .collect();
    parameters.join(", ")
}
