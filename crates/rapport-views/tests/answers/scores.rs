//! Scores of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, hours, zone},
    proto,
    scores_oracle::asked,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind, survey_answered::Personal};
use rapport_views::{
    answers::{AsOf, ObjectKind},
    model::{Model as _, Scores},
    page::Value,
};

fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

/// A response to a question of CSAT on a day of the year 2025, with its tags.
fn csat(day: i64, customer: u64, value: f64, tags: &str) -> Told {
    let answered = v1::SurveyAnswered {
        survey_id: "S".into(),
        instrument: 2,
        scale: Some(v1::Scale { min: 1.0, max: 5.0, better: 1 }),
        value: Some(value),
        personal: Some(Personal { comment: tags.to_owned() }),
        ..v1::SurveyAnswered::default()
    };
    Told::at(day * 24 + 12, customer, Kind::SurveyAnswered(answered))
}

/// One of another kind.
fn other(day: i64, customer: u64, instrument: i32, (min, max, better): (f64, f64, i32), value: f64) -> Told {
    let mut told = csat(day, customer, value, "");
    if let Kind::SurveyAnswered(answered) = &mut told.kind {
        answered.instrument = instrument;
        answered.scale = Some(v1::Scale { min, max, better });
    }
    told
}

fn by(groups: &[&str]) -> v1::ScoresRequest {
    v1::ScoresRequest {
        by: groups.iter().map(|one| (*one).to_owned()).collect(),
        ..v1::ScoresRequest::default()
    }
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn n(of: &Option<v1::ScoreMeasures>) -> u64 {
    count(&of.as_ref().unwrap().answers)
}

/// Calls by two agents, some with both.
fn calls() -> Company {
    company(vec![
        csat(10, 1, 5.0, "agent:ilze theme:price"),
        csat(20, 1, 4.0, "agent:ilze"),
        csat(40, 2, 1.0, "agent:jonas theme:price"),
        csat(41, 3, 2.0, "agent:jonas"),
        csat(42, 0, 3.0, "agent:ilze agent:jonas"),
        csat(43, 0, 5.0, ""),
    ])
}

#[test]
fn every_response_counts_unless_the_latest_are_asked_for() {
    let all = asked(&calls(), &v1::ScoresRequest::default());
    let total = all.totals[0].of.clone().unwrap();
    let counts = [&total.answers, &total.customers, &total.answers_without_customer].map(count);
    assert_eq!((all.totals.len(), counts, all.responses), (1, [6, 3, 2], 1));
    // (5 + 4 + 1 + 2 + 3 + 5) / 6, s = √(40/3/5), t(5) = 2.5706.
    let shown = |number: Option<f64>| format!("{:.4}", number.unwrap());
    let shown = [total.mean, total.standard_deviation, total.mean_low, total.mean_high].map(shown);
    assert_eq!(shown, ["3.3333", "1.6330", "1.6196", "5.0471"]);
    // Three of six are satisfied, two of six are not: Wilson's interval of a third.
    assert_eq!(total.score, Some(50.0));
    let negative = total.negative.unwrap();
    assert_eq!((count(&negative.answers), negative.share), (2, Some(2.0 / 6.0)));
    assert_eq!(format!("{:.4} {:.4}", negative.low.unwrap(), negative.high.unwrap()), "0.0968 0.7000");
    let given: Vec<_> = total.distribution.iter().map(|point| (point.from, count(&point.answers))).collect();
    assert_eq!(given, [(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (5.0, 2)]);
    let latest = asked(&calls(), &v1::ScoresRequest { responses: 2, ..v1::ScoresRequest::default() });
    assert_eq!(
        (n(&latest.totals[0].of), latest.responses),
        (5, 2),
        "the first of customer 1 is not the latest"
    );
}

#[test]
fn a_response_with_two_values_of_a_tag_is_in_both_groups() {
    let answer = asked(&calls(), &by(&["tag:agent"]));
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.groups.join(" "), n(&row.of), row.of.as_ref().unwrap().mean.unwrap()))
        .collect();
    assert_eq!(rows, [("ilze".to_owned(), 3, 4.0), ("jonas".to_owned(), 3, 2.0), (String::new(), 1, 5.0)]);
    assert_eq!(count(&answer.totals[0].in_several_groups), 1);
    // The one that is in both groups, and the one that is in none, are in no comparison: 5, 4 and 1, 2.
    let spread = &answer.spreads[0];
    assert_eq!(
        (spread.by.as_str(), spread.groups, count(&spread.answers), spread.left_out),
        ("tag:agent", 2, 4, 2)
    );
    // Means 4.5 and 1.5 around 3: SSB = 4 · 2.25 = 9, SSW = 4 · 0.25 = 1, F = 9 / (1 / 2), t² = 18 with 2 degrees.
    let near = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9;
    assert!(
        near(spread.eta_squared, 0.9) && near(spread.epsilon_squared, 0.85) && near(spread.f, 18.0),
        "{spread:?}"
    );
    // P(|t| > √18) with 2 degrees of freedom is 1 − √18/√20.
    assert!(near(spread.p, 1.0 - (18.0_f64 / 20.0).sqrt()), "{spread:?}");
    assert_eq!((spread.lowest.as_str(), spread.lowest_mean), ("jonas", Some(1.5)));
    assert_eq!((spread.highest.as_str(), spread.highest_mean), ("ilze", Some(4.5)));
    let page = Scores::page(&by(&["tag:agent"]), &answer);
    let total = page.grids.iter().find(|grid| grid.key == "total").unwrap();
    assert!(total.notes.iter().any(|note| note.text.contains("more than the whole")), "{:?}", total.notes);
}

