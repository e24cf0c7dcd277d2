//! What every view's snapshot can say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postgres::Row;
use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    read::{
        AdjustmentPlace, EntryCounts, EntryFilter, EntryPage, EntryPlace, EventSource, Like, Likely,
        ReadError, Rows, Take, TakeGroup,
    },
    rows::{DealHistory, FunnelSums, ObjectId, Symbol, Symbols, storable},
    table::{Dictionary, Filter, GroupKey, Measure, Numbers as _, Table},
};

use super::pool::Pool;
use crate::{
    View,
    error::InView,
    postgres::{
        declared::{group, has_any, like, pick, scan},
        failure::PostgresError,
        numbered::Numbered,
        session::Session,
        value::Moment,
    },
};

/// The first read would see what there was before a swap of schemas, were it not for the lock that comes first.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; LOCK TABLE meta IN ACCESS SHARE MODE";

/// One view's rows as of one state of the database.
pub struct PostgresSnapshot {
    pool: Arc<Pool>,
    session: Mutex<Option<Session>>,
    numbered: Mutex<Numbered>,
    position: Position,
    recorded_max: Timestamp,
}

impl PostgresSnapshot {
    pub(in crate::postgres) fn take(pool: Arc<Pool>) -> Result<Self, ReadError> {
        let begin = |session: &mut Session| {
            session.batch(BEGIN)?;
            let rows = session.query(
                "SELECT (SELECT value FROM meta WHERE name = 'position'),
                        coalesce((SELECT max(recorded_at) FROM checkpoint), '-infinity')",
                &[],
            )?;
            let row = rows.first().ok_or_else(|| PostgresError::other("the view has no position"))?;
            let mut numbered = Numbered::new();
            session.each("SELECT text FROM symbol", &[], |row| {
                numbered.symbols.intern(row.try_get(0)?);
                Ok(())
            })?;
            let position = Position(row.try_get::<_, i64>(0)?.cast_unsigned());
            Ok((position, row.try_get::<_, Moment>(1)?.0, numbered))
        };
        let view = pool.view;
        let (session, (position, recorded_max, numbered)) = pool.begin(begin).in_view(view)?;
        Ok(Self {
            pool,
            session: Mutex::new(Some(session)),
            numbered: Mutex::new(numbered),
            position,
            recorded_max,
        })
    }

    /// The numbers given so far; held for a moment only, as `take` of a read may ask for names.
    pub(super) fn numbered(&self) -> MutexGuard<'_, Numbered> {
        self.numbered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks; a connection that fails is given up, and with it the snapshot.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T, PostgresError>,
    ) -> Result<T, ReadError> {
        let mut slot = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut session) = slot.take() else {
            let ended = Err(PostgresError::other("the connection failed before; ask again"));
            return Ok(ended.in_view(self.view())?);
        };
        let answer = work(&mut session).in_view(self.view())?;
        *slot = Some(session);
        Ok(answer)
    }

    fn view(&self) -> View {
        self.pool.view
    }
}

impl Rows for PostgresSnapshot {
    fn position(&self) -> Position {
        self.position
    }

    fn recorded_max(&self) -> Timestamp {
        self.recorded_max
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        Ok(self.numbered().symbols.clone())
    }

    fn name(&self, of: Dictionary, number: ObjectId) -> Result<String, ReadError> {
        Ok(self.numbered().name_of(of, number).to_owned())
    }

    fn number(&self, of: Dictionary, name: &str) -> Result<Option<ObjectId>, ReadError> {
        let Some(sql) = is_named(self.view(), of) else { return Ok(None) };
        let known = self.read(|session| {
            let rows = session.query(&sql, &[&storable(name).as_ref()])?;
            Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
        })?;
        Ok(known.then(|| self.numbered().name(of, name)))
    }

    fn names(&self, of: Dictionary, take: &mut dyn FnMut(ObjectId, &str)) -> Result<(), ReadError> {
        let numbered = self.numbered();
        for (number, name) in (1..).zip(numbered.names(of)) {
            take(ObjectId(number), name);
        }
        Ok(())
    }

    fn scan(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        Ok(self.read(|session| scan(session, || self.numbered(), table, (filter, as_of), take))??)
    }

