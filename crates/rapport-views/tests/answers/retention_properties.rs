//! Retention against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::support::{
    acting::{Acting, contact_roles, is_two_way, without_merges},
    checks::assert_pages_are_the_whole,
    company::{self, Company, companies, definition, hours},
    figures, proto, retention_oracle, without_names,
};
use proptest::prelude::*;
use rapport_proto::{
    json,
    v1::{self, payload::Kind, retention_request::WhatIf},
};
use rapport_views::{
    answers::ObjectKind,
    model::{Model, Retention},
    page::{Lines, Shown},
};
use serde_json::Value;

/// A company, and what is asked of it.
#[derive(Debug, Clone)]
struct World {
    company: Company,
    request: v1::RetentionRequest,
}

fn kinds() -> impl Strategy<Value = Kind> {
    let contracts = company::contracts().prop_map(|kind| match kind {
        Kind::ContractChanged(mut changed) => {
            let id: u32 = changed.contract_id.parse().unwrap();
            changed.contract_id = (id % 7).to_string();
            Kind::ContractChanged(changed)
        }
        other => other,
    });
    let response = (prop::sample::select(vec![1, 1, 1, 2]), 0..=10_u8).prop_map(|(instrument, value)| {
        let value = Some(f64::from(value));
        Kind::SurveyAnswered(v1::SurveyAnswered {
            survey_id: "s".into(),
            instrument,
            value,
            ..Default::default()
        })
    });
    let published = (1..3_u32).prop_map(|version| definition("abc", "customer", version, r#"{"a": 50}"#));
    let upper = r#"{"top": 20, "large": 60, "medium": 80, "window_months": 18}"#;
    let levels = (1..3_u32).prop_map(move |version| definition("pyramid", "customer", version, upper));
    prop_oneof![
        50 => company::orders(),
        3 => company::order_changes(),
        4 => company::invoices(),
        16 => contracts,
        5 => response,
        5 => company::touches(),
        3 => contact_roles(company::CUSTOMERS),
        1 => published,
        1 => levels,
        8 => aims(),
    ]
}

/// Targets of the metrics that retention measures, of others, and some that fit none.
const AIMS: [&str; 4] = [
    r#"{"targets": [{"metric": "customers_acquired", "period": "2025", "value": 4},
                    {"metric": "retention", "period": "2025", "value": 0.75},
                    {"metric": "retention", "period": "2026", "value": 0.5},
                    {"metric": "customers_developed", "period": "2026", "value": 2.5},
                    {"metric": "retention", "period": "2026-Q1", "value": 0.9},
                    {"metric": "retention", "period": "2025-Q4", "value": 0.8},
                    {"metric": "customers_acquired", "period": "2025-Q3", "value": 1},
                    {"metric": "customers_acquired", "period": "2026-Q2", "value": 2},
                    {"metric": "customers_acquired", "period": "2026-Q3", "value": 2},
                    {"metric": "revenue", "period": "2026", "minor_units": 5, "currency": "EUR"}]}"#,
    r#"{"targets": [{"metric": "customers_acquired", "period": "2025-Q4", "value": 1},
                    {"metric": "customers_acquired", "period": "2025-12", "value": 1},
                    {"metric": "customers_developed", "period": "2026-Q3", "value": 0},
                    {"metric": "customers_acquired", "period": "2026-05", "value": 3},
                    {"metric": "nps", "period": "2027", "value": 40}]}"#,
    r#"{"targets": [{"metric": "retention", "period": "2025", "value": 85},
                    {"metric": "customers_acquired", "period": "2026", "minor_units": 5, "currency": "EUR"}]}"#,
    r#"{"targets": [{"metric": "retention", "period": "2026"}]}"#,
];

fn aims() -> impl Strategy<Value = Kind> {
    (
        prop::sample::select(vec!["default", "default", "default", "sales"]),
        1..3_u32,
        prop::sample::select(vec![0, 0, 0, 0, 1, 1, 2, 3]),
    )
        .prop_map(|(code, version, body)| {
            definition("targets", code, version, AIMS.get(body).copied().unwrap_or_default())
        })
}

/// Windows that targets are for: years, quarters and months of Riga.
fn periods() -> impl Strategy<Value = (Option<prost_types::Timestamp>, Option<prost_types::Timestamp>)> {
    let days = [("2025-01-01", "2026-01-01"), ("2025-10-01", "2026-01-01"), ("2025-12-01", "2026-01-01")];
    let later = [("2026-01-01", "2027-01-01"), ("2026-01-01", "2026-04-01"), ("2026-05-01", "2026-06-01")];
    let open = [("2026-01-01", "")];
    let midnight = |day: &str| {
        let day: Option<jiff::civil::Date> = day.parse().ok();
        day.and_then(|day| proto(day.to_zoned(company::zone()).unwrap().timestamp().into()))
    };
    let all: Vec<_> = days.into_iter().chain(later).chain(open).collect();
    prop::sample::select(all).prop_map(move |(from, to)| (midnight(from), midnight(to)))
}

