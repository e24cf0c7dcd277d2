//! The steps before the deal, customer by customer.

use std::collections::BTreeSet;

use rapport_proto::{time, v1};
use rapport_views::rows::{LeadStep, ObjectId};

use super::{
    funnel_oracle::{count, rate},
    funnel_world::World,
};

pub fn leads_of(world: &World) -> v1::LeadFunnel {
    let who = |customer: ObjectId| world.identity.canonical(customer);
    let first = |customer: ObjectId, step: LeadStep| {
        let taken = world.leads.iter().filter(|row| who(row.customer) == customer && row.step == step);
        taken.map(|row| row.occurred_at.as_micros()).min()
    };
    let customers: BTreeSet<_> = world.leads.iter().map(|row| who(row.customer)).collect();
    let order = [LeadStep::Captured, LeadStep::Opened, LeadStep::Accepted, LeadStep::Converted];
    let mut steps = Vec::new();
    for (at, name) in ["captured", "opened", "qualified", "converted"].into_iter().enumerate() {
        let took = customers.iter().filter(|customer| first(**customer, order[at]).is_some()).count();
        let mut step = v1::lead_funnel::Step {
            step: name.to_owned(),
            customers: count(took),
            rate: None,
            median_from_previous: None,
        };
        if at > 0 {
            let before = |customer: &ObjectId| first(*customer, order[at - 1]);
            let mut both: Vec<_> = customers
                .iter()
                .filter_map(|customer| Some(first(*customer, order[at])? - before(customer)?))
                .collect();
            both.sort_unstable();
            step.rate =
                rate(both.len(), customers.iter().filter(|customer| before(customer).is_some()).count());
            let middle =
                (!both.is_empty()).then(|| (both[(both.len() - 1) / 2] + both[both.len() / 2]).div_euclid(2));
            step.median_from_previous = middle.map(time::duration_to_proto);
        }
        steps.push(step);
    }
    let rejected =
        customers.iter().filter(|customer| first(**customer, LeadStep::Rejected).is_some()).count();
    v1::LeadFunnel { steps, rejected: count(rejected) }
}
