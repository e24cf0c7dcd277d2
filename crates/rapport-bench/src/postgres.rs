//! The rows of a store copied again by plain PostgreSQL: what projecting into it is measured against. With what a
//! measurement needs to leave a database as it found it.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use postgres::Client;
use rapport_store::{
    StoreError, View,
    postgres::{Beside, PostgresError, PostgresOptions},
};

use crate::ByHand;

/// Bytes of one message of a COPY.
const CHUNK_BYTES: usize = 1 << 20;
/// Schemas of a view, by what follows its name: the live one, a rebuild's, what a rebuild replaced, and ours.
const SCHEMAS: [&str; 4] = ["", "_next", "_old", COPIED];
/// Of the schema of the copies.
const COPIED: &str = "_copied";

/// A table's rows in a file, and the empty table that takes them.
struct Copied {
    table: String,
    file: PathBuf,
    rows: u64,
}

/// The schemas of views that a database has, of whatever prefix, and of those that are built or replaced.
///
/// # Errors
/// The database cannot be reached.
pub fn schemas_in(options: &PostgresOptions) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for view in View::ALL {
        let Beside { mut client, .. } = Beside::connect(options, view)?;
        found.extend(schemas_of(&mut client, view).map_err(of(view))?);
    }
    found.sort();
    Ok(found)
}

/// Drops the schemas of the views and of everything beside them, and ends the connections to the database that
/// carry the same `application_name`: a service in this process leaves its own open. So the `application_name` in the
/// URL must be one that no other client uses.
///
/// # Errors
/// The database failed.
pub fn drop_schemas(options: &PostgresOptions) -> Result<(), StoreError> {
    for view in View::ALL {
        let Beside { mut client, schema } = Beside::connect(options, view)?;
        end_connections(&mut client).map_err(of(view))?;
        for kind in SCHEMAS {
            drop_schema(&mut client, &format!("{schema}{kind}")).map_err(of(view))?;
        }
    }
    Ok(())
}

/// Copies every row of the views once more, into empty tables with the same columns, constraints and indexes, in
/// schemas of their own that are dropped again: one COPY a table in the order of its keys, one transaction and one
/// connection a view, the views at the same time. Rows come from files in `folder`, into which they are put
/// before. Nothing is decoded or projected.
///
/// # Errors
/// The database failed, a file cannot be written or read, or a copy is not complete.
pub fn copy_views(options: &PostgresOptions, folder: &Path) -> Result<ByHand, StoreError> {
    let mut prepared = Vec::new();
    for view in View::ALL {
        let Beside { mut client, schema } = Beside::connect(options, view)?;
        let copied = prepare(&mut client, view, &schema, folder)?;
        prepared.push((view, client, schema, copied));
    }
    let begun = Instant::now();
    let written: Vec<Result<u64, StoreError>> = thread::scope(|scope| {
        let work: Vec<_> = prepared
            .iter_mut()
            .map(|(view, client, _, copied)| (*view, scope.spawn(|| copy(client, *view, copied))))
            .collect();
        let ended = |(view, thread): (_, thread::ScopedJoinHandle<'_, _>)| {
            thread.join().unwrap_or(Err(StoreError::Stopped { view }))
        };
        work.into_iter().map(ended).collect()
    });
    let elapsed = begun.elapsed();
    let mut rows = 0;
    for written in written {
        rows += written?;
    }
    for (view, mut client, schema, _) in prepared {
        drop_schema(&mut client, &format!("{schema}{COPIED}")).map_err(of(view))?;
    }
    Ok(ByHand { rows, elapsed })
}

/// Names the view in what the database reports.
fn of(view: View) -> impl Fn(PostgresError) -> StoreError {
    move |source| StoreError::Postgres { view, source }
}

/// Drops a schema with all that is in it.
fn drop_schema(client: &mut Client, schema: &str) -> Result<(), PostgresError> {
    Ok(client.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE"))?)
}

fn schemas_of(client: &mut Client, view: View) -> Result<Vec<String>, PostgresError> {
    let found = client.query(
        "SELECT nspname FROM pg_namespace n
         WHERE nspname ~ ('_' || $1 || '(_[a-z]+)?$')
           AND EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'meta')
           AND EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'checkpoint')",
        &[&view.name()],
    )?;
    found.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

fn end_connections(client: &mut Client) -> Result<(), PostgresError> {
    client.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = current_setting('application_name')
           AND pid <> pg_backend_pid()",
        &[],
    )?;
    Ok(())
}

