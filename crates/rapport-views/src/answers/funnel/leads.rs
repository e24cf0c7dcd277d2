//! Before the deal: contact point, lead, qualified, converted, a customer at a time.

use std::collections::HashMap;

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1, v1::FunnelMeasure};

use super::Scope;
use crate::{
    answers::{
        FigureHit, ObjectKind,
        tally::{Figures, Tally},
    },
    rows::{Identity, LeadRow, LeadStep, ObjectId},
    stats::{median_i64, share},
};

/// The steps that lead to a deal, in order.
const STEPS: [&str; 4] = ["captured", "opened", "qualified", "converted"];

/// When a step was first taken, and by which event.
type First = Option<(Timestamp, Position)>;

#[derive(Debug, Default)]
pub(super) struct Leads {
    customers: HashMap<ObjectId, Customer>,
}

#[derive(Debug, Default)]
struct Customer {
    steps: [First; STEPS.len()],
    rejected: First,
}

impl Leads {
    /// Of each customer, merges resolved, the first time of each step counts.
    pub(super) fn take(&mut self, row: &LeadRow, identity: &Identity) {
        let customer = self.customers.entry(identity.canonical(row.customer)).or_default();
        let [captured, opened, qualified, converted] = &mut customer.steps;
        let first = match row.step {
            LeadStep::Captured => captured,
            LeadStep::Opened => opened,
            LeadStep::Accepted => qualified,
            LeadStep::Converted => converted,
            LeadStep::Rejected => &mut customer.rejected,
        };
        let this = (row.occurred_at, row.position);
        *first = Some(first.map_or(this, |known| known.min(this)));
    }

    pub(super) fn finish(self, scope: &Scope, figures: &mut Figures) -> v1::LeadFunnel {
        let keep = scope.keeps(FunnelMeasure::Leads);
        let mut steps = Vec::with_capacity(STEPS.len());
        let mut took_previous = 0;
        for (at, name) in STEPS.iter().enumerate() {
            let step = self.step(at, keep);
            let of_previous = (at > 0).then(|| share(step.took_both, took_previous)).flatten();
            took_previous = step.took.count;
            let mut times = step.times;
            steps.push(v1::lead_funnel::Step {
                step: (*name).to_owned(),
                customers: figures.write(&["leads", name], step.took),
                rate: of_previous,
                median_from_previous: median_i64(&mut times).map(time::duration_to_proto),
            });
        }
        let mut rejected = Tally::default();
        for (customer, state) in &self.customers {
            if let Some((_, position)) = state.rejected {
                rejected.add(keep, || hit(*customer, position));
            }
        }
        v1::LeadFunnel { steps, rejected: figures.write(&["leads", "rejected"], rejected) }
    }

    fn step(&self, at: usize, keep: bool) -> StepCounts {
        let mut counts = StepCounts::default();
        for (customer, state) in &self.customers {
            let Some((taken_at, position)) = state.steps.get(at).copied().flatten() else { continue };
            counts.took.add(keep, || hit(*customer, position));
            let previous = at.checked_sub(1).and_then(|before| state.steps.get(before).copied().flatten());
            if let Some((before, _)) = previous {
                counts.took_both += 1;
                counts.times.push(taken_at.as_micros() - before.as_micros());
            }
        }
        counts
    }
}

#[derive(Debug, Default)]
struct StepCounts {
    took: Tally,
    took_both: u64,
    /// From the step before, in microseconds.
    times: Vec<i64>,
}

fn hit(customer: ObjectId, position: Position) -> FigureHit {
    FigureHit { object: customer, kind: ObjectKind::Party, customer, positions: vec![position.0] }
}
