//! The rows of all views in one database.

use std::sync::{Arc, Mutex, PoisonError};

use rapport_model::{ErrorClass, Position};

use super::{
    around::apply_around,
    failure::PostgresError,
    read::{Pool, PostgresSnapshot},
    rebuild::PostgresRebuild,
    schema::{self, Found},
    schemas::{PostgresOptions, Schemas},
    session::Session,
    writer::Writer,
    writing::{complete, forget, owner, writing},
};
use crate::{
    Applied, Checkpoint, Forgotten, PartitionBatch, ReadError, ReadModels, Rows, SetAside, StoreError, View,
    ViewState, by_halves::ByHalves, error::InView, read::SET_ASIDE_TOLD,
};

/// The rows of all views in a PostgreSQL database. A handle: clones are of the same store. Calls block, and must not
/// come from an async thread.
#[derive(Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

struct Shared {
    schemas: Schemas,
    views: [ViewSlot; View::ALL.len()],
}

/// The connections of one view.
struct ViewSlot {
    view: View,
    pool: Arc<Pool>,
    writer: Mutex<Option<Writer>>,
    aside: Mutex<ByHalves>,
}

impl PostgresStore {
    /// Opens the schemas; makes them and brings them up to date where that is needed. A schema of an earlier format
    /// is made anew, empty. Several processes may do so at once.
    ///
    /// # Errors
    /// The database cannot be reached, or a schema is of a later release.
    pub fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        let store = Self::new(options)?;
        for view in View::ALL {
            let mut client = store.shared.schemas.server().connect().in_view(view)?;
            store.found(view, schema::make(&mut client, view, &store.schema(view)).in_view(view)?)?;
        }
        Ok(store)
    }

    /// Opens schemas that are there, to read them: needs no right to change anything.
    ///
    /// # Errors
    /// The database cannot be reached, or a schema is missing or of another release.
    pub fn open_to_read(options: &PostgresOptions) -> Result<Self, StoreError> {
        let store = Self::new(options)?;
        for view in View::ALL {
            let mut client = store.shared.schemas.server().connect().in_view(view)?;
            store.found(view, schema::find(&mut client, view, &store.schema(view)).in_view(view)?)?;
        }
        Ok(store)
    }

    /// Connected to nothing yet.
    fn new(options: &PostgresOptions) -> Result<Self, StoreError> {
        let schemas = Schemas::new(options)?;
        let slot = |view: View| {
            let schema = schemas.schema(view);
            ViewSlot {
                view,
                pool: Arc::new(Pool::new(schemas.server().clone(), view, schema)),
                writer: Mutex::new(None),
                aside: Mutex::new(ByHalves::new(view)),
            }
        };
        let views = View::ALL.map(slot);
        Ok(Self { shared: Arc::new(Shared { schemas, views }) })
    }

    fn found(&self, view: View, found: Found) -> Result<(), StoreError> {
        match found {
            Found::Ready => Ok(()),
            Found::Newer(format) => Err(StoreError::Newer { view, found: format, supported: view.format() }),
            Found::Missing => Err(StoreError::NoSchema { view, schema: self.schema(view) }),
        }
    }

    /// The schema of a view.
    #[must_use]
    pub fn schema(&self, view: View) -> String {
        self.shared.schemas.schema(view)
    }

    /// Applies batches to one view, in one transaction: their rows can be read afterwards. Batches of one partition
    /// follow each other. An event that the database refuses for what it holds is set aside, and those around it take
    /// several transactions.
    ///
    /// # Errors
    /// The database failed; what was committed is in the checkpoints, and the next call connects again.
    pub fn apply(&self, view: View, batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        if batches.is_empty() {
            return Ok(Applied::Done);
        }
        let mut aside = self.slot(view).aside.lock().unwrap_or_else(PoisonError::into_inner);
        apply_around(&mut aside, batches, |batches| self.writing(view, |writer| writer.apply(batches)))
    }

    /// Every partition's checkpoint in one view: where a projector resumes.
    ///
    /// # Errors
    /// The database failed.
    pub fn checkpoints(&self, view: View) -> Result<Vec<Checkpoint>, StoreError> {
        self.writing(view, Writer::checkpoints)
    }

    /// Records that a view misses no event up to a position, which never goes back.
    ///
    /// # Errors
    /// The database failed.
    pub fn complete(&self, view: View, position: Position) -> Result<(), StoreError> {
        self.writing(view, |writer| complete(writer, position))
    }

    /// Records the ledger of a view; the first ledger that is recorded stays.
    ///
    /// # Errors
    /// The database failed, or the view is another ledger's.
    pub fn belong_to(&self, view: View, ledger_id: &str) -> Result<(), StoreError> {
        let owner = self.writing(view, |writer| owner(writer, ledger_id))?;
        if owner == ledger_id {
            return Ok(());
        }
        let place = format!("the schema `{}`", self.schema(view));
        Err(StoreError::OtherLedger { place, owner, found: ledger_id.to_owned() })
    }

    /// Builds views anew, beside the live ones. A rebuild that was cut off is begun anew.
    ///
    /// # Errors
    /// One of them is being rebuilt already, or the database failed.
    pub fn rebuild(&self, views: &[View]) -> Result<PostgresRebuild, StoreError> {
        PostgresRebuild::begin(&self.shared.schemas, views)
    }

    /// Forgets what customers are known by: every row of the directory with a name, an address or a number that was recorded
    /// under one of these ids, and the events that say it, with what corrects them. Their pages are free for others
    /// afterwards; what PostgreSQL keeps elsewhere (its write-ahead log, copies) is its operator's.
    ///
    /// # Errors
    /// The database failed.
    pub fn forget(&self, ids: &[&str]) -> Result<Forgotten, StoreError> {
        let rows = self.writing(View::Directory, |writer| forget(writer, ids))?;
        Ok(Forgotten { rows, is_without_residue: false })
    }

    fn slot(&self, view: View) -> &ViewSlot {
        let [timeline, funnel, satisfaction, facts, directory] = &self.shared.views;
        match view {
            View::Timeline => timeline,
            View::Funnel => funnel,
            View::Satisfaction => satisfaction,
            View::Facts => facts,
            View::Directory => directory,
        }
    }

    fn writing<T>(
        &self,
        view: View,
        work: impl FnMut(&mut Writer) -> Result<T, PostgresError>,
    ) -> Result<T, StoreError> {
        let slot = self.slot(view);
        let mut writer = slot.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let connect = || Ok(Writer::new(slot.view, slot.pool.connect_to_write()?));
        let done = writing(&mut writer, connect, work);
        if done.as_ref().is_err_and(|error| error.class() == ErrorClass::Unavailable) {
            self.forget_idle_writers();
        }
        done.in_view(view)
    }

    /// Where one connection lost its server, those of other views have probably lost it as well: each would fail once
    /// more, one after the other.
    fn forget_idle_writers(&self) {
        for slot in &self.shared.views {
            if let Ok(mut idle) = slot.writer.try_lock() {
                *idle = None;
            }
        }
    }

    fn snapshot(&self, view: View) -> Result<PostgresSnapshot, ReadError> {
        PostgresSnapshot::take(Arc::clone(&self.slot(view).pool))
    }
}

