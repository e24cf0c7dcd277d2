//! Deals that were closed in a period, by the rules of the funnel: when their events happened in the light of each other, and
//! which of several outcomes closed them.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::v1;

use crate::{
    answers::{AsOf, window::Window},
    model::figures::{Counted, Figures},
    projection::{
        bitemporal::Fact,
        deal::{DealFact, DealState, step},
        settled::settle,
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{DealStatus, DealStepRow, Identity, ObjectId},
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
    fn of(id: ObjectId, mut facts: Vec<Fact<DealFact>>, identity: &Identity) -> Option<Self> {
        facts.sort_unstable_by_key(Fact::<DealFact>::place);
        settle(&mut facts);
        let mut state: Option<DealState> = None;
        let mut closed = None;
        for fact in &facts {
            let next = step(state.as_ref(), &fact.fact);
            // An outcome that is said again closes nothing.
            if state.is_none_or(|before| before.status != next.status) {
                closed = Some(fact.occurred_at);
            }
            state = Some(next);
        }
        let is_won = match state?.status {
            DealStatus::Open => return None,
            DealStatus::Won => true,
            DealStatus::Lost => false,
        };
        let mut customers = facts.iter().map(|fact| identity.canonical(fact.fact.customer));
        Some(Self {
            id,
            customer: customers.find(|one| *one != ObjectId::NOBODY).unwrap_or_default(),
            opened: facts.first()?.occurred_at,
            closed: closed?,
            is_won,
        })
    }
}

impl DealStepRow {
    /// What the funnel makes of the same event, but for its amount.
    fn fact(&self) -> Fact<DealFact> {
        let fact = DealFact {
            cause: self.cause,
            customer: self.customer,
            pipeline: self.pipeline,
            stage: self.stage,
            amount: None,
            reason: self.reason,
            undated: self.undated,
        };
        Fact {
            position: self.position,
            occurred_at: self.occurred_at,
            known_from: Timestamp::MIN,
            known_to: Timestamp::MAX,
            ahead: false,
            fact,
        }
    }
}

/// Those of the period, in whatever order.
pub(super) fn closed(
    rows: &dyn Rows,
    identity: &Identity,
    (as_of, window): (AsOf, Window),
) -> Result<Vec<Deal>, ReadError> {
    let mut facts: HashMap<ObjectId, Vec<Fact<DealFact>>> = HashMap::new();
    rows.in_any_order::<DealStepRow>(&Filter::all(), as_of, |row| {
        facts.entry(row.deal).or_default().push(row.fact());
    })?;
    let deals = facts.into_iter().filter_map(|(id, facts)| Deal::of(id, facts, identity));
    Ok(deals.filter(|deal| window.contains(deal.closed)).collect())
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

#[cfg(test)]
mod tests {
    use rapport_model::Position;

    use super::*;
    use crate::rows::{DealCause, Symbol};

    /// Steps at seconds, in the order in which they were recorded.
    fn deal(steps: &[(i64, DealCause, bool)]) -> Option<(i64, bool)> {
        let row = |(position, (second, cause, undated)): (u64, &(i64, DealCause, bool))| DealStepRow {
            position: Position(position),
            occurred_at: Timestamp::from_micros(*second),
            customer: ObjectId(1),
            deal: ObjectId(1),
            cause: *cause,
            pipeline: Symbol::default(),
            stage: Symbol::default(),
            reason: Symbol::default(),
            staff: Symbol::default(),
            undated: *undated,
        };
        let facts = (1..).zip(steps).map(row).map(|row| row.fact()).collect();
        let deal = Deal::of(ObjectId(1), facts, &Identity::default())?;
        Some((deal.closed.as_micros(), deal.is_won))
    }

    #[test]
    fn a_move_that_is_dated_by_its_recording_alone_leaves_an_older_outcome_that_is_recorded_later() {
        let opened = (1, DealCause::Opened, false);
        let won = (5, DealCause::Won, false);
        let moved = |undated| (9, DealCause::Moved, undated);
        assert_eq!(deal(&[opened, moved(true), won]), Some((5, true)));
        // With a date of its own, it says that the deal goes on.
        assert_eq!(deal(&[opened, moved(false), won]), None);
        // So does one that is recorded after the outcome.
        assert_eq!(deal(&[opened, won, moved(true)]), None);
    }

    #[test]
    fn a_deal_is_closed_by_the_first_of_the_outcomes_that_agree() {
        let opened = (1, DealCause::Opened, false);
        let steps =
            [opened, (3, DealCause::Lost, false), (5, DealCause::Won, false), (7, DealCause::Won, false)];
        assert_eq!(deal(&steps), Some((5, true)));
        // An opening comes before all else, whatever its date.
        assert_eq!(deal(&[(5, DealCause::Won, false), (9, DealCause::Opened, false)]), Some((5, true)));
        assert_eq!(deal(&[opened]), None);
    }
}