fn what_ifs() -> impl Strategy<Value = WhatIf> {
    (
        prop::option::weighted(0.7, prop::sample::select(vec![0.0, 0.5, 0.8, 0.9, 0.97, 1.0])),
        prop::option::of(prop::sample::select(vec![0.05, 0.1, 0.5])),
        prop::option::weighted(0.3, -500..90_000_i64),
        prop::option::of(prop::sample::select(vec![5.0, 0.5, -10.0, 40.0])),
        0..3_i32,
    )
        .prop_map(|(retention, discount, mean_minor_units, change, by)| WhatIf {
            retention,
            discount,
            mean_minor_units,
            currency: mean_minor_units.map(|_| "EUR".to_owned()).unwrap_or_default(),
            change,
            r#move: by,
        })
}

prop_compose! {
    fn requests()(
        measures in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(0..8_i32, 1..4)],
        (from, length) in (prop::option::weighted(0.6, 0..24 * 500_i64), prop::option::weighted(0.6, 24 * 5..24 * 200_i64)),
        midnight in any::<bool>(),
        purchases_from in prop::sample::select(vec![0, 0, 0, 1, 2]),
        currency in prop::sample::select(vec!["", "", "", "EUR", "USD", "CHF"]),
        inactive_days in prop::sample::select(vec![0, 1, 20, 60, 400]),
        every in prop::sample::select(vec![0, 2, 3, 4, 5]),
        what_if in prop::option::weighted(0.7, what_ifs()),
        period in prop::option::weighted(0.4, periods()),
        targets in prop::sample::select(vec!["", "", "", "default", "sales", "nobodys"]),
    ) -> v1::RetentionRequest {
        // Midnights of months, so that months before are whole, or any hours.
        let begin = |at: i64| if midnight { at / 730 * 730 } else { at };
        let to = from.zip(length).map(|(from, length)| begin(from + length).max(begin(from) + 24));
        let drawn = (from.and_then(|from| proto(hours(begin(from)))), to.and_then(|to| proto(hours(to))));
        let (period_from, period_to) = period.unwrap_or(drawn);
        v1::RetentionRequest {
            measures,
            period_from,
            period_to,
            targets: targets.to_owned(),
            purchases_from,
            currency: currency.to_owned(),
            inactive_days,
            every,
            what_if,
            ..v1::RetentionRequest::default()
        }
    }
}

fn worlds() -> impl Strategy<Value = World> {
    (companies(kinds(), 150), requests()).prop_map(|(company, request)| World { company, request })
}

impl World {
    fn answer(&self) -> v1::RetentionResponse {
        self.company.ask::<Retention>(&self.request, None, 0).unwrap().response
    }

    fn json(&self) -> Value {
        json::to_json(Retention::RESPONSE, &self.answer()).unwrap()
    }
}

/// Equal but for the last digits of floating-point numbers.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * b.abs().max(1.0)
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: HashSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|key| matches!((a.get(key), b.get(key)), (Some(a), Some(b)) if close(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (a, b) => a == b,
    }
}

/// The first members that differ, for a failure that can be read.
fn differing(a: &Value, b: &Value) -> Vec<String> {
    let (Value::Object(a), Value::Object(b)) = (a, b) else { return Vec::new() };
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let null = Value::Null;
    let of = |of: &serde_json::Map<String, Value>, key: &str| of.get(key).unwrap_or(&null).clone();
    let differing = keys.into_iter().filter(|key| !close(&of(a, key), &of(b, key)));
    differing.map(|key| format!("{key}: {:#}\nexpected {:#}", of(a, key), of(b, key))).collect()
}

