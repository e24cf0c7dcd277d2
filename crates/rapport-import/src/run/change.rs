//! The changes of an event that the ledger has, and the events that tell them.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

use super::{
    believed::{Believed, Told},
    stream_event::StreamEvent,
};

/// What is appended for a change.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// The event as it is offered, told anew: with its date, or counting from the import on.
    Again { dated: bool },
    /// An event that corrects, retracts or changes what was told.
    Of(Box<Kind>),
}

/// Why no event can tell a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsayable {
    Customer,
    Type,
}

/// An event of a row, with what decides how its change is told.
pub(super) struct Offered<'a> {
    pub event: &'a StreamEvent,
    pub kind: &'a Kind,
    /// When it happened, where the source dates it.
    pub at: Option<Timestamp>,
    /// Whether the row says that the deal is closed.
    pub is_closed: bool,
    /// Why it changed, in a correction.
    pub reason: &'a str,
}

impl Offered<'_> {
    /// What must be appended for the ledger to know what the row says; nothing when it knows.
    pub(super) fn changes(&self, believed: &Believed) -> Result<Vec<Change>, Unsayable> {
        if self.event.origin.is_state {
            return self.state(believed);
        }
        let Some(last) = believed.last() else { return Ok(vec![Change::Again { dated: true }]) };
        if !self.is_of_type(last) {
            return Err(Unsayable::Type);
        }
        if self.event.event.customer != last.customer {
            return Err(Unsayable::Customer);
        }
        match (self.kind, &last.kind) {
            (Kind::DealOpened(offered), Kind::DealOpened(opened)) => {
                Ok(self.opening(offered, (opened, last), believed))
            }
            _ => Ok(self.correction(self.kind, last).into_iter().collect()),
        }
    }

    fn is_of_type(&self, told: &Told) -> bool {
        let own_type = &self.event.event.r#type;
        std::mem::discriminant(self.kind) == std::mem::discriminant(&told.kind)
            && (own_type.is_empty() || *own_type == told.event_type)
    }

    /// Whether the source gives another date. The moment of the row's last change is one only where it is earlier. Where an event that ends something was dated by its recording, only an
    /// earlier date is another one: the event had happened by then.
    fn has_another_date(&self, last: &Told) -> bool {
        match self.at {
            None => false,
            Some(at) if self.event.origin.last_change => last.at.is_none_or(|told| at < told),
            Some(at) if last.recording && self.event.origin.ends => last.at.is_none_or(|told| at < told),
            Some(_) => last.recording || self.at != last.at,
        }
    }

    /// The changes of a state. Told events that would outlast what the row says are retracted, so that the row's event
    /// is the last one that holds; then the row's event is appended, unless it was told last.
    fn state(&self, believed: &Believed) -> Result<Vec<Change>, Unsayable> {
        let mut told = believed.told();
        let mut changes = Vec::new();
        while let Some((last, before)) = told.split_last()
            && !self.corrects(last)
            && self.contradicts(last)
        {
            changes.push(retraction(last));
            told = before;
        }
        let Some((last, before)) = told.split_last() else {
            changes.push(Change::Again { dated: true });
            return Ok(changes);
        };
        changes.extend(before.iter().rev().filter(|told| self.contradicts(told)).map(retraction));
        if !self.corrects(last) {
            changes.extend(self.again(last));
        } else if self.event.event.customer == last.customer {
            changes.extend(self.correction(self.kind, last));
        } else {
            return Err(Unsayable::Customer);
        }
        Ok(changes)
    }

    /// Whether the row tells the same happening as the event that was told last, perhaps with other details. A deal that
    /// is won twice in a row was won once.
    fn corrects(&self, last: &Told) -> bool {
        !stands(self.kind) && self.is_of_type(last)
    }

    /// Whether a told event is later than the moment that the row gives, and so would outlast the row's event. A told
    /// move that counts from its import on does not: the close that the row tells came after it.
    fn contradicts(&self, told: &Told) -> bool {
        let by_then = told.recording && stands(&told.kind);
        !stands(self.kind) && !by_then && self.at.is_some_and(|at| told.at.is_none_or(|told| at < told))
    }

    fn again(&self, last: &Told) -> Option<Change> {
        let is_later = self.at.is_some() && self.at > last.at;
        let said =
            self.is_of_type(last) && *self.kind == last.kind && self.event.event.customer == last.customer;
        if said && (last.recording || !is_later || self.event.origin.last_change) {
            return None;
        }
        // The day on which a deal was closed is always the source's.
        Some(Change::Again { dated: self.at.is_none() || is_later || !stands(self.kind) })
    }

    fn correction(&self, kind: &Kind, last: &Told) -> Option<Change> {
        let another_date = self.has_another_date(last);
        let replacement = (*kind != last.kind).then(|| Box::new(v1::Payload { kind: Some(kind.clone()) }));
        if replacement.is_none() && !another_date {
            return None;
        }
        // A correction that begins the chain of a state repeats the date that was told.
        let keeps_date = self.event.origin.is_state && !last.recording;
        let at = if another_date { self.at } else { self.at.and(last.at).filter(|_| keeps_date) };
        Some(of(Kind::EventCorrected(Box::new(v1::EventCorrected {
            target_event_id: last.id.clone(),
            replacement,
            occurred_at: at.map(time::to_proto),
            reason: self.reason.to_owned(),
        }))))
    }

    /// The changes of `deal.opened`. Another amount, expected close, product or stage is a change from now on; anything
    /// else is a correction of the opening.
    fn opening(
        &self,
        offered: &v1::DealOpened,
        (opened, last): (&v1::DealOpened, &Told),
        believed: &Believed,
    ) -> Vec<Change> {
        let as_opened = v1::DealOpened {
            amount: opened.amount.clone(),
            expected_close: opened.expected_close.clone(),
            products: opened.products.clone(),
            stage: opened.stage.clone(),
            ..offered.clone()
        };
        let mut changes: Vec<_> = self.correction(&Kind::DealOpened(as_opened), last).into_iter().collect();
        let stage = believed.moved_to.as_ref().unwrap_or(&opened.stage);
        if offered.stage != *stage && !self.is_closed {
            changes.push(of(Kind::DealStageChanged(v1::DealStageChanged {
                deal_id: offered.deal_id.clone(),
                from: stage.clone(),
                to: offered.stage.clone(),
            })));
        }
        changes.extend(terms(offered, opened, &believed.terms));
        changes
    }
}

