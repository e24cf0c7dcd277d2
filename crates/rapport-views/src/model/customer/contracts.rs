//! Contracts of one customer, in force by the rules of retention.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{CustomerContract, Money, payload::Kind},
};

use super::{
    counter::Events,
    numbered::{Numbered, id},
};
use crate::{
    calendar::day_text,
    model::retention::terms,
    projection::{Believed, contract::CONTRACTS},
    rows::ContractRow,
    table::NotARow,
};

/// The events of contracts, by id.
#[derive(Debug, Default)]
pub(super) struct Contracts(BTreeMap<String, Contract>);

#[derive(Debug, Default)]
struct Contract {
    rows: Vec<ContractRow>,
    value: Option<Money>,
    events: Events,
}

/// A contract in force.
#[derive(Debug)]
pub(super) struct InForce {
    pub(super) wire: CustomerContract,
    pub(super) events: Events,
}

impl Contracts {
    /// Takes an event. Events come in the order of (occurred_at, position).
    pub(super) fn take(&mut self, believed: &Believed<'_>, numbered: &mut Numbered) -> Result<(), NotARow> {
        let Kind::ContractChanged(changed) = believed.kind else { return Ok(()) };
        let contract = self.0.entry(id(&changed.contract_id)).or_default();
        contract.events.take(believed);
        contract.value = changed.value.clone().or_else(|| contract.value.take());
        contract.rows.extend(numbered.rows::<ContractRow>(&CONTRACTS, believed)?);
        Ok(())
    }

    /// Those in force at a moment, by id.
    pub(super) fn in_force(self, until: Timestamp, numbered: &Numbered, zone: &TimeZone) -> Vec<InForce> {
        self.0.into_iter().filter_map(|(id, one)| one.in_force(&id, until, (numbered, zone))).collect()
    }
}

impl Contract {
    fn in_force(
        self,
        id: &str,
        until: Timestamp,
        (numbered, zone): (&Numbered, &TimeZone),
    ) -> Option<InForce> {
        let terms = terms(&self.rows, &numbered.symbols, zone);
        let term = terms.into_iter().find(|term| term.from <= until && until < term.to)?;
        let last = Timestamp::from_micros(term.to.as_micros().saturating_sub(1));
        let wire = CustomerContract {
            contract: format!("contract:{id}"),
            begins: Some(time::to_proto(term.from)),
            last_day: if term.to == Timestamp::MAX { String::new() } else { day_text(last, zone) },
            value: self.value,
            position: self.rows.last().map_or(Position(0), |row| row.position).0,
        };
        Some(InForce { wire, events: self.events })
    }
}
