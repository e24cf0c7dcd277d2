//! Pyramids of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{BEFORE, Company, Told, hours},
    proto,
    pyramid_told::{change, cost, moment, noon, order, order_in, reached, registered, role},
};
use rapport_model::{ErrorClass, Timestamp};
use rapport_proto::v1::{self, PyramidLevel, PyramidMeasure, party_role_assigned::Role, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError},
    model::{Model, Pyramid},
};

/// As of the end of 2025, over the year.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: moment("2025-12-31"), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn answer(company: &Company, request: v1::PyramidRequest) -> v1::PyramidResponse {
    company.ask::<Pyramid>(&request, None, 0).unwrap().response
}

fn ask(company: &Company) -> v1::PyramidResponse {
    answer(company, v1::PyramidRequest::default())
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn units(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

fn level(answer: &v1::PyramidResponse, currency: &str, level: PyramidLevel) -> v1::PyramidLevelRow {
    let row = answer.levels.iter().find(|row| row.currency == currency && row.level() == level);
    row.unwrap().clone()
}

fn names(answer: &v1::PyramidResponse) -> Vec<(&str, PyramidLevel)> {
    answer.customers.iter().map(|row| (row.customer.as_str(), row.level())).collect()
}

/// Notes of a page, without their values.
fn notes(answer: &v1::PyramidResponse) -> Vec<&'static str> {
    let page = Pyramid::page(&v1::PyramidRequest::default(), answer);
    page.grids.iter().flat_map(|grid| &grid.notes).chain(&page.notes).map(|note| note.key).collect()
}

/// Customers 1 to n, of whom the k-th is charged n + 1 - k euros.
fn steps(n: u64) -> Vec<Told> {
    (1..=n).map(|k| order(k, k, "2025-06-01", 100 * (n + 1 - k).cast_signed())).collect()
}

#[test]
fn of_forty_one_customers_one_is_top_two_are_large_six_are_medium() {
    // ⌈1 %⌉ = 1, ⌈5 %⌉ = 3, ⌈20 %⌉ = 9 of 41. The sum of 1 to 41 is 861; the first nine are 41 + … + 33 = 333.
    let answer = ask(&company(steps(41)));
    let levels = [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small];
    let shown = levels.map(|of| {
        let row = level(&answer, "EUR", of);
        let share = |share: Option<f64>| format!("{:.4}", share.unwrap());
        (
            count(&row.customers),
            units(&row.revenue),
            share(row.share_of_customers),
            share(row.share_of_revenue),
            units(&row.average_revenue),
        )
    });
    let row =
        |n, revenue, of: &str, share: &str, average| (n, revenue, of.to_owned(), share.to_owned(), average);
    let expected = [
        row(1, 4_100, "0.0244", "0.0476", 4_100),
        row(2, 7_900, "0.0488", "0.0918", 3_950),
        row(6, 21_300, "0.1463", "0.2474", 3_550),
        row(32, 52_800, "0.7805", "0.6132", 1_650),
    ];
    assert_eq!(shown, expected);
    let total = &answer.totals[0];
    assert_eq!((count(&total.customers), count(&total.top_fifth)), (41, 9));
    assert_eq!(format!("{:.4}", total.share_of_top_fifth.unwrap()), "0.3868");
    assert!(level(&answer, "EUR", PyramidLevel::Top).margin.is_none(), "there are no costs");
    assert_eq!(notes(&answer), ["share_of_top_fifth", "top_is_one", "both", "no_market_size"]);
}

#[test]
fn equal_revenue_is_in_the_order_of_ids_where_a_level_ends() {
    // c99 is the first customer: the ids run the other way.
    let told = (1..=6).map(|k| order(k, k, "2025-06-01", 500)).collect();
    let answer = ask(&company(told));
    let expected = [
        ("c94", PyramidLevel::Top),
        ("c95", PyramidLevel::Medium),
        ("c96", PyramidLevel::Small),
        ("c97", PyramidLevel::Small),
        ("c98", PyramidLevel::Small),
        ("c99", PyramidLevel::Small),
    ];
    assert_eq!(names(&answer), expected);
    assert_eq!(answer.customers[0].share, Some(1.0 / 6.0));
}

#[test]
fn who_brings_nothing_is_small_and_moves_no_border() {
    let mut told = steps(4);
    for k in 5..=9 {
        told.extend([
            order(k, k, "2025-06-01", 700),
            change(2, k, k, "2025-07-01", -700 - 100 * i64::from(k == 9)),
        ]);
    }
    let answer = ask(&company(told));
    let total = &answer.totals[0];
    assert_eq!([count(&total.customers), count(&total.not_positive), count(&total.top_fifth)], [9, 5, 1]);
    assert_eq!((units(&total.revenue), total.share_of_top_fifth), (900, None), "four are not enough");
    let small = level(&answer, "EUR", PyramidLevel::Small);
    assert_eq!((count(&small.customers), units(&small.revenue), small.share_of_revenue), (8, 500, Some(0.6)));
    assert_eq!(answer.customers.last().map(|row| (row.customer.as_str(), row.share)), Some(("c91", None)));
    assert!(notes(&answer).starts_with(&["too_few_for_fifth", "top_is_one", "not_positive"]));
    // All of them: nobody is ranked.
    let answer = ask(&company(vec![order(1, 1, "2025-06-01", 0)]));
    assert_eq!(names(&answer), [("c99", PyramidLevel::Small)]);
    assert_eq!(level(&answer, "EUR", PyramidLevel::Small).share_of_revenue, None);
    assert!(answer.candidates.is_empty());
}

#[test]
fn margin_is_less_all_costs_and_spend_is_what_was_paid_to_win_and_to_keep() {
    let mut told = steps(2);
    // Goods, service, acquisition, retention, delivery; one before the year; one of nobody; one of a prospect.
    told.extend((1..=5).map(|kind| cost(1, kind, "2025-03-01", 10 * i64::from(kind))));
    told.extend([cost(1, 3, "2024-12-31", 999), cost(0, 3, "2025-03-01", 7), cost(3, 3, "2025-03-01", 5)]);
    told.push(cost(3, 1, "2025-03-01", 500));
    let answer = ask(&company(told));
    let top = level(&answer, "EUR", PyramidLevel::Top);
    assert_eq!([units(&top.revenue), units(&top.margin), units(&top.spend)], [200, 200 - 150, 30 + 40]);
    let small = level(&answer, "EUR", PyramidLevel::Small);
    assert_eq!([units(&small.margin), units(&small.spend)], [100, 0]);
    let total = &answer.totals[0];
    assert_eq!([units(&total.left_out_cost), units(&total.spend_on_others)], [7, 5]);
}

#[test]
fn what_customers_say_is_the_latest_response_of_each() {
    let responded = |party, on: &str, value: u8| {
        let answered = v1::SurveyAnswered { instrument: 1, value: Some(value.into()), ..Default::default() };
        Told::at(noon(on), party, Kind::SurveyAnswered(answered))
    };
    let mut told = steps(3);
    told.extend([
        responded(1, "2024-03-01", 10),
        responded(2, "2025-03-01", 10),
        responded(2, "2025-04-01", 6),
    ]);
    told.extend([
        responded(3, "2025-05-01", 6),
        responded(3, "2025-05-01", 9),
        responded(0, "2025-05-01", 0),
    ]);
    let answer = ask(&company(told));
    let nps = |of| {
        let row = level(&answer, "EUR", of);
        (count(&row.nps_responses), row.nps)
    };
    assert_eq!(nps(PyramidLevel::Top), (1, Some(100.0)), "also from before the period");
    // Of 2 the later one, -1; of 3, at one moment, the one that was recorded later, +1.
    assert_eq!(nps(PyramidLevel::Small), (2, Some(0.0)));
    assert_eq!(nps(PyramidLevel::Inactive), (0, None));
}

#[test]
fn of_each_level_then_those_are_kept_who_bought_behind_that_moment() {
    // In 2024 twenty bought for 1 to 20: one top, none large, three medium, sixteen small.
    let mut told: Vec<Told> = (1..=20).map(|k| order(k, k, "2024-06-01", 100 * k.cast_signed())).collect();
    // In 2025 the best one, one of the medium and ten of the small.
    told.extend([20, 19].into_iter().chain(1..=10).map(|k| order(100 + k, k, "2025-06-01", 100)));
    let company = company(told);
    let measures = vec![PyramidMeasure::Migration.into()];
    let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1}", 100.0 * share));
    let shown = |request: &v1::PyramidRequest| -> Vec<(PyramidLevel, [u64; 2], [String; 3])> {
        let answer = company.ask::<Pyramid>(request, None, 0).unwrap().response;
        let row = |row: &v1::PyramidKept| {
            let counts = [count(&row.customers), count(&row.still_buy)];
            (row.level(), counts, [row.rate, row.low, row.high].map(percent))
        };
        answer.kept.iter().map(row).collect()
    };
    let row = |level, counts: [u64; 2], rate: [&str; 3]| (level, counts, rate.map(str::to_owned));
    let request = v1::PyramidRequest { measures, ..Default::default() };
    let expected = [
        row(PyramidLevel::Top, [1, 1], ["-", "-", "-"]),
        row(PyramidLevel::Medium, [3, 1], ["-", "-", "-"]),
        // Wilson's intervals of 10 of 16 and of 12 of 20.
        row(PyramidLevel::Small, [16, 10], ["62.5", "38.6", "81.5"]),
        row(PyramidLevel::Unspecified, [20, 12], ["60.0", "38.7", "78.1"]),
    ];
    assert_eq!(shown(&request), expected);
    let page = Pyramid::page(&request, &company.ask::<Pyramid>(&request, None, 0).unwrap().response);
    let grid = page.grids.iter().find(|grid| grid.key == "kept").unwrap();
    assert_eq!((grid.rows.len(), grid.notes[0].key), (4, "too_few_to_measure"));
    // Both windows have the purchases of June 2025: nobody bought behind the earlier moment.
    let overlapping = v1::PyramidRequest { compared_with: proto(moment("2025-09-30")), ..request };
    assert_eq!(shown(&overlapping).last().unwrap().1, [12, 0]);
}

