//! The leads of a list, and how they are shown.

use std::cmp::Reverse;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, leads_request::List},
};

use super::{
    deals::Deals,
    lead::{Lead, State},
    params::{LeadsParams, days},
};
use crate::{
    calendar::LAST,
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol, Symbols},
    table::Dictionary,
};

/// In their order.
pub(super) fn listed<'a>(leads: &[&'a Lead], params: &LeadsParams) -> Vec<&'a Lead> {
    let is_in = |lead: &&Lead| match params.list {
        List::Unspecified | List::Open => lead.state().is_open(),
        List::Converted => lead.state() == State::Converted,
        List::Rejected => lead.state() == State::Rejected,
    };
    let mut all: Vec<&Lead> = leads.iter().copied().filter(is_in).collect();
    // What is equal stays in the order of the log.
    match params.list {
        List::Unspecified | List::Open => all.sort_by_key(|lead| lead.opened),
        List::Converted | List::Rejected => all.sort_by_key(|lead| Reverse(lead.since())),
    }
    all
}

/// As an answer has it.
pub(super) fn row(
    lead: &Lead,
    rows: &dyn Rows,
    symbols: &Symbols,
    deals: &Deals,
    params: &LeadsParams,
) -> Result<v1::LeadSeen, ReadError> {
    let text = |symbol: Symbol| symbols.text(symbol).to_owned();
    let moment = |at: Option<Timestamp>| at.map(|at| time::to_proto(at.min(LAST)));
    let named = |of: Dictionary, number: ObjectId| -> Result<String, ReadError> {
        Ok(match number {
            ObjectId::NOBODY => String::new(),
            number => format!("{}{}", of.tag_prefix(), rows.name(of, number)?),
        })
    };
    let became = match lead.deals.first() {
        Some(deal) => named(Dictionary::Deal, *deal)?,
        None => named(Dictionary::Order, lead.order)?,
    };
    let state = lead.state();
    let until = if state.is_open() { Some(params.now()) } else { lead.since() };
    let reason = lead.verdict.map_or_else(Symbol::default, |verdict| verdict.reason);
    Ok(v1::LeadSeen {
        object: object(lead, rows)?,
        customer: named(Dictionary::Party, lead.customer())?,
        origin: text(lead.origin),
        campaign: text(lead.campaign),
        landing: text(lead.landing),
        interest: text(lead.interest),
        staff: text(lead.staff),
        state: state.word().to_owned(),
        opened: moment(lead.opened),
        since: moment(lead.since()),
        days: lead.opened.zip(until).map_or(0, |(opened, until)| days(opened, until)),
        score: lead.score,
        reason: text(reason),
        became,
        outcome: deals.outcome(lead).map_or("", |outcome| outcome.word()).to_owned(),
    })
}

/// The tag of the lead; where it has none, the first tag of a deal.
fn object(lead: &Lead, rows: &dyn Rows) -> Result<String, ReadError> {
    let mut first = String::new();
    for tag in &lead.tags {
        let name = rows.name(Dictionary::Object, *tag)?;
        if name.starts_with("lead:") {
            return Ok(name);
        }
        if first.is_empty() {
            first = name;
        }
    }
    Ok(first)
}
