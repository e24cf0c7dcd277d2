//! Facts about deals to their spans. Facts are collected; a flush takes one deal after the other, so that a deal with
//! many events in one transaction is folded and written once.

use std::{cmp::Ordering, collections::BTreeMap};

use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::{
        bitemporal::{Fact, Row, rows},
        deal::{DealFact, DealState, step},
    },
    rows::{DealStatus, ObjectId, Symbol},
};
use rusqlite::{Connection, Statement, params};

use super::Op;
use crate::{
    codes::{deal_cause, deal_cause_code, deal_status_code},
    schema::{meta, set_meta},
};

/// The facts collected since the last commit, in the order in which they appeared and went.
#[derive(Default)]
pub struct Deals {
    collected: Vec<(ObjectId, Fact<DealFact>, Op)>,
    /// Deals from this number on have no rows in the file yet.
    first_new: u64,
    occurred_max: Timestamp,
}

/// What a stage's open deals change by: their count and amount.
type OpenChanges = BTreeMap<(Symbol, Symbol, Symbol), (i64, i64)>;

impl Deals {
    /// Drops what is collected.
    pub fn load(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
        self.collected.clear();
        self.first_new = first_new;
        self.occurred_max = Timestamp::from_micros(meta(connection, "occurred_max")?);
        Ok(())
    }

    /// Takes a fact that is believed for some time, or is no longer held to have been.
    pub fn collect(&mut self, deal: ObjectId, fact: Fact<DealFact>, op: Op) {
        self.occurred_max = self.occurred_max.max(fact.occurred_at);
        self.collected.push((deal, fact, op));
    }

    /// Writes what is collected; `first_new` is the number of the next deal.
    pub fn flush(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
        // Stable: the last thing that happened to a fact comes last.
        self.collected.sort_by_key(|(deal, fact, _)| (*deal, fact.position, fact.known_from));
        let mut tables = Tables::new(connection)?;
        let mut open_changes = OpenChanges::new();
        for changes in self.collected.chunk_by(|one, other| one.0 == other.0) {
            let Some((deal, _, _)) = changes.first() else { continue };
            let mut facts = if deal.0 < self.first_new { tables.facts(*deal)? } else { Vec::new() };
            let old = rows(&facts, step);
            for (_, fact, op) in changes {
                match op {
                    Op::Add => facts.push(*fact),
                    Op::Remove => facts.retain(|other| place(other) != place(fact)),
                }
                tables.write_fact(*deal, fact, *op)?;
            }
            tables.replace_spans(*deal, &old, &rows(&facts, step), &mut open_changes)?;
        }
        drop(tables);
        write_open_changes(connection, &open_changes)?;
        self.collected.clear();
        self.first_new = first_new;
        set_meta(connection, "occurred_max", self.occurred_max.as_micros())
    }
}

fn place(fact: &Fact<DealFact>) -> (Position, Timestamp) {
    (fact.position, fact.known_from)
}

struct Tables<'c> {
    select_facts: rusqlite::CachedStatement<'c>,
    insert_fact: rusqlite::CachedStatement<'c>,
    delete_fact: rusqlite::CachedStatement<'c>,
    insert_span: rusqlite::CachedStatement<'c>,
    delete_span: rusqlite::CachedStatement<'c>,
}