#[test]
fn each_is_where_the_last_year_and_the_contacts_put_it() {
    let told = vec![
        order(1, 1, "2025-01-01", 100),
        // The last moment before the year, and a return in it.
        order(2, 2, "2024-12-31", 100),
        change(2, 2, 2, "2025-02-01", -30),
        reached(3, "2024-05-01"),
        registered(4),
        registered(5),
        role(5, Role::Supplier, 0, "2025-03-01", None),
        // No longer one, and one who became a customer after that.
        registered(6),
        role(6, Role::Employee, 0, "2025-03-01", Some("2025-09-01")),
        registered(7),
        role(7, Role::Partner, 0, "2025-03-01", None),
        role(7, Role::Customer, 0, "2025-04-01", None),
        // Acts for 4, who is known; and for 20, of whom nothing else is known.
        role(8, Role::ContactOf, 4, "2025-03-01", None),
        role(9, Role::ContactOf, 20, "2025-03-01", None),
        // A supplier who buys is a customer.
        role(1, Role::Supplier, 0, "2025-03-01", None),
        // A cancelled order is none.
        order(3, 10, "2025-03-01", 100),
        change(1, 3, 10, "2025-04-01", 0),
        reached(10, "2025-03-01"),
    ];
    let company = company(told);
    let list = |level: PyramidLevel| {
        let measures = vec![PyramidMeasure::Customers.into()];
        let request = v1::PyramidRequest { level: level.into(), measures, ..Default::default() };
        let rows = answer(&company, request).customers;
        rows.into_iter().map(|row| row.customer).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list(PyramidLevel::Top), "c99");
    assert_eq!(list(PyramidLevel::Inactive), "c98");
    assert_eq!(list(PyramidLevel::Prospect), "c90 c97");
    assert_eq!(list(PyramidLevel::Suspect), "c91 c93 c94 c96");
    let answer = ask(&company);
    assert_eq!(count(&answer.not_customers), 2);
    let inactive = level(&answer, "EUR", PyramidLevel::Inactive);
    assert_eq!((units(&inactive.revenue), inactive.share_of_revenue), (-30, None));
    assert_eq!(level(&answer, "", PyramidLevel::Suspect).revenue, None);
}

