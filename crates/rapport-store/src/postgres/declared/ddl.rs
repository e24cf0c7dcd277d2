//! The schema of declared tables.

use std::fmt::Write;

use rapport_views::{
    projection::object::Object,
    table::{Column, Holds, Index, Kind, Table, VALID_TO, said},
};

use super::{columns, is_short, key, literal, quoted};

/// Makes the tables of objects of one kind: their names, facts and states.
pub(crate) fn schema_of_objects(object: &Object) -> String {
    let name = object.of.name();
    format!(
        "CREATE TABLE {name} ({name} text COLLATE \"C\" PRIMARY KEY);
         COMMENT ON TABLE {name} IS 'Every {name} that an event names. Who writes a {name}''s rows holds its row.';
         {}{}",
        schema(object.facts),
        schema(object.states)
    )
}

/// Makes a table with its checks, its key, its indexes and its comments.
pub(crate) fn schema(table: &Table) -> String {
    let mut lines: Vec<String> = columns(table).into_iter().map(column).collect();
    let key = key(table);
    let names: Vec<String> =
        key.iter().filter(|column| is_short(column)).map(|column| quoted(column.name)).collect();
    let is_unique = names.len() == key.len();
    if is_unique {
        lines.push(format!("PRIMARY KEY ({})", names.join(", ")));
    }
    lines.push("CHECK (known_from < known_to)".to_owned());
    if table.kind == Kind::State {
        lines.push(format!("CHECK ({} <= {VALID_TO})", table.kind.begins()));
    }
    let name = table.name;
    let mut script = format!("CREATE TABLE {name} (\n  {}\n);\n", lines.join(",\n  "));
    if !is_unique {
        let _ = writeln!(script, "CREATE INDEX {name}_key ON {name} ({});", names.join(", "));
    }
    for index in table.indexes {
        let (columns, of, condition) = match index {
            Index::Everywhere(columns) | Index::Postgres(columns) => {
                (columns, columns.join("_"), String::new())
            }
            Index::PostgresWhere(flag, columns) => {
                (columns, (*flag).to_owned(), format!(" WHERE {}", quoted(flag)))
            }
        };
        let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let _ = writeln!(script, "CREATE INDEX {name}_{of} ON {name} ({}){condition};", list.join(", "));
    }
    let _ = writeln!(script, "COMMENT ON TABLE {name} IS {};", literal(said(table.says)));
    for column in table.all_columns() {
        let (column, says) = (quoted(column.name), literal(said(column.says)));
        let _ = writeln!(script, "COMMENT ON COLUMN {name}.{column} IS {says};");
    }
    script
}

fn column(column: &Column) -> String {
    let kind = kind(column);
    let collate = if kind.starts_with("text") { " COLLATE \"C\"" } else { "" };
    let name = quoted(column.name);
    let null = if column.nullable { "" } else { " NOT NULL" };
    let check = if let Holds::Word(words) = column.holds {
        let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
        format!(" CHECK ({name} IN ({}))", words.join(", "))
    } else {
        String::new()
    };
    format!("{name} {kind}{collate}{null}{check}")
}

/// The type of a column.
pub(super) const fn kind(column: &Column) -> &'static str {
    match column.holds {
        Holds::Name(_) | Holds::Symbol | Holds::Word(_) | Holds::Text => "text",
        Holds::Symbols => "text[]",
        Holds::EventId => "uuid",
        Holds::Moment => "timestamptz",
        Holds::Integer => "bigint",
        Holds::Small => "smallint",
        Holds::Real => "double precision",
        Holds::Flag => "boolean",
    }
}
