//! Declared tables in PostgreSQL: their schema, their writer, their reader. Names, texts and words are what they are:
//! people query these tables.

mod ddl;
mod like;
mod objects;
mod people;
mod read;
mod write;

use rapport_views::table::{CUSTOMER, Column, Holds, POSITION, Table};

pub(super) use ddl::{schema, schema_of_objects};
pub(super) use like::like;
pub(super) use objects::Objects;
pub(super) use people::as_of;
pub(super) use read::{group, has_any, pick, scan};
pub(super) use write::Declared;

/// The columns by which a row is known, in the order of the index. One index serves the key and the customer.
fn key(table: &Table) -> Vec<&'static Column> {
    let mut names: Vec<&str> = table.key_columns().collect();
    if names.first() == Some(&POSITION) && table.column(CUSTOMER).is_some() {
        names.insert(0, CUSTOMER);
    }
    names.into_iter().filter_map(|name| column(table, name)).collect()
}

/// A column of a table, its own or of every table.
fn column(table: &Table, name: &str) -> Option<&'static Column> {
    table.all_columns().find(|column| column.name == name)
}

/// All columns, those of the key first.
fn columns(table: &Table) -> Vec<&'static Column> {
    let mut all = key(table);
    let is_new = |column: &&Column, all: &[&Column]| all.iter().all(|one| one.name != column.name);
    for column in table.all_columns() {
        if is_new(&column, &all) {
            all.push(column);
        }
    }
    all
}

/// Whether a column can be in an index: a B-tree holds at most 2,704 bytes, and people write longer texts.
const fn is_short(column: &Column) -> bool {
    !matches!(column.holds, Holds::Symbol | Holds::Symbols | Holds::Text)
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use rapport_views::{table::KNOWN_FROM, view::View};

    use super::*;

    #[test]
    fn every_table_has_each_column_once_with_those_of_its_key_first() {
        let of_objects =
            View::ALL.into_iter().flat_map(View::objects).flat_map(|one| [one.facts, one.states]);
        for table in View::ALL.into_iter().flat_map(View::tables).chain(of_objects) {
            let names: Vec<&str> = columns(table).iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.all_columns().count(), "{names:?}");
            assert!(names.starts_with(&key(table).iter().map(|column| column.name).collect::<Vec<_>>()));
            assert!(key(table).iter().any(|column| column.name == KNOWN_FROM));
        }
    }
}
