//! Views rebuilt in schemas of their own, while the live ones go on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use postgres::Client;
use rapport_model::Position;

use super::{
    around::apply_around,
    failure::PostgresError,
    read::Pool,
    schema::{self, lock_key},
    schemas::Schemas,
    session::Session,
    writer::Writer,
    writing::{complete, owner, writing},
};
use crate::{Applied, Checkpoint, PartitionBatch, StoreError, View, by_halves::ByHalves, error::InView};

/// A rebuild under way. Give it every partition from offset 0 on, say what is complete, then
/// [`PostgresRebuild::finish`]. Dropped before that, it leaves the live views as they are.
pub struct PostgresRebuild {
    schemas: Schemas,
    views: HashMap<View, Building>,
}

struct Building {
    pool: Arc<Pool>,
    writer: Mutex<Option<Writer>>,
    aside: Mutex<ByHalves>,
    /// Holds the claim to be the only rebuild of the view.
    claim: Client,
}

impl PostgresRebuild {
    pub(super) fn begin(schemas: &Schemas, views: &[View]) -> Result<Self, StoreError> {
        let mut rebuild = Self { schemas: schemas.clone(), views: HashMap::new() };
        for view in View::ALL.into_iter().filter(|view| views.contains(view)) {
            let schema = schemas.next(view);
            let building = Building::begin(schemas, view, &schema).in_view(view)?;
            rebuild.views.insert(view, building.ok_or(StoreError::Rebuilding { view })?);
        }
        Ok(rebuild)
    }

    /// As [`PostgresStore::apply`](super::PostgresStore::apply), for a view that is built.
    ///
    /// # Errors
    /// The database failed.
    pub fn apply(&self, view: View, batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        if batches.is_empty() {
            return Ok(Applied::Done);
        }
        let building = self.views.get(&view).ok_or(StoreError::Stopped { view })?;
        let mut aside = building.aside.lock().unwrap_or_else(PoisonError::into_inner);
        apply_around(&mut aside, batches, |batches| self.writing(view, |writer| writer.apply(batches)))
    }

    /// Every partition's checkpoint in a view that is built.
    ///
    /// # Errors
    /// The database failed.
    pub fn checkpoints(&self, view: View) -> Result<Vec<Checkpoint>, StoreError> {
        self.writing(view, Writer::checkpoints)
    }

    /// As [`PostgresStore::belong_to`](super::PostgresStore::belong_to), for a view that is being built: no ledger owns
    /// it yet.
    ///
    /// # Errors
    /// The database failed.
    pub fn belong_to(&self, view: View, ledger_id: &str) -> Result<(), StoreError> {
        self.writing(view, |writer| owner(writer, ledger_id)).map(drop)
    }

    /// As [`PostgresStore::complete`](super::PostgresStore::complete), for a view that is built.
    ///
    /// # Errors
    /// The database failed.
    pub fn complete(&self, view: View, position: Position) -> Result<(), StoreError> {
        self.writing(view, |writer| complete(writer, position))
    }

    /// Puts the new views in the place of the live ones. Where a live one has come further meanwhile, the rebuild
    /// comes back with what is left of it, to be given more events.
    ///
    /// # Errors
    /// The database failed; live views stay.
    pub fn finish(mut self) -> Result<Option<Self>, StoreError> {
        let views: Vec<View> = self.views.keys().copied().collect();
        for view in views {
            let (live, next) = (self.schemas.schema(view), self.schemas.next(view));
            // Nothing has looked at the new tables yet: without their statistics the first questions take wrong ways.
            self.writing(view, |writer| writer.session().batch(schema::ANALYZE))?;
            let client = self.schemas.server().connect().in_view(view)?;
            if schema::swap(&mut Session::new(client), &live, &next).in_view(view)?
                && let Some(building) = self.views.remove(&view)
            {
                building.release(&next).in_view(view)?;
            }
        }
        Ok(if self.views.is_empty() { None } else { Some(self) })
    }

    fn writing<T>(
        &self,
        view: View,
        work: impl FnMut(&mut Writer) -> Result<T, PostgresError>,
    ) -> Result<T, StoreError> {
        let building = self.views.get(&view).ok_or(StoreError::Stopped { view })?;
        let mut writer = building.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let connect = || Ok(Writer::new(view, building.pool.connect_to_write()?));
        writing(&mut writer, connect, work).in_view(view)
    }
}

impl Building {
    /// `None` when another process builds the view.
    fn begin(schemas: &Schemas, view: View, schema: &str) -> Result<Option<Self>, PostgresError> {
        let mut claim = schemas.server().connect()?;
        let claimed = claim.query_one("SELECT pg_try_advisory_lock($1)", &[&lock_key(schema)])?;
        if !claimed.try_get::<_, bool>(0)? {
            return Ok(None);
        }
        schema::drop_schema(&mut claim, schema)?;
        schema::make(&mut claim, view, schema)?;
        let pool = Arc::new(Pool::new(schemas.server().clone(), view, schema.to_owned()));
        let aside = Mutex::new(ByHalves::new(view));
        Ok(Some(Self { pool, writer: Mutex::new(None), aside, claim }))
    }

    /// Gives the claim back: the end of a connection is noticed by the server a little later.
    fn release(mut self, schema: &str) -> Result<(), PostgresError> {
        self.claim.execute("SELECT pg_advisory_unlock($1)", &[&lock_key(schema)])?;
        Ok(())
    }
}

impl Drop for PostgresRebuild {
    fn drop(&mut self) {
        for (view, mut building) in self.views.drain() {
            *building.writer.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let schema = self.schemas.next(view);
            let dropped = schema::drop_schema(&mut building.claim, &schema);
            if let Err(error) = dropped.and_then(|()| building.release(&schema)) {
                tracing::warn!(%error, view = view.name(), "what a rebuild left could not be dropped; the next one does");
            }
        }
    }
}
