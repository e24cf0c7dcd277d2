//! Signs of change and the contacts afterwards, of small hand-made histories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, hours},
    contacts_oracle::asked,
};
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    party_fact_recorded::{Category, Sensitivity},
    payload::Kind,
};
use rapport_views::{answers::AsOf, model::Contacts};

const DAY: i64 = 24;

/// As of a hundred days after the first of 2025.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(100 * DAY), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn fact(at: i64, customer: u64, key: &str, (category, sensitivity): (Category, Sensitivity)) -> Told {
    let fact = v1::PartyFactRecorded {
        category: category.into(),
        key: key.to_owned(),
        sensitivity: sensitivity.into(),
        personal: Some(v1::party_fact_recorded::Personal { value: "to Madona".to_owned() }),
        ..Default::default()
    };
    Told::at(at, customer, Kind::PartyFactRecorded(fact))
}

fn sign(at: i64, customer: u64, key: &str) -> Told {
    fact(at, customer, key, (Category::ChangeSignal, Sensitivity::Personal))
}

fn call(at: i64, customer: u64, outcome: i32) -> Told {
    let call = v1::TouchCallLogged { direction: 2, outcome, ..Default::default() };
    Told::at(at, customer, Kind::TouchCallLogged(call))
}

fn signals(told: Vec<Told>) -> v1::ContactSignals {
    asked(&company(told), &v1::ContactsRequest::default()).signals.unwrap()
}

fn counts(of: [&Option<v1::Figure>; 3]) -> [u64; 3] {
    of.map(|figure| figure.as_ref().unwrap().count)
}

fn days(median: &Option<prost_types::Duration>) -> Option<i64> {
    median.as_ref().map(|median| median.seconds / 86_400)
}

#[test]
fn a_sign_is_answered_by_the_first_contact_afterwards_in_which_both_sides_took_part() {
    let of = signals(vec![
        sign(0, 1, "moves"),
        // Not reached, then reached twice.
        call(DAY, 1, 2),
        call(3 * DAY, 1, 1),
        call(9 * DAY, 1, 1),
        // It was heard of in a call, and nobody called afterwards.
        sign(5 * DAY, 2, "moves"),
        call(5 * DAY, 2, 1),
        sign(10 * DAY, 3, "builds"),
        call(20 * DAY, 3, 1),
        // A contact with somebody else, and before it.
        sign(30 * DAY, 4, "builds"),
        call(31 * DAY, 1, 1),
        call(29 * DAY, 4, 1),
    ]);
    assert_eq!(counts([&of.recorded, &of.answered, &of.waiting]), [4, 2, 2]);
    // 3 and 10 days, 95 and 70 days of waiting.
    assert_eq!(days(&of.median), Some(10));
    let kinds: Vec<_> = of
        .kinds
        .iter()
        .map(|kind| {
            (kind.key.as_str(), counts([&kind.recorded, &kind.answered, &kind.waiting]), days(&kind.median))
        })
        .collect();
    assert_eq!(kinds, [("builds", [2, 1, 1], Some(10)), ("moves", [2, 1, 1], Some(3))]);
}

#[test]
fn only_signs_of_change_of_the_period_count_and_none_of_a_special_category() {
    let normal = Sensitivity::Normal;
    let of = signals(vec![
        sign(0, 1, "moves"),
        fact(1, 1, "sector", (Category::SegmentAttribute, normal)),
        fact(1, 1, "tea", (Category::Preference, normal)),
        fact(1, 1, "pregnant", (Category::ChangeSignal, Sensitivity::Special)),
        sign(-400 * DAY, 1, "builds"),
        sign(101 * DAY, 1, "builds"),
        sign(3, 0, "of_nobody"),
    ]);
    assert_eq!(of.kinds.iter().map(|kind| kind.key.as_str()).collect::<Vec<_>>(), ["moves"]);
    assert_eq!((counts([&of.recorded, &of.answered, &of.waiting]), of.median), ([1, 0, 1], None));
}

#[test]
fn what_a_figure_lists_has_the_sign_and_the_contact() {
    let company = company(vec![sign(0, 1, "moves"), call(DAY, 1, 1), call(2 * DAY, 1, 1)]);
    let ask = |figure| company.ask::<Contacts>(&v1::ContactsRequest::default(), Some(figure), 0);
    for figure in ["signals/answered", "signals/answered/moves"] {
        let listed = ask(figure).unwrap().objects;
        assert_eq!(listed.iter().map(|one| one.positions.as_slice()).collect::<Vec<_>>(), [[1, 2]]);
    }
    assert!(ask("signals/waiting").is_err() && ask("signals/answered/builds").is_err());
}
