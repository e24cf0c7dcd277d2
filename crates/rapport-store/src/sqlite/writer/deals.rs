//! Facts about deals, and the sums that follow from them. Facts are collected; a flush takes one deal after the other, so that a deal with
//! many events in one transaction is folded and written once.

use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::{Op, bitemporal::Fact, deal::DealFact, stage_set::tracked_rows},
    rows::ObjectId,
};
use rusqlite::{Connection, OptionalExtension};

use super::sums::KeptSums;
use crate::sqlite::{
    deal_facts::{Facts, pack, sort, unpack},
    packed::Packer,
};

/// The facts collected since the last commit, in the order in which they appeared and went.
#[derive(Default)]
pub(super) struct Deals {
    collected: Vec<(ObjectId, Fact<DealFact>, Op)>,
    /// Deals from this number on have no rows in the file yet.
    first_new: u64,
    sums: Box<KeptSums>,
}

impl Deals {
    /// Drops what is collected.
    pub(super) fn load(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
        self.collected.clear();
        self.first_new = first_new;
        *self.sums = KeptSums::load(connection)?;
        Ok(())
    }

    /// Takes a fact that is believed for some time, or is no longer held to have been.
    pub(super) fn collect(&mut self, deal: ObjectId, fact: Fact<DealFact>, op: Op) {
        self.collected.push((deal, fact, op));
    }

    /// Writes what is collected; `first_new` is the number of the next deal.
    pub(super) fn flush(&mut self, connection: &Connection, first_new: u64) -> rusqlite::Result<()> {
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
    packed: Packer,
}

impl<'c> Tables<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            select_facts: connection.prepare_cached("SELECT facts FROM deal_fact WHERE deal = ?1")?,
            replace_facts: connection
                .prepare_cached("INSERT OR REPLACE INTO deal_fact (deal, facts) VALUES (?1, ?2)")?,
            delete_facts: connection.prepare_cached("DELETE FROM deal_fact WHERE deal = ?1")?,
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
}
