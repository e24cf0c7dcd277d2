//! The rows of a store written again by plain SQLite, and added up by it: what building views, and models, are measured
//! against.

use std::{
    fs::File,
    path::Path,
    time::{Duration, Instant},
};

use rapport_store::{StoreError, View, live_path};
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};

use crate::ByHand;

/// As for a view that is built: nothing is written twice to be safe, and the disk is waited for at the end.
const PRAGMAS: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;
                       PRAGMA temp_store = MEMORY;";

/// Rows that are in memory at once.
const CHUNK_ROWS: usize = 100_000;

/// Copies every row of the live views in `dir`, which a server may have open, into new files in `into`: on one
/// thread, one transaction a view, one prepared INSERT a row, in the order of each table's keys. Nothing is
/// decoded, projected or sorted.
///
/// # Errors
/// A file cannot be read or written.
pub fn write_views(dir: &Path, into: &Path) -> Result<ByHand, StoreError> {
    let mut all = ByHand::default();
    for view in View::ALL {
        let (from, to) = (live_path(dir, view)?, into.join(view.name()));
        copy(&from, &to, &mut all).map_err(|source| StoreError::Database { view, source })?;
        let begun = Instant::now();
        let synced = File::open(&to).and_then(|file| file.sync_all());
        synced.map_err(|source| StoreError::File { path: to, source })?;
        all.elapsed += begun.elapsed();
    }
    Ok(all)
}

fn copy(from: &Path, to: &Path, all: &mut ByHand) -> rusqlite::Result<()> {
    let from = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let into = Connection::open(to)?;
    into.execute_batch(PRAGMAS)?;
    let (tables, schema) = tables(&from)?;
    into.execute_batch(&schema)?;
    for table in tables {
        copy_table(&table, &from, &into, all)?;
    }
    let begun = Instant::now();
    into.execute_batch("COMMIT")?;
    into.close().map_err(|(_, error)| error)?;
    all.elapsed += begun.elapsed();
    Ok(())
}

/// The tables, and a script that makes them with their indexes and begins a transaction.
fn tables(from: &Connection) -> rusqlite::Result<(Vec<String>, String)> {
    let mut select =
        from.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")?;
    let mut rows = select.query([])?;
    let (mut tables, mut script) = (Vec::new(), String::new());
    while let Some(row) = rows.next()? {
        if row.get_ref(0)?.as_str()? == "table" {
            tables.push(row.get(1)?);
        }
        script.push_str(row.get_ref(2)?.as_str()?);
        script.push_str(";\n");
    }
    script.push_str("BEGIN IMMEDIATE;");
    Ok((tables, script))
}

fn copy_table(table: &str, from: &Connection, into: &Connection, all: &mut ByHand) -> rusqlite::Result<()> {
    let mut select = from.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = select.column_count();
    let mut insert =
        into.prepare(&format!("INSERT INTO {table} VALUES ({})", vec!["?"; columns].join(", ")))?;
    let mut rows = select.query([])?;
    let mut values: Vec<Value> = Vec::new();
    loop {
        values.clear();
        while values.len() < CHUNK_ROWS * columns
            && let Some(row) = rows.next()?
        {
            for column in 0..columns {
                values.push(row.get(column)?);
            }
        }
        if values.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        for row in values.chunks(columns) {
            insert.execute(params_from_iter(row))?;
        }
        all.elapsed += begun.elapsed();
        all.rows += (values.len() / columns) as u64;
    }
}

/// How long a statement over a live view in `dir` takes, to its last row. It has two parameters: T and K, in
/// microseconds.
///
/// # Errors
/// The file cannot be read.
pub fn group(
    dir: &Path,
    view: View,
    sql: &str,
    (occurred_until, recorded_until): (i64, i64),
) -> Result<Duration, StoreError> {
    let path = live_path(dir, view)?;
    let ask = || -> rusqlite::Result<Duration> {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch("PRAGMA cache_size = -32768; PRAGMA mmap_size = 1073741824;")?;
        let begun = Instant::now();
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query([occurred_until, recorded_until])?;
        while rows.next()?.is_some() {}
        Ok(begun.elapsed())
    };
    ask().map_err(|source| StoreError::Database { view, source })
}
