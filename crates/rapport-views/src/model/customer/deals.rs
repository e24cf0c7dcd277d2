//! Deals of one customer, by the rules of the funnel: when their events happened in the light of each other, and what they
//! add up to.

use std::collections::BTreeMap;

use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{CustomerDeal, Money, payload::Kind},
};

use super::{
    counter::Events,
    numbered::{Numbered, id},
};
use crate::{
    projection::{
        Believed,
        bitemporal::Fact,
        deal::{DealFact, DealState, deal_fact, step},
        settled::settle,
    },
    rows::{DealStatus, ObjectId},
};

/// The events of deals, by id.
#[derive(Debug, Default)]
pub(super) struct Deals(BTreeMap<String, Deal>);

#[derive(Debug, Default)]
struct Deal {
    facts: Vec<Fact<DealFact>>,
    /// When it is expected to close, by the event that says it.
    expected: BTreeMap<Position, String>,
    events: Events,
}

/// An open deal.
#[derive(Debug)]
pub(super) struct OpenDeal {
    pub(super) wire: CustomerDeal,
    pub(super) events: Events,
    /// The event that says when it is expected to close.
    pub(super) expected_by: u64,
}

impl Deals {
    /// Takes an event. Events come in the order of (occurred_at, position).
    pub(super) fn take(&mut self, believed: &Believed<'_>, numbered: &mut Numbered) {
        let Some((deal, fact)) = deal_fact(believed, ObjectId::NOBODY, &mut numbered.symbols) else { return };
        let deal = self.0.entry(id(deal)).or_default();
        deal.events.take(believed);
        deal.facts.push(Fact {
            position: believed.position(),
            occurred_at: believed.occurred_at,
            known_from: Timestamp::MIN,
            known_to: Timestamp::MAX,
            ahead: false,
            fact,
        });
        let expected = match believed.kind {
            Kind::DealOpened(opened) => &opened.expected_close,
            Kind::DealTermsChanged(terms) => &terms.expected_close,
            _ => return,
        };
        if !expected.is_empty() {
            deal.expected.insert(believed.position(), expected.clone());
        }
    }

    /// Those that are open, by id.
    pub(super) fn open(self, numbered: &Numbered) -> Vec<OpenDeal> {
        self.0.into_iter().filter_map(|(id, deal)| deal.open(&id, numbered)).collect()
    }
}

impl Deal {
    fn open(mut self, id: &str, numbered: &Numbered) -> Option<OpenDeal> {
        settle(&mut self.facts);
        let mut state: Option<DealState> = None;
        for fact in &self.facts {
            state = Some(step(state.as_ref(), &fact.fact));
        }
        let state = state.filter(|state| state.status == DealStatus::Open)?;
        let (first, last) = (self.facts.first()?, self.facts.last()?);
        let expected = self
            .facts
            .iter()
            .rev()
            .find_map(|fact| Some((fact.position, self.expected.get(&fact.position)?)));
        let text = |symbol| numbered.symbols.text(symbol).to_owned();
        let currency = text(state.currency);
        let amount = Money { minor_units: state.amount_minor_units, currency };
        let wire = CustomerDeal {
            deal: format!("deal:{id}"),
            pipeline: text(state.pipeline),
            stage: text(state.stage),
            amount: Some(amount).filter(|amount| !amount.currency.is_empty()),
            opened: Some(time::to_proto(first.occurred_at)),
            changed: Some(time::to_proto(last.occurred_at)),
            expected_close: expected.map(|(_, day)| day.clone()).unwrap_or_default(),
            position: last.position.0,
        };
        let expected_by = expected.map_or(0, |(position, _)| position.0);
        Some(OpenDeal { wire, events: self.events, expected_by })
    }
}