#[test]
fn who_moved_is_counted_once_a_currency() {
    let mut told = Vec::new();
    // In 2024 customer 1 is top of six, in 2025 customer 2; 3 is gone, 4 is new, 5 came back, 6 to 8 stay.
    for (party, before, now) in
        [(1, 900, 100), (2, 50, 800), (3, 60, 0), (4, 0, 70), (6, 55, 55), (7, 56, 56), (8, 57, 57)]
    {
        told.extend((before > 0).then(|| order(party, party, "2024-05-01", before)));
        told.extend((now > 0).then(|| order(party + 10, party, "2025-05-01", now)));
    }
    told.extend([order(50, 5, "2023-05-01", 10), order(51, 5, "2025-05-01", 10)]);
    // All of 9's orders are cancelled since, and 10 buys in another currency as well.
    told.extend([order(60, 9, "2024-05-01", 5), change(1, 60, 9, "2025-05-01", 0)]);
    told.push(order_in("USD", 61, 8, "2025-05-01", 5));
    let answer = ask(&company(told));
    let moves = &answer.moves[0];
    let counts = [&moves.up, &moves.same, &moves.down, &moves.new, &moves.back, &moves.gone].map(count);
    // Of seven in 2024: 1 top, 3 medium, others small. Of seven in 2025: 2 top, 1 medium, others small.
    assert_eq!((moves.currency.as_str(), counts), ("EUR", [1, 3, 1, 1, 1, 2]));
    assert_eq!([moves.share_up, moves.share_same, moves.share_down], [Some(0.2), Some(0.6), Some(0.2)]);
    let cell = |from: PyramidLevel, to: PyramidLevel| {
        let found = answer
            .migration
            .iter()
            .find(|cell| cell.currency == "EUR" && cell.from() == from && cell.to() == to);
        found.map(|cell| (count(&cell.customers), units(&cell.revenue_change)))
    };
    use PyramidLevel::{Inactive, Medium, Small, Top, Unspecified};
    assert_eq!(cell(Top, Medium), Some((1, -800)));
    assert_eq!(cell(Small, Top), Some((1, 750)));
    assert_eq!(cell(Medium, Inactive), Some((1, -60)));
    assert_eq!(cell(Small, Unspecified), Some((1, -5)));
    assert_eq!((cell(Unspecified, Small), cell(Inactive, Small)), (Some((1, 70)), Some((1, 10))));
    assert_eq!((answer.moves[1].currency.as_str(), count(&answer.moves[1].new)), ("USD", 1));
}

