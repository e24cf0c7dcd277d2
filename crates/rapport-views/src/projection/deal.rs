//! Deals: what an event says of one, and the state that a deal is in after it.

use std::borrow::Cow;

use rapport_proto::{
    event_type,
    v1::{Money, payload::Kind},
};

use super::{Believed, Item, Projection, bitemporal::Fact, recorded_at};
use crate::{
    rows::{
        CompetitorRow, DealCause, DealStatus, DealStepRow, ExpectedCloseRow, ObjectId, Symbol, Symbols,
        storable,
    },
    table::{Dictionary, Numbers, Out},
};

/// The pipeline of a deal whose `deal.opened` names none, or that has none.
pub const DEFAULT_PIPELINE: &str = "default";

/// What one event says of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealFact {
    /// Which event it is.
    pub cause: DealCause,
    /// The event's customer; 0 when it has none.
    pub customer: ObjectId,
    /// With `Opened` the pipeline named, otherwise the default one.
    pub pipeline: Symbol,
    /// The stage named; 0 when none is.
    pub stage: Symbol,
    /// The amount in minor units and its currency, where one is named.
    pub amount: Option<(i64, Symbol)>,
    /// With `Won` and `Lost`: why.
    pub reason: Symbol,
    /// With `Opened` and `Moved`: its time is the moment at which it was recorded, so that it happened then or before.
    pub undated: bool,
}

/// What the events of a deal until then add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DealState {
    /// The event that began it.
    pub cause: DealCause,
    /// Whether the deal goes on.
    pub status: DealStatus,
    /// The customer of the first event that has one.
    pub customer: ObjectId,
    /// That of the latest `deal.opened`, else the default one.
    pub pipeline: Symbol,
    /// The last stage; 0 when none was named.
    pub stage: Symbol,
    /// The last amount in minor units.
    pub amount_minor_units: i64,
    /// Its currency; 0 without an amount.
    pub currency: Symbol,
    /// While it is closed: why.
    pub reason: Symbol,
}

/// The types of which [`deal_fact`] makes facts.
pub const READS: &[u32] = &[
    event_type::DEAL_OPENED,
    event_type::DEAL_STAGE_CHANGED,
    event_type::DEAL_TERMS_CHANGED,
    event_type::DEAL_WON,
    event_type::DEAL_LOST,
];

/// The deal that an event is about and what it says of it; `None` for events of other types.
pub fn deal_fact<'a>(
    believed: &Believed<'a>,
    customer: ObjectId,
    symbols: &mut Symbols,
) -> Option<(&'a str, DealFact)> {
    let mut fact = DealFact {
        cause: DealCause::TermsChanged,
        customer,
        pipeline: symbols.intern(DEFAULT_PIPELINE),
        stage: Symbol::default(),
        amount: None,
        reason: Symbol::default(),
        undated: false,
    };
    let undated = is_undated(believed);
    let (deal, amount) = match believed.kind {
        Kind::DealOpened(opened) => {
            (fact.cause, fact.undated) = (DealCause::Opened, undated);
            if !opened.pipeline.is_empty() {
                fact.pipeline = symbols.intern(&opened.pipeline);
            }
            fact.stage = symbols.intern(&opened.stage);
            (&opened.deal_id, opened.amount.as_ref())
        }
        Kind::DealStageChanged(moved) => {
            (fact.cause, fact.undated) = (DealCause::Moved, undated);
            fact.stage = symbols.intern(&moved.to);
            (&moved.deal_id, None)
        }
        Kind::DealTermsChanged(terms) => (&terms.deal_id, terms.amount.as_ref()),
        Kind::DealWon(won) => {
            fact.cause = DealCause::Won;
            fact.reason = symbols.intern(&won.reason);
            (&won.deal_id, won.amount.as_ref())
        }
        Kind::DealLost(lost) => {
            fact.cause = DealCause::Lost;
            fact.stage = symbols.intern(&lost.at_stage);
            fact.reason = symbols.intern(&lost.reason);
            (&lost.deal_id, None)
        }
        _ => return None,
    };
    fact.amount = amount.map(|money: &Money| (money.minor_units, symbols.intern(&money.currency)));
    Some((deal, fact))
}

/// The fact that a belief is about a deal, with the deal's number.
pub fn fact(item: &Item<'_>, numbers: &mut dyn Numbers) -> Option<(ObjectId, Fact<DealFact>)> {
    let believed = item.believed()?;
    let customer = numbers.name(Dictionary::Party, believed.event.customer);
    let (deal, fact) = deal_fact(&believed, customer, numbers.symbols())?;
    let fact = Fact {
        position: believed.position(),
        occurred_at: item.occurred_at,
        known_from: item.known_from,
        known_to: item.known_to,
        ahead: false,
        fact,
    };
    Some((numbers.name(Dictionary::Deal, deal), fact))
}

