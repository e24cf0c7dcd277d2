//! Batches of partitions into the rows of one view, in one transaction.
//!
//! Partitions come in any interleaving, so nothing here depends on the order in which events arrive: adjustments and
//! their targets find each other from either side ([`adjust`]), and the states of an object are computed again from all
//! its facts ([`Objects`]).

mod adjust;
mod changes;
mod checkpoints;
mod incoming;

use std::collections::HashSet;

use rapport_model::currency_exponent;
use rapport_views::{
    projection::{self, Item, Op},
    table::{Dictionary, Numbers as _},
};

use self::{
    adjust::Stored,
    changes::Changes,
    incoming::{Incoming, Intake},
};
use super::{
    declared::{Declared, Objects},
    failure::PostgresError,
    session::Session,
    tables::{CURRENCY, KNOWN_ID, SYMBOL},
    value::Value,
};
use crate::{Applied, Checkpoint, PartitionBatch, View, reads};

/// Texts that are known to be in the table `symbol`; when there are more, it starts anew.
const SYMBOLS_MAX: usize = 100_000;

/// The connection that writes a view's rows.
pub(super) struct Writer {
    view: View,
    session: Session,
    tables: Vec<Declared>,
    objects: Vec<Objects>,
    symbols: HashSet<String>,
    /// Whether events may be there although no checkpoint says so: projectors apply two incarnations of a topic side by
    /// side.
    doubts: bool,
}

impl Writer {
    /// Over a connection whose schema is the view's.
    pub(super) fn new(view: View, session: Session) -> Self {
        let tables = view.tables().map(Declared::of).collect();
        let objects = view.objects().iter().map(|object| Objects::of(object)).collect();
        Self { view, session, tables, objects, symbols: HashSet::new(), doubts: false }
    }

    /// The connection.
    pub(super) const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Every partition's checkpoint.
    pub(super) fn checkpoints(&mut self) -> Result<Vec<Checkpoint>, PostgresError> {
        checkpoints::all(&mut self.session)
    }

    /// Applies batches in one transaction.
    pub(super) fn apply(&mut self, batches: &[PartitionBatch]) -> Result<Applied, PostgresError> {
        let applied = self.transaction(batches);
        if !matches!(applied, Ok((Applied::Done, _))) {
            self.session.batch("ROLLBACK")?;
        }
        self.doubts = applied.as_ref().is_err_and(PostgresError::is_repeated);
        let (applied, symbols) = applied?;
        if self.symbols.len() > SYMBOLS_MAX {
            self.symbols.clear();
        }
        self.symbols.extend(symbols);
        Ok(applied)
    }

    fn transaction(&mut self, batches: &[PartitionBatch]) -> Result<(Applied, Vec<String>), PostgresError> {
        let mut events = batches.iter().flat_map(|batch| &batch.events);
        // See `adjust`; a swap of schemas holds off both.
        let mode = if events.any(|event| reads::adjusts(event.payload_field())) {
            "SHARE ROW EXCLUSIVE"
        } else {
            "ROW EXCLUSIVE"
        };
        let session = &mut self.session;
        session.batch(&format!("BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE meta IN {mode} MODE"))?;
        let mut checkpoints = checkpoints::hold(session, batches)?;
        for batch in batches {
            if !checkpoints::goes_on(session, &mut checkpoints, batch)? {
                return Ok((Applied::Stale { checkpoints: checkpoints::all(session)? }, Vec::new()));
            }
            if let Some(held) = checkpoints.get_mut(&batch.partition) {
                held.checkpoint.next_offset = batch.next_offset;
                let last = batch.events.last().map_or(0, |event| event.position().0);
                if self.doubts {
                    held.repeated_until = held.repeated_until.max(last);
                }
            }
        }
        let mut intake = Intake::of(session, self.view, batches, &mut checkpoints)?;
        intake.write(self.view, session)?;
        let acting = adjust::resolve(session, &intake.events)?;
        let stored = Stored::load(session, &acting)?;
        let changes = changes(self.view, &intake.events, &acting, &stored);
        let symbols = self.write(changes)?;
        checkpoints::save(&mut self.session, &checkpoints)?;
        self.session.batch("COMMIT")?;
        Ok((Applied::Done, symbols))
    }

    /// Writes the rows; gives the texts that are in the table `symbol` now.
    fn write(&mut self, mut changes: Changes) -> Result<Vec<String>, PostgresError> {
        let session = &mut self.session;
        for (declared, change) in self.tables.iter().zip(&changes.tables) {
            declared.delete(session, &change.removed, &changes.numbered)?;
            declared.insert(session, &change.added, &changes.numbered)?;
        }
        for (objects, facts) in self.objects.iter().zip(&changes.facts) {
            objects.write(session, &mut changes.numbered, (&facts.removed, &facts.added))?;
        }
        if self.view == View::Directory {
            let ids = changes.numbered.names(Dictionary::Party).map(|id| vec![Value::text(id)]);
            KNOWN_ID.insert_missing(session, ids.collect())?;
        }
        let symbols = &changes.numbered.symbols;
        let numbers = (1..).map(rapport_views::rows::Symbol).take(symbols.len().saturating_sub(1));
        let new = numbers.map(|symbol| symbols.text(symbol)).filter(|text| !self.symbols.contains(*text));
        let new: Vec<String> = new.map(str::to_owned).collect();
        SYMBOL.insert_missing(session, new.iter().map(|text| vec![Value::owned(text)]).collect())?;
        // For SQL that adds up amounts: among the texts are all currencies.
        let currencies = new.iter().filter_map(|text| {
            let exponent = i32::try_from(currency_exponent(text)?).ok()?;
            Some(vec![Value::text(text), Value::Int(exponent)])
        });
        CURRENCY.insert_missing(session, currencies.collect())?;
        Ok(new)
    }
}

fn changes<'a>(view: View, events: &[Incoming<'a>], acting: &adjust::Acting, stored: &'a Stored) -> Changes {
    let mut changes = Changes::new(view);
    let new: HashSet<i64> = events.iter().map(|event| event.event.position.cast_signed()).collect();
    if view == View::Directory {
        // Also of those of which nothing is believed any more in the instant in which they came.
        for event in events.iter().filter(|event| !event.adjusts) {
            changes.numbered.name(Dictionary::Party, event.event.customer);
        }
    }
    for event in events {
        if !acting.contains_key(&event.event.position.cast_signed()) {
            changes.take(&Item::recorded(&event.event, event.kind.as_ref()), Op::Add);
        }
    }
    for beliefs in stored.beliefs(acting, |root| new.contains(&root)) {
        for (item, op) in projection::changes(&beliefs.event, &beliefs.before, &beliefs.after) {
            changes.take(&item, op);
        }
    }
    changes
}
