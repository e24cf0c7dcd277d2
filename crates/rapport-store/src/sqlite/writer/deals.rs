//! Facts about deals to their spans. Facts are collected; a flush takes one deal after the other, so that a deal with
//! many events in one transaction is folded and written once.

use std::cmp::Ordering;

use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::{
        bitemporal::{Fact, Row},
        deal::DealFact,
        stage_set::{TrackedState, tracked_rows},
    },
    rows::ObjectId,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{Op, sums::KeptSums};
use crate::sqlite::{
    codes::{deal_cause_code, deal_status_code},
    deal_facts::{Facts, pack, sort, unpack},
    packed::Packer,
};

/// The facts collected since the last commit, in the order in which they appeared and went.
#[derive(Default)]
pub struct Deals {
    collected: Vec<(ObjectId, Fact<DealFact>, Op)>,
    /// Deals from this number on have no rows in the file yet.
    first_new: u64,
    sums: Box<KeptSums>,
}

impl Deals {
    /// Drops what is collected.
    pub fn load(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
        self.collected.clear();
        self.first_new = first_new;
        *self.sums = KeptSums::load(connection)?;
        Ok(())
    }

    /// Takes a fact that is believed for some time, or is no longer held to have been.
    pub fn collect(&mut self, deal: ObjectId, fact: Fact<DealFact>, op: Op) {
        self.collected.push((deal, fact, op));
    }

    /// Writes what is collected; `first_new` is the number of the next deal.
    pub fn flush(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
        if self.collected.is_empty() {
            return Ok(());
        }
        // Stable: the last thing that happened to a fact comes last.
        self.collected.sort_by_key(|(deal, fact, _)| (*deal, fact.position, fact.known_from));
        let mut tables = Tables::new(connection)?;
        let mut facts = Facts::new();
        for changes in self.collected.chunk_by(|one, other| one.0 == other.0) {
            let Some((deal, _, _)) = changes.first() else { continue };
            facts.clear();
            if deal.0 < self.first_new {
                tables.facts(*deal, &mut facts)?;
            }
            let sets = self.sums.sets();
            let old = tracked_rows(&facts, sets);
            for (_, fact, op) in changes {
                match op {
                    Op::Add => facts.push(*fact),
                    Op::Remove => facts.retain(|other| place(other) != place(fact)),
                }
            }
            sort(&mut facts);
            let new = tracked_rows(&facts, sets);
            tables.write_facts(*deal, &facts)?;
            tables.replace_spans(*deal, &old, &new)?;
            self.sums.replace(connection, *deal, &old, &new)?;
        }
        drop(tables);
        self.collected.clear();
        self.first_new = first_new;
        self.sums.flush(connection)
    }
}

fn place(fact: &Fact<DealFact>) -> (Position, Timestamp) {
    (fact.position, fact.known_from)
}

struct Tables<'c> {
    select_facts: rusqlite::CachedStatement<'c>,
    replace_facts: rusqlite::CachedStatement<'c>,
    delete_facts: rusqlite::CachedStatement<'c>,
    insert_span: rusqlite::CachedStatement<'c>,
    delete_span: rusqlite::CachedStatement<'c>,
    packed: Packer,
}

impl<'c> Tables<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            select_facts: connection.prepare_cached("SELECT facts FROM deal_fact WHERE deal = ?1")?,
            replace_facts: connection
                .prepare_cached("INSERT OR REPLACE INTO deal_fact (deal, facts) VALUES (?1, ?2)")?,
            delete_facts: connection.prepare_cached("DELETE FROM deal_fact WHERE deal = ?1")?,
            insert_span: connection
                .prepare_cached("INSERT INTO deal_span VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")?,
            delete_span: connection.prepare_cached(
                "DELETE FROM deal_span WHERE deal = ?1 AND valid_from = ?2 AND position = ?3 AND known_from = ?4",
            )?,
            packed: Packer::default(),
        })
    }

    fn facts(&mut self, deal: ObjectId, facts: &mut Facts) -> rusqlite::Result<()> {
        let found = self
            .select_facts
            .query_row([deal.0.cast_signed()], |row| Ok(unpack(row.get_ref(0)?.as_blob()?, facts)?));
        found.optional().map(drop)
    }

    fn write_facts(&mut self, deal: ObjectId, facts: &[Fact<DealFact>]) -> rusqlite::Result<()> {
        let deal = deal.0.cast_signed();
        if facts.is_empty() {
            return self.delete_facts.execute([deal]).map(drop);
        }
        pack(facts, &mut self.packed);
        self.replace_facts.execute((deal, self.packed.bytes())).map(drop)
    }

    /// Writes the difference between two lists of a deal's rows, both in the order of the table.
    fn replace_spans(
        &mut self,
        deal: ObjectId,
        old: &[Row<TrackedState>],
        new: &[Row<TrackedState>],
    ) -> rusqlite::Result<()> {
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(gone), Some(come)) => row_key(gone).cmp(&row_key(come)),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Ok(()),
            };
            let gone = if order.is_le() { old.next() } else { None };
            let come = if order.is_ge() { new.next() } else { None };
            if gone == come {
                continue;
            }
            if let Some(gone) = gone {
                self.delete_span.execute((
                    deal.0.cast_signed(),
                    gone.valid_from.as_micros(),
                    gone.position.0.cast_signed(),
                    gone.known_from.as_micros(),
                ))?;
            }
            if let Some(come) = come {
                insert_span(&mut self.insert_span, deal, come)?;
            }
        }
    }
}

fn row_key(row: &Row<TrackedState>) -> (Timestamp, Position, Timestamp) {
    (row.valid_from, row.position, row.known_from)
}

fn insert_span(insert: &mut Statement<'_>, deal: ObjectId, row: &Row<TrackedState>) -> rusqlite::Result<()> {
    let state = &row.state.deal;
    insert.execute(params![
        deal.0.cast_signed(),
        row.valid_from.as_micros(),
        row.position.0.cast_signed(),
        row.known_from.as_micros(),
        row.known_to.as_micros(),
        row.valid_to.as_micros(),
        deal_status_code(state.status),
        state.pipeline.0,
        state.stage.0,
        state.currency.0,
        state.amount_minor_units,
        deal_cause_code(state.cause),
        state.customer.0.cast_signed(),
        state.reason.0,
    ])?;
    Ok(())
}
