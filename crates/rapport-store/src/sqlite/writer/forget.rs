//! Forgets what customers are known by, in the file of the directory.

use rusqlite::{Connection, OptionalExtension};

use super::Writer;
use crate::{ApplyError, Forgotten, error::InView, sqlite::failure::Failure};

impl Writer {
    /// Deletes every name, address and number of these ids, whenever it was said and believed, and then every trace of them
    /// in the file. Ids stay: they are in other views too.
    pub(in crate::sqlite) fn forget(&mut self, ids: &[&str]) -> Result<Forgotten, ApplyError> {
        let forgotten = self.forget_rows(ids);
        let rows = forgotten.map_err(|failure| {
            self.give_up();
            failure.in_view(self.view)
        })?;
        let is_without_residue = overwrite(&self.connection).in_view(self.view)?;
        Ok(Forgotten { rows, is_without_residue })
    }

    fn forget_rows(&mut self, ids: &[&str]) -> Result<u64, Failure> {
        self.commit()?;
        self.begin()?;
        let mut rows = 0;
        for id in ids {
            let party: Option<i64> = self
                .connection
                .prepare_cached("SELECT id FROM party WHERE name = ?1")?
                .query_row([rapport_views::rows::storable(id)], |row| row.get(0))
                .optional()?;
            let Some(party) = party else { continue };
            for delete in [
                "DELETE FROM known_word WHERE position IN (SELECT position FROM known_as WHERE customer = ?1)",
                "DELETE FROM known_as WHERE customer = ?1",
            ] {
                rows += self.connection.prepare_cached(delete)?.execute([party])? as u64;
            }
        }
        self.commit()?;
        Ok(rows)
    }
}

/// Writes the file anew: overwriting what is deleted leaves what a page held before it was split. (SQLite 3.40: of 2,857 names
/// deleted from a table with an index of 20,000, one stayed.) Whether nothing of it is left in the write-ahead log, which
/// readers may hold.
fn overwrite(connection: &Connection) -> rusqlite::Result<bool> {
    // Beside the file and not in memory: it may be large.
    connection.execute_batch("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY;")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}
