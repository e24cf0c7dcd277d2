//! The schema of declared tables.

use std::fmt::Write;

use rapport_views::table::{Column, Holds, Index, Table, said};

use super::{columns, is_short, key};

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
    let name = table.name;
    let mut script = format!("CREATE TABLE {name} (\n  {}\n);\n", lines.join(",\n  "));
    if !is_unique {
        let _ = writeln!(script, "CREATE INDEX {name}_key ON {name} ({});", names.join(", "));
    }
    for index in table.indexes {
        let (Index::Everywhere(columns) | Index::Postgres(columns)) = index;
        let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let of = columns.join("_");
        let _ = writeln!(script, "CREATE INDEX {name}_{of} ON {name} ({});", list.join(", "));
    }
    let _ = writeln!(script, "COMMENT ON TABLE {name} IS {};", literal(said(table.says)));
    for column in table.all_columns() {
        let (column, says) = (quoted(column.name), literal(said(column.says)));
        let _ = writeln!(script, "COMMENT ON COLUMN {name}.{column} IS {says};");
    }
    script
}

fn column(column: &Column) -> String {
    let kind = match column.holds {
        Holds::Name(_) | Holds::Symbol | Holds::Word(_) => "text COLLATE \"C\"",
        Holds::Text => "text COLLATE \"C\"",
        Holds::EventId => "uuid",
        Holds::Moment => "timestamptz",
        Holds::Integer => "bigint",
        Holds::Small => "smallint",
        Holds::Real => "double precision",
        Holds::Flag => "boolean",
    };
    let name = quoted(column.name);
    let null = if column.nullable { "" } else { " NOT NULL" };
    let check = if let Holds::Word(words) = column.holds {
        let words: Vec<String> = words.iter().map(|word| literal(word)).collect();
        format!(" CHECK ({name} IN ({}))", words.join(", "))
    } else {
        String::new()
    };
    format!("{name} {kind}{null}{check}")
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
