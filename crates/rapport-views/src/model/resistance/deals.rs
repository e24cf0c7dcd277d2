//! Deals that were closed in the period.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::params::ResistanceParams;
use crate::{
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{DealCause, DealStepRow, Identity, ObjectId},
    table::{Dictionary, Filter},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deal {
    pub(super) id: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// When it is heard of first.
    pub(super) opened: Timestamp,
    pub(super) closed: Timestamp,
    pub(super) is_won: bool,
}

impl Deal {
    /// As figures count it.
    pub(super) const fn thing(&self) -> Counted {
        Counted::named(Dictionary::Deal, self.id)
    }

    /// `None` while it is open.
    fn of(id: ObjectId, mut steps: Vec<DealStepRow>, identity: &Identity) -> Option<Self> {
        steps.sort_unstable_by_key(|step| (step.occurred_at, step.position));
        let is_outcome = |step: &DealStepRow| matches!(step.cause, DealCause::Won | DealCause::Lost);
        let last = steps.iter().rposition(is_outcome)?;
        let outcome = steps.get(last)?;
        // A deal is opened before it is closed, whatever the dates say; and a move that was recorded before the outcome, and is
        // dated after it, was dated by its recording.
        let opening = steps.iter().position(|step| step.cause == DealCause::Opened);
        let mut later = steps.iter().enumerate().skip(last + 1);
        let is_reopened = later.any(|(at, step)| Some(at) != opening && step.position > outcome.position);
        if is_reopened {
            return None;
        }
        let mut customers = steps.iter().map(|step| identity.canonical(step.customer));
        Some(Self {
            id,
            customer: customers.find(|one| *one != ObjectId::NOBODY).unwrap_or_default(),
            opened: steps.first()?.occurred_at,
            closed: outcome.occurred_at,
            is_won: outcome.cause == DealCause::Won,
        })
    }
}

/// Those of the period, in whatever order.
pub(super) fn closed(
    rows: &dyn Rows,
    identity: &Identity,
    params: &ResistanceParams,
) -> Result<Vec<Deal>, ReadError> {
    let mut steps: HashMap<ObjectId, Vec<DealStepRow>> = HashMap::new();
    rows.in_any_order::<DealStepRow>(&Filter::all(), params.as_of, |row| {
        steps.entry(row.deal).or_default().push(row);
    })?;
    let deals = steps.into_iter().filter_map(|(id, steps)| Deal::of(id, steps, identity));
    Ok(deals.filter(|deal| params.window.contains(deal.closed)).collect())
}

/// Won and lost ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) won: u64,
    pub(super) lost: u64,
}

impl Tally {
    pub(super) fn of<'a>(deals: impl Iterator<Item = &'a Deal>) -> Self {
        let mut tally = Self::default();
        for deal in deals {
            if deal.is_won {
                tally.won += 1;
            } else {
                tally.lost += 1;
            }
        }
        tally
    }

    pub(super) const fn all(self) -> u64 {
        self.won + self.lost
    }
}

/// The figure of those of some deals that were won, or lost.
pub(super) fn count(
    figures: &mut Figures,
    parts: &[&str],
    deals: &[&Deal],
    is_won: bool,
) -> Option<v1::Figure> {
    let counted = deals.iter().filter(|deal| deal.is_won == is_won).map(|deal| deal.thing());
    figures.count(parts, counted)
}