/// The changes by which the ledger believes nothing of what a state told.
pub(super) fn take_back(believed: &Believed) -> Vec<Change> {
    believed.told().iter().rev().map(retraction).collect()
}

fn retraction(told: &Told) -> Change {
    of(Kind::EventRetracted(v1::EventRetracted {
        target_event_id: told.id.clone(),
        reason: "the source says otherwise now".to_owned(),
    }))
}

fn of(kind: Kind) -> Change {
    Change::Of(Box::new(kind))
}

/// Terms that changed since. A term that the file no longer gives stays as it was: `deal.terms_changed` cannot take it
/// back.
fn terms(offered: &v1::DealOpened, opened: &v1::DealOpened, since: &v1::DealTermsChanged) -> Option<Change> {
    let mut terms = v1::DealTermsChanged { deal_id: offered.deal_id.clone(), ..Default::default() };
    if offered.amount.is_some()
        && offered.amount != *since.amount.as_ref().map_or(&opened.amount, |_| &since.amount)
    {
        terms.amount.clone_from(&offered.amount);
    }
    let expected_close =
        if since.expected_close.is_empty() { &opened.expected_close } else { &since.expected_close };
    if offered.expected_close != *expected_close {
        terms.expected_close.clone_from(&offered.expected_close);
    }
    let products = if since.products.is_empty() { &opened.products } else { &since.products };
    if offered.products != *products {
        terms.products.clone_from(&offered.products);
    }
    let says = terms.amount.is_some() || !terms.expected_close.is_empty() || !terms.products.is_empty();
    says.then(|| of(Kind::DealTermsChanged(terms)))
}

/// Whether events of a type say how something stands. Such an event can happen again. Of any other type, the second of
/// two events in a row is a correction of the first.
fn stands(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Custom(_)
            | Kind::PartyIdentifierChanged(_)
            | Kind::PartyFactRecorded(_)
            | Kind::PartyRoleAssigned(_)
            | Kind::PartyLifecycleChanged(_)
            | Kind::ConsentGranted(_)
            | Kind::ConsentWithdrawn(_)
            | Kind::ConsentObjectionRecorded(_)
            | Kind::ConsentPreferenceSet(_)
            | Kind::DealStageChanged(_)
            | Kind::DealTermsChanged(_)
            | Kind::DocumentStateChanged(_)
            | Kind::ContractChanged(_)
            | Kind::OrderChanged(_)
            | Kind::TicketStageChanged(_)
            | Kind::StaffStatusChanged(_)
            | Kind::OwnerAssigned(_)
            | Kind::HandoverProgressed(_)
    )
}

/// Whether an event says that a deal is closed.
pub(super) fn closes(payload: &[u8]) -> bool {
    const WON: u32 = 53;
    const LOST: u32 = 54;
    matches!(rapport_proto::event_type::payload_field(payload), Some(WON | LOST))
}
