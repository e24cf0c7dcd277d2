//! A model that asks several views: what customers have in each, and an answer of views that are not at one position.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "a test that fails says so by panicking"
)]

use crate::support::{
    Log, NOW, as_of, at,
    kinds::{eur, lost, moved, opened, ordered, terms, usd},
};
use jiff::tz::TimeZone;
use rapport_proto::v1::{
    CustomersRequest, CustomersResponse, PartyMerged, customers_value::Value, payload::Kind,
};
use rapport_store::{ReadError, Store, View};
use rapport_views::model::{Customers, Model as _, Snapshots};

fn log() -> Log {
    let mut log = Log::default();
    let merged =
        Kind::PartyMerged(PartyMerged { survivor: "a".into(), absorbed: "b".into(), ..Default::default() });
    for (at, customer, kind) in [
        (1, "a", ordered("o", "tea", eur(300))),
        (2, "c", ordered("p", "tea", eur(200))),
        (3, "a", opened("1", "new", eur(1_000))),
        (4, "b", opened("2", "new", eur(500))),
        // The currency of this deal has no purchases.
        (5, "c", opened("3", "new", usd(70))),
        (6, "c", opened("4", "new", None)),
        (7, "b", terms("2", eur(800))),
        (8, "c", lost("4", "price", "")),
        // The first deal is all that is known of its customer; the second names no customer.
        (9, "new", opened("5", "new", eur(9))),
        (9, "", opened("7", "new", eur(1))),
        (10, "b", ordered("q", "tea", eur(10))),
        (11, "a", merged),
        (12, "a", moved("1", "offer")),
        (13, "late", ordered("r", "ink", eur(40))),
        (14, "late", opened("6", "new", eur(60))),
    ] {
        log.add(customer, at, at, kind);
    }
    log
}

fn request() -> CustomersRequest {
    let fields = ["open_deals", "open_value", "revenue"].map(str::to_owned).to_vec();
    CustomersRequest {
        condition: "open_deals > 0 or revenue > 0 EUR".to_owned(),
        fields,
        ..Default::default()
    }
}

/// Reads `facts` and the funnel from two stores.
fn asked(facts: &Store, funnel: &Store, known: rapport_model::Timestamp) -> CustomersResponse {
    let open = |view: View| -> Result<_, ReadError> {
        let store = if view == View::Funnel { funnel } else { facts };
        rapport_store::ReadModels::rows(store, view)
    };
    let (snapshots, zone, log) = (Snapshots::of::<Customers>(open).unwrap(), TimeZone::UTC, log());
    let asked = snapshots.asked(as_of(at(1_000), known), &zone, &log);
    Customers::respond(&request(), snapshots.rows(), &asked).unwrap()
}

/// Customer, currency, open deals, their value, revenue.
fn rows(answer: &CustomersResponse) -> Vec<(String, String, u64, i64, i64)> {
    let value = |row: &rapport_proto::v1::CustomersRow, name: &str| {
        row.values.iter().find(|value| value.field == name).and_then(|value| value.value.clone())
    };
    let sum = |value: Option<Value>| match value {
        Some(Value::Sum(sum)) => sum.minor_units.unwrap(),
        _ => 0,
    };
    let of = |row: &rapport_proto::v1::CustomersRow| {
        let Some(Value::Count(deals)) = value(row, "open_deals") else { panic!("{row:?}") };
        let customer = row.customer.trim_start_matches("party:").to_owned();
        (customer, row.currency.clone(), deals, sum(value(row, "open_value")), sum(value(row, "revenue")))
    };
    answer.rows.iter().map(of).collect()
}

fn row(
    customer: &str,
    currency: &str,
    deals: u64,
    value: i64,
    revenue: i64,
) -> (String, String, u64, i64, i64) {
    (customer.to_owned(), currency.to_owned(), deals, value, revenue)
}

#[test]
fn open_deals_meet_the_purchases_of_their_customer_also_of_a_merged_one_and_in_another_currency() {
    let dir = tempfile::tempdir().unwrap();
    let store = log().project(dir.path());
    let answer = asked(&store, &store, NOW);
    let expected = [
        row("a", "EUR", 2, 1_800, 310),
        row("c", "EUR", 1, 0, 200),
        row("late", "EUR", 1, 60, 40),
        row("new", "EUR", 1, 9, 0),
        row("c", "USD", 1, 70, 0),
    ];
    assert_eq!(rows(&answer), expected);
    let total = answer.total.unwrap();
    assert_eq!((total.listed.unwrap().count, total.deals_left_out), (4, 1));
    // As known before the merge, and before the terms changed.
    let earlier = [
        row("a", "EUR", 1, 1_000, 300),
        row("c", "EUR", 2, 0, 200),
        row("b", "EUR", 1, 500, 0),
        row("c", "USD", 2, 70, 0),
    ];
    assert_eq!(rows(&asked(&store, &store, at(6))), earlier);
}

fn recorded_at(event: &rapport_proto::v1::RecordedEvent) -> rapport_model::Timestamp {
    rapport_proto::time::from_proto(event.recorded_at.as_ref().unwrap()).unwrap()
}

#[test]
fn views_at_different_positions_answer_as_known_at_the_earliest() {
    let (whole, part) = (log(), tempfile::tempdir().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = whole.project(dir.path());
    for last in [4, 7, 12, 13] {
        let mut behind = Log::default();
        for event in &whole.events[..last] {
            behind.add_event(event.clone());
        }
        let behind = behind.project(&part.path().join(last.to_string()));
        let known = asked(&store, &store, recorded_at(&whole.events[last - 1]));
        for answer in [asked(&store, &behind, NOW), asked(&behind, &store, NOW)] {
            assert_eq!((rows(&answer), &answer.total), (rows(&known), &known.total), "up to {last}");
            let meta = answer.meta.unwrap();
            assert_eq!(meta.position, last as u64);
            assert_eq!(
                meta.as_of.unwrap().recorded_until,
                known.meta.as_ref().unwrap().as_of.unwrap().recorded_until
            );
        }
    }
}
