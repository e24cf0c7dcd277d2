//! The stores: rows and answers in SQLite and PostgreSQL, against a brute-force computation and against each other.

mod as_of;
mod beside;
mod both_stores;
mod damaged_views;
mod earlier_knowledge;
mod events_file;
mod find;
mod forget;
mod postgresql;
mod properties;
mod rebuild;
mod set_aside;
mod several_readers;
mod staff;
#[cfg(test)]
mod support;
mod timeline;
mod unknown_words;
