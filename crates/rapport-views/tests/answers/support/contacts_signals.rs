//! Signs of change and the contacts afterwards, computed again: every event is looked through for each sign.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

use super::{
    acting::{Acting, is_two_way},
    company::{Company, Happened},
    exact::product_limit_median,
    funnel_oracle::count,
};

pub(super) fn signals(
    company: &Company,
    acting: &Acting,
    (from, to): (Timestamp, Timestamp),
) -> v1::ContactSignals {
    let (happened, until) = (company.happened(), company.as_of.occurred_until);
    let mut all: Vec<(i64, bool)> = Vec::new();
    let mut by_key: BTreeMap<&str, Vec<(i64, bool)>> = BTreeMap::new();
    for sign in happened.iter().filter(|one| from <= one.at && one.at < to && !one.customer.is_empty()) {
        let Kind::PartyFactRecorded(fact) = &sign.kind else { continue };
        if fact.category != 4 || fact.sensitivity == 3 {
            continue;
        }
        let answers = |one: &&Happened| {
            one.at > sign.at && is_two_way(&one.kind) && acting.counts_for(&sign.customer, one)
        };
        let first = happened.iter().find(answers);
        let end = first.map_or(until, |one| one.at);
        let stay = (end.as_micros() - sign.at.as_micros(), first.is_some());
        all.push(stay);
        by_key.entry(&fact.key).or_default().push(stay);
    }
    let mut kinds: Vec<v1::ContactSignalKind> = by_key.iter().map(|(key, stays)| kind(key, stays)).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.recorded.as_ref().unwrap().count));
    let whole = kind("", &all);
    v1::ContactSignals {
        recorded: whole.recorded,
        answered: whole.answered,
        waiting: whole.waiting,
        median: whole.median,
        kinds,
        kinds_left_out: 0,
    }
}

fn kind(key: &str, stays: &[(i64, bool)]) -> v1::ContactSignalKind {
    let answered = stays.iter().filter(|(_, is_answered)| *is_answered).count();
    v1::ContactSignalKind {
        key: key.to_owned(),
        recorded: count(stays.len()),
        answered: count(answered),
        waiting: count(stays.len() - answered),
        median: product_limit_median(stays).map(time::duration_to_proto),
    }
}

prop_compose! {
    /// Facts, signs of change among them.
    pub(super) fn facts()(
        category in prop::sample::select(vec![4, 4, 4, 1]),
        sensitivity in 0..4_i32,
        key in prop::sample::select(vec!["moves", "builds"]),
    ) -> Kind {
        Kind::PartyFactRecorded(v1::PartyFactRecorded {
            category, sensitivity, key: key.to_owned(), ..Default::default()
        })
    }
}
