//! The schema of declared tables.

use std::fmt::Write;

use rapport_views::table::{Column, Holds, Index, Table};

/// Makes a table with its indexes. Rows lie in the order of the primary key.
pub(crate) fn schema(table: &Table) -> String {
    let columns: Vec<String> = table.all_columns().map(column).collect();
    let key: Vec<&str> = table.key_columns().collect();
    let mut script = format!(
        "CREATE TABLE {} ({}, PRIMARY KEY ({})) WITHOUT ROWID;\n",
        table.name,
        columns.join(", "),
        key.join(", ")
    );
    for index in table.indexes {
        if let Index::Everywhere(columns) = index {
            let (name, list) = (columns.join("_"), columns.join(", "));
            let _ = writeln!(script, "CREATE INDEX {0}_{name} ON {0} ({list});", table.name);
        }
    }
    script
}

fn column(column: &Column) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", column.name, affinity(column))
}

/// The type that SQLite prefers for a column.
fn affinity(column: &Column) -> &'static str {
    match column.holds {
        Holds::Real => "REAL",
        Holds::Text | Holds::Symbols | Holds::EventId => "TEXT",
        Holds::Name(_)
        | Holds::Symbol
        | Holds::Word(_)
        | Holds::Moment
        | Holds::Integer
        | Holds::Small
        | Holds::Flag => "INTEGER",
    }
}

/// Whether every row has a whole number in a column.
pub(super) fn is_number(column: &Column) -> bool {
    !column.nullable && affinity(column) == "INTEGER"
}
