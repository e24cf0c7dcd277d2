//! Before the deal: contact point, lead, qualified, converted, a customer at a time.
//!
//! An event without a customer stands alone: a contact point or a lead counts by itself. A verdict on a lead, or its
//! conversion, cannot be matched to a lead and is left out. Tags match events: those with the same `lead:ID`, else
//! `deal:ID`, are of one lead, and of a customer if one of them names it. [`joining`] says whose a step is.

use std::collections::HashMap;

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1, v1::FunnelMeasure};

use super::scope::Scope;
use crate::{
    answers::{
        FigureHit, ObjectKind,
        joining::{self, Joining, Named, Whose},
        tally::{Figures, Tally},
    },
    rows::{Identity, LeadRow, LeadStep, ObjectId},
    stats::{median_i64, share},
};

/// The steps that lead to a deal, in order.
const STEPS: [&str; 4] = ["captured", "opened", "qualified", "converted"];

/// When a step was first taken, and by which event.
type First = Option<(Timestamp, Position)>;

/// Whose steps are counted together, by tags as texts.
type Who = joining::Who<String>;

/// One step.
#[derive(Debug, Clone, Copy)]
struct Step {
    step: LeadStep,
    at: (Timestamp, Position),
}

#[derive(Debug, Default)]
pub(super) struct Leads {
    taken: HashMap<Who, Taken>,
    joining: Joining<String, Step>,
    /// Events that name neither a customer nor a lead.
    left_out: Vec<Position>,
}

#[derive(Debug, Default)]
struct Taken {
    steps: [First; STEPS.len()],
    rejected: First,
}

impl Leads {
    /// Of each customer, merges resolved, the first time of each step counts.
    pub(super) fn take(&mut self, row: &LeadRow, identity: &Identity) {
        let step = Step { step: row.step, at: (row.occurred_at, row.position) };
        let named = Named {
            position: row.position,
            step: row.step,
            customer: identity.canonical(row.customer),
            tag: (!row.lead.is_empty()).then(|| row.lead.clone()),
        };
        match self.joining.whose(named, step) {
            Whose::Of(who, step) => self.count(who, step),
            Whose::Later => {}
            Whose::LeftOut(step) => self.left_out.push(step.at.1),
        }
    }

    fn count(&mut self, who: Who, step: Step) {
        let taken = self.taken.entry(who).or_default();
        let [captured, opened, qualified, converted] = &mut taken.steps;
        let first = match step.step {
            LeadStep::Captured => captured,
            LeadStep::Opened => opened,
            LeadStep::Accepted => qualified,
            LeadStep::Converted => converted,
            LeadStep::Rejected => &mut taken.rejected,
        };
        *first = Some(first.map_or(step.at, |known| known.min(step.at)));
    }

    pub(super) fn finish(mut self, scope: &Scope, figures: &mut Figures) -> v1::LeadFunnel {
        for (who, step) in std::mem::take(&mut self.joining).rest() {
            self.count(who, step);
        }
        let keep = scope.keeps(FunnelMeasure::Leads);
        let mut steps = Vec::with_capacity(STEPS.len());
        let mut previous: Option<Previous> = None;
        for (at, name) in STEPS.iter().enumerate() {
            let step = self.step(at, previous, keep);
            let taken = step.took.count;
            let before = previous.filter(|_| taken > 0);
            let mut times = step.times;
            steps.push(v1::lead_funnel::Step {
                step: (*name).to_owned(),
                customers: figures.write(&["leads", name], step.took),
                rate: before.and_then(|before| share(step.took_both, before.traceable)),
                median_from_previous: median_i64(&mut times).map(time::duration_to_proto),
                from: before.map_or_else(String::new, |before| before.name.to_owned()),
                without_customer: step.without_customer,
            });
            if step.traceable > 0 {
                previous = Some(Previous { at, name, traceable: step.traceable });
            }
        }
        let (mut rejected, mut left_out) = (Tally::default(), Tally::default());
        for (who, taken) in &self.taken {
            if let Some((_, position)) = taken.rejected {
                rejected.add(keep, || hit(who, position));
            }
        }
        for position in self.left_out {
            left_out.add(keep, || hit(&Who::Unknown(position), position));
        }
        v1::LeadFunnel {
            steps,
            rejected: figures.write(&["leads", "rejected"], rejected),
            left_out: figures.write(&["leads", "left_out"], left_out),
        }
    }

    fn step(&self, at: usize, previous: Option<Previous>, keep: bool) -> StepCounts {
        let mut counts = StepCounts::default();
        for (who, state) in &self.taken {
            let Some((taken_at, position)) = state.first(at) else { continue };
            counts.took.add(keep, || hit(who, position));
            counts.without_customer += u64::from(!matches!(who, Who::Customer(_)));
            counts.traceable += u64::from(!matches!(who, Who::Unknown(_)));
            if let Some((before, _)) = previous.and_then(|previous| state.first(previous.at)) {
                counts.took_both += 1;
                counts.times.push(taken_at.as_micros() - before.as_micros());
            }
        }
        counts
    }
}

/// The step to which a later one is compared: the last one that a known customer or lead took.
#[derive(Debug, Clone, Copy)]
struct Previous {
    at: usize,
    name: &'static str,
    traceable: u64,
}

#[derive(Debug, Default)]
struct StepCounts {
    took: Tally,
    without_customer: u64,
    /// Of whom other steps may be known: they have a customer or a tag.
    traceable: u64,
    took_both: u64,
    /// From the step before, in microseconds.
    times: Vec<i64>,
}

impl Taken {
    fn first(&self, step: usize) -> First {
        self.steps.get(step).copied().flatten()
    }
}

/// As counted for this event.
fn hit(who: &Who, position: Position) -> FigureHit {
    let (object, kind, customer) = match who {
        Who::Customer(customer) => (*customer, ObjectKind::Party, *customer),
        Who::Tagged(_) | Who::Unknown(_) => (ObjectId(position.0), ObjectKind::Event, ObjectId::default()),
    };
    FigureHit { object, kind, customer, positions: vec![position.0] }
}
