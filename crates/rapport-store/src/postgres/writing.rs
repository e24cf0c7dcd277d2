//! Work on the one connection of a view that writes.

use std::sync::MutexGuard;

use rapport_model::Position;

use super::{failure::PostgresError, writer::Writer};

/// How often a transaction that met another one is tried.
const ATTEMPTS: u32 = 8;

/// Records that no event up to a position is missing.
pub(super) fn complete(writer: &mut Writer, position: Position) -> Result<(), PostgresError> {
    let update = "UPDATE meta SET value = $1 WHERE name = 'position' AND value < $1";
    writer.session().execute(update, &[&position.0.cast_signed()])?;
    Ok(())
}

/// The ledger that owns the view: the given one when none did.
pub(super) fn owner(writer: &mut Writer, ledger_id: &str) -> Result<String, PostgresError> {
    let session = writer.session();
    session.execute("INSERT INTO ledger (id) VALUES ($1) ON CONFLICT DO NOTHING", &[&ledger_id])?;
    let rows = session.query("SELECT id FROM ledger", &[])?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
}

/// Deletes what these ids are known by, and the events that say it; gives the number of rows of the directory.
pub(super) fn forget(writer: &mut Writer, ids: &[&str]) -> Result<u64, PostgresError> {
    const EVENTS: [&str; 2] = [
        "DELETE FROM event WHERE position IN (
           SELECT a.position FROM adjustment a JOIN event e ON e.position = a.root WHERE e.customer = ANY($1))",
        "DELETE FROM event WHERE customer = ANY($1)",
    ];
    let session = writer.session();
    // No event comes in between, and no rebuild takes the place of the schema.
    session.batch("BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE meta IN SHARE ROW EXCLUSIVE MODE")?;
    let forgotten = (|| {
        let mut rows = 0;
        for table in ["known_word", "known_as"] {
            rows += session.execute(&format!("DELETE FROM {table} WHERE customer = ANY($1)"), &[&ids])?;
        }
        for delete in EVENTS {
            session.execute(delete, &[&ids])?;
        }
        Ok(rows)
    })();
    if forgotten.is_err() {
        session.batch("ROLLBACK")?;
        return forgotten;
    }
    session.batch("COMMIT")?;
    session.batch("VACUUM known_word, known_as, event")?;
    forgotten
}

/// Does work on the connection that writes, which is made when there is none. Work that conflicts
/// with another transaction is tried again; a connection that failed is closed.
pub(super) fn writing<T>(
    slot: &mut MutexGuard<'_, Option<Writer>>,
    connect: impl Fn() -> Result<Writer, PostgresError>,
    mut work: impl FnMut(&mut Writer) -> Result<T, PostgresError>,
) -> Result<T, PostgresError> {
    let mut attempt = 1;
    loop {
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => connect()?,
        };
        match work(&mut writer) {
            Ok(done) => {
                **slot = Some(writer);
                return Ok(done);
            }
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => **slot = Some(writer),
            Err(error) if error.is_outdated() && attempt < ATTEMPTS => drop(writer),
            Err(error) if error.is_conflict() => {
                **slot = Some(writer);
                return Err(error.after_attempts(ATTEMPTS));
            }
            // Its transaction is rolled back.
            Err(error) if error.is_of_content() => {
                **slot = Some(writer);
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        attempt += 1;
    }
}
