//! What the hand-made histories of the pyramid's tests are told.

use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind, touch_call_logged::Outcome};

use super::{
    company::{Told, customer, hours, money, zone},
    proto,
};

pub(crate) fn moment(day: &str) -> Timestamp {
    parse_moment(day, &zone()).unwrap()
}

/// Twelve hours before the end of a day.
pub(crate) fn noon(day: &str) -> i64 {
    (moment(day).as_micros() + 1 - hours(0).as_micros()) / super::HOUR - 12
}

pub(crate) fn order_in(currency: &str, id: u64, party: u64, on: &str, minor_units: i64) -> Told {
    let total = money(minor_units, currency);
    let placed = v1::OrderPlaced { order_id: id.to_string(), total, ..Default::default() };
    Told::at(noon(on), party, Kind::OrderPlaced(placed))
}

pub(crate) fn order(id: u64, party: u64, on: &str, minor_units: i64) -> Told {
    order_in("EUR", id, party, on, minor_units)
}

pub(crate) fn change(op: i32, id: u64, party: u64, on: &str, minor_units: i64) -> Told {
    let line = v1::Line { quantity: "-1".into(), net: money(minor_units, "EUR"), ..Default::default() };
    let lines = if minor_units == 0 { vec![] } else { vec![line] };
    let changed = v1::OrderChanged { order_id: id.to_string(), op, lines, ..Default::default() };
    Told::at(noon(on), party, Kind::OrderChanged(changed))
}

pub(crate) fn cost(party: u64, kind: i32, on: &str, minor_units: i64) -> Told {
    let allocated = v1::CostAllocated { kind, amount: money(minor_units, "EUR"), ..Default::default() };
    Told::at(noon(on), party, Kind::CostAllocated(allocated))
}

pub(crate) fn registered(party: u64) -> Told {
    Told::at(noon("2025-02-01"), party, Kind::PartyRegistered(v1::PartyRegistered::default()))
}

pub(crate) fn reached(party: u64, on: &str) -> Told {
    let call = v1::TouchCallLogged { outcome: Outcome::Reached.into(), ..Default::default() };
    Told::at(noon(on), party, Kind::TouchCallLogged(call))
}

pub(crate) fn role(party: u64, role: Role, related: u64, from: &str, to: Option<&str>) -> Told {
    let assigned = v1::PartyRoleAssigned {
        role: role.into(),
        related_party: customer(related),
        from: proto(moment(from)),
        to: to.and_then(|to| proto(moment(to))),
    };
    Told::at(noon(from), party, Kind::PartyRoleAssigned(assigned))
}
