//! What the tests of the answers share: histories written by hand, and figures read out of an answer.

#![expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

pub(crate) mod acting;
pub(crate) mod activity_oracle;
mod acts;
mod asking;
pub(crate) mod bought;
pub(crate) mod calls_oracle;
mod channels_campaigns;
mod channels_credit;
pub(crate) mod channels_oracle;
mod channels_plans;
pub(crate) mod channels_world;
pub(crate) mod checks;
pub(crate) mod classes_oracle;
pub(crate) mod classes_world;
pub(crate) mod company;
mod company_events;
pub(crate) mod compare;
pub(crate) mod consent_oracle;
pub(crate) mod contacts_oracle;
mod contacts_signals;
pub(crate) mod customer_oracle;
pub(crate) mod customers_oracle;
pub(crate) mod definitions_oracle;
pub(crate) mod deliveries_oracle;
mod deliveries_said;
pub(crate) mod deliveries_world;
pub(crate) mod exact;
pub(crate) mod find_oracle;
pub(crate) mod find_world;
pub(crate) mod funnel_leads_oracle;
pub(crate) mod funnel_oracle;
pub(crate) mod funnel_world;
pub(crate) mod gallery_oracle;
mod handover_open;
pub(crate) mod handover_oracle;
pub(crate) mod handover_world;
pub(crate) mod leads_oracle;
mod leads_told;
pub(crate) mod leads_world;
pub(crate) mod memory;
pub(crate) mod needs_oracle;
pub(crate) mod needs_world;
pub(crate) mod orders_oracle;
pub(crate) mod parts;
mod paths_adherence;
mod paths_compared;
pub(crate) mod paths_oracle;
pub(crate) mod paths_told;
pub(crate) mod portfolio_oracle;
pub(crate) mod potential_oracle;
pub(crate) mod potential_world;
pub(crate) mod prices_oracle;
pub(crate) mod profit_oracle;
pub(crate) mod pyramid_oracle;
pub(crate) mod pyramid_told;
pub(crate) mod pyramid_world;
pub(crate) mod receivables_oracle;
pub(crate) mod resistance_oracle;
pub(crate) mod resistance_world;
mod response_tags;
pub(crate) mod retention_oracle;
pub(crate) mod satisfaction_oracle;
pub(crate) mod scores_oracle;
pub(crate) mod scores_world;
mod staff_deals;
pub(crate) mod staff_oracle;
mod staff_there;
pub(crate) mod staff_world;
pub(crate) mod stock_oracle;
pub(crate) mod surveys;
pub(crate) mod tickets_oracle;
pub(crate) mod tickets_promised;
pub(crate) mod tickets_world;
pub(crate) mod today_oracle;
mod today_told;
pub(crate) mod value_oracle;
pub(crate) mod value_told;

use rapport_model::{Position, Timestamp};
use rapport_views::rows::{DealCause, DealHistory, DealSpan, DealStatus, ObjectId, Symbol, Symbols};
use serde_json::Value;

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn days(days: i64) -> Timestamp {
    Timestamp::from_micros(days * DAY)
}

pub(crate) fn proto(moment: Timestamp) -> Option<prost_types::Timestamp> {
    Some(rapport_proto::time::to_proto(moment))
}

/// One event of a deal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Opened(Symbol),
    Moved(Symbol),
    Terms,
    /// With the stage that the event itself names.
    Won(Option<Symbol>),
    Lost(Option<Symbol>, Symbol),
}

/// An event in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub at: Timestamp,
    pub position: u64,
    pub event: Event,
    pub amount: Option<(i64, Symbol)>,
}

/// The history of a deal, as a store would hand it over: `events` ordered by (at, position).
pub(crate) fn history(deal: u64, customer: u64, pipeline: Symbol, events: &[Placed]) -> DealHistory {
    let mut spans: Vec<DealSpan> = Vec::new();
    for (seq, placed) in events.iter().enumerate() {
        let before = spans.last().copied();
        let (stage, status) = before.map_or((Symbol(0), DealStatus::Open), |span| (span.stage, span.status));
        let (cause, stage, status, reason) = match placed.event {
            Event::Opened(to) => (DealCause::Opened, to, DealStatus::Open, Symbol(0)),
            Event::Moved(to) => (DealCause::Moved, to, DealStatus::Open, Symbol(0)),
            Event::Terms => (DealCause::TermsChanged, stage, status, Symbol(0)),
            Event::Won(at) => (DealCause::Won, at.unwrap_or(stage), DealStatus::Won, Symbol(0)),
            Event::Lost(at, reason) => (DealCause::Lost, at.unwrap_or(stage), DealStatus::Lost, reason),
        };
        let known = before.map_or((0, Symbol(0)), |span| (span.amount_minor_units, span.currency));
        let (amount_minor_units, currency) = placed.amount.unwrap_or(known);
        if let Some(last) = spans.last_mut() {
            last.valid_to = placed.at;
        }
        spans.push(DealSpan {
            seq: u32::try_from(seq).unwrap(),
            position: Position(placed.position),
            cause,
            stage,
            status,
            amount_minor_units,
            currency,
            reason,
            valid_from: placed.at,
            valid_to: Timestamp::MAX,
        });
    }
    let (deal, customer) = (ObjectId(deal), ObjectId(customer));
    DealHistory { deal, customer, pipeline, spans, competitors: Vec::new() }
}

/// All figures of an answer with their counts.
pub(crate) fn figures(answer: &Value) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    collect(answer, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<(String, u64)>) {
    match value {
        Value::Object(fields) => {
            if let Some(figure) = fields.get("figure").and_then(Value::as_str) {
                // Canonical JSON writes 64-bit integers as texts.
                let count = fields.get("count").and_then(Value::as_str).unwrap().parse().unwrap();
                found.push((figure.to_owned(), count));
            }
            fields.values().for_each(|field| collect(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The answer without the names of its figures.
pub(crate) fn without_names(mut answer: Value) -> Value {
    strip(&mut answer);
    answer
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("figure");
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(crate) fn symbols(texts: &[&str]) -> (Symbols, Vec<Symbol>) {
    let mut symbols = Symbols::new();
    let numbers = texts.iter().map(|text| symbols.intern(text)).collect();
    (symbols, numbers)
}