    fn pick(
        &self,
        table: &'static Table,
        columns: &[&'static str],
        filter: &Filter,
        as_of: AsOf,
        take: &mut Take<'_>,
    ) -> Result<(), ReadError> {
        let numbered = || self.numbered();
        Ok(self.read(|session| pick(session, numbered, (table, columns), (filter, as_of), take))??)
    }

    fn has_any(&self, table: &'static Table, filter: &Filter, as_of: AsOf) -> Result<bool, ReadError> {
        self.read(|session| has_any(session, &self.numbered(), table, (filter, as_of)))
    }

    fn group(
        &self,
        table: &'static Table,
        filter: &Filter,
        as_of: AsOf,
        by: &[GroupKey<'_>],
        measures: &[Measure],
        take: &mut TakeGroup<'_>,
    ) -> Result<(), ReadError> {
        Ok(self.read(|session| {
            group(session, || self.numbered(), table, (filter, as_of), (by, measures), take)
        })??)
    }

    fn like(
        &self,
        table: &'static Table,
        column: &'static str,
        likes: &[Like],
        as_of: AsOf,
        most: usize,
    ) -> Result<Likely, ReadError> {
        self.read(|session| like(session, &mut self.numbered(), (table, column), likes, as_of, most))
    }

    fn entry_counts(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
    ) -> Result<EntryCounts, ReadError> {
        self.entries_counted(parties, filter, as_of)
    }

    fn entry_places(
        &self,
        parties: &[ObjectId],
        filter: &EntryFilter,
        as_of: AsOf,
        page: &EntryPage,
    ) -> Result<(Vec<EntryPlace>, bool), ReadError> {
        self.places_of_entries(parties, filter, as_of, page)
    }

    fn profile_places(&self, parties: &[ObjectId], as_of: AsOf) -> Result<Vec<EntryPlace>, ReadError> {
        self.places_of_profile(parties, as_of)
    }

    fn adjustment_places(&self, roots: &[Position]) -> Result<Vec<AdjustmentPlace>, ReadError> {
        self.places_of_adjustments(roots)
    }

    fn adjusted(&self, adjustments: &[Position]) -> Result<Vec<Position>, ReadError> {
        self.roots_of(adjustments)
    }

    fn own_events(&self) -> Option<&dyn EventSource> {
        Some(self)
    }

    fn deal_histories(
        &self,
        as_of: AsOf,
        pipeline: Option<Symbol>,
        take: &mut dyn FnMut(&mut DealHistory),
    ) -> Result<(), ReadError> {
        self.histories(as_of, pipeline, take)
    }

    fn deal_sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        self.sums(as_of)
    }
}

/// Asks whether any row of a view has a name ($1); `None` when no column holds such names.
fn is_named(view: View, of: Dictionary) -> Option<String> {
    let tables = view.tables().chain(view.objects().iter().map(|object| object.facts));
    let there = tables.flat_map(|table| table.named(of).map(|column| (table.name, column.name)));
    let there: Vec<String> = there
        .map(|(table, column)| format!("EXISTS (SELECT FROM {table} WHERE \"{column}\" = $1)"))
        .collect();
    let known = match view {
        View::Directory if of == Dictionary::Party => {
            Some("EXISTS (SELECT FROM known_id WHERE id = $1)".to_owned())
        }
        View::Timeline | View::Funnel | View::Satisfaction | View::Facts | View::Directory => None,
    };
    let there: Vec<String> = known.map_or(there, |known| vec![known]);
    (!there.is_empty()).then(|| format!("SELECT {}", there.join(" OR ")))
}

impl Drop for PostgresSnapshot {
    fn drop(&mut self) {
        let session = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut session) = session
            && session.batch("ROLLBACK").is_ok()
        {
            self.pool.give_back(session);
        }
    }
}

pub(super) fn position(row: &Row, column: usize) -> Result<Position, PostgresError> {
    Ok(Position(row.try_get::<_, i64>(column)?.cast_unsigned()))
}

pub(super) fn moment(row: &Row, column: usize) -> Result<Timestamp, PostgresError> {
    Ok(row.try_get::<_, Moment>(column)?.0)
}
