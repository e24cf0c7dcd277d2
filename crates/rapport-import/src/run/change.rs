//! What changed in an event that the ledger knows, and which events say so.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

use super::{
    believed::{Believed, Told},
    outcome::StreamEvent,
};

/// What is appended for a change.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// It happened anew, as offered; without the offered date where that is not a later one.
    Again { dated: bool },
    /// What was believed is corrected, or changed from now on.
    Of(Box<Kind>),
}

/// Why a change cannot be said by an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsayable {
    Customer,
    Type,
}

/// What of a row decides how a change is said.
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
    pub fn changes(&self, believed: &Believed) -> Result<Vec<Change>, Unsayable> {
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

    /// Whether the source gives another date. What ended by its recording may have ended at any moment before, and a
    /// day or a plan that came only then says no more.
    fn has_another_date(&self, last: &Told) -> bool {
        match self.at {
            None => false,
            Some(at) if last.recording && self.event.origin.ends => last.at.is_none_or(|told| at < told),
            Some(_) => last.recording || self.at != last.at,
        }
    }

    /// How a row's thing stands: what it says anew happened since. What was told of it before and lies behind the moment
    /// that the row gives was wrong, or the thing would not stand as the row says.
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

    /// Whether what was told last is what the row tells, perhaps otherwise: a deal was not won twice.
    fn corrects(&self, last: &Told) -> bool {
        !stands(self.kind) && self.is_of_type(last)
    }

    /// Whether what was told would outlast what the row says. How a thing stood by the import that told it does not: a
    /// close that is told later was before.
    fn contradicts(&self, told: &Told) -> bool {
        let by_then = told.recording && stands(&told.kind);
        !stands(self.kind) && !by_then && self.at.is_some_and(|at| told.at.is_none_or(|told| at < told))
    }

    fn again(&self, last: &Told) -> Option<Change> {
        let is_later = self.at.is_some() && self.at > last.at;
        let said =
            self.is_of_type(last) && *self.kind == last.kind && self.event.event.customer == last.customer;
        if said && (last.recording || !is_later) {
            return None;
        }
        // The day on which a deal was closed is the source's, whatever was known before.
        Some(Change::Again { dated: self.at.is_none() || is_later || !stands(self.kind) })
    }

    fn correction(&self, kind: &Kind, last: &Told) -> Option<Change> {
        let another_date = self.has_another_date(last);
        let replacement = (*kind != last.kind).then(|| Box::new(v1::Payload { kind: Some(kind.clone()) }));
        if replacement.is_none() && !another_date {
            return None;
        }
        // What begins the chain of a state says the date, too.
        let keeps_date = self.event.origin.is_state && !last.recording;
        Some(of(Kind::EventCorrected(Box::new(v1::EventCorrected {
            target_event_id: last.id.clone(),
            replacement,
            occurred_at: self.at.filter(|_| another_date || keeps_date).map(time::to_proto),
            reason: self.reason.to_owned(),
        }))))
    }

    /// A deal's terms and its stage may change after it was opened: the opening was what it was.
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

fn retraction(told: &Told) -> Change {
    of(Kind::EventRetracted(v1::EventRetracted {
        target_event_id: told.id.clone(),
        reason: "the source says otherwise now".to_owned(),
    }))
}

fn of(kind: Kind) -> Change {
    Change::Of(Box::new(kind))
}

/// Terms that a file no longer gives are no change: `deal.terms_changed` cannot take one back.
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

/// Whether a type says how something stands. Told anew it happened again; of any other, what was told was wrong.
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
