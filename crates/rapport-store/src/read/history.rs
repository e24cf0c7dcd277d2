//! The spans of one deal from what is believed of its events.

use rapport_model::{Position, Timestamp};
use rapport_views::{
    projection::deal::{DealFact, DealState, step},
    rows::{DealHistory, DealSpan, ObjectId, Symbol},
};

/// A fact as it is believed at the moment asked for.
#[derive(Debug, Clone, Copy)]
pub struct BelievedFact {
    /// The event.
    pub position: Position,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub fact: DealFact,
}

/// The spans of facts that come in the order of (occurred_at, position). Customer and pipeline follow from all events
/// until then: the last span has them. Competitors are for the caller to add.
pub fn fold(facts: impl Iterator<Item = BelievedFact>, history: &mut DealHistory) {
    history.spans.clear();
    history.competitors.clear();
    let mut state: Option<DealState> = None;
    for BelievedFact { position, occurred_at, fact } in facts {
        let next = step(state.as_ref(), &fact);
        if let Some(last) = history.spans.last_mut() {
            last.valid_to = occurred_at;
        }
        history.spans.push(DealSpan {
            seq: u32::try_from(history.spans.len()).unwrap_or(u32::MAX),
            valid_from: occurred_at,
            position,
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
