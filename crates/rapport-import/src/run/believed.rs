//! What the ledger was told last of an event: the event with the changes that later imports appended.

use rapport_model::Timestamp;
use rapport_proto::{
    once_left_out, time,
    v1::{self, payload::Kind},
};

/// What a chain of events says: an event with its changes, or the events of a state one after the other.
#[derive(Debug, Clone)]
pub(super) struct Believed {
    /// In the order in which they were told, without what was retracted.
    told: Vec<Told>,
    /// For `deal.opened`: the terms that later changes gave.
    pub terms: v1::DealTermsChanged,
    /// For `deal.opened`: the stage to which a later change moved it.
    pub moved_to: Option<String>,
    /// Where the chain's events are in the ledger, ascending.
    pub positions: Vec<u64>,
    /// How many changes it has.
    pub changes: u32,
}

/// An event of a chain, as it was corrected since.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub kind: Kind,
    /// The name of its type.
    pub event_type: String,
    pub customer: String,
    /// When it occurred; `None` where the chain does not say it.
    pub at: Option<Timestamp>,
    /// Whether it is dated by the moment of its recording.
    pub recording: bool,
    /// The event that a correction must name.
    pub id: String,
}

impl Told {
    fn new(kind: Kind, event: &v1::RecordedEvent) -> Self {
        Self {
            kind,
            event_type: event.r#type.clone(),
            customer: event.customer.clone(),
            at: event.occurred_at.as_ref().and_then(time::from_proto),
            recording: event.occurred_at.is_none() || event.occurred_at == event.recorded_at,
            id: event.id.clone(),
        }
    }
}

impl Believed {
    /// From the first event of a chain; `None` where this version cannot read it.
    pub(super) fn begin(first: &v1::RecordedEvent, is_state: bool) -> Option<Self> {
        let mut told = Told::new(once_left_out::kind(&first.payload)?, first);
        // An earlier version of Rapport began the chain of a state with a correction of the event that it had told.
        if let Kind::EventCorrected(correction) = &told.kind
            && is_state
            && let Some(kind) = correction.replacement.as_ref().and_then(|payload| payload.kind.clone())
        {
            let at = correction.occurred_at.as_ref().and_then(time::from_proto);
            let id = correction.target_event_id.clone();
            told = Told { kind, at: at.or(told.at), recording: at.is_none(), id, ..told };
        }
        // Or with a retraction of that event.
        let is_retracted = is_state && matches!(told.kind, Kind::EventRetracted(_));
        Some(Self {
            told: if is_retracted { Vec::new() } else { vec![told] },
            terms: v1::DealTermsChanged::default(),
            moved_to: None,
            positions: vec![first.position],
            changes: 0,
        })
    }

    /// What the next event of the chain adds; `None` where this version cannot read it.
    pub(super) fn change(&mut self, next: &v1::RecordedEvent) -> Option<()> {
        self.positions.push(next.position);
        self.changes += 1;
        match (once_left_out::kind(&next.payload)?, self.told.last_mut()) {
            (Kind::EventCorrected(correction), Some(last)) => {
                if let Some(kind) = correction.replacement.and_then(|replacement| replacement.kind) {
                    last.kind = kind;
                }
                if let Some(at) = correction.occurred_at.as_ref().and_then(time::from_proto) {
                    (last.at, last.recording) = (Some(at), false);
                }
            }
            (Kind::EventRetracted(retraction), _) => {
                self.told.retain(|told| told.id != retraction.target_event_id);
            }
            (Kind::DealTermsChanged(terms), Some(Told { kind: Kind::DealOpened(_), .. })) => {
                self.change_terms(terms);
            }
            (Kind::DealStageChanged(moved), Some(Told { kind: Kind::DealOpened(_), .. })) => {
                self.moved_to = Some(moved.to);
            }
            (kind, _) => self.told.push(Told::new(kind, next)),
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

    /// What was told, in order.
    pub(super) fn told(&self) -> &[Told] {
        &self.told
    }

    /// What was told last; nothing where it was retracted.
    pub(super) fn last(&self) -> Option<&Told> {
        self.told.last()
    }

    /// The position of what was told last.
    pub(super) fn position(&self) -> u64 {
        self.positions.last().copied().unwrap_or(0)
    }
}
