//! The steps before the deal, lead by lead.

use std::collections::BTreeSet;

use rapport_proto::{time, v1};
use rapport_views::rows::{LeadRow, LeadStep};

use super::{
    funnel_oracle::{count, rate},
    funnel_world::World,
};

/// Whose step it is; `None` of one that is left out.
fn whose(world: &World, row: &LeadRow) -> Option<String> {
    let of_customer = |row: &LeadRow| format!("customer {}", world.identity.canonical(row.customer).0);
    if row.customer.0 != 0 {
        return Some(of_customer(row));
    }
    if !row.lead.is_empty() {
        let of_lead = world.leads.iter().filter(|other| other.lead == row.lead && other.customer.0 != 0);
        let first = of_lead.min_by_key(|other| other.position);
        return Some(first.map_or_else(|| row.lead.clone(), of_customer));
    }
    let by_itself = matches!(row.step, LeadStep::Captured | LeadStep::Opened);
    by_itself.then(|| format!("event {}", row.position.0))
}

pub(crate) fn leads_of(world: &World) -> v1::LeadFunnel {
    let rows: Vec<_> = world.leads.iter().filter_map(|row| Some((whose(world, row)?, row))).collect();
    let who: BTreeSet<_> = rows.iter().map(|(who, _)| who.clone()).collect();
    let first = |who: &String, step: LeadStep| {
        let taken = rows.iter().filter(|(other, row)| other == who && row.step == step);
        taken.map(|(_, row)| row.occurred_at.as_micros()).min()
    };
    let took = |step: LeadStep| who.iter().filter(|who| first(who, step).is_some()).count();
    let order = [LeadStep::Captured, LeadStep::Opened, LeadStep::Accepted, LeadStep::Converted];
    let names = ["captured", "opened", "qualified", "converted"];
    let mut steps = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let unknown = |who: &&String| !who.starts_with("customer") && first(who, order[at]).is_some();
        let mut step = v1::lead_funnel::Step {
            step: name.to_owned(),
            customers: count(took(order[at])),
            without_customer: who.iter().filter(unknown).count() as u64,
            ..Default::default()
        };
        let known = |step: LeadStep| {
            let known = who.iter().filter(|who| !who.starts_with("event"));
            known.filter(|who| first(who, step).is_some()).count()
        };
        let previous = (0..at).rev().find(|before| known(order[*before]) > 0);
        if let Some(previous) = previous.filter(|_| took(order[at]) > 0) {
            let both =
                who.iter().filter_map(|who| Some(first(who, order[at])? - first(who, order[previous])?));
            let mut both: Vec<_> = both.collect();
            both.sort_unstable();
            step.rate = rate(both.len(), known(order[previous]));
            step.from = names[previous].to_owned();
            let middle =
                (!both.is_empty()).then(|| (both[(both.len() - 1) / 2] + both[both.len() / 2]).div_euclid(2));
            step.median_from_previous = middle.map(time::duration_to_proto);
        }
        steps.push(step);
    }
    v1::LeadFunnel {
        steps,
        rejected: count(took(LeadStep::Rejected)),
        left_out: count(world.leads.len() - rows.len()),
    }
}