/// The state after a fact, from the state before it. Facts come [`super::settled`].
#[must_use]
pub fn step(before: Option<&DealState>, fact: &DealFact) -> DealState {
    let stage_before = before.map_or(Symbol::default(), |state| state.stage);
    let (stage, status, reason) = match fact.cause {
        DealCause::Opened | DealCause::Moved => {
            (first_given(fact.stage, stage_before), DealStatus::Open, Symbol::default())
        }
        DealCause::TermsChanged => {
            let (status, reason) =
                before.map_or((DealStatus::Open, Symbol::default()), |s| (s.status, s.reason));
            (stage_before, status, reason)
        }
        DealCause::Won => (stage_before, DealStatus::Won, fact.reason),
        // What the deal's own history says weighs more than what the loss says of it.
        DealCause::Lost => (first_given(stage_before, fact.stage), DealStatus::Lost, fact.reason),
    };
    let amount_before =
        before.map_or((0, Symbol::default()), |state| (state.amount_minor_units, state.currency));
    let (amount_minor_units, currency) = fact.amount.unwrap_or(amount_before);
    let customer_before = before.map_or(ObjectId::default(), |state| state.customer);
    DealState {
        cause: fact.cause,
        status,
        customer: if customer_before == ObjectId::default() { fact.customer } else { customer_before },
        pipeline: before
            .filter(|_| fact.cause != DealCause::Opened)
            .map_or(fact.pipeline, |state| state.pipeline),
        stage,
        amount_minor_units,
        currency,
        reason,
    }
}

fn first_given(one: Symbol, other: Symbol) -> Symbol {
    if one == Symbol::default() { other } else { one }
}

/// The way that deals go.
pub const STEPS: Projection = Projection {
    reads: &[
        event_type::DEAL_OPENED,
        event_type::DEAL_STAGE_CHANGED,
        event_type::DEAL_WON,
        event_type::DEAL_LOST,
    ],
    rows: put_step,
};

fn put_step(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (deal, cause, pipeline, stage, reason) = match believed.kind {
        Kind::DealOpened(opened) => {
            let pipeline = if opened.pipeline.is_empty() { DEFAULT_PIPELINE } else { &opened.pipeline };
            (&opened.deal_id, DealCause::Opened, pipeline, opened.stage.as_str(), "")
        }
        Kind::DealStageChanged(moved) => (&moved.deal_id, DealCause::Moved, "", moved.to.as_str(), ""),
        Kind::DealWon(won) => (&won.deal_id, DealCause::Won, "", "", won.reason.as_str()),
        Kind::DealLost(lost) => (&lost.deal_id, DealCause::Lost, "", "", lost.reason.as_str()),
        _ => return,
    };
    let row = DealStepRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        deal: out.name(Dictionary::Deal, deal),
        cause,
        pipeline: out.symbol(pipeline),
        stage: out.symbol(stage),
        reason: out.symbol(reason),
        staff: out.symbol(believed.event.actor_id),
        undated: matches!(cause, DealCause::Opened | DealCause::Moved) && is_undated(believed),
    };
    out.put(&row);
}

/// Whether an event is dated by its recording.
fn is_undated(believed: &Believed<'_>) -> bool {
    believed.occurred_at == recorded_at(believed.event)
}

/// When deals are expected to be decided.
pub const EXPECTED: Projection =
    Projection { reads: &[event_type::DEAL_OPENED, event_type::DEAL_TERMS_CHANGED], rows: put_expected };

fn put_expected(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (deal, day) = match believed.kind {
        Kind::DealOpened(opened) => (&opened.deal_id, &opened.expected_close),
        Kind::DealTermsChanged(terms) => (&terms.deal_id, &terms.expected_close),
        _ => return,
    };
    if day.is_empty() {
        return;
    }
    let row = ExpectedCloseRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        deal: out.name(Dictionary::Deal, deal),
        day: out.symbol(day),
        staff: out.symbol(believed.event.actor_id),
    };
    out.put(&row);
}

/// The competitors named with deals.
pub const COMPETITORS: Projection = Projection {
    reads: &[event_type::DEAL_WON, event_type::DEAL_LOST, event_type::OBJECTION_OBSERVED],
    rows: put_competitors,
};

fn put_competitors(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (deals, competitors) = competitors(believed);
    for deal in &deals {
        for competitor in &competitors {
            let row = CompetitorRow {
                position: believed.position(),
                occurred_at: believed.occurred_at,
                deal: out.name(Dictionary::Deal, deal),
                competitor: out.symbol(competitor),
            };
            out.put(&row);
        }
    }
}

/// The deals and the competitors that an event names together, each once, as rows hold them.
fn competitors<'a>(believed: &Believed<'a>) -> (Vec<Cow<'a, str>>, Vec<Cow<'a, str>>) {
    let named = |name: &'a String| (!name.is_empty()).then(|| storable(name));
    match believed.kind {
        Kind::DealWon(won) => {
            (vec![storable(&won.deal_id)], distinct(won.competitors.iter().filter_map(named).collect()))
        }
        Kind::DealLost(lost) => {
            (vec![storable(&lost.deal_id)], named(&lost.competitor).into_iter().collect())
        }
        Kind::ObjectionObserved(objection) => {
            let deals =
                believed.event.tags().filter_map(|tag| tag.strip_prefix("deal:")).map(storable).collect();
            (distinct(deals), named(&objection.competitor).into_iter().collect())
        }
        _ => (Vec::new(), Vec::new()),
    }
}

fn distinct(mut names: Vec<Cow<'_, str>>) -> Vec<Cow<'_, str>> {
    names.sort_unstable();
    names.dedup();
    names
}