#[test]
fn a_candidate_is_near_the_next_level_or_grows_into_it() {
    let mut told = Vec::new();
    // Six customers: one top (1,000), one medium (600), the others small. Large has nobody.
    for (party, before, now) in
        [(1, 0, 1_000), (2, 500, 600), (3, 0, 450), (4, 200, 400), (5, 210, 400), (6, 0, 300)]
    {
        told.extend((before > 0).then(|| order(party, party, "2024-05-01", before)));
        told.push(order(party + 10, party, "2025-05-01", now));
    }
    let company = company(told);
    let shown = |request: v1::PyramidRequest| {
        let answer = answer(&company, request);
        let shown = |one: &v1::PyramidCandidate| {
            let before = one.revenue_before.as_ref().map_or(0, |sum| sum.minor_units.unwrap());
            let what = format!("{} {:?}→{:?}", one.customer, one.level(), one.next_level());
            (what, units(&one.border), units(&one.missing), before, one.near, one.grows)
        };
        (answer.candidates.iter().map(shown).collect::<Vec<_>>(), answer.totals[0].share_of_candidates)
    };
    // 450 is exactly a quarter below 600; 400 was 200, and with 200 more it is 600; 210 would make 590.
    let near = ("c97 Small→Medium".to_owned(), 600, 150, 0, true, false);
    let grows = ("c96 Small→Medium".to_owned(), 600, 200, 200, false, true);
    let expected = (vec![near, grows.clone()], Some(2.0 / 6.0));
    assert_eq!(shown(v1::PyramidRequest::default()), expected);
    let closer = v1::PyramidRequest { within: Some(0.2), ..Default::default() };
    assert_eq!(shown(closer), (vec![grows], Some(1.0 / 6.0)));
    let medium =
        v1::PyramidRequest { within: Some(0.4), level: PyramidLevel::Medium.into(), ..Default::default() };
    let (listed, share) = shown(medium);
    assert_eq!(listed, [("c98 Medium→Top".to_owned(), 1_000, 400, 500, true, false)]);
    assert_eq!(share, Some(4.0 / 6.0), "the share is of all candidates");
}