impl ReadModels for PostgresStore {
    fn state(&self, view: View) -> Result<ViewState, ReadError> {
        let slot = self.slot(view);
        let ask = |session: &mut Session| {
            let rows = session.query(
                "SELECT (SELECT value FROM meta WHERE name = 'position'),
                        (SELECT count(*) FROM set_aside)
                          + (SELECT count(*) FROM adjustment WHERE refused IS NOT NULL),
                        (SELECT count(*) FROM adjustment WHERE root IS NULL AND refused IS NULL),
                        EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
                                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                                AND (classid::bigint << 32 | objid::bigint) = $1),
                        (SELECT coalesce(max(position), 0) FROM set_aside)",
                &[&schema::lock_key(&self.shared.schemas.next(view))],
            )?;
            let Some(row) = rows.first() else { return Err(PostgresError::other("no state")) };
            let count =
                |column: usize| Ok::<_, PostgresError>(row.try_get::<_, i64>(column)?.cast_unsigned());
            Ok(ViewState {
                view,
                position: Position(count(0)?),
                set_aside: count(1)?,
                last_set_aside: Position(count(4)?),
                waiting: count(2)?,
                rebuilding: row.try_get(3)?,
                damaged: false,
            })
        };
        Ok(slot.pool.ask(ask).in_view(view)?)
    }

    fn last_set_aside(&self, view: View) -> Result<Vec<SetAside>, ReadError> {
        let ask = |session: &mut Session| {
            let rows = session.query(
                "SELECT position, reason FROM set_aside
                 UNION ALL SELECT position, refused FROM adjustment WHERE refused IS NOT NULL
                 ORDER BY 1 DESC LIMIT $1",
                &[&SET_ASIDE_TOLD],
            )?;
            let aside = rows.iter().map(|row| {
                let position = Position(row.try_get::<_, i64>(0)?.cast_unsigned());
                Ok(SetAside { position, reason: row.try_get(1)? })
            });
            aside.collect()
        };
        Ok(self.slot(view).pool.ask(ask).in_view(view)?)
    }

    fn position(&self, view: View) -> Result<Position, ReadError> {
        let ask = |session: &mut Session| {
            let rows = session.query("SELECT value FROM meta WHERE name = 'position'", &[])?;
            let position = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose()?;
            Ok(Position(position.unwrap_or(0).cast_unsigned()))
        };
        Ok(self.slot(view).pool.ask(ask).in_view(view)?)
    }

    fn rows(&self, view: View) -> Result<Box<dyn Rows>, ReadError> {
        Ok(Box::new(self.snapshot(view)?))
    }
}
