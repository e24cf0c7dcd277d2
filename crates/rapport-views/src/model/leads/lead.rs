//! What a lead is at T.

use rapport_model::{Position, Timestamp};

use crate::{
    answers::joining::Who,
    model::figures::Counted,
    rows::{LeadStep, LeadToldRow, ObjectId, Symbol},
    table::Dictionary,
};

/// When something happened, and its place in the log.
pub(super) type Place = (Timestamp, Position);

/// One lead with all steps until T.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lead {
    pub(super) who: Who<ObjectId>,
    /// Its tags, each once, in the order in which its steps name them.
    pub(super) tags: Vec<ObjectId>,
    pub(super) origin: Symbol,
    pub(super) campaign: Symbol,
    pub(super) landing: Symbol,
    pub(super) interest: Symbol,
    /// Who opened it; of a contact point who captured it.
    pub(super) staff: Symbol,
    pub(super) branch: Symbol,
    /// The first time of each step.
    pub(super) captured: Option<Timestamp>,
    pub(super) opened: Option<Timestamp>,
    pub(super) accepted: Option<Timestamp>,
    pub(super) judged: Option<Timestamp>,
    pub(super) converted: Option<Timestamp>,
    /// The last one.
    pub(super) verdict: Option<Verdict>,
    /// Whether there are verdicts, and none names an actor.
    pub(super) is_automatic: bool,
    /// The last one that a verdict gives.
    pub(super) score: Option<f64>,
    /// Of its conversions, each once, in their order.
    pub(super) deals: Vec<ObjectId>,
    /// Of the first conversion that names one.
    pub(super) order: ObjectId,
    /// Ascending; never empty.
    pub(super) events: Vec<Position>,
}

/// What was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) at: Timestamp,
    pub(super) is_accepted: bool,
    pub(super) reason: Symbol,
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is open, and has no verdict.
    Opened,
    /// It is open, and the last verdict is that it is worth working on.
    Accepted,
    /// The last verdict is that it is not.
    Rejected,
    /// It was converted, whatever was judged.
    Converted,
}

impl State {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Converted => "converted",
        }
    }

    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Opened | Self::Accepted)
    }
}

impl Lead {
    /// Of its steps; `None` without any.
    pub(super) fn of(who: Who<ObjectId>, mut steps: Vec<LeadToldRow>) -> Option<Self> {
        steps.sort_unstable_by_key(place);
        let of = |step: LeadStep| steps.iter().filter(move |row| row.step == step);
        let verdicts =
            || steps.iter().filter(|row| matches!(row.step, LeadStep::Accepted | LeadStep::Rejected));
        let first = |step| of(step).next();
        let begin = first(LeadStep::Opened).or(first(LeadStep::Captured)).or(steps.first())?;
        let said = |symbol: fn(&LeadToldRow) -> Symbol| {
            of(LeadStep::Opened).map(symbol).find(|said| *said != Symbol::default())
        };
        let captured_at =
            || of(LeadStep::Captured).map(|row| row.origin).find(|said| *said != Symbol::default());
        let verdict = verdicts().next_back().map(|row| Verdict {
            at: row.occurred_at,
            is_accepted: row.step == LeadStep::Accepted,
            reason: row.reason,
        });
        let is_one = |number: &ObjectId| *number != ObjectId::NOBODY;
        let mut events: Vec<Position> = steps.iter().map(|row| row.position).collect();
        events.sort_unstable();
        Some(Self {
            who,
            tags: each_once(steps.iter().map(|row| row.lead)),
            origin: said(|row| row.origin).or_else(captured_at).unwrap_or_default(),
            campaign: said(|row| row.campaign).unwrap_or_default(),
            landing: said(|row| row.landing).unwrap_or_default(),
            interest: said(|row| row.interest).unwrap_or_default(),
            staff: begin.staff,
            branch: begin.branch,
            captured: first(LeadStep::Captured).map(|row| row.occurred_at),
            opened: first(LeadStep::Opened).map(|row| row.occurred_at),
            accepted: first(LeadStep::Accepted).map(|row| row.occurred_at),
            judged: verdicts().next().map(|row| row.occurred_at),
            converted: first(LeadStep::Converted).map(|row| row.occurred_at),
            verdict,
            is_automatic: verdict.is_some() && verdicts().all(|row| row.staff == Symbol::default()),
            score: verdicts().rev().find_map(|row| row.score).filter(|score| score.is_finite()),
            deals: each_once(of(LeadStep::Converted).map(|row| row.deal)),
            order: of(LeadStep::Converted).map(|row| row.order).find(is_one).unwrap_or_default(),
            events,
        })
    }

    /// Whether later steps can be known to be its own.
    pub(super) const fn is_traceable(&self) -> bool {
        !matches!(self.who, Who::Unknown(_))
    }

    pub(super) fn state(&self) -> State {
        match (self.converted, self.verdict) {
            (Some(_), _) => State::Converted,
            (None, None) => State::Opened,
            (None, Some(verdict)) if verdict.is_accepted => State::Accepted,
            (None, Some(_)) => State::Rejected,
        }
    }

    /// When it came into its state; of an open one that has no verdict, when it was opened.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.converted.or(self.verdict.map(|verdict| verdict.at)).or(self.opened)
    }

    /// As figures count it.
    pub(super) const fn thing(&self) -> Counted {
        match self.who {
            Who::Customer(customer) => Counted::party(customer),
            Who::Tagged(tag) => Counted::named(Dictionary::Object, tag),
            Who::Unknown(position) => Counted::event(position),
        }
    }

    /// Merges resolved; nobody where no event names one.
    pub(super) const fn customer(&self) -> ObjectId {
        match self.who {
            Who::Customer(customer) => customer,
            Who::Tagged(_) | Who::Unknown(_) => ObjectId::NOBODY,
        }
    }
}

const fn place(row: &LeadToldRow) -> Place {
    (row.occurred_at, row.position)
}

/// Numbers in their order; 0 is none.
fn each_once(numbers: impl Iterator<Item = ObjectId>) -> Vec<ObjectId> {
    let mut all = Vec::new();
    for number in numbers.filter(|number| *number != ObjectId::NOBODY) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    all
}
