//! Retention of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, hours, money, zone},
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{
    self, RetentionMeasure as Wanted,
    contract_changed::Op,
    payload::Kind,
    retention_request::{WhatIf, what_if::Move},
};
use rapport_views::{
    answers::{AnswerError, AsOf},
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

fn contract(id: &str, customer: u64, day: &str, op: Op, start: &str, end: &str) -> Told {
    let changed = v1::ContractChanged {
        contract_id: id.to_owned(),
        op: op.into(),
        start: start.to_owned(),
        end: end.to_owned(),
        ..Default::default()
    };
    Told::at(noon(day), customer, Kind::ContractChanged(changed))
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

fn overview(company: &Company) -> v1::RetentionOverview {
    answer(company, &only(Wanted::Overview)).overview.unwrap()
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

/// At the start, kept, lost, won back, new, at the end.
fn moves(of: &v1::RetentionOverview) -> [u64; 6] {
    let churn = of.churn.as_ref().unwrap();
    [&churn.at_start, &of.kept, &churn.ended, &of.won_back, &of.new, &of.at_end].map(n)
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.1}", 100.0 * share))
}

#[test]
fn a_year_has_customers_kept_lost_won_back_and_new() {
    let mut told = [
        orders(1, &["2024-06-01", "2024-11-01", "2025-03-01", "2025-06-01", "2025-11-01"]),
        orders(2, &["2024-11-01"]),
        orders(3, &["2024-01-15", "2025-12-01"]),
        orders(4, &["2025-10-01"]),
        orders(5, &["2025-02-01"]),
    ]
    .concat();
    told.push(order(9, 0, "2025-05-05", 100, "EUR"));
    let of = overview(&company(told));
    assert_eq!(moves(&of), [2, 1, 1, 1, 1, 3]);
    assert_eq!([&of.developed, &of.acquired, &of.customers, &of.left_out].map(n), [1, 2, 5, 1]);
    let churn = of.churn.unwrap();
    // Wilson's interval of one of two.
    assert_eq!([churn.rate, churn.low, churn.high].map(percent), ["50.0", "9.5", "90.5"]);
    let before = of.churn_before.unwrap();
    assert_eq!((n(&before.at_start), before.rate, before.low), (0, None, None));
    // 2 and 5 are lost after 0 days, the others go on for 579, 717 and 92 days.
    assert_eq!(of.tenure_median, None);
}

#[test]
fn a_customer_is_inactive_after_half_a_year_or_three_of_its_own_gaps() {
    // The last purchase is 250 days before the end of the year: too long for one who bought once, or every month.
    let last = "2025-04-25";
    let monthly = ["2024-12-25", "2025-01-25", "2025-02-25", "2025-03-25", last];
    let now_and_then = ["2024-07-01", "2024-10-15", "2025-01-15", last];
    for (bought, is_kept) in [(&[last][..], false), (&monthly, false), (&now_and_then, true)] {
        let ends = overview(&company(orders(1, bought)));
        assert_eq!(n(&ends.at_end) == 1, is_kept, "{bought:?}");
    }
    // What happens later does not make an earlier rhythm: at the end of 2024 the gap was 106 days, and 77 had passed.
    let early = v1::RetentionRequest {
        period_to: proto(hours(noon("2025-01-01") - 12)),
        inactive_days: 76,
        ..only(Wanted::Overview)
    };
    let of = answer(&company(orders(1, &now_and_then)), &early).overview.unwrap();
    assert_eq!([n(&of.customers), n(&of.at_end)], [1, 1]);
    let once = answer(&company(orders(1, &now_and_then[1..])), &early).overview.unwrap();
    assert_eq!([n(&once.customers), n(&once.at_end)], [1, 0]);
}

#[test]
fn what_comes_back_keeps_nobody_and_a_cancelled_order_never_was() {
    let change = |op: i32, id: &str, customer, day| {
        let line = v1::Line {
            product: "pen".into(),
            quantity: "-1".into(),
            net: money(-500, "EUR"),
            ..Default::default()
        };
        let lines = if op == 1 { Vec::new() } else { vec![line] };
        let changed = v1::OrderChanged { order_id: id.into(), op, lines, ..Default::default() };
        Told::at(noon(day), customer, Kind::OrderChanged(changed))
    };
    let mut told = [orders(1, &["2024-12-01"]), orders(2, &["2024-12-01", "2025-12-01"])].concat();
    told.push(change(2, "100", 1, "2025-12-20"));
    told.push(change(1, "201", 2, "2025-12-20"));
    let mut company = company(told);
    assert_eq!(moves(&overview(&company)), [2, 0, 2, 0, 0, 0]);
    // As of the day before the cancellation it was one.
    company.as_of.occurred_until = parse_moment("2025-12-19", &zone()).unwrap();
    let year =
        v1::RetentionRequest { period_from: proto(hours(noon("2025-01-01") - 12)), ..only(Wanted::Overview) };
    let of = answer(&company, &year).overview.unwrap();
    assert_eq!(moves(&of), [2, 1, 1, 0, 0, 1]);
}

#[test]
fn an_order_that_is_recorded_under_two_ids_of_one_customer_is_one_purchase_when_the_first_was() {
    let merged = v1::PartyMerged { survivor: "c99".into(), absorbed: "c98".into(), ..Default::default() };
    let mut told = vec![order(7, 1, "2024-12-01", 100, "EUR"), order(7, 2, "2025-12-01", 100, "EUR")];
    assert_eq!(moves(&overview(&company(told.clone()))), [1, 0, 1, 0, 1, 1]);
    told.push(Told::at(noon("2025-12-15"), 1, Kind::PartyMerged(merged)));
    assert_eq!(moves(&overview(&company(told))), [1, 0, 1, 0, 0, 0]);
}

#[test]
fn developed_is_for_more_in_one_currency_and_for_less_in_none() {
    let both = |customer, eur: [i64; 2], usd: [i64; 2]| {
        let ids = customer * 100;
        [
            order(ids, customer, "2024-12-01", eur[0], "EUR"),
            order(ids + 1, customer, "2025-12-01", eur[1], "EUR"),
            order(ids + 2, customer, "2024-12-01", usd[0], "USD"),
            order(ids + 3, customer, "2025-12-01", usd[1], "USD"),
        ]
    };
    let of = |told: Vec<Told>| {
        let of = overview(&company(told));
        [n(&of.kept), n(&of.developed)]
    };
    assert_eq!(of(both(1, [100, 200], [50, 50]).to_vec()), [1, 1]);
    assert_eq!(of(both(1, [100, 200], [50, 49]).to_vec()), [1, 0]);
    assert_eq!(of(both(1, [100, 100], [50, 50]).to_vec()), [1, 0]);
    // Without amounts: more often.
    let bare =
        |days: &[&str]| (100..).zip(days).map(|(id, day)| order(id, 1, day, 0, "")).collect::<Vec<_>>();
    assert_eq!(of(bare(&["2024-12-01", "2025-11-01", "2025-12-01"])), [1, 1]);
    assert_eq!(of(bare(&["2024-12-01", "2025-12-01"])), [1, 0]);
}

#[test]
fn contracts_end_by_their_day_and_churn_is_compared_with_the_year_before() {
    use Op::{Ended, Renewed, Signed};
    let told = vec![
        // Over the year, and not renewed.
        contract("a", 1, "2024-12-20", Signed, "2025-01-01", "2025-12-31"),
        // Renewed in time.
        contract("b", 2, "2024-01-02", Signed, "2024-02-01", "2025-01-31"),
        contract("b", 2, "2025-01-20", Renewed, "", "2026-01-31"),
        // Given notice of: it still runs.
        contract("c", 3, "2023-05-01", Signed, "", ""),
        contract("c", 3, "2025-11-30", Ended, "", "2026-02-28"),
        // The same customer signs another one.
        contract("d", 4, "2023-01-01", Signed, "", ""),
        contract("d", 4, "2025-06-30", Ended, "", ""),
        contract("e", 4, "2025-06-30", Signed, "2025-07-01", ""),
        // Ended in the year before.
        contract("f", 5, "2023-01-01", Signed, "", "2024-06-30"),
        contract("g", 0, "2025-03-01", Signed, "", ""),
        // Nobody told when it began.
        contract("h", 6, "2025-03-01", Ended, "", ""),
    ];
    let of = answer(&company(told), &only(Wanted::Contracts)).contracts.unwrap();
    let shown = |row: &v1::contract_retention::Row| {
        let (now, before) = (row.churn.clone().unwrap(), row.churn_before.clone().unwrap());
        let counts =
            [&now.at_start, &now.ended, &row.began, &row.at_end, &before.at_start, &before.ended].map(n);
        (counts, [row.change_points, row.change_relative].map(percent))
    };
    // a, b, c and d; a and d ended; e and g began; c, d and f the year before, of which f ended.
    assert_eq!(shown(&of.rows[0]), ([4, 2, 2, 4, 3, 1], ["16.7".to_owned(), "50.0".to_owned()]));
    // Customers 1 to 4, of whom 1 is gone: one in four against one in three.
    assert_eq!(shown(&of.rows[1]), ([4, 1, 0, 3, 3, 1], ["-8.3".to_owned(), "-25.0".to_owned()]));
    assert_eq!([&of.contracts, &of.without_customer, &of.without_start].map(n), [7, 1, 1]);
}

#[test]
fn contracts_last_as_the_product_limit_estimate_says() {
    use Op::Signed;
    let told = vec![
        contract("a", 1, "2024-03-01", Signed, "2024-03-15", "2024-06-14"),
        contract("b", 2, "2024-03-01", Signed, "2024-03-31", "2024-09-30"),
        contract("c", 3, "2024-12-01", Signed, "2025-01-01", ""),
        contract("d", 4, "2023-01-01", Signed, "2023-01-01", "2027-12-31"),
    ];
    let of = answer(&company(told), &only(Wanted::Survival)).survival.unwrap();
    let shown: Vec<_> = of
        .points
        .iter()
        .map(|point| {
            (
                point.months,
                n(&point.at_risk),
                n(&point.ended),
                percent(Some(point.survival)),
                percent(point.low),
            )
        })
        .collect();
    let point = |months, at_risk, ended, survival: &str, low: &str| {
        (months, at_risk, ended, survival.to_owned(), low.to_owned())
    };
    let expected = [
        point(1, 4, 0, "100.0", "-"),
        // Three months to the day: it does not last longer.
        point(3, 4, 1, "75.0", "12.8"),
        // Six months and a day.
        point(6, 3, 1, "75.0", "12.8"),
        // A year to the day, and goes on.
        point(12, 2, 2, "50.0", "5.8"),
        point(24, 1, 2, "50.0", "5.8"),
        point(36, 1, 2, "50.0", "5.8"),
    ];
    assert_eq!(shown, expected);
    // From 31 March to 1 October.
    assert_eq!((of.median_months, of.median_days, n(&of.contracts), n(&of.ended)), (Some(6), Some(1), 4, 2));
}

#[test]
fn the_golden_values_of_more_retention_hold_in_an_answer() {
    // Ten customers were active when the year began; two bought no more.
    let told = |customers: u64| -> Vec<Told> {
        let one = |id: u64| {
            let first = order(id, 1 + id % 8, "2024-12-01", 10_000, "EUR");
            // Companies of this test have eight names: the others are of another ledger.
            Told { customer: id, ..first }
        };
        (1..=customers)
            .flat_map(|id| {
                let again = Told { customer: id, ..order(100 + id, 1, "2025-12-01", 10_000, "EUR") };
                [Some(one(id)), Some(again).filter(|_| id > 2)]
            })
            .flatten()
            .collect()
    };
    let of = |customers, what_if: WhatIf| {
        let request = v1::RetentionRequest { what_if: Some(what_if), ..only(Wanted::WhatIf) };
        answer(&company(told(customers)), &request).what_if.unwrap()
    };
    let golden = of(10, WhatIf { r#move: Move::Points.into(), ..WhatIf::default() });
    assert_eq!(
        (percent(golden.retention), golden.retention_is_measured, golden.measured_of),
        ("80.0".into(), true, 10)
    );
    let shown: Vec<_> = golden
        .lines
        .iter()
        .map(|line| {
            (
                percent(line.retention),
                percent(line.at_end_change),
                percent(line.at_once_change),
                line.is_meant,
            )
        })
        .collect();
    let line = |kept: &str, later: &str, at_once: &str, is_meant| {
        (kept.to_owned(), later.to_owned(), at_once.to_owned(), is_meant)
    };
    let expected = [
        line("80.0", "-", "-", false),
        line("85.0", "27.5", "20.0", true),
        line("81.0", "4.7", "3.4", false),
    ];
    assert_eq!(shown, expected);
    let amounts: Vec<_> =
        golden.values.iter().map(|value| (value.at_end_minor_units, value.at_once_minor_units)).collect();
    assert_eq!(
        amounts,
        [(Some(26_667), Some(36_667)), (Some(34_000), Some(44_000)), (Some(27_931), Some(37_931))]
    );
    assert_eq!((golden.values[0].mean_minor_units, n(&golden.values[0].customers)), (Some(10_000), 8));

    let ninety = of(10, WhatIf { retention: Some(0.9), ..WhatIf::default() });
    assert_eq!(percent(ninety.lines[1].at_end_change), "40.7");
    assert!(!ninety.retention_is_measured && ninety.lines.iter().all(|line| !line.is_meant));

    // Nine are not enough to measure.
    let few = of(9, WhatIf::default());
    assert_eq!((few.retention, few.measured_of, few.lines[0].at_end), (None, 9, None));
    let request = only(Wanted::WhatIf);
    let page = Retention::page(&request, &answer(&company(told(9)), &request));
    assert!(page.grids[0].is_empty() && page.grids[0].notes[0].key == "not_measured");
}

#[test]
fn cohorts_are_followed_period_by_period_as_long_as_these_are_over() {
    let told = [
        orders(1, &["2025-01-10", "2025-01-20", "2025-03-10", "2025-12-31"]),
        orders(2, &["2025-01-31", "2025-02-01"]),
        orders(3, &["2025-12-31"]),
        // First bought before the year: in no cohort of it.
        orders(4, &["2024-12-31", "2025-01-01"]),
    ]
    .concat();
    let mut company = company(told);
    let shown = |company: &Company, every: v1::Every| -> Vec<(u64, String)> {
        let request = v1::RetentionRequest { every: every.into(), ..only(Wanted::Cohorts) };
        let cells = |cohort: &v1::RetentionCohort| {
            let cells: Vec<String> = cohort.cells.iter().map(|cell| n(&cell.bought).to_string()).collect();
            (n(&cohort.customers), cells.join(" "))
        };
        answer(company, &request).cohorts.iter().map(cells).collect()
    };
    let row = |customers, cells: &str| (customers, cells.to_owned());
    assert_eq!(shown(&company, v1::Every::Month), [row(2, "2 1 1 0 0 0 0 0 0 0 0 1"), row(1, "1")]);
    assert_eq!(shown(&company, v1::Every::Quarter), [row(2, "2 0 0 1"), row(1, "1")]);
    // A moment before the end of December its cells are not there yet, and the window begins in the December before.
    company.as_of.occurred_until = Timestamp::from_micros(company.as_of.occurred_until.as_micros() - 1);
    let months = shown(&company, v1::Every::Month);
    assert_eq!(months, [row(1, "1 1 0 0 0 0 0 0 0 0 0 0"), row(2, "2 1 1 0 0 0 0 0 0 0 0"), row(1, "")]);
}

#[test]
fn alerts_are_of_class_a_overdue_or_unhappy() {
    let said = |customer, day: &str, value: f64| {
        let answered = v1::SurveyAnswered { instrument: 1, value: Some(value), ..Default::default() };
        Told::at(noon(day), customer, Kind::SurveyAnswered(answered))
    };
    let mut told = [
        // Every thirty days, then nothing for 61.
        orders(1, &["2025-08-02", "2025-09-01", "2025-10-01", "2025-10-31"]),
        // The same until a day later: twice the gap is not more than twice.
        orders(2, &["2025-08-03", "2025-09-02", "2025-10-02", "2025-11-01"]),
        orders(3, &["2025-05-05", "2025-06-05"]),
        orders(4, &["2025-05-06"]),
    ]
    .concat();
    told.extend([order(5, 3, "2025-12-01", 20_000, "EUR"), order(6, 4, "2025-05-06", 1, "USD")]);
    // 2 was unhappy and is not any more; 3 is. 4 is class B in euros, and all there is in dollars.
    told.extend([
        said(2, "2025-02-01", 2.0),
        said(2, "2025-03-01", 9.0),
        said(3, "2025-03-01", 6.0),
        said(4, "2025-01-01", 7.0),
    ]);
    let of = answer(&company(told), &only(Wanted::Alerts));
    let totals: Vec<_> = of
        .alert_totals
        .iter()
        .map(|total| {
            let counts =
                [&total.class_a, &total.alerts, &total.overdue, &total.unhappy, &total.without_rhythm].map(n);
            (total.currency.as_str(), counts, total.value.as_ref().unwrap().minor_units)
        })
        .collect();
    assert_eq!(totals, [("EUR", [3, 2, 1, 1, 0], Some(80_000)), ("USD", [1, 0, 0, 0, 1], Some(0))]);
    let rows: Vec<_> = of
        .alerts
        .iter()
        .map(|row| {
            (
                row.customer.as_str(),
                row.overdue,
                row.unhappy,
                row.recency_days,
                row.gap_median_days,
                row.score,
            )
        })
        .collect();
    // Equal values by id: c97 is before c99.
    let expected = [
        ("party:c97", false, true, Some(30), Some(105.0), Some(6.0)),
        ("party:c99", true, false, Some(61), Some(30.0), None),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_ledger_without_anything_says_so() {
    let nothing = company(vec![]);
    let request = v1::RetentionRequest::default();
    let of = answer(&nothing, &request);
    assert_eq!(moves(of.overview.as_ref().unwrap()), [0; 6]);
    assert_eq!(of.overview.as_ref().unwrap().churn.as_ref().unwrap().rate, None);
    assert!(of.cohorts.is_empty() && of.alerts.is_empty() && of.survival.as_ref().unwrap().points.is_empty());
    let page = Retention::page(&request, &of);
    assert_eq!(page.notes[0].key, "no_purchases");
    assert!(page.grids.iter().all(|grid| grid.is_empty()));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(orders(1, &["2025-05-05"]));
    let default = v1::RetentionRequest::default;
    let what_if = |what_if: WhatIf| v1::RetentionRequest { what_if: Some(what_if), ..default() };
    for (request, text) in [
        (v1::RetentionRequest { page_size: 1_001, ..default() }, "at most `1000`, found `1001`"),
        (v1::RetentionRequest { inactive_days: 36_501, ..default() }, "at most `36500` days, found `36501`"),
        (v1::RetentionRequest { every: 1, ..default() }, "found days"),
        (what_if(WhatIf { retention: Some(1.5), ..WhatIf::default() }), "a share from 0 to 1, found `1.5`"),
        (what_if(WhatIf { retention: Some(f64::NAN), ..WhatIf::default() }), "found `NaN`"),
        (what_if(WhatIf { discount: Some(-0.1), ..WhatIf::default() }), "found `-0.1`"),
        (what_if(WhatIf { change: Some(0.0), ..WhatIf::default() }), "not 0, found `0`"),
        (what_if(WhatIf { mean_minor_units: Some(5), ..WhatIf::default() }), "give both"),
        (what_if(WhatIf { currency: "EUR".into(), ..WhatIf::default() }), "give both"),
        (
            what_if(WhatIf { mean_minor_units: Some(5), currency: "EURO".into(), ..WhatIf::default() }),
            "found `EURO`",
        ),
        (what_if(WhatIf { r#move: 3, ..WhatIf::default() }), "found `3`"),
    ] {
        let error = Retention::check(&request).unwrap_err();
        assert!(error.class() == ErrorClass::Invalid && error.to_string().contains(text), "{error}: {text}");
    }
    for (request, field) in [
        (v1::RetentionRequest { every: -1, ..default() }, "every"),
        (v1::RetentionRequest { measures: vec![1, 77], ..default() }, "measures"),
        (v1::RetentionRequest { purchases_from: 9, ..default() }, "purchases_from"),
        (
            v1::RetentionRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
    ] {
        assert_eq!(company.ask::<Retention>(&request, None, 0).unwrap_err().field(), field);
    }
    let ask = |figure: &str| company.ask::<Retention>(&default(), Some(figure), 0);
    for malformed in
        ["", "overview", "overview/lost", "cohorts/2025-05-01/x", "survival/x/ended", "alerts/EUR/all"]
    {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in ["overview/ended", "cohorts/2025-05-01/7", "contracts/all", "alerts/USD/class_a"] {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    assert_eq!(ask("overview/acquired").unwrap().objects[0].positions, [1]);
}
