//! What the ledger was last told of an event: the event, and the changes that later imports appended to it.

use prost::Message as _;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

/// What a chain of events comes to: one event, and what changed in it.
#[derive(Debug, Clone)]
pub(super) struct Believed {
    /// What happened last.
    pub kind: Kind,
    /// The name of its type.
    pub event_type: String,
    pub customer: String,
    /// When; `None` where it cannot be known from the chain.
    pub at: Option<Timestamp>,
    /// Whether the ledger dated it: by the moment of recording.
    pub recording: bool,
    /// Of `deal.opened`: what later changes say, over what it was opened with.
    pub terms: v1::DealTermsChanged,
    /// Of `deal.opened`: the stage that it was moved to since.
    pub moved_to: Option<String>,
    /// The event that a correction must name.
    pub target: String,
    /// Where the chain's events are in the ledger, ascending.
    pub positions: Vec<u64>,
    /// How many changes it has.
    pub changes: u32,
}

/// The payload of an event; `None` for one of a type that this version does not know.
pub(super) fn kind(payload: &[u8]) -> Option<Kind> {
    v1::Payload::decode(payload).ok()?.kind
}

impl Believed {
    /// From the first event of a chain; `None` where this version cannot read it.
    pub fn begin(first: &v1::RecordedEvent, is_state: bool) -> Option<Self> {
        let mut believed = Self {
            kind: kind(&first.payload)?,
            event_type: first.r#type.clone(),
            customer: first.customer.clone(),
            at: first.occurred_at.as_ref().and_then(time::from_proto),
            recording: first.occurred_at.is_none() || first.occurred_at == first.recorded_at,
            terms: v1::DealTermsChanged::default(),
            moved_to: None,
            target: first.id.clone(),
            positions: vec![first.position],
            changes: 0,
        };
        // The state of a row that an earlier version had told began with a correction of that event.
        if let Kind::EventCorrected(correction) = &believed.kind
            && is_state
            && let Some(kind) = correction.replacement.as_ref().and_then(|payload| payload.kind.clone())
        {
            let at = correction.occurred_at.as_ref().and_then(time::from_proto);
            let target = correction.target_event_id.clone();
            believed = Self { kind, at, recording: false, target, ..believed };
        }
        Some(believed)
    }

    /// What the next event of the chain adds; `None` where this version cannot read it.
    pub fn change(&mut self, next: &v1::RecordedEvent) -> Option<()> {
        self.positions.push(next.position);
        self.changes += 1;
        match (kind(&next.payload)?, &self.kind) {
            (Kind::EventCorrected(correction), _) => {
                if let Some(kind) = correction.replacement.and_then(|replacement| replacement.kind) {
                    self.kind = kind;
                }
                if let Some(at) = correction.occurred_at.as_ref().and_then(time::from_proto) {
                    (self.at, self.recording) = (Some(at), false);
                }
            }
            (Kind::DealTermsChanged(terms), Kind::DealOpened(_)) => self.change_terms(terms),
            (Kind::DealStageChanged(moved), Kind::DealOpened(_)) => self.moved_to = Some(moved.to),
            (kind, _) => {
                self.kind = kind;
                self.event_type.clone_from(&next.r#type);
                self.customer.clone_from(&next.customer);
                self.at = next.occurred_at.as_ref().and_then(time::from_proto);
                self.recording = next.occurred_at.is_none() || next.occurred_at == next.recorded_at;
                self.target.clone_from(&next.id);
            }
        }
        Some(())
    }

    fn change_terms(&mut self, terms: v1::DealTermsChanged) {
        if terms.amount.is_some() {
            self.terms.amount = terms.amount;
        }
        if !terms.expected_close.is_empty() {
            self.terms.expected_close = terms.expected_close;
        }
        if !terms.products.is_empty() {
            self.terms.products = terms.products;
        }
    }

    /// The position of what was told last.
    pub fn position(&self) -> u64 {
        self.positions.last().copied().unwrap_or(0)
    }
}
