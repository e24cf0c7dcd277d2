//! Events into the rows of one view.
//!
//! A [`Writer`] is the only one that writes to its file. It keeps a transaction open while it catches up, collects
//! the rows that would fall on random keys and writes them sorted; a commit moves the checkpoint with the rows.
//! The writer of a view that is built commits once, at the end: no question reads the file before that.

mod adjust;
mod deals;
mod forget;
mod names;
mod sums;

use std::path::Path;

use prost::Message;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    v1::{Payload, payload::Kind},
};
use rapport_views::{
    projection::{Item, Op, deal, recorded_at},
    rows::{ObjectId, Symbols},
    table::{Cell, Dictionary, Numbers, Out, PerDictionary},
};
use rusqlite::Connection;

use self::{deals::Deals, names::Names};
use crate::{
    ApplyError, EncodedEvent, EventSource, StoreError, View,
    error::InView,
    reads::adjusts,
    sqlite::{
        failure::Failure,
        pace::Pace,
        schema::{meta, set_meta},
        table::Tables,
    },
};

/// Events in one transaction while catching up; their collected rows are what memory holds. As many are collected
/// at once while a view is built.
const TRANSACTION_EVENTS_MAX: u64 = 1_000_000;

/// Names and texts to numbers.
struct Numbered {
    names: PerDictionary<Names>,
    symbols: Symbols,
    symbols_saved: usize,
}

/// The one writer of a view's file.
pub(super) struct Writer {
    view: View,
    connection: Connection,
    numbered: Numbered,
    tables: Tables,
    /// Room for the cells of a row.
    cells: Vec<Cell>,
    /// Of the funnel.
    deals: Deals,
    committed: Position,
    taken: Position,
    /// The recorded clock at `taken`.
    recorded_max: Timestamp,
    /// Events taken since the transaction began, or since rows were last written in it.
    transaction_events: Option<u64>,
    /// Whether the file is built: then there is one transaction.
    is_building: bool,
}

impl Writer {
    /// Takes over a connection to a file that has its tables.
    pub(super) fn new(connection: Connection, view: View) -> Result<Self, StoreError> {
        Self::with_rows(connection, view, None)
    }

    /// Takes over a connection to a new file; `runs_path` is free for a file of this time.
    pub(super) fn building(connection: Connection, view: View, runs_path: &Path) -> Result<Self, StoreError> {
        Self::with_rows(connection, view, Some(runs_path))
    }