/// Puts the rows of a view's tables into files, and makes tables like them.
fn prepare(client: &mut Client, view: View, schema: &str, folder: &Path) -> Result<Vec<Copied>, StoreError> {
    let into = format!("{schema}{COPIED}");
    drop_schema(client, &into).map_err(of(view))?;
    client
        .batch_execute(&format!("CREATE SCHEMA \"{into}\""))
        .map_err(PostgresError::from)
        .map_err(of(view))?;
    let mut all = Vec::new();
    for (table, keys) in tables(client, schema).map_err(of(view))? {
        let file = folder.join(format!("{into}.{table}"));
        let from = format!("\"{schema}\".\"{table}\"");
        let query = format!("COPY (SELECT * FROM {from} ORDER BY {keys}) TO STDOUT BINARY");
        put_aside(client, view, &query, &file)?;
        let table = format!("\"{into}\".\"{table}\"");
        let rows = make_like(client, &table, &from).map_err(of(view))?;
        all.push(Copied { table, file, rows });
    }
    Ok(all)
}

/// Makes a table like another one, and gives the number of rows there.
fn make_like(client: &mut Client, table: &str, from: &str) -> Result<u64, PostgresError> {
    client.batch_execute(&format!("CREATE TABLE {table} (LIKE {from} INCLUDING ALL)"))?;
    let counted = client.query_one(&format!("SELECT count(*) FROM {from}"), &[])?;
    Ok(counted.try_get::<_, i64>(0)?.cast_unsigned())
}

/// The tables of a schema, each with what its rows are ordered by: the columns of its key.
fn tables(client: &mut Client, schema: &str) -> Result<Vec<(String, String)>, PostgresError> {
    let found = client.query(
        "SELECT c.relname::text,
                coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)), '1')
         FROM pg_class c
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
         WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r'
         GROUP BY c.relname ORDER BY c.relname",
        &[&schema],
    )?;
    found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn put_aside(client: &mut Client, view: View, query: &str, path: &Path) -> Result<(), StoreError> {
    let mut rows = client.copy_out(query).map_err(PostgresError::from).map_err(of(view))?;
    let unusable = |source| StoreError::File { path: path.to_owned(), source };
    let mut file = File::create(path).map_err(unusable)?;
    let (mut chunk, mut more) = (Vec::new(), true);
    while more {
        more = read_chunk(&mut rows, &mut chunk).map_err(of_server).map_err(of(view))?;
        file.write_all(&chunk).map_err(unusable)?;
    }
    Ok(())
}

/// Copies all tables of a view, and gives the number of their rows.
fn copy(client: &mut Client, view: View, all: &[Copied]) -> Result<u64, StoreError> {
    let mut transaction = client.transaction().map_err(PostgresError::from).map_err(of(view))?;
    let (mut rows, mut chunk) = (0, Vec::new());
    for Copied { table, file, rows: expected } in all {
        let unusable = |source| StoreError::File { path: file.clone(), source };
        let mut from = File::open(file).map_err(unusable)?;
        let copying = transaction.copy_in(&format!("COPY {table} FROM STDIN BINARY"));
        let mut to = copying.map_err(PostgresError::from).map_err(of(view))?;
        let mut more = true;
        while more {
            more = read_chunk(&mut from, &mut chunk).map_err(unusable)?;
            to.write_all(&chunk).map_err(of_server).map_err(of(view))?;
        }
        let copied = to.finish().map_err(PostgresError::from).map_err(of(view))?;
        if copied != *expected {
            let said = format!("{table} has {copied} of {expected} rows; does a projector still write?");
            return Err(PostgresError::other(said)).map_err(of(view));
        }
        rows += copied;
    }
    transaction.commit().map_err(PostgresError::from).map_err(of(view))?;
    Ok(rows)
}

/// Whether more may come. A COPY that has ended must not be read again.
fn read_chunk(from: &mut impl Read, chunk: &mut Vec<u8>) -> io::Result<bool> {
    chunk.clear();
    from.take(CHUNK_BYTES as u64).read_to_end(chunk)?;
    Ok(chunk.len() == CHUNK_BYTES)
}

/// What the driver wraps for readers and writers.
fn of_server(error: io::Error) -> PostgresError {
    match error.downcast::<postgres::Error>() {
        Ok(error) => error.into(),
        Err(error) => PostgresError::other(format!("a COPY broke off: {}", error.kind())),
    }
}
