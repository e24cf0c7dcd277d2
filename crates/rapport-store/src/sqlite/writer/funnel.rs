//! Rows of the funnel: deals ([`super::deals`]), the competitors named with them, and the steps before a deal.

use rapport_views::{
    projection::{
        Believed,
        bitemporal::Fact,
        deal,
        lead::{lead_step, lead_tag},
    },
    rows::{LeadStep, storable},
};
use rusqlite::Connection;

use super::{Dictionary, Failure, Item, Op, deals::Deals, names::Names};

/// The rows of the funnel, with what is collected of them.
pub struct Funnel {
    names: Names,
    deals: Deals,
}

impl Funnel {
    /// With nothing collected; [`Funnel::load`] comes before use.
    pub fn new() -> Self {
        Self { names: Names::deals(), deals: Deals::default() }
    }

    /// Drops what is collected and reads from the file where it stands.
    pub fn load(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.names.load(connection)?;
        self.deals.load(connection, self.names.next())
    }

    /// Writes what is collected.
    pub fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.deals.flush(connection, self.names.next())
    }

    /// Takes one belief.
    pub fn write(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        item: &Item<'_>,
        op: Op,
    ) -> Result<(), Failure> {
        let Some(believed) = item.believed() else { return Ok(()) };
        let customer = dictionary.parties.id(connection, believed.event.customer)?;
        if let Some((name, fact)) = deal::deal_fact(&believed, customer, &mut dictionary.symbols) {
            let deal = self.names.id(connection, name)?;
            let fact = Fact {
                position: believed.position(),
                occurred_at: item.occurred_at,
                known_from: item.known_from,
                known_to: item.known_to,
                ahead: false,
                fact,
            };
            self.deals.collect(deal, fact, op);
        }
        if let Some(step) = lead_step(believed.kind) {
            let lead = lead_tag(&believed);
            write_lead(connection, item, customer.0.cast_signed(), step, &lead, op)?;
        }
        self.write_competitors(connection, dictionary, item, &believed, op)
    }

    fn write_competitors(
        &mut self,
        connection: &Connection,
        dictionary: &mut Dictionary,
        item: &Item<'_>,
        believed: &Believed<'_>,
        op: Op,
    ) -> Result<(), Failure> {
        let (deals, competitors) = deal::competitors(believed);
        for deal in &deals {
            for competitor in &competitors {
                let deal = self.names.id(connection, deal)?.0.cast_signed();
                let competitor = dictionary.symbols.intern(competitor).0;
                let position = item.event.position.cast_signed();
                let known_from = item.known_from.as_micros();
                match op {
                    Op::Add => connection
                        .prepare_cached("INSERT INTO competitor VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                        .execute((
                            deal,
                            position,
                            competitor,
                            known_from,
                            item.known_to.as_micros(),
                            item.occurred_at.as_micros(),
                        ))?,
                    Op::Remove => connection
                        .prepare_cached(
                            "DELETE FROM competitor
                             WHERE deal = ?1 AND position = ?2 AND competitor = ?3 AND known_from = ?4",
                        )?
                        .execute((deal, position, competitor, known_from))?,
                };
            }
        }
        Ok(())
    }
}

fn write_lead(
    connection: &Connection,
    item: &Item<'_>,
    customer: i64,
    step: LeadStep,
    lead: &str,
    op: Op,
) -> Result<(), Failure> {
    let (position, known_from) = (item.event.position.cast_signed(), item.known_from.as_micros());
    match op {
        Op::Add => connection
            .prepare_cached("INSERT INTO lead_step VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((
                position,
                known_from,
                item.known_to.as_micros(),
                item.occurred_at.as_micros(),
                customer,
                crate::sqlite::codes::lead_step_code(step),
                storable(lead),
            ))?,
        Op::Remove => connection
            .prepare_cached("DELETE FROM lead_step WHERE position = ?1 AND known_from = ?2")?
            .execute((position, known_from))?,
    };
    Ok(())
}
