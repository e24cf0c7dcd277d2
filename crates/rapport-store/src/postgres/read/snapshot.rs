//! What every view's snapshot can say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postgres::Row;
use rapport_model::{Position, Timestamp};
use rapport_views::{
    answers::AsOf,
    identity,
    rows::{DefinitionRow, Identity, ObjectId, Symbol, Symbols, storable},
};

use super::{identity as rows, pool::Pool};
use crate::{
    ReadError, View, ViewRows,
    error::InView,
    postgres::{failure::PostgresError, session::Session, value::Moment},
    read::bounded,
};

/// The first read would see what there was before a swap of schemas, were it not for the lock that comes first.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; LOCK TABLE meta IN ACCESS SHARE MODE";

/// One view's rows as of one state of the database.
pub struct PostgresSnapshot {
    pool: Arc<Pool>,
    session: Mutex<Option<Session>>,
    names: Mutex<Names>,
    position: Position,
    recorded_max: Timestamp,
}

/// The numbers given so far.
pub struct Names {
    pub symbols: Symbols,
    pub parties: Symbols,
    pub deals: Symbols,
}

impl Names {
    pub fn party(&mut self, name: &str) -> ObjectId {
        ObjectId(self.parties.intern(name).0.into())
    }

    pub fn deal(&mut self, name: &str) -> ObjectId {
        ObjectId(self.deals.intern(name).0.into())
    }
}

/// The text of an object's number.
pub fn name_of(names: &Symbols, object: ObjectId) -> String {
    u32::try_from(object.0).map(|number| names.text(Symbol(number)).to_owned()).unwrap_or_default()
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
            let mut symbols = Symbols::new();
            session.each("SELECT text FROM symbol", &[], |row| {
                symbols.intern(row.try_get(0)?);
                Ok(())
            })?;
            let position = Position(row.try_get::<_, i64>(0)?.cast_unsigned());
            Ok((position, row.try_get::<_, Moment>(1)?.0, symbols))
        };
        let view = pool.view;
        let (session, (position, recorded_max, symbols)) = pool.begin(begin).in_view(view)?;
        let names = Names { symbols, parties: Symbols::new(), deals: Symbols::new() };
        Ok(Self {
            pool,
            session: Mutex::new(Some(session)),
            names: Mutex::new(names),
            position,
            recorded_max,
        })
    }

    /// The numbers given so far; held for a moment only, as `take` of a read may ask for names.
    pub(super) fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
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

impl ViewRows for PostgresSnapshot {
    fn position(&self) -> Position {
        self.position
    }

    fn recorded_max(&self) -> Timestamp {
        self.recorded_max
    }

    fn symbols(&self) -> Result<Symbols, ReadError> {
        Ok(self.names().symbols.clone())
    }

    fn identity(&self, as_of: AsOf) -> Result<Identity, ReadError> {
        let (t, k) = Moment::both(as_of);
        let merges = self.read(|session| session.query(rows::MERGES, &[&t, &k]))?;
        let contacts = self.read(|session| session.query(rows::CONTACTS, &[&t, &k]))?;
        let mut names = self.names();
        let merges = merges.iter().map(|row| rows::merge(row, &mut names));
        let merges = merges.collect::<Result<Vec<_>, _>>().in_view(self.view())?;
        let contacts = contacts.iter().map(|row| rows::contact(row, &mut names));
        let contacts = contacts.collect::<Result<Vec<_>, _>>().in_view(self.view())?;
        Ok(identity::identity(merges, contacts, bounded(as_of).occurred_until))
    }

    fn definitions(&self, as_of: AsOf, kind: &str) -> Result<Vec<DefinitionRow>, ReadError> {
        let (t, k) = Moment::both(as_of);
        self.read(|session| {
            let rows = session.query(
                "SELECT kind, code, version, effective_from, position, body FROM definition
                 WHERE kind = $1 AND effective_from <= $2 AND known_from <= $3 AND known_to > $3
                 ORDER BY code, effective_from, version, position",
                &[&kind, &t, &k],
            )?;
            rows.iter().map(definition).collect()
        })
    }

    fn party_name(&self, party: ObjectId) -> Result<String, ReadError> {
        Ok(name_of(&self.names().parties, party))
    }

    fn party(&self, name: &str) -> Result<Option<ObjectId>, ReadError> {
        let own = match self.view() {
            View::Timeline => "EXISTS (SELECT FROM entry WHERE customer = $1)",
            View::Funnel => {
                "EXISTS (SELECT FROM lead_step WHERE customer = $1)
                 OR EXISTS (SELECT FROM deal_fact WHERE customer = $1)"
            }
            View::Satisfaction => {
                "EXISTS (SELECT FROM answer WHERE customer = $1) OR EXISTS (SELECT FROM sent WHERE customer = $1)"
            }
        };
        let sql = format!(
            "SELECT {own} OR EXISTS (SELECT FROM party_merge WHERE survivor = $1 OR absorbed = $1)
                    OR EXISTS (SELECT FROM contact WHERE organisation = $1 OR person = $1)"
        );
        let known = self.read(|session| {
            let rows = session.query(&sql, &[&storable(name).as_ref()])?;
            Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
        })?;
        Ok(known.then(|| self.names().party(name)))
    }
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

pub fn position(row: &Row, column: usize) -> Result<Position, PostgresError> {
    Ok(Position(row.try_get::<_, i64>(column)?.cast_unsigned()))
}

pub fn moment(row: &Row, column: usize) -> Result<Timestamp, PostgresError> {
    Ok(row.try_get::<_, Moment>(column)?.0)
}

fn definition(row: &Row) -> Result<DefinitionRow, PostgresError> {
    Ok(DefinitionRow {
        kind: row.try_get(0)?,
        code: row.try_get(1)?,
        version: u32::try_from(row.try_get::<_, i64>(2)?).unwrap_or(u32::MAX),
        effective_from: moment(row, 3)?,
        position: position(row, 4)?,
        body: row.try_get(5)?,
    })
}