impl<'c> Tables<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            select_facts: connection.prepare_cached(
                "SELECT position, known_from, known_to, occurred_at, cause, customer, pipeline, stage, amount, currency,
                        reason FROM deal_fact WHERE deal = ?1",
            )?,
            insert_fact: connection
                .prepare_cached("INSERT INTO deal_fact VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")?,
            delete_fact: connection
                .prepare_cached("DELETE FROM deal_fact WHERE deal = ?1 AND position = ?2 AND known_from = ?3")?,
            insert_span: connection
                .prepare_cached("INSERT INTO deal_span VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)")?,
            delete_span: connection.prepare_cached(
                "DELETE FROM deal_span WHERE deal = ?1 AND valid_from = ?2 AND position = ?3 AND known_from = ?4",
            )?,
        })
    }

    fn facts(&mut self, deal: ObjectId) -> rusqlite::Result<Vec<Fact<DealFact>>> {
        let moment = |row: &rusqlite::Row<'_>, column| row.get(column).map(Timestamp::from_micros);
        let symbol = |row: &rusqlite::Row<'_>, column| row.get(column).map(Symbol);
        let found = self.select_facts.query_map([deal.0.cast_signed()], |row| {
            let amount: Option<i64> = row.get(8)?;
            let currency = symbol(row, 9)?;
            Ok(Fact {
                position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
                known_from: moment(row, 1)?,
                known_to: moment(row, 2)?,
                occurred_at: moment(row, 3)?,
                fact: DealFact {
                    cause: deal_cause(row.get(4)?),
                    customer: ObjectId(row.get::<_, i64>(5)?.cast_unsigned()),
                    pipeline: symbol(row, 6)?,
                    stage: symbol(row, 7)?,
                    amount: amount.map(|amount| (amount, currency)),
                    reason: symbol(row, 10)?,
                },
            })
        })?;
        found.collect()
    }

    fn write_fact(&mut self, deal: ObjectId, fact: &Fact<DealFact>, op: Op) -> rusqlite::Result<()> {
        let (deal, position, known_from) =
            (deal.0.cast_signed(), fact.position.0.cast_signed(), fact.known_from.as_micros());
        match op {
            Op::Add => self.insert_fact.execute(params![
                deal,
                position,
                known_from,
                fact.known_to.as_micros(),
                fact.occurred_at.as_micros(),
                deal_cause_code(fact.fact.cause),
                fact.fact.customer.0.cast_signed(),
                fact.fact.pipeline.0,
                fact.fact.stage.0,
                fact.fact.amount.map(|amount| amount.0),
                fact.fact.amount.map_or(0, |amount| amount.1.0),
                fact.fact.reason.0,
            ])?,
            Op::Remove => self.delete_fact.execute((deal, position, known_from))?,
        };
        Ok(())
    }

    /// Writes the difference between two lists of a deal's rows, both in the order of the table.
    fn replace_spans(
        &mut self,
        deal: ObjectId,
        old: &[Row<DealState>],
        new: &[Row<DealState>],
        open_changes: &mut OpenChanges,
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
                count_open(open_changes, gone, -1);
            }
            if let Some(come) = come {
                insert_span(&mut self.insert_span, deal, come)?;
                count_open(open_changes, come, 1);
            }
        }
    }
}

fn row_key(row: &Row<DealState>) -> (Timestamp, Position, Timestamp) {
    (row.valid_from, row.position, row.known_from)
}

fn insert_span(insert: &mut Statement<'_>, deal: ObjectId, row: &Row<DealState>) -> rusqlite::Result<()> {
    let state = &row.state;
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

fn count_open(open_changes: &mut OpenChanges, row: &Row<DealState>, sign: i64) {
    let holds = row.known_to == Timestamp::MAX && row.valid_to == Timestamp::MAX;
    if holds && row.state.status == DealStatus::Open {
        let key = (row.state.pipeline, row.state.stage, row.state.currency);
        let change = open_changes.entry(key).or_default();
        change.0 += sign;
        change.1 = change.1.saturating_add(row.state.amount_minor_units.saturating_mul(sign));
    }
}

fn write_open_changes(connection: &Connection, open_changes: &OpenChanges) -> rusqlite::Result<()> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO open_deals (pipeline, stage, currency, deals, amount) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (pipeline, stage, currency)
         DO UPDATE SET deals = open_deals.deals + excluded.deals, amount = open_deals.amount + excluded.amount",
    )?;
    for ((pipeline, stage, currency), (deals, amount)) in open_changes {
        upsert.execute((pipeline.0, stage.0, currency.0, deals, amount))?;
    }
    connection.execute("DELETE FROM open_deals WHERE deals = 0", []).map(drop)
}