#[test]
fn two_groupings_at_once_are_a_table_too() {
    let request = by(&["tag:agent", "month"]);
    let answer = asked(&calls(), &request);
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.groups.join(" "), n(&row.of))).collect();
    let expected = [("ilze 2025-01", 2), ("ilze 2025-02", 1), ("jonas 2025-02", 3), (" 2025-02", 1)];
    assert_eq!(rows, expected.map(|(name, n)| (name.to_owned(), n)));
    let page = Scores::page(&request, &answer);
    let grid = page.grids.iter().find(|grid| grid.key == "matrix_mean").unwrap();
    let titles: Vec<_> = grid.columns.iter().map(|column| column.title.to_string()).collect();
    assert_eq!(titles, ["agent", "2025-01", "2025-02"]);
    let shown: Vec<Vec<Value>> = grid
        .rows
        .iter()
        .map(|row| row.cells.iter().skip(1).map(|cell| cell.value.clone()).collect())
        .collect();
    let number = Value::Number;
    let expected = [
        vec![number(4.5), number(3.0)],
        vec![Value::Nothing, number(2.0)],
        vec![Value::Nothing, number(5.0)],
    ];
    assert_eq!(shown, expected);
}

#[test]
fn the_bottom_of_each_scale_is_negative_from_its_good_end() {
    let negative = |told: Vec<Told>| {
        let answer = asked(&company(told), &v1::ScoresRequest::default());
        let of = answer.totals[0].of.clone().unwrap();
        (count(&of.negative.unwrap().answers), count(&of.positive.unwrap().answers))
    };
    let scale = |instrument: i32, (min, max, better): (i32, i32, i32)| {
        let values = (min..=max).map(f64::from);
        let ends = (f64::from(min), f64::from(max), better);
        negative(values.map(|value| other(5, 0, instrument, ends, value)).collect())
    };
    // 0 to 6 and 9, 10; 1, 2 and 4, 5; 1 to 3 and 5 to 7; 0 to 3 and 7 to 10.
    assert_eq!(
        [scale(1, (0, 10, 1)), scale(2, (1, 5, 1)), scale(3, (1, 7, 1)), scale(4, (0, 10, 1))],
        [(7, 2), (2, 2), (3, 3), (4, 4)]
    );
    // With the low end as the good one, 1 is the best of two answers and 7 the worst.
    let ends = (1.0, 7.0, 2);
    assert_eq!(
        negative(vec![other(5, 1, 3, ends, 1.0), other(6, 2, 3, ends, 2.0), other(7, 3, 3, ends, 7.0)]),
        (1, 2)
    );
}

