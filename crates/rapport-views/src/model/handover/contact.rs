//! How soon successors meet the customers that were assigned to them.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::{
    owners::{Assigned, Owners},
    params::HandoverParams,
};
use crate::{
    model::{
        employment::{Employment, Presence},
        figures::{Counted, Figures},
        met::{of_both, two_way},
    },
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol, TouchRow},
    stats::kaplan_meier::{self, Stay},
    table::{CUSTOMER, Field as _, Row as _},
};

/// A customer was assigned to another owner.
#[derive(Debug, Clone, Copy)]
struct Change {
    position: Position,
    customer: ObjectId,
    successor: Symbol,
    /// From when on the time runs.
    from: Timestamp,
    /// When it was assigned to the next owner.
    passed_on: Option<Timestamp>,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Contacted,
    Waiting,
    PassedOn,
}

/// When a successor met a customer.
type Met = HashMap<(ObjectId, Symbol), Vec<(Timestamp, Position)>>;

/// Of the changes of the period.
pub(super) fn contact(
    rows: &dyn Rows,
    identity: &Identity,
    (owners, employment): (&Owners, &Employment),
    params: &HandoverParams,
    figures: &mut Figures,
) -> Result<v1::HandoverContact, ReadError> {
    let changes = changes(owners, employment, params);
    let met = met(rows, identity, &changes, params)?;
    let (mut stays, mut became, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for change in &changes {
        let first = first(&met, change, params);
        let length = |to: Timestamp| to.as_micros().saturating_sub(change.from.as_micros());
        let (stay, state) = match (first, change.passed_on) {
            (Some((at, _)), _) => (Stay::ended(length(at)), Became::Contacted),
            (None, Some(at)) => (Stay::censored(length(at)), Became::PassedOn),
            (None, None) => (Stay::censored(length(params.until)), Became::Waiting),
        };
        stays.push(stay);
        became.push((change, state));
        let thing = Counted::event(change.position);
        let positions = [Some(change.position), first.map(|(_, position)| position)];
        events.extend(positions.into_iter().flatten().map(|one| (thing, change.customer, one)));
    }
    stays.sort_unstable();
    if figures.parts().first() == Some(&"contact") {
        figures.beside(events);
    }
    let mut count = |what, state: Option<Became>| {
        let counted = became.iter().filter(|(_, one)| state.is_none_or(|state| state == *one));
        figures.count(&["contact", what], counted.map(|(change, _)| Counted::event(change.position)))
    };
    Ok(v1::HandoverContact {
        changes: count("changes", None),
        contacted: count("contacted", Some(Became::Contacted)),
        waiting: count("waiting", Some(Became::Waiting)),
        passed_on: count("passed_on", Some(Became::PassedOn)),
        median: kaplan_meier::median(&stays, &[]).map(time::duration_to_proto),
    })
}

fn changes(owners: &Owners, employment: &Employment, params: &HandoverParams) -> Vec<Change> {
    let mut changes = Vec::new();
    let parties = owners.all().filter(|(tag, _)| tag.starts_with("party:"));
    for (_, assigned) in parties {
        let mut by_role: BTreeMap<Symbol, Vec<&Assigned>> = BTreeMap::new();
        for one in assigned {
            by_role.entry(one.role).or_default().push(one);
        }
        for of_role in by_role.into_values() {
            for (nth, pair) in of_role.windows(2).enumerate() {
                let [before, after] = pair else { continue };
                if before.staff == after.staff || !params.window.contains(after.place.0) {
                    continue;
                }
                let mut later = of_role.iter().skip(nth + 2);
                let next = later.find(|one| one.staff != after.staff);
                let left = match employment.presence(before.staff, after.place.0) {
                    Presence::Left { since, .. } => since,
                    Presence::Active | Presence::Absent { .. } => after.place.0,
                };
                changes.push(Change {
                    position: after.place.1,
                    customer: after.customer,
                    successor: after.staff,
                    from: left.min(after.place.0),
                    passed_on: next.map(|one| one.place.0),
                });
            }
        }
    }
    changes
}

fn met(
    rows: &dyn Rows,
    identity: &Identity,
    changes: &[Change],
    params: &HandoverParams,
) -> Result<Met, ReadError> {
    let mut met: Met = changes.iter().map(|one| ((one.customer, one.successor), Vec::new())).collect();
    if met.is_empty() {
        return Ok(met);
    }
    let columns = [CUSTOMER, "staff"];
    rows.pick(TouchRow::TABLE, &columns, &two_way(), params.as_of, &mut |beginning, cells| {
        let [customer, staff] = cells else { return Ok(()) };
        let staff = Symbol::of(staff).unwrap_or_default();
        for party in of_both(identity, ObjectId::of(customer).unwrap_or_default()) {
            if let Some(of) = met.get_mut(&(party, staff)) {
                of.push((beginning.at, beginning.position));
            }
        }
        Ok(())
    })?;
    met.values_mut().for_each(|of| of.sort_unstable());
    Ok(met)
}

/// The first contact of the successor, before the customer was passed on.
fn first(met: &Met, change: &Change, params: &HandoverParams) -> Option<(Timestamp, Position)> {
    let of = met.get(&(change.customer, change.successor))?;
    let first = of.get(of.partition_point(|(at, _)| *at < change.from))?;
    let end = change.passed_on.unwrap_or(params.until);
    Some(*first).filter(|(at, _)| *at <= end)
}