#[test]
fn the_earlier_moment_has_a_period_of_its_own_as_long_as_the_later_one() {
    let company = company(vec![order(1, 1, "2025-01-10", 100), order(2, 1, "2025-11-10", 200)]);
    let bounds = |request: v1::PyramidRequest| {
        let answer = answer(&company, request);
        [answer.before_from, answer.compared_with, answer.period_from, answer.period_to]
            .map(|moment| rapport_proto::time::from_proto(&moment.unwrap()).unwrap().to_string())
    };
    let year = [
        "2023-12-31T22:00:00Z",
        "2024-12-31T21:59:59.999999Z",
        "2024-12-31T22:00:00Z",
        "2025-12-31T22:00:00Z",
    ];
    assert_eq!(bounds(v1::PyramidRequest::default()), year);
    let compared_with = proto(moment("2025-03-31"));
    let earlier = v1::PyramidRequest { compared_with, ..Default::default() };
    let since = ["2024-03-31T21:00:00Z", "2025-03-31T20:59:59.999999Z", year[2], year[3]];
    assert_eq!(bounds(earlier), since);
    // Thirty days and a microsecond each.
    let days =
        v1::PyramidRequest { period_from: proto(moment("2025-12-01")), compared_with, ..Default::default() };
    assert_eq!(bounds(days.clone())[0], "2025-03-01T20:59:59.999999Z");
    assert_eq!(
        answer(&company, days).moves,
        [v1::PyramidMoves {
            currency: "EUR".into(),
            up: Some(v1::Figure::default()),
            same: Some(v1::Figure::default()),
            down: Some(v1::Figure::default()),
            new: Some(v1::Figure::default()),
            back: Some(v1::Figure::default()),
            gone: Some(v1::Figure::default()),
            ..Default::default()
        }]
    );
}

#[test]
fn as_known_before_a_correction_the_levels_are_the_old_ones() {
    let mut told = steps(5);
    told[4].recorded_day = 0;
    told[4].corrected = Some((300, Some((noon("2025-06-01"), order(5, 5, "2025-06-01", 90_000).kind))));
    let mut company = company(told);
    assert_eq!(names(&ask(&company))[0], ("c95", PyramidLevel::Top));
    company.as_of.recorded_until = hours(299 * 24);
    assert_eq!(names(&ask(&company))[0], ("c99", PyramidLevel::Top));
    company.as_of.occurred_until = moment("2025-05-31");
    assert_eq!((ask(&company).totals, BEFORE < 0), (vec![], true));
}

#[test]
fn two_currencies_are_two_pyramids_and_purchases_without_amounts_none() {
    let unpriced = Told::at(
        noon("2025-06-01"),
        3,
        Kind::OrderPlaced(v1::OrderPlaced { order_id: "9".into(), ..Default::default() }),
    );
    let told = vec![
        order(1, 1, "2025-06-01", 10),
        order_in("USD", 2, 1, "2025-06-01", 900),
        order_in("USD", 3, 2, "2024-06-01", 5),
        unpriced,
        registered(3),
    ];
    let company = company(told);
    let answer = ask(&company);
    let totals: Vec<_> =
        answer.totals.iter().map(|total| (total.currency.as_str(), count(&total.customers))).collect();
    assert_eq!(totals, [("EUR", 1), ("USD", 1), ("", 1)]);
    assert_eq!(names(&answer), [("c99", PyramidLevel::Top); 2]);
    assert_eq!(answer.totals[2].revenue, None);
    assert_eq!(count(&level(&answer, "", PyramidLevel::Suspect).customers), 0, "who bought is no suspect");
    let euros = answer_in(&company, "EUR");
    assert_eq!((euros.totals.len(), euros.levels.len()), (1, 7));
    assert!(notes(&answer).contains(&"unpriced"));
}

fn answer_in(company: &Company, currency: &str) -> v1::PyramidResponse {
    answer(company, v1::PyramidRequest { currency: currency.into(), ..Default::default() })
}

#[test]
fn sums_beyond_64_bits_are_exact_and_nothing_at_all_is_an_answer() {
    let most = i64::MAX;
    let orders = (1..=3).map(|n| order(n, n.min(2), "2025-03-01", most)).collect();
    let request = v1::PyramidRequest { within: Some(0.5), ..Default::default() };
    let answer = answer(&company(orders), request);
    assert_eq!(
        answer.totals[0].revenue.as_ref().unwrap().minor_units_wide,
        (i128::from(most) * 3).to_string()
    );
    assert_eq!(
        answer.customers[0].revenue.as_ref().unwrap().minor_units_wide,
        (i128::from(most) * 2).to_string()
    );
    assert_eq!(answer.candidates[0].missing_share, Some(0.5));

    let nothing = ask(&company(vec![]));
    assert_eq!((nothing.totals.len(), nothing.levels.len(), nothing.moves.len()), (0, 2, 0));
    let page = Pyramid::page(&v1::PyramidRequest::default(), &nothing);
    assert!(page.grids.iter().all(rapport_views::page::Grid::is_empty), "{page:?}");
    assert_eq!(page.notes.iter().map(|note| note.key).collect::<Vec<_>>(), ["no_purchases"]);
}

