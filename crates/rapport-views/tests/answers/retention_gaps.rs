//! What is missing of targets, over small hand-made histories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, definition, hours, money, zone},
    proto,
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, RetentionMeasure as Wanted, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Model, Retention},
};

/// The hour of noon of a day, as companies count.
fn noon(day: &str) -> i64 {
    let end = parse_moment(day, &zone()).unwrap().as_micros() + 1;
    (end - hours(0).as_micros()) / support::HOUR - 12
}

/// An order at noon of a day, worth so much.
fn order(id: u64, customer: u64, day: &str, minor_units: i64, currency: &str) -> Told {
    let total = money(minor_units, currency).filter(|_| !currency.is_empty());
    let placed = v1::OrderPlaced { order_id: id.to_string(), total, ..Default::default() };
    Told::at(noon(day), customer, Kind::OrderPlaced(placed))
}

/// Orders of a customer for 100 euros each.
fn orders(customer: u64, days: &[&str]) -> Vec<Told> {
    let ids = customer * 100..;
    days.iter().zip(ids).map(|(day, id)| order(id, customer, day, 10_000, "EUR")).collect()
}

/// As of the end of 2025: the window is that year.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

fn answer(company: &Company, request: &v1::RetentionRequest) -> v1::RetentionResponse {
    company.ask::<Retention>(request, None, 0).unwrap().response
}

fn only(measure: Wanted) -> v1::RetentionRequest {
    v1::RetentionRequest { measures: vec![measure.into()], ..Default::default() }
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1}", 100.0 * share))
}

/// Published at noon of a day.
fn targets(day: &str, code: &str, version: u32, body: &str) -> Told {
    Told::at(noon(day), 0, definition("targets", code, version, body))
}

/// Of each row what it is of, the period, actual, target and what is missing; of the shares in percent.
fn gaps(of: &v1::RetentionGaps) -> Vec<(String, [String; 2], [String; 3])> {
    let number = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.1}"));
    let row = |row: &v1::retention_gaps::Row| {
        let actual = format!("{} {}", row.period, row.of);
        let shares = [row.share, row.target_share, row.gap_share].map(percent);
        (format!("{actual} {}", n(&row.customers)), [row.target, row.gap].map(number), shares)
    };
    of.rows.iter().map(row).collect()
}

#[test]
fn a_gap_is_what_is_missing_of_the_target_of_the_period() {
    let year =
        v1::RetentionRequest { period_from: proto(hours(noon("2025-01-01") - 12)), ..only(Wanted::Gaps) };
    // As in the year above: 2 active at its start, of whom 1 is kept and bought for more; 2 acquired.
    let told = [
        orders(1, &["2024-06-01", "2024-11-01", "2025-03-01", "2025-06-01", "2025-11-01"]),
        orders(2, &["2024-11-01"]),
        orders(4, &["2025-10-01"]),
        orders(5, &["2025-02-01"]),
    ]
    .concat();
    let none = answer(&company(told.clone()), &year);
    let row = |what: &str, counts: [&str; 2], shares: [&str; 3]| {
        (what.to_owned(), counts.map(str::to_owned), shares.map(str::to_owned))
    };
    let without = [
        row(" acquired 2", ["-", "-"], ["-", "-", "-"]),
        row(" kept 1", ["-", "-"], ["50.0", "-", "-"]),
        row(" developed 1", ["-", "-"], ["-", "-", "-"]),
    ];
    let of = none.gaps.unwrap();
    assert_eq!((gaps(&of), of.version, of.targets.as_str()), (without.to_vec(), 0, "default"));

    let body = |value: f64| {
        format!(
            r#"{{"targets": [{{"metric": "customers_acquired", "period": "2025", "value": 5}},
                             {{"metric": "retention", "period": "2025", "value": {value}}},
                             {{"metric": "customers_developed", "period": "2025-Q4", "value": 3}},
                             {{"metric": "revenue", "period": "2025", "minor_units": 7, "currency": "EUR"}}]}}"#
        )
    };
    let mut told = [told, vec![targets("2025-01-01", "default", 1, &body(0.9))]].concat();
    told.push(targets("2025-02-01", "sales", 7, &body(0.1)));
    told.push(targets("2025-03-01", "default", 2, &body(0.75)));
    let found = answer(&company(told.clone()), &year);
    let used = &found.meta.as_ref().unwrap().definitions;
    let used: Vec<_> = used.iter().map(|of| (of.kind.as_str(), of.code.as_str(), of.version)).collect();
    assert_eq!(used, [("targets", "default", 2)]);
    let of = found.gaps.unwrap();
    let expected = [
        row("2025 acquired 2", ["5.0", "3.0"], ["-", "-", "-"]),
        row("2025 kept 1", ["1.5", "0.5"], ["50.0", "75.0", "25.0"]),
        row("2025 developed 1", ["-", "-"], ["-", "-", "-"]),
    ];
    assert_eq!((gaps(&of), of.version), (expected.to_vec(), 2));
    assert_eq!(
        (of.codes, of.other_periods),
        (vec!["default".into(), "sales".into()], vec!["2025-Q4".into()])
    );
    assert!(of.rows.iter().all(|row| !row.is_running));

    // Without a period: those that the last moment of the year lies in, the year and its last quarter.
    let both = answer(&company(told.clone()), &only(Wanted::Gaps)).gaps.unwrap();
    let shown = gaps(&both);
    assert_eq!(shown[..3], expected);
    assert_eq!(shown[5], row("2025-Q4 developed 1", ["3.0", "2.0"], ["-", "-", "-"]));
    // A month before its end, each goes on; and as of an earlier version.
    let mut earlier = company(told);
    earlier.as_of.occurred_until = parse_moment("2025-02-15", &zone()).unwrap();
    let of = answer(&earlier, &year).gaps.unwrap();
    assert!(of.version == 1 && of.rows[0].is_running && of.rows[1].target_share == Some(0.9));
    // A half of the year has no target.
    let half = v1::RetentionRequest { period_to: proto(hours(noon("2025-02-01") - 12)), ..year };
    let of = answer(&earlier, &half).gaps.unwrap();
    assert_eq!(
        (of.rows.len(), of.rows[0].target, of.other_periods.join(" ").as_str()),
        (3, None, "2025 2025-Q4")
    );
}

#[test]
fn the_page_of_gaps_says_what_there_is_to_compare_with() {
    let keys = |told: Vec<Told>, request: &v1::RetentionRequest| {
        let page = Retention::page(request, &answer(&company(told), request));
        let grid = page.grids.iter().find(|grid| grid.key == "gap").unwrap();
        grid.notes.iter().map(|note| note.key).collect::<Vec<_>>().join(" ")
    };
    let of = |period: &str| {
        format!(r#"{{"targets": [{{"metric": "retention", "period": "{period}", "value": 1}}]}}"#)
    };
    let bought = || orders(1, &["2024-11-01"]);
    let request = only(Wanted::Gaps);
    assert_eq!(keys(bought(), &request), "no_targets");
    let with =
        |code: &str, period: &str| [bought(), vec![targets("2025-01-01", code, 1, &of(period))]].concat();
    assert_eq!(keys(with("sales", "2025"), &request), "no_targets other_targets");
    assert_eq!(keys(with("default", "2026"), &request), "no_target_of_period other_periods");
    assert_eq!(keys(with("default", "2025"), &request), "");
    let sales = v1::RetentionRequest { targets: "sales".into(), ..request };
    assert_eq!(keys(with("sales", "2025-12"), &sales), "");
}
