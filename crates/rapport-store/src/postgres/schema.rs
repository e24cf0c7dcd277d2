//! One schema a view: its tables, functions and grants.

use super::{declared, failure::PostgresError, session::Session};
use crate::View;
use postgres::Client;

/// Gathers the statistics of the tables of a schema.
pub(super) const ANALYZE: &str = "
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('ANALYZE %I', name);
  END LOOP;
END $$";

/// Who may read what people query; see `docs/postgresql.md`.
pub const READER_ROLE: &str = "rapport_reader";

/// Makes everything that a view has: the declared tables, what every view has, what people ask of declared tables, and
/// what is the view's own.
fn script(view: View) -> String {
    let tables = view.tables().map(declared::schema);
    let declared: String =
        tables.chain(view.objects().iter().map(|one| declared::schema_of_objects(one))).collect();
    let people: String = view.tables().filter_map(declared::as_of).collect();
    let own = match view {
        View::Funnel => include_str!("../../sql/funnel.sql"),
        View::Satisfaction => include_str!("../../sql/satisfaction.sql"),
        View::Timeline => include_str!("../../sql/timeline.sql"),
        View::Facts => "",
        View::Directory => include_str!("../../sql/directory.sql"),
    };
    let common = include_str!("../../sql/common.sql");
    format!(
        "{declared}\n{common}\n{people}\n{own}\nINSERT INTO meta (name, value) VALUES ('format', {});",
        view.format()
    )
}

/// How a view's schema was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It can be used.
    Ready,
    /// Of a later release.
    Newer(i64),
    /// There is none, or one of an earlier format.
    Missing,
}

/// Whether a view's schema can be read.
pub(super) fn find(client: &mut Client, view: View, schema: &str) -> Result<Found, PostgresError> {
    let there = client.query("SELECT to_regclass($1) IS NOT NULL", &[&format!("\"{schema}\".meta")])?;
    if !there.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false) {
        return Ok(Found::Missing);
    }
    let format =
        client.query_opt(&format!("SELECT value FROM \"{schema}\".meta WHERE name = 'format'"), &[])?;
    let format: i64 = format.map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
    Ok(match format {
        found if found == view.format() => Found::Ready,
        newer if newer > view.format() => Found::Newer(newer),
        _ => Found::Missing,
    })
}

/// A database whose encoding lacks letters would refuse event after event.
fn check_encoding(client: &mut Client) -> Result<(), PostgresError> {
    let encoding: String = client.query_one("SELECT current_setting('server_encoding')", &[])?.try_get(0)?;
    if ["UTF8", "SQL_ASCII"].contains(&encoding.as_str()) {
        return Ok(());
    }
    Err(PostgresError::unusable(format!(
        "the database's encoding is `{encoding}`, which lacks letters; make a database with \
         `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
    )))
}

/// Makes a view's schema, in the place of one of an earlier format. Several processes may do so at once.
pub(super) fn make(client: &mut Client, view: View, schema: &str) -> Result<Found, PostgresError> {
    check_encoding(client)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&lock_key(schema)])?;
    let made = make_locked(client, view, schema);
    client.execute("SELECT pg_advisory_unlock($1)", &[&lock_key(schema)])?;
    made
}

fn make_locked(client: &mut Client, view: View, schema: &str) -> Result<Found, PostgresError> {
    match find(client, view, schema)? {
        newer @ Found::Newer(_) => return Ok(newer),
        Found::Missing => {
            let made = format!(
                "BEGIN; DROP SCHEMA IF EXISTS \"{schema}\" CASCADE; CREATE SCHEMA \"{schema}\";
                 SET LOCAL search_path TO \"{schema}\"; {}; COMMIT",
                script(view)
            );
            if let Err(error) = client.batch_execute(&made) {
                client.batch_execute("ROLLBACK")?;
                return Err(error.into());
            }
            tracing::info!(schema, format = view.format(), "the tables of a view are made");
        }
        Found::Ready => {}
    }
    client.batch_execute(&format!("SET search_path TO \"{schema}\""))?;
    if !view.is_personal() {
        grant(client, schema)?;
    }
    Ok(Found::Ready)
}

/// Drops a schema with all that is in it.
pub(super) fn drop_schema(client: &mut Client, schema: &str) -> Result<(), PostgresError> {
    Ok(client.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE"))?)
}

/// Lets the readers' role read everything but the events, which hold personal data; of a view that holds personal data
/// itself it is let see nothing. The role is made if we may.
fn grant(client: &mut Client, schema: &str) -> Result<(), PostgresError> {
    Ok(client.batch_execute(&format!(
        "DO $$ BEGIN
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}') THEN
             BEGIN
               CREATE ROLE {READER_ROLE} NOLOGIN;
             EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
             END;
           END IF;
           IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}') THEN
             GRANT USAGE ON SCHEMA \"{schema}\" TO {READER_ROLE};
             GRANT SELECT ON ALL TABLES IN SCHEMA \"{schema}\" TO {READER_ROLE};
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA \"{schema}\" TO {READER_ROLE};
             REVOKE ALL ON \"{schema}\".event FROM {READER_ROLE};
           END IF;
         END $$"
    ))?)
}

/// Puts the schema `next` in the place of `live`, unless a partition of `live` has come further. Readers and writers
/// wait for a moment.
pub(super) fn swap(session: &mut Session, live: &str, next: &str) -> Result<bool, PostgresError> {
    let old = format!("{live}_old");
    drop_schema(&mut session.client, &old)?;
    session.batch(&format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED;
         LOCK TABLE \"{live}\".meta IN ACCESS EXCLUSIVE MODE; LOCK TABLE \"{next}\".meta IN ACCESS EXCLUSIVE MODE"
    ))?;
    let swapped = rename(session, live, next, &old);
    match swapped {
        Ok(true) => session.batch("COMMIT")?,
        Ok(false) | Err(_) => session.batch("ROLLBACK")?,
    }
    if matches!(swapped, Ok(true)) {
        drop_schema(&mut session.client, &old)?;
    }
    swapped
}

fn rename(session: &mut Session, live: &str, next: &str, old: &str) -> Result<bool, PostgresError> {
    // Checkpoints of an earlier incarnation of the topic say nothing: it may have had more partitions.
    let behind = format!(
        "SELECT EXISTS (
           SELECT FROM \"{live}\".checkpoint l LEFT JOIN \"{next}\".checkpoint n USING (partition, epoch)
           WHERE l.next_offset > coalesce(n.next_offset, 0)
             AND l.epoch IN (SELECT epoch FROM \"{next}\".checkpoint))
         OR (SELECT value FROM \"{live}\".meta WHERE name = 'position')
            > (SELECT value FROM \"{next}\".meta WHERE name = 'position')"
    );
    // Not prepared: each is asked once.
    if session.client.query_one(&behind, &[])?.try_get(0)? {
        return Ok(false);
    }
    session.batch(&format!(
        "ALTER SCHEMA \"{live}\" RENAME TO \"{old}\"; ALTER SCHEMA \"{next}\" RENAME TO \"{live}\""
    ))?;
    Ok(true)
}

/// A number for a name, for advisory locks: FNV-1a.
pub(super) fn lock_key(name: &str) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash.cast_signed()
}
