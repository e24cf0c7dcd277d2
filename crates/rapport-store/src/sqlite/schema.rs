//! The tables.
//!
//! Moments are microseconds since 1970 in INTEGER columns; the end of time is the largest 64-bit integer, so that as
//! of (T, K) is a plain `WHERE`. Parties, deals and texts that repeat are integers through `party`, `deal`, `symbol`.

use std::path::Path;

use rapport_views::table::Dictionary;
use rusqlite::{Connection, OptionalExtension};

use crate::{StoreError, View, error::InView, sqlite::table};

/// In every view's file.
const COMMON: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE symbol (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- Corrections and retractions. root: the event that they act on in the end.
CREATE TABLE adjustment (position INTEGER PRIMARY KEY, root INTEGER NOT NULL, target INTEGER NOT NULL);
CREATE INDEX adjustment_root ON adjustment (root);
CREATE TABLE set_aside (position INTEGER PRIMARY KEY, reason TEXT NOT NULL);
";

/// `deal_fact` is what a deal's events say, packed. The tables `sum_…` are the kept sums: see the module `sums`.
const DEALS: &str = "
CREATE TABLE deal_fact (deal INTEGER PRIMARY KEY, facts BLOB NOT NULL);
-- kind: 0 open, 1 won, 2 lost, 3 a stage. stages: of closed deals, those that they reached, * for all.
CREATE TABLE sum_bin (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, pipeline INTEGER NOT NULL, stage INTEGER NOT NULL,
  currency INTEGER NOT NULL, stages TEXT NOT NULL);
CREATE TABLE sum_block (
  number INTEGER PRIMARY KEY, known_min INTEGER NOT NULL, known_max INTEGER NOT NULL, valid_max INTEGER NOT NULL,
  total BLOB NOT NULL);
CREATE TABLE sum_chunk (
  block INTEGER NOT NULL, first INTEGER NOT NULL, number INTEGER NOT NULL, before BLOB NOT NULL,
  changes BLOB NOT NULL, PRIMARY KEY (block, first, number)) WITHOUT ROWID;
CREATE TABLE sum_tail (number INTEGER PRIMARY KEY, count INTEGER NOT NULL, changes BLOB NOT NULL);
CREATE TABLE sum_first (
  bin INTEGER NOT NULL, known_from INTEGER NOT NULL, valid_from INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (bin, known_from)) WITHOUT ROWID;
-- Deals that are known to have been in more than one pipeline.
CREATE TABLE deal_moved (deal INTEGER PRIMARY KEY, known_from INTEGER NOT NULL);
";

/// Makes the tables of a new file, in one transaction.
pub(super) fn create(connection: &Connection, view: View) -> Result<(), StoreError> {
    let dictionaries: String = Dictionary::ALL
        .map(|dictionary| {
            let name = dictionary.name();
            format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);")
        })
        .concat();
    let declared: String = view.tables().map(table::schema).collect();
    let deals = if view == View::Funnel { DEALS } else { "" };
    let script = format!(
        "BEGIN; {COMMON} {dictionaries} {declared} {deals}
         INSERT INTO meta VALUES ('format', {}), ('position', 0);
         INSERT INTO symbol VALUES (0, ''); COMMIT;",
        view.format()
    );
    connection.execute_batch(&script).in_view(view)
}

/// Refuses a file of a later release.
pub(super) fn check(connection: &Connection, view: View) -> Result<(), StoreError> {
    let found = meta(connection, "format").in_view(view)?;
    let supported = view.format();
    if found > supported { Err(StoreError::Newer { view, found, supported }) } else { Ok(()) }
}

/// The format of a view's file when it is of an earlier release, whose rows this one does not read.
pub(super) fn earlier_format(path: &Path, view: View) -> Result<Option<i64>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    // Not read-only: what a crash left in the write-ahead log is taken in first.
    let connection = Connection::open(path).in_view(view)?;
    let found = meta(&connection, "format").in_view(view)?;
    Ok((found < view.format()).then_some(found))
}

/// A value of the table `meta`; 0 when it is not there.
pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Sets a value of the table `meta`.
pub(super) fn set_meta(connection: &Connection, name: &str, value: i64) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    statement.execute((name, value)).map(drop)
}