fn count(figure: Option<&v1::Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

proptest! {
    #[test]
    fn retention_is_what_asking_each_customer_day_by_day_gives(world in worlds()) {
        let answer = without_names(world.json());
        let expected = retention_oracle::answer(&world.company, &world.request);
        let expected = without_names(json::to_json(Retention::RESPONSE, &expected).unwrap());
        prop_assert!(close(&answer, &expected), "{}", differing(&answer, &expected).join("\n"));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let shuffled = World { company: Company { seed, ..world.company.clone() }, ..world.clone() };
        prop_assert_eq!(world.json(), shuffled.json());
    }

    #[test]
    fn two_customers_merged_are_one_customer(world in worlds()) {
        let one = World { company: without_merges(&world.company), ..world.clone() };
        prop_assert_eq!(world.json(), one.json());
    }

    #[test]
    fn those_at_the_end_are_those_at_the_start_less_the_lost_with_the_won_back_and_the_new(world in worlds()) {
        let Some(of) = world.answer().overview else { return Ok(()) };
        let churn = of.churn.unwrap();
        let [start, lost, back, new, end] =
            [&churn.at_start, &churn.ended, &of.won_back, &of.new, &of.at_end].map(|one| count(one.as_ref()));
        prop_assert_eq!(start - lost + back + new, end);
        prop_assert_eq!(count(of.kept.as_ref()), start - lost);
        prop_assert!(count(of.developed.as_ref()) <= count(of.kept.as_ref()));
        prop_assert!(new <= count(of.acquired.as_ref()) && end <= count(of.customers.as_ref()));
    }

    #[test]
    fn a_longer_patience_never_loses_a_customer_whom_a_shorter_one_keeps(world in worlds(), more in 1..200_u32) {
        let patient = v1::RetentionRequest { inactive_days: world.request.inactive_days + more, ..world.request.clone() };
        let at_end = |request: &v1::RetentionRequest| {
            let of = world.company.ask::<Retention>(request, None, 0).unwrap().response.overview;
            of.and_then(|of| of.at_end).unwrap_or_default().count
        };
        // 0 stands for the default.
        prop_assume!(world.request.inactive_days > 0);
        prop_assert!(at_end(&patient) >= at_end(&world.request));
    }

    #[test]
    fn a_correction_that_is_known_later_changes_nothing_before(world in worlds()) {
        let mut uncorrected = world.clone();
        for told in &mut uncorrected.company.told {
            let known = |day: i64| hours(24 * day) <= world.company.as_of.recorded_until;
            told.corrected = told.corrected.take().filter(|(day, _)| known(*day));
        }
        prop_assert_eq!(world.json(), uncorrected.json());
    }

    #[test]
    fn pages_one_after_the_other_have_every_alert_once_in_order(world in worlds(), page_size in 1..3_u32) {
        let whole = world.answer();
        let request = v1::RetentionRequest { page_size, ..world.request.clone() };
        assert_pages_are_the_whole::<Retention, _>(
            (&world.company, &request),
            (page_size, &whole.alerts),
            |page| (&page.alerts, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.overview, if is_first { &whole.overview } else { &None });
            assert_eq!(&page.alert_totals, if is_first { &whole.alert_totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_row_and_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = world.answer();
        let page = Retention::page(&world.request, &answer);
        let Lines::Rows(lines) = Retention::LINES else { return Err(TestCaseError::fail("a line a row")) };
        let (mut shown, mut keys) = (HashSet::new(), HashSet::new());
        for grid in &page.grids {
            prop_assert!(keys.insert(grid.key), "two grids are called {}", grid.key);
            let titles: HashSet<_> = grid.columns.iter().map(|column| column.key).collect();
            prop_assert_eq!(titles.len(), grid.columns.len(), "{}", grid.key);
            for row in &grid.rows {
                prop_assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
                for (column, cell) in grid.columns.iter().zip(&row.cells) {
                    prop_assert!(column.unit.suits(&cell.value), "{} of {}: {:?}", column.key, grid.key, cell);
                }
                shown.extend(row.cells.iter().map(|cell| cell.figure.clone()).filter(|figure| !figure.is_empty()));
            }
            let is_exported = grid.shown != Shown::Readers;
            let unknown: Vec<_> = grid.columns.iter().filter(|column| !lines.contains(&column.key)).collect();
            prop_assert!(!is_exported || unknown.is_empty(), "{:?}", unknown);
            let notes = grid.notes.iter().chain(&page.notes).chain([&grid.title]);
            for words in notes {
                prop_assert_eq!(words.text.matches("{}").count(), words.values.len(), "{}", &words.text);
            }
        }
        let wanted = figures(&world.json()).into_iter().filter(|(_, count)| *count > 0).map(|(figure, _)| figure);
        prop_assert_eq!(shown, wanted.collect::<HashSet<_>>());
        let rows = page.grids.iter().find(|grid| grid.key == "alert").map_or(0, |grid| grid.rows.len());
        prop_assert_eq!(rows, answer.alerts.len());
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(world in worlds()) {
        let mut names = HashSet::new();
        let (all, acting) = (world.company.happened(), Acting::of(&world.company));
        let happened: BTreeMap<u64, &company::Happened> = all.iter().map(|one| (one.position, one)).collect();
        for (figure, count) in figures(&world.json()).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            // As on a page that has no rows.
            let request = v1::RetentionRequest { page_size: 1, ..world.request.clone() };
            let (answered, store) = world.company.ask_store::<Retention>(&request, Some(&figure), 0).unwrap();
            prop_assert_eq!(answered.objects.len() as u64, count, "{}", figure);
            let mut listed = BTreeSet::new();
            for hit in answered.objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
                prop_assert!(listed.insert((hit.kind, hit.object)), "{}: {:?} twice", figure, hit);
                let customer = store.name_of(rapport_views::table::Dictionary::Party, hit.customer);
                for position in &hit.positions {
                    // Every event behind it happened, and is of its customer; a contract may have had several. Responses
                    // and contacts of who acts for it are its own too.
                    let one = happened.get(position);
                    let is_lifted = |one: &company::Happened| {
                        let is_said = matches!(one.kind, Kind::SurveyAnswered(_)) || is_two_way(&one.kind);
                        is_said && acting.counts_for(&customer, one)
                    };
                    let is_of_it = |one: &&company::Happened| {
                        hit.kind != ObjectKind::Party || one.customer == customer || is_lifted(one)
                    };
                    prop_assert!(one.is_some_and(is_of_it), "{}: {:?}", figure, one);
                }
            }
        }
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..400 {
        let answer = worlds().new_tree(&mut runner).unwrap().current().answer();
        let mut add = |what, is_so: bool| *found.entry(what).or_default() += usize::from(is_so);
        if let Some(of) = &answer.overview {
            let churn = of.churn.clone().unwrap();
            for (what, figure) in [
                ("lost", &churn.ended),
                ("kept", &of.kept),
                ("developed", &of.developed),
                ("won back", &of.won_back),
                ("new", &of.new),
                ("left out", &of.left_out),
            ] {
                add(what, count(figure.as_ref()) > 0);
            }
            add("acquired and gone", count(of.acquired.as_ref()) > count(of.new.as_ref()));
            add("a tenure", of.tenure_median.is_some());
        }
        if let Some(of) = &answer.contracts {
            let row = &of.rows[0];
            add("contracts ended", count(row.churn.as_ref().unwrap().ended.as_ref()) > 0);
            add("contracts began", count(row.began.as_ref()) > 0);
            add("a change of contractual churn", row.change_points.is_some());
            add("contracts without a customer", count(of.without_customer.as_ref()) > 0);
            add("contracts without a start", count(of.without_start.as_ref()) > 0);
        }
        if let Some(of) = &answer.survival {
            add("a median length", of.median_months.is_some());
            add("a length with days", of.median_days.is_some_and(|days| days > 0));
            add("points with intervals", of.points.iter().any(|point| point.low.is_some()));
        }
        add(
            "cohorts that come again",
            answer.cohorts.iter().any(|one| one.cells.iter().any(|cell| cell.since > 0 && cell.share > 0.0)),
        );
        add("cohorts that are not over", answer.cohorts.iter().any(|one| one.cells.is_empty()));
        if let Some(of) = &answer.what_if {
            add("values", of.values.iter().any(|value| value.at_end_minor_units.is_some()));
            add(
                "retention beyond all",
                of.retention.is_some() && of.lines.iter().any(|line| line.retention.is_none()),
            );
        }
        if let Some(of) = &answer.gaps {
            add("targets", of.version > 0);
            add("a target", of.rows.iter().any(|row| row.target.is_some()));
            add(
                "a target beside the window",
                of.rows.iter().any(|row| row.target.is_some() && row.period_from != answer.period_from),
            );
            add("a gap of a share", of.rows.iter().any(|row| row.gap_share.is_some()));
            add("several periods", of.rows.len() > 3);
            add("a period that goes on", of.rows.iter().any(|row| row.is_running));
            add("a period that is over", of.rows.iter().any(|row| !row.period.is_empty() && !row.is_running));
            add("other periods", !of.other_periods.is_empty());
            add("targets of others alone", of.version == 0 && !of.codes.is_empty());
        }
        add("overdue", answer.alerts.iter().any(|alert| alert.overdue));
        add("unhappy", answer.alerts.iter().any(|alert| alert.unhappy));
        add("several alerts", answer.alerts.len() > 1);
        add("a definition", answer.meta.as_ref().is_some_and(|meta| !meta.definitions.is_empty()));
        add("invoices", answer.purchases_from == 2);
    }
    assert!(found.values().all(|times| *times >= 10), "{found:?}");
}
