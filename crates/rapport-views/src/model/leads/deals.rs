//! What became of the deals that leads were converted into.

use hashbrown::HashMap;
use rapport_model::Position;

use super::lead::{Lead, Place};
use crate::{
    answers::AsOf,
    read::{ReadError, Rows, TypedRows as _},
    rows::{DealCause, DealStepRow, ObjectId},
    table::Filter,
};

/// What the deals of a lead are at T.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// One was won.
    Won,
    /// None was won, and one is open.
    Open,
    /// All are lost, but for those that are not known.
    Lost,
    /// No event tells of them.
    Unknown,
}

impl Outcome {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }
}

/// The last step of each deal that a lead was converted into.
#[derive(Debug, Default)]
pub(super) struct Deals(HashMap<ObjectId, (Place, DealCause)>);

impl Deals {
    pub(super) fn read(rows: &dyn Rows, leads: &[Lead], as_of: AsOf) -> Result<Self, ReadError> {
        let mut wanted: HashMap<ObjectId, Option<(Place, DealCause)>> =
            leads.iter().flat_map(|lead| &lead.deals).map(|deal| (*deal, None)).collect();
        if wanted.is_empty() {
            return Ok(Self::default());
        }
        rows.in_any_order::<DealStepRow>(&Filter::all(), as_of, |row| {
            if let Some(last) = wanted.get_mut(&row.deal) {
                let place = (row.occurred_at, row.position);
                if last.is_none_or(|(known, _)| known < place) {
                    *last = Some((place, row.cause));
                }
            }
        })?;
        Ok(Self(wanted.into_iter().filter_map(|(deal, last)| Some((deal, last?))).collect()))
    }

    /// Of a lead that was converted into a deal.
    pub(super) fn outcome(&self, lead: &Lead) -> Option<Outcome> {
        let causes: Vec<DealCause> = lead.deals.iter().filter_map(|deal| Some(self.0.get(deal)?.1)).collect();
        let is_closed = |cause: &DealCause| matches!(cause, DealCause::Won | DealCause::Lost);
        match causes.as_slice() {
            _ if lead.deals.is_empty() => None,
            [] => Some(Outcome::Unknown),
            all if all.contains(&DealCause::Won) => Some(Outcome::Won),
            all if all.iter().all(is_closed) => Some(Outcome::Lost),
            _ => Some(Outcome::Open),
        }
    }

    /// The events by which the deals of a lead were won or lost.
    pub(super) fn closed_by<'a>(&'a self, lead: &'a Lead) -> impl Iterator<Item = Position> + 'a {
        let last = lead.deals.iter().filter_map(|deal| self.0.get(deal));
        last.filter(|(_, cause)| matches!(cause, DealCause::Won | DealCause::Lost)).map(|((_, at), _)| *at)
    }
}