#[test]
fn values_that_are_not_whole_are_counted_in_tenths_of_the_scale() {
    let ends = (0.0, 1.0, 1);
    let told = [0.0, 0.05, 0.1, 0.99, 1.0].map(|value| other(5, 0, 4, ends, value));
    let answer = asked(&company(told.to_vec()), &v1::ScoresRequest::default());
    let given: Vec<_> = answer.totals[0]
        .of
        .as_ref()
        .unwrap()
        .distribution
        .iter()
        .map(|point| count(&point.answers))
        .collect();
    assert_eq!(given, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
}

#[test]
fn one_response_has_no_interval_and_groups_of_one_no_spread() {
    let answer = asked(
        &company(vec![csat(3, 1, 4.0, "agent:ilze"), csat(4, 2, 5.0, "agent:jonas")]),
        &by(&["tag:agent"]),
    );
    let row = answer.rows[0].of.clone().unwrap();
    assert_eq!((row.mean, row.mean_low, row.standard_deviation), (Some(4.0), None, None));
    assert_eq!((answer.spreads[0].eta_squared, answer.spreads[0].p), (None, None));
    let page = Scores::page(&by(&["tag:agent"]), &answer);
    let spread = page.grids.iter().find(|grid| grid.key == "spread").unwrap();
    assert!(spread.notes.iter().any(|note| note.text.starts_with("not enough")));
}

#[test]
fn a_series_has_a_window_for_each_month_of_each_group() {
    let request = v1::ScoresRequest { rolling_days: 30, ..by(&["tag:theme"]) };
    let answer = asked(&calls(), &request);
    let price = answer.rows.iter().find(|row| row.groups == ["price"]).unwrap();
    // Days 10 and 40 are 11 January and 10 February.
    let windows: Vec<_> = price
        .rolling
        .iter()
        .map(|window| (window.until.unwrap(), count(&window.answers), window.mean.unwrap()))
        .collect();
    let end = |text: &str| proto(parse_moment(text, &zone()).unwrap()).unwrap();
    assert_eq!(windows, [(end("2025-01-31"), 1, 5.0), (end("2025-02-28"), 1, 1.0)]);
}

#[test]
fn a_figure_lists_the_responses_that_it_counts() {
    let ask = |figure: &str| calls().ask::<Scores>(&by(&["tag:agent"]), Some(figure), 0);
    let hits = ask("row/csat//jonas/negative").unwrap().objects;
    let shown: Vec<_> = hits.iter().map(|hit| (hit.kind, hit.positions.clone())).collect();
    assert_eq!(shown, [(ObjectKind::Party, vec![3]), (ObjectKind::Party, vec![4])]);
    let hits = ask("total/csat//customers").unwrap().objects;
    assert_eq!(hits[0].positions, [1, 2]);
    // Without a customer the event is listed.
    let hits = ask("row/csat//ilze/at/3").unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.kind).collect::<Vec<_>>(), [ObjectKind::Event]);
    let refused = ["total/csat//score", "row/csat//ilze", "row/csat//nobody/answers", "x"]
        .map(|figure| ask(figure).unwrap_err().class());
    assert_eq!(
        refused,
        [ErrorClass::Invalid, ErrorClass::Invalid, ErrorClass::NotFound, ErrorClass::Invalid]
    );
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_field() {
    let refused = |request: v1::ScoresRequest| {
        let error = calls().refused::<Scores>(&request);
        assert_eq!(error.class(), ErrorClass::Invalid);
        error.to_string()
    };
    assert_eq!(
        refused(by(&["agent"])),
        "expected `product`, `channel`, `staff`, `branch`, `tier`, `wave`, `survey`, `question`, `month`, `quarter` or the key \
         of a tag such as `tag:agent`, found `agent`"
    );
    assert_eq!(
        refused(by(&["staff", "staff"])),
        "expected two different groups, found `staff` twice; leave one out"
    );
    assert_eq!(
        refused(by(&["staff", "branch", "month"])),
        "expected at most 2 groups, found 3; leave some out"
    );
    let days = v1::ScoresRequest { rolling_days: 4_000, ..v1::ScoresRequest::default() };
    assert_eq!(refused(days), "expected 1 to 3660 days, found `4000`");
    let instrument = v1::ScoresRequest { instrument: "stars".to_owned(), ..v1::ScoresRequest::default() };
    assert_eq!(refused(instrument), "expected `nps`, `csat`, `ces` or `custom`, found `stars`");
    let period = v1::ScoresRequest {
        period_from: proto(hours(9)),
        period_to: proto(hours(9)),
        ..v1::ScoresRequest::default()
    };
    assert!(refused(period).starts_with("expected a time after"));
}
