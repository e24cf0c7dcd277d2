//! The tables.
//!
//! Moments are microseconds since 1970 in INTEGER columns; the end of time is the largest 64-bit integer, so that as
//! of (T, K) is a plain `WHERE`. Parties, deals and texts that repeat are integers through `party`, `deal`, `symbol`.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::{StoreError, View, error::InView};

/// The format that this release writes and reads, of all views. Raise it when a table changes: a file of an earlier
/// format is put aside at the next start and its view built again from the log.
pub const FORMAT: i64 = 5;

/// In every view's file.
const COMMON: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE symbol (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE party (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- Corrections and retractions. root: the event that they act on in the end.
CREATE TABLE adjustment (position INTEGER PRIMARY KEY, root INTEGER NOT NULL, target INTEGER NOT NULL);
CREATE INDEX adjustment_root ON adjustment (root);
CREATE TABLE party_merge (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  survivor INTEGER NOT NULL, absorbed INTEGER NOT NULL, event_id TEXT NOT NULL, PRIMARY KEY (position, known_from));
CREATE INDEX party_merge_survivor ON party_merge (survivor);
CREATE INDEX party_merge_absorbed ON party_merge (absorbed);
CREATE TABLE party_unmerge (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  merge_event_id TEXT NOT NULL, PRIMARY KEY (position, known_from));
CREATE INDEX party_unmerge_merge ON party_unmerge (merge_event_id);
CREATE TABLE contact (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  person INTEGER NOT NULL, organisation INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
  PRIMARY KEY (position, known_from));
CREATE INDEX contact_organisation ON contact (organisation);
CREATE TABLE definition (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  kind TEXT NOT NULL, code TEXT NOT NULL, version INTEGER NOT NULL, effective_from INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (position, known_from));
CREATE TABLE set_aside (position INTEGER PRIMARY KEY, reason TEXT NOT NULL);
";

/// Clustered by customer and time: a page of a timeline is one range.
const TIMELINE: &str = "
CREATE TABLE entry (
  party INTEGER NOT NULL, occurred_at INTEGER NOT NULL, position INTEGER NOT NULL,
  known_from INTEGER NOT NULL, known_to INTEGER NOT NULL,
  type INTEGER NOT NULL, channel INTEGER NOT NULL, actor INTEGER NOT NULL,
  two_way INTEGER NOT NULL, retracted INTEGER NOT NULL,
  PRIMARY KEY (party, occurred_at, position, known_from)) WITHOUT ROWID;
";

/// `deal_fact` is what a deal's events say, packed; `deal_span` is what follows, clustered by deal and time. The tables
/// `sum_…` are the kept sums: see the module `sums`.
const FUNNEL: &str = "
CREATE TABLE deal (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE deal_fact (deal INTEGER PRIMARY KEY, facts BLOB NOT NULL);
CREATE TABLE deal_span (
  deal INTEGER NOT NULL, valid_from INTEGER NOT NULL, position INTEGER NOT NULL, known_from INTEGER NOT NULL,
  known_to INTEGER NOT NULL, valid_to INTEGER NOT NULL, status INTEGER NOT NULL, pipeline INTEGER NOT NULL,
  stage INTEGER NOT NULL, currency INTEGER NOT NULL, amount INTEGER NOT NULL, cause INTEGER NOT NULL,
  customer INTEGER NOT NULL, reason INTEGER NOT NULL,
  PRIMARY KEY (deal, valid_from, position, known_from)) WITHOUT ROWID;
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
CREATE TABLE competitor (
  deal INTEGER NOT NULL, position INTEGER NOT NULL, competitor INTEGER NOT NULL, known_from INTEGER NOT NULL,
  known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  PRIMARY KEY (deal, position, competitor, known_from)) WITHOUT ROWID;
CREATE TABLE lead_step (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  customer INTEGER NOT NULL, step INTEGER NOT NULL, lead TEXT NOT NULL,
  PRIMARY KEY (position, known_from)) WITHOUT ROWID;
";

/// One row an answer and one a question sent, in the order of the log.
const SATISFACTION: &str = "
CREATE TABLE survey (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE answer (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  customer INTEGER NOT NULL, survey INTEGER NOT NULL, instrument INTEGER NOT NULL, question INTEGER NOT NULL,
  wave INTEGER NOT NULL, value REAL NOT NULL, scale_min REAL NOT NULL, scale_max REAL NOT NULL,
  high_is_better INTEGER NOT NULL, product INTEGER NOT NULL, tier INTEGER NOT NULL, channel INTEGER NOT NULL,
  staff INTEGER NOT NULL, branch INTEGER NOT NULL, expectation INTEGER, importance REAL,
  PRIMARY KEY (position, known_from)) WITHOUT ROWID;
CREATE TABLE sent (
  position INTEGER NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER NOT NULL, occurred_at INTEGER NOT NULL,
  customer INTEGER NOT NULL, survey INTEGER NOT NULL, instrument INTEGER NOT NULL, wave INTEGER NOT NULL,
  PRIMARY KEY (position, known_from)) WITHOUT ROWID;
";

/// Makes the tables of a new file, in one transaction.
pub fn create(connection: &Connection, view: View) -> Result<(), StoreError> {
    let own = match view {
        View::Timeline => TIMELINE,
        View::Funnel => FUNNEL,
        View::Satisfaction => SATISFACTION,
    };
    let script = format!(
        "BEGIN; {COMMON} {own}
         INSERT INTO meta VALUES ('format', {FORMAT}), ('position', 0);
         INSERT INTO symbol VALUES (0, ''); COMMIT;"
    );
    connection.execute_batch(&script).in_view(view)
}

/// Refuses a file of a later release.
pub fn check(connection: &Connection, view: View) -> Result<(), StoreError> {
    let found = meta(connection, "format").in_view(view)?;
    if found > FORMAT { Err(StoreError::Newer { view, found, supported: FORMAT }) } else { Ok(()) }
}

/// The format of a view's file when it is of an earlier release, whose rows this one does not read.
pub fn earlier_format(path: &Path, view: View) -> Result<Option<i64>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    // Not read-only: what a crash left in the write-ahead log is taken in first.
    let connection = Connection::open(path).in_view(view)?;
    let found = meta(&connection, "format").in_view(view)?;
    Ok((found < FORMAT).then_some(found))
}

/// A value of the table `meta`; 0 when it is not there.
pub fn meta(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Sets a value of the table `meta`.
pub fn set_meta(connection: &Connection, name: &str, value: i64) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    statement.execute((name, value)).map(drop)
}