#[test]
fn a_published_definition_moves_the_levels_and_the_period_and_is_named() {
    // Ten customers, of whom the last bought eight months ago.
    let mut told: Vec<Told> = (1..=7)
        .map(|nth| order_in("EUR", nth, nth, "2025-12-01", 10_000 - i64::try_from(nth).unwrap()))
        .collect();
    told.push(order_in("EUR", 8, 8, "2025-04-30", 50_000));
    let shown = |told: Vec<Told>| {
        let answer = company(told).ask::<Pyramid>(&v1::PyramidRequest::default(), None, 0).unwrap().response;
        let count = |level: PyramidLevel| {
            let rows = answer.levels.iter().filter(|row| row.level() == level);
            rows.filter_map(|row| Some(row.customers.as_ref()?.count)).sum::<u64>()
        };
        let levels = [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small];
        let meta = answer.meta.clone().unwrap();
        let used: Vec<_> = meta.definitions.iter().map(|of| (of.kind.clone(), of.version)).collect();
        (levels.map(count), count(PyramidLevel::Inactive), used)
    };
    assert_eq!(shown(told.clone()), ([1, 0, 1, 6], 0, vec![]));
    let body = r#"{"top": 10, "large": 30, "medium": 60, "window_months": 6}"#;
    let published = support::company::definition("pyramid", "customer", 3, body);
    told.push(Told { recorded_day: BEFORE, ..Told::at(BEFORE, 0, published) });
    assert_eq!(shown(told), ([1, 2, 2, 2], 1, vec![("pyramid".to_owned(), 3)]));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(steps(3));
    let refused = |request: v1::PyramidRequest| {
        let error = company.refused::<Pyramid>(&request);
        assert_eq!(error.class(), ErrorClass::Invalid);
        match &error {
            AskError::Answer(answer) => format!("{}: {error}", answer.field()),
            AskError::Field { field, expected } => format!("{field}: {expected}"),
            AskError::Read(_) => format!("{error:?}"),
        }
    };
    let default = v1::PyramidRequest::default;
    let unknown = "expected a value of its enum in the contract (`proto/rapport/v1`), found";
    let refuse = |request, text: &str| assert_eq!(refused(request), text);
    refuse(v1::PyramidRequest { level: 8, ..default() }, &format!("level: {unknown} `8`"));
    refuse(v1::PyramidRequest { measures: vec![1, -1], ..default() }, &format!("measures: {unknown} `-1`"));
    refuse(v1::PyramidRequest { purchases_from: 9, ..default() }, &format!("purchases_from: {unknown} `9`"));
    let share = "within: expected a share from 0 to 1, such as `0.25`, found";
    refuse(v1::PyramidRequest { within: Some(25.0), ..default() }, &format!("{share} `25`"));
    refuse(v1::PyramidRequest { within: Some(f64::NAN), ..default() }, &format!("{share} `NaN`"));
    let compared_with = proto(moment("2025-12-31"));
    let text = refused(v1::PyramidRequest { compared_with, ..default() });
    assert!(text.starts_with("compared_with: expected a time before the end of the period"), "{text}");
    let (period_from, period_to) = (proto(hours(5)), proto(hours(5)));
    assert!(refused(v1::PyramidRequest { period_from, period_to, ..default() }).starts_with("period_to"));

    let figure = |name: &str| company.ask::<Pyramid>(&default(), Some(name), 0);
    for malformed in ["", "levels", "levels/EUR/top", "moves/EUR/left", "rows/EUR/c99", "totals/EUR/all"] {
        assert!(matches!(figure(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in [
        "levels/EUR/large/customers",
        "levels/CHF/top/customers",
        "rows/EUR/nobody/purchases",
        "rows/USD/c99/purchases",
        "totals/EUR/left_out",
        "others/not_customers",
    ] {
        assert!(matches!(figure(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    assert_eq!(figure("rows/EUR/c99/purchases").unwrap().objects[0].positions, [1]);
}