    fn with_rows(connection: Connection, view: View, runs_path: Option<&Path>) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(64);
        let tables = Tables::new(view, runs_path).map_err(|source| StoreError::Runs { view, source })?;
        let mut writer = Self {
            view,
            connection,
            numbered: Numbered::new(),
            tables,
            cells: Vec::new(),
            deals: Deals::default(),
            committed: Position::START,
            taken: Position::START,
            recorded_max: Timestamp::MIN,
            transaction_events: None,
            is_building: runs_path.is_some(),
        };
        writer.load().in_view(view)?;
        Ok(writer)
    }

    /// The last event whose rows are committed.
    pub(super) const fn committed(&self) -> Position {
        self.committed
    }

    /// The last event taken; its rows may still be collected.
    pub(super) const fn taken(&self) -> Position {
        self.taken
    }

    /// How many events could not be read or stored, and the last of them.
    pub(super) fn set_aside(&self) -> Result<(u64, Position), StoreError> {
        let ask = || -> rusqlite::Result<(i64, i64)> {
            let select = "SELECT count(*), coalesce(max(position), 0) FROM set_aside";
            self.connection.prepare_cached(select)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        let (count, last) = ask().in_view(self.view)?;
        Ok((count.cast_unsigned(), Position(last.cast_unsigned())))
    }

    /// Applies what it has not yet. A failure takes it back to the last commit; when building there is none, and the
    /// writer and its file are of no more use.
    pub(super) fn apply(
        &mut self,
        events: &[EncodedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<(), ApplyError> {
        let applied = self.take_all(events, pace, source);
        applied.map_err(|failure| {
            self.give_up();
            failure.in_view(self.view)
        })
    }

    /// Goes back to the last commit, unless there is none because the view is built.
    pub(super) fn give_up(&mut self) {
        if !self.is_building
            && let Err(error) = self.roll_back()
        {
            tracing::error!(view = self.view.name(), %error, "taking back a failed transaction failed");
        }
    }

    /// Moves everything from the write-ahead log into the file.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).in_view(self.view)
    }

    /// Ends a build: everything is written and committed, and the file closed.
    pub(super) fn finish(mut self) -> Result<(), ApplyError> {
        let finished = self.finish_rows().and_then(|()| self.commit());
        finished.map_err(|failure| failure.in_view(self.view))?;
        self.connection.close().map_err(|(_, error)| error).in_view(self.view)?;
        Ok(())
    }

    fn finish_rows(&mut self) -> Result<(), Failure> {
        self.begin()?;
        self.tables.finish(&self.connection)
    }

    fn take_all(
        &mut self,
        events: &[EncodedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<(), Failure> {
        let taken = self.taken;
        for event in events.iter().filter(|event| event.position() > taken) {
            let given = event.position();
            if given != self.taken.next() {
                return Err(Failure::Gap { at: self.taken, given });
            }
            let transaction_events = self.begin()?;
            self.take(event, source)?;
            self.taken = given;
            self.transaction_events = Some(transaction_events + 1);
            if transaction_events + 1 >= TRANSACTION_EVENTS_MAX {
                self.see_recorded(event);
                self.settle()?;
            }
        }
        if let Some(last) = events.last().filter(|event| event.position() > taken) {
            self.see_recorded(last);
        }
        match pace {
            Pace::Following if !self.is_building => self.commit(),
            Pace::Following | Pace::CatchingUp => Ok(()),
        }
    }

    /// The recorded clock is where the last event was recorded; one that cannot be read leaves it.
    fn see_recorded(&mut self, event: &EncodedEvent) {
        if let Some(event) = parse(event) {
            self.recorded_max = recorded_at(&event);
        }
    }

    /// Takes what is collected out of memory.
    fn settle(&mut self) -> Result<(), Failure> {
        if !self.is_building {
            return self.commit();
        }
        self.transaction_events = Some(0);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.tables.flush(&self.connection)?;
        self.deals.flush(&self.connection, self.numbered.of(Dictionary::Deal).next())?;
        Ok(())
    }

    fn begin(&mut self) -> Result<u64, Failure> {
        if let Some(events) = self.transaction_events {
            return Ok(events);
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        self.transaction_events = Some(0);
        Ok(0)
    }

    fn commit(&mut self) -> Result<(), Failure> {
        if self.transaction_events.is_none() {
            return Ok(());
        }
        self.flush()?;
        self.numbered.save_symbols(&self.connection)?;
        set_meta(&self.connection, "position", self.taken.0.cast_signed())?;
        set_meta(&self.connection, "recorded_max", self.recorded_max.as_micros())?;
        self.connection.execute_batch("COMMIT")?;
        self.committed = self.taken;
        self.transaction_events = None;
        Ok(())
    }

    fn roll_back(&mut self) -> rusqlite::Result<()> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.transaction_events = None;
        self.load()
    }

    /// Forgets everything collected and reads from the file where it stands.
    fn load(&mut self) -> rusqlite::Result<()> {
        self.committed = Position(meta(&self.connection, "position")?.cast_unsigned());
        self.taken = self.committed;
        self.recorded_max = Timestamp::from_micros(meta(&self.connection, "recorded_max")?);
        self.numbered.load(&self.connection)?;
        self.tables.forget();
        if self.view == View::Funnel {
            self.deals.load(&self.connection, self.numbered.of(Dictionary::Deal).next())?;
        }
        Ok(())
    }

    fn take(&mut self, event: &EncodedEvent, source: &(impl EventSource + ?Sized)) -> Result<(), Failure> {
        if let Some(reason) = event.refused() {
            return self.put_aside(event.position(), reason);
        }
        let number = event.payload_field();
        let adjusts = adjusts(number);
        let is_read = number.is_some_and(|number| self.view.reads(number));
        // Most events are nothing to most views. What has no payload may be no event at all.
        if !adjusts && !is_read && number.is_some() && !self.view.sees_every_event() {
            return Ok(());
        }
        let Some(event) = parse(event) else {
            return self.put_aside(event.position(), "the bytes are not an event of this position");
        };
        if !adjusts && !is_read && !self.view.sees_every_event() {
            return Ok(());
        }
        if adjusts {
            return self.adjust(&event, source);
        }
        let kind = if is_read { self.decode(&event)? } else { None };
        self.write(&Item::recorded(&event, kind.as_ref()), Op::Add)
    }

    /// The content; what cannot be read is set aside and counted, and stops nothing.
    fn decode(&self, event: &EventRef<'_>) -> Result<Option<Kind>, Failure> {
        match Payload::decode(event.payload) {
            Ok(payload) => Ok(payload.kind),
            Err(_) => {
                self.put_aside(Position(event.position), "the payload is not what its type says")?;
                Ok(None)
            }
        }
    }

    fn put_aside(&self, position: Position, reason: &str) -> Result<(), Failure> {
        let mut insert = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO set_aside (position, reason) VALUES (?1, ?2)")?;
        insert.execute((position.0.cast_signed(), reason))?;
        Ok(())
    }

    /// Writes the rows of one belief, or takes them away.
    fn write(&mut self, item: &Item<'_>, op: Op) -> Result<(), Failure> {
        let mut numbering =
            Numbering { connection: &self.connection, numbered: &mut self.numbered, failed: None };
        let (connection, tables, place) = (&self.connection, &mut self.tables, item.place());
        let mut put = Ok(());
        let view = self.view;
        let mut take = |table, cells: &[Cell]| {
            if put.is_ok() {
                put = tables.put(connection, table, (&place, cells), op);
            }
        };
        view.rows(item, &mut Out::new(&mut numbering, &mut take, &mut self.cells));
        put?;
        if view == View::Funnel
            && let Some((deal, fact)) = deal::fact(item, &mut numbering)
        {
            self.deals.collect(deal, fact, op);
        }
        if let Some(error) = numbering.failed {
            return Err(error.into());
        }
        self.tables.spill()
    }
}

/// Gives numbers while rows are made; a failure of the database is told afterwards.
struct Numbering<'a> {
    connection: &'a Connection,
    numbered: &'a mut Numbered,
    failed: Option<rusqlite::Error>,
}

impl Numbers for Numbering<'_> {
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        self.numbered.of(of).id(self.connection, name).unwrap_or_else(|error| {
            self.failed = Some(error);
            ObjectId::default()
        })
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.numbered.symbols
    }
}

/// An event that is at its place.
fn parse(encoded: &EncodedEvent) -> Option<EventRef<'_>> {
    encoded.parse().ok().filter(|event| event.position == encoded.position().0)
}

impl Numbered {
    fn new() -> Self {
        Self { names: PerDictionary::new(Names::of), symbols: Symbols::new(), symbols_saved: 0 }
    }

    const fn of(&mut self, dictionary: Dictionary) -> &mut Names {
        self.names.of_mut(dictionary)
    }

    fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for names in self.names.iter_mut() {
            names.load(connection)?;
        }
        self.symbols = crate::sqlite::read::symbols(connection)?;
        self.symbols_saved = self.symbols.len();
        Ok(())
    }

    fn save_symbols(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut insert = connection.prepare_cached("INSERT INTO symbol (id, text) VALUES (?1, ?2)")?;
        for id in self.symbols_saved..self.symbols.len() {
            let symbol = rapport_views::rows::Symbol(u32::try_from(id).unwrap_or(u32::MAX));
            insert.execute((symbol.0, self.symbols.text(symbol)))?;
        }
        self.symbols_saved = self.symbols.len();
        Ok(())
    }
}
