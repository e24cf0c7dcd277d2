//! The tables that hold rows, and how rows get there.

use postgres::{binary_copy::BinaryCopyInWriter, types::Type};

use super::{failure::PostgresError, session::Session, value::Value};

/// From so many rows on, they are copied; below, one statement brings them.
const COPY_ROWS: usize = 500;

/// A table; the columns of its key come first.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    columns: &'static [(&'static str, Kind)],
    key: usize,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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

pub const EVENT: Table = Table {
    name: "event",
    columns: &[
        ("position", Kind::Big),
        ("id", Kind::Uuid),
        ("type", Kind::Text),
        ("customer", Kind::Text),
        ("occurred_at", Kind::Moment),
        ("recorded_at", Kind::Moment),
        ("bytes", Kind::Bytes),
    ],
    key: 1,
};

pub const ADJUSTMENT: Table = Table {
    name: "adjustment",
    columns: &[("position", Kind::Big), ("target_id", Kind::Uuid), ("refused", Kind::Text)],
    key: 1,
};

pub const SET_ASIDE: Table = Table {
    name: "set_aside",
    columns: &[
        ("position", Kind::Big),
        ("partition", Kind::Int),
        ("offset", Kind::Big),
        ("reason", Kind::Text),
    ],
    key: 3,
};

pub const CHECKPOINT: Table = Table {
    name: "checkpoint",
    columns: &[
        ("partition", Kind::Int),
        ("epoch", Kind::Text),
        ("next_offset", Kind::Big),
        ("position", Kind::Big),
        ("recorded_at", Kind::Moment),
        ("repeated_until", Kind::Big),
    ],
    key: 1,
};

pub const CURRENCY: Table =
    Table { name: "currency", columns: &[("code", Kind::Text), ("exponent", Kind::Int)], key: 1 };

pub const SYMBOL: Table = Table { name: "symbol", columns: &[("text", Kind::Text)], key: 1 };

pub const PARTY_MERGE: Table = Table {
    name: "party_merge",
    columns: &[
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("survivor", Kind::Text),
        ("absorbed", Kind::Text),
        ("event_id", Kind::Uuid),
    ],
    key: 2,
};

pub const PARTY_UNMERGE: Table = Table {
    name: "party_unmerge",
    columns: &[
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("merge_event_id", Kind::Uuid),
    ],
    key: 2,
};

pub const CONTACT: Table = Table {
    name: "contact",
    columns: &[
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("person", Kind::Text),
        ("organisation", Kind::Text),
        ("valid_from", Kind::Moment),
        ("valid_to", Kind::Moment),
    ],
    key: 2,
};

pub const DEFINITION: Table = Table {
    name: "definition",
    columns: &[
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("kind", Kind::Text),
        ("code", Kind::Text),
        ("version", Kind::Big),
        ("effective_from", Kind::Moment),
        ("body", Kind::Text),
    ],
    key: 2,
};

pub const ENTRY: Table = Table {
    name: "entry",
    columns: &[
        ("customer", Kind::Text),
        ("occurred_at", Kind::Moment),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("type", Kind::Text),
        ("channel", Kind::Text),
        ("actor", Kind::Text),
        ("two_way", Kind::Bool),
        ("retracted", Kind::Bool),
    ],
    key: 4,
};

pub const DEAL_FACT: Table = Table {
    name: "deal_fact",
    columns: &[
        ("deal", Kind::Text),
        ("occurred_at", Kind::Moment),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("cause", Kind::Text),
        ("customer", Kind::Text),
        ("pipeline", Kind::Text),
        ("stage", Kind::Text),
        ("amount_minor_units", Kind::Big),
        ("currency", Kind::Text),
        ("reason", Kind::Text),
        ("undated", Kind::Bool),
    ],
    key: 4,
};

pub const DEAL_SPAN: Table = Table {
    name: "deal_span",
    columns: &[
        ("deal", Kind::Text),
        ("valid_from", Kind::Moment),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("valid_to", Kind::Moment),
        ("status", Kind::Text),
        ("pipeline", Kind::Text),
        ("stage", Kind::Text),
        ("in_stage", Kind::Bool),
        ("reached", Kind::Texts),
        ("ever_won", Kind::Bool),
        ("currency", Kind::Text),
        ("amount_minor_units", Kind::Big),
        ("cause", Kind::Text),
        ("customer", Kind::Text),
        ("reason", Kind::Text),
        ("moved", Kind::Bool),
    ],
    key: 4,
};

pub const COMPETITOR: Table = Table {
    name: "competitor",
    columns: &[
        ("deal", Kind::Text),
        ("position", Kind::Big),
        ("competitor", Kind::Text),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
    ],
    key: 4,
};

pub const LEAD_STEP: Table = Table {
    name: "lead_step",
    columns: &[
        ("customer", Kind::Text),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("step", Kind::Text),
        ("lead", Kind::Text),
    ],
    key: 3,
};

pub const ANSWER: Table = Table {
    name: "answer",
    columns: &[
        ("customer", Kind::Text),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("survey", Kind::Text),
        ("instrument", Kind::Text),
        ("question", Kind::Text),
        ("wave", Kind::Text),
        ("value", Kind::Float),
        ("scale_min", Kind::Float),
        ("scale_max", Kind::Float),
        ("high_is_better", Kind::Bool),
        ("product", Kind::Text),
        ("tier", Kind::Text),
        ("channel", Kind::Text),
        ("staff", Kind::Text),
        ("branch", Kind::Text),
        ("expectation", Kind::Small),
        ("importance", Kind::Float),
    ],
    key: 3,
};

pub const SENT: Table = Table {
    name: "sent",
    columns: &[
        ("customer", Kind::Text),
        ("position", Kind::Big),
        ("known_from", Kind::Moment),
        ("known_to", Kind::Moment),
        ("occurred_at", Kind::Moment),
        ("survey", Kind::Text),
        ("instrument", Kind::Text),
        ("wave", Kind::Text),
    ],
    key: 3,
};

/// Values in the order of a table's columns.
pub type Row<'a> = Vec<Value<'a>>;

impl Table {
    /// Adds rows whose keys are not there.
    pub fn insert(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
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
    pub fn insert_missing(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
        self.sort(&mut rows);
        self.insert_few(session, &rows, " ON CONFLICT DO NOTHING")
    }

    /// Adds rows; those whose keys are there are replaced.
    pub fn replace(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
        self.sort(&mut rows);
        let names = || self.columns.iter().map(|(name, _)| quoted(name));
        let key: Vec<String> = names().take(self.key).collect();
        let set: Vec<String> =
            names().skip(self.key).map(|name| format!("{name} = excluded.{name}")).collect();
        let conflict = format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), set.join(", "));
        self.insert_few(session, &rows, &conflict)
    }

    /// Takes away the rows that have the keys of these.
    pub fn delete(&self, session: &mut Session, mut rows: Vec<Row<'_>>) -> Result<(), PostgresError> {
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
