//! The spans of one deal from what is believed of its events.

use rapport_model::Timestamp;
use rapport_views::{
    projection::{
        bitemporal::Fact,
        deal::{DealFact, DealState, step},
        settled::settle,
    },
    rows::{DealHistory, DealSpan, ObjectId, Symbol},
};

/// The spans until T of facts that are believed at one moment, in the order of (occurred_at, position); they are
/// settled first. Customer and pipeline follow from all events until then: the last span has them. Competitors are for
/// the caller to add.
pub(crate) fn fold(believed: &mut [Fact<DealFact>], occurred_until: Timestamp, history: &mut DealHistory) {
    settle(believed);
    history.spans.clear();
    history.competitors.clear();
    let mut state: Option<DealState> = None;
    for fact in believed.iter().take_while(|fact| fact.occurred_at <= occurred_until) {
        let next = step(state.as_ref(), &fact.fact);
        if let Some(last) = history.spans.last_mut() {
            last.valid_to = fact.occurred_at;
        }
        history.spans.push(DealSpan {
            seq: u32::try_from(history.spans.len()).unwrap_or(u32::MAX),
            valid_from: fact.occurred_at,
            position: fact.position,
            valid_to: Timestamp::MAX,
            status: next.status,
            stage: next.stage,
            currency: next.currency,
            amount_minor_units: next.amount_minor_units,
            cause: next.cause,
            reason: next.reason,
        });
        state = Some(next);
    }
    history.pipeline = state.map_or(Symbol::default(), |state| state.pipeline);
    history.customer = state.map_or(ObjectId::default(), |state| state.customer);
}
