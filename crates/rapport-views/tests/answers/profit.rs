//! Profit of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, hours, money, zone},
    profit_oracle::asked,
    proto,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::v1::{self, ProfitPartKind, payload::Kind, profit_request::Order};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Model as _, Profit},
    table::Dictionary,
};

const GOODS: i32 = 1;
const SERVICE: i32 = 2;
const ACQUISITION: i32 = 3;

fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    Company { told, as_of: AsOf { occurred_until, recorded_until: Timestamp::MAX }, seed: 7 }
}

/// An order of a day of the year 2025.
fn order(day: i64, customer: u64, minor_units: i64) -> Told {
    let lines =
        vec![v1::Line { product: "pen".into(), net: money(minor_units, "EUR"), ..v1::Line::default() }];
    let placed = v1::OrderPlaced { order_id: format!("{customer}-{day}"), lines, ..Default::default() };
    Told::at(day * 24, customer, Kind::OrderPlaced(placed))
}

fn cost(day: i64, customer: u64, kind: i32, minor_units: i64) -> Told {
    let allocated = v1::CostAllocated { kind, amount: money(minor_units, "EUR"), ..Default::default() };
    Told::at(day * 24, customer, Kind::CostAllocated(allocated))
}

fn conceded(day: i64, customer: u64, kind: i32, value: Option<i64>) -> Told {
    let value = value.and_then(|value| money(value, "EUR"));
    Told::at(
        day * 24,
        customer,
        Kind::ConcessionGranted(v1::ConcessionGranted { kind, value, ..Default::default() }),
    )
}

fn response(day: i64, customer: u64, instrument: i32, value: f64) -> Told {
    let value = Some(value);
    Told::at(
        day * 24,
        customer,
        Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value, ..Default::default() }),
    )
}

fn answer(told: Vec<Told>) -> v1::ProfitResponse {
    asked(&company(told), &v1::ProfitRequest::default())
}

fn units(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

#[test]
fn profit_is_revenue_less_every_part() {
    let told = vec![
        order(10, 1, 10_000),
        cost(11, 1, GOODS, 4_000),
        cost(12, 1, SERVICE, 700),
        cost(12, 1, 5, 300),
        cost(13, 1, 4, 200),
        conceded(14, 1, 1, Some(500)),
        conceded(14, 1, 2, Some(50)),
        conceded(15, 1, 3, Some(25)),
        conceded(15, 1, 3, None),
        cost(9, 1, ACQUISITION, 1_000),
    ];
    let whole = company(told);
    let answer = asked(&whole, &v1::ProfitRequest::default());
    let row = &answer.rows[0];
    let parts =
        [&row.revenue, &row.goods, &row.to_serve, &row.conceded, &row.acquisition, &row.profit].map(units);
    assert_eq!(parts, [10_000, 4_000, 1_200, 575, 1_000, 3_225]);
    assert_eq!([&row.purchases, &row.costs, &row.concessions].map(count), [1, 5, 3]);
    assert_eq!((row.margin, row.object.as_str()), (Some(0.3225), "party:c99"));
    let total = &answer.totals[0];
    let shown: Vec<_> =
        total.parts.iter().map(|part| (part.kind(), count(&part.events), units(&part.sum))).collect();
    use ProfitPartKind::{
        Acquisition, Delivery, Discounts, FreeServices, Goods, Retention, Revenue, Service, Terms,
    };
    let expected = [
        (Revenue, 1, 10_000),
        (Goods, 1, 4_000),
        (Service, 1, 700),
        (Delivery, 1, 300),
        (Retention, 1, 200),
        (Discounts, 1, 500),
        (Terms, 1, 50),
        (FreeServices, 1, 25),
        (Acquisition, 1, 1_000),
    ];
    assert_eq!(shown, expected);
    assert_eq!((units(&total.profit), count(&answer.concessions_without_value)), (3_225, 1));

    // A discount that the price has already is not taken off a second time.
    let request = v1::ProfitRequest { discounts: 2, ..Default::default() };
    let row = &asked(&whole, &request).rows[0];
    assert_eq!((units(&row.conceded), units(&row.profit)), (75, 3_725));
}

#[test]
fn a_part_has_its_mean_over_all_customers_and_a_loss_without_a_purchase_is_told() {
    // Delivered within the period, of an order before it; and a loss that is none of timing.
    let whole = company(vec![
        order(-20, 2, 90_000),
        order(10, 1, 50_000),
        cost(11, 1, GOODS, 20_000),
        cost(12, 1, SERVICE, 5_000),
        cost(12, 2, 5, 3_000),
        order(12, 3, 100),
        cost(13, 3, 4, 101),
    ]);
    let request = v1::ProfitRequest { period_from: proto(hours(0)), ..Default::default() };
    let answer = asked(&whole, &request);
    let total = &answer.totals[0];
    assert_eq!((count(&total.loss_making), count(&total.loss_making_without_purchases)), (2, 1));
    let losses = [&total.profit_of_loss_making, &total.profit_of_loss_making_without_purchases].map(units);
    assert_eq!(losses, [-3_001, -3_000]);
    let means: Vec<_> =
        total.parts.iter().map(|part| (part.mean_minor_units.unwrap() * 3.0).round()).collect();
    assert_eq!(means, [50_100.0, 20_000.0, 5_000.0, 3_000.0, 101.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(total.mean_profit_minor_units.map(|mean| (mean * 3.0).round()), Some(21_999.0));
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| [&row.service, &row.delivery, &row.retention, &row.to_serve].map(units))
        .collect();
    assert_eq!(rows, [[5_000, 0, 0, 5_000], [0, 0, 101, 101], [0, 3_000, 0, 3_000]]);
    let hits = whole.ask::<Profit>(&request, Some("totals/EUR/loss_making_without_purchases"), 0);
    let positions: Vec<_> = hits.unwrap().objects.into_iter().map(|hit| hit.positions).collect();
    assert_eq!(positions, [[5]]);
    let page = Profit::page(&request, &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert!(notes.contains(&"loss_without_purchases"), "{notes:?}");
    // A longer period has the order, and no loss of it.
    let longer = v1::ProfitRequest { period_from: proto(hours(-24 * 30)), ..Default::default() };
    assert_eq!(count(&asked(&whole, &longer).totals[0].loss_making_without_purchases), 0);
}

#[test]
fn the_golden_ten_make_a_whale() {
    // Profits 500, 300, 200, 100, 50, 0, -20, -30, -100, -200: 800 in all, 1150 at the peak.
    let profits = [500, 300, 200, 100, 50, 0, -20, -30, -100, -200];
    let told = profits.iter().zip(1..).flat_map(|(profit, customer)| {
        [order(customer as i64, customer, 1_000), cost(40, customer, GOODS, 1_000 - profit)]
    });
    let answer = answer(told.collect());
    let total = &answer.totals[0];
    assert_eq!(units(&total.profit), 800);
    let curve: Vec<_> = total.curve.iter().map(|point| (point.customers, units(&point.profit))).collect();
    let expected = [500, 800, 1_000, 1_100, 1_150, 1_150, 1_130, 1_100, 1_000, 800];
    assert_eq!(curve, (1..).zip(expected).collect::<Vec<_>>());
    assert_eq!(total.curve[4].share_of_profit, Some(1.4375));
    assert_eq!((count(&total.profitable), total.share_profitable), (5, Some(0.5)));
    assert_eq!((units(&total.profit_of_profitable), total.profitable_share_of_profit), (1_150, Some(1.4375)));
    assert_eq!((count(&total.loss_making), total.share_loss_making), (4, Some(0.4)));
    assert_eq!(units(&total.profit_of_loss_making), -350);
    // The top two have 2000 of 10000 of revenue, and 800 of 800 of profit.
    assert_eq!((count(&total.top_by_revenue), total.top_share_of_revenue), (2, Some(0.2)));
    assert_eq!((count(&total.top_by_profit), total.top_share_of_profit), (2, Some(1.0)));
}

#[test]
fn of_many_customers_the_curve_has_a_point_at_each_twentieth_rounded_up() {
    let answer = answer((1..=50).map(|customer| order(customer as i64, customer, 100)).collect());
    let curve = &answer.totals[0].curve;
    let customers: Vec<_> = curve.iter().map(|point| point.customers).collect();
    assert_eq!(customers, [3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33, 35, 38, 40, 43, 45, 48, 50]);
    assert_eq!((units(&curve[0].profit), curve[0].share_of_customers), (300, 0.06));
    // A fifth of 50, of equal ones by id.
    let hits = company((1..=50).map(|customer| order(customer as i64, customer, 100)).collect());
    let hits = hits.ask::<Profit>(&Default::default(), Some("totals/EUR/top_by_profit"), 0).unwrap().objects;
    let positions: Vec<_> = hits.iter().map(|hit| hit.positions[0]).collect();
    assert_eq!(positions, (41..=50).collect::<Vec<_>>());
}

#[test]
fn the_worst_come_first_when_asked_and_the_curve_stays() {
    let told = vec![order(1, 1, 900), order(2, 2, 100), cost(3, 2, GOODS, 400), order(4, 3, 900)];
    let company = company(told);
    let of = |order: Order| {
        let request = v1::ProfitRequest { order: order.into(), ..Default::default() };
        let answer = asked(&company, &request);
        let rows: Vec<_> = answer.rows.iter().map(|row| row.object.clone()).collect();
        (rows, answer.totals[0].curve.clone())
    };
    let (best, curve) = of(Order::Best);
    assert_eq!(best, ["party:c97", "party:c99", "party:c98"]);
    assert_eq!(of(Order::Worst), (vec!["party:c98".into(), "party:c97".into(), "party:c99".into()], curve));
}

#[test]
fn shares_of_a_loss_and_tops_of_a_few_are_absent() {
    let answer = answer(vec![order(1, 1, 100), cost(2, 2, SERVICE, 300), cost(2, 2, SERVICE, -50)]);
    let total = &answer.totals[0];
    assert_eq!((units(&total.profit), total.margin), (-150, Some(-1.5)));
    assert_eq!((total.profitable_share_of_profit, total.curve[0].share_of_profit), (None, None));
    assert_eq!((count(&total.top_by_profit), total.top_share_of_revenue), (0, None));
    assert_eq!((units(&total.profit_of_loss_making), answer.rows[1].margin), (-250, None));
}

#[test]
fn what_names_no_customer_is_left_out_and_summed() {
    let answer = answer(vec![
        order(1, 0, 100),
        cost(2, 0, GOODS, 70),
        cost(2, 0, ACQUISITION, 5),
        conceded(3, 0, 2, Some(9)),
        conceded(3, 0, 2, None),
    ]);
    let total = &answer.totals[0];
    let left_out = [&total.purchases_left_out, &total.costs_left_out, &total.concessions_left_out].map(count);
    let sums = [&total.revenue_left_out, &total.cost_left_out, &total.concession_left_out].map(units);
    assert_eq!((left_out, sums, count(&total.customers)), ([1, 2, 1], [100, 75, 9], 0));
    assert_eq!((answer.rows.len(), total.curve.len(), total.margin), (0, 0, None));
    assert_eq!(count(&answer.concessions_without_value), 1);
}

#[test]
fn who_costs_much_and_is_content_stands_in_a_square() {
    let mut told: Vec<_> = (1..=4).map(|customer| order(1, customer, 1_000)).collect();
    // To serve: 10, 20, 30, 40. Two costs of goods do not count here.
    told.extend((1..=4).map(|customer| cost(2, customer, SERVICE, 10 * customer as i64)));
    told.push(cost(2, 1, GOODS, 900));
    // The latest response counts, however old it is, and none of another instrument.
    told.extend([response(3, 1, 1, 9.0), response(5, 1, 1, 3.0), response(-200, 2, 1, 7.0)]);
    told.extend([response(3, 3, 1, 6.0), response(9, 3, 2, 5.0), response(4, 4, 1, 10.0)]);
    let square = |answer: &v1::ProfitResponse| {
        let quadrants = answer.totals[0].quadrants.iter();
        quadrants.map(|one| (one.costly, one.content, count(&one.customers))).collect::<Vec<_>>()
    };
    let company = company(told);
    let nps = asked(&company, &v1::ProfitRequest::default());
    let expected = [(true, true, 1), (true, false, 1), (false, true, 1), (false, false, 1)];
    assert_eq!((nps.instrument.as_str(), square(&nps)), ("nps", expected.to_vec()));
    let percentiles: Vec<_> = nps.rows.iter().map(|row| (row.object.as_str(), row.cost_percentile)).collect();
    assert_eq!(percentiles[0], ("party:c98", Some(0.25)));
    assert_eq!(percentiles[2], ("party:c96", Some(0.75)));
    let request = v1::ProfitRequest { instrument: "csat".into(), ..Default::default() };
    let csat = asked(&company, &request);
    let expected = [(true, true, 1), (true, false, 0), (false, true, 0), (false, false, 0)];
    assert_eq!((csat.instrument.as_str(), square(&csat)), ("csat", expected.to_vec()));
}

#[test]
fn what_a_contact_responds_counts_for_the_organisation() {
    let role = v1::PartyRoleAssigned {
        role: v1::party_role_assigned::Role::ContactOf.into(),
        related_party: "c99".into(),
        ..Default::default()
    };
    let told = vec![
        order(1, 1, 1_000),
        cost(1, 1, SERVICE, 100),
        Told::at(0, 5, Kind::PartyRoleAssigned(role)),
        response(2, 1, 1, 10.0),
        response(3, 5, 1, 2.0),
    ];
    assert_eq!(answer(told).rows[0].response, Some(2.0));
}

#[test]
fn a_correction_that_is_known_later_leaves_what_was_believed_before() {
    let mut corrected = cost(2, 1, GOODS, 400);
    corrected.corrected = Some((100, Some((48, cost(2, 1, GOODS, 40).kind))));
    let mut company = company(vec![order(1, 1, 1_000), corrected]);
    let profit = |company: &Company| units(&asked(company, &v1::ProfitRequest::default()).rows[0].profit);
    assert_eq!(profit(&company), 960);
    company.as_of.recorded_until = hours(99 * 24);
    assert_eq!(profit(&company), 600);
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let most = i64::MAX;
    let answer = answer(vec![order(1, 1, most), order(2, 1, most), cost(3, 2, GOODS, most)]);
    let wide = |sum: &Option<v1::Sum>| sum.as_ref().unwrap().minor_units_wide.clone();
    assert_eq!(wide(&answer.rows[0].profit), (i128::from(most) * 2).to_string());
    assert_eq!(units(&answer.totals[0].profit), most);
}

#[test]
fn what_is_not_recorded_and_why_shares_are_absent_is_said() {
    let notes = |told: Vec<Told>| {
        let request = v1::ProfitRequest::default();
        let page = Profit::page(&request, &asked(&company(told), &request));
        let notes = page.grids.iter().flat_map(|grid| &grid.notes).chain(&page.notes);
        notes.map(|note| note.key).collect::<Vec<_>>()
    };
    assert_eq!(notes(Vec::new()), ["nothing"]);
    assert_eq!(notes(vec![order(1, 1, 100)]), ["no_costs", "too_few_customers"]);
    let told = vec![order(1, 1, 100), cost(1, 1, GOODS, 100), conceded(1, 1, 1, Some(1))];
    assert_eq!(notes(told), ["missing_costs", "discounts_taken_off", "too_few_customers", "no_profit"]);
}

#[test]
fn another_instrument_is_refused_with_those_that_there_are() {
    let company = company(vec![order(1, 1, 100)]);
    let request = v1::ProfitRequest { instrument: "ces".into(), ..Default::default() };
    let error = company.refused::<Profit>(&request);
    assert_eq!(
        (error.class(), error.to_string()),
        (ErrorClass::Invalid, "expected `nps` or `csat`, found `ces`".into())
    );
}

#[test]
fn of_nothing_nothing_is_said() {
    let answer = answer(Vec::new());
    assert_eq!((answer.totals.len(), answer.rows.len(), answer.purchases_from), (0, 0, 1));
}

#[test]
fn what_cannot_be_answered_is_refused_with_its_field() {
    let company = company(vec![order(1, 1, 500), cost(2, 1, GOODS, 3)]);
    let refused = |request: v1::ProfitRequest| {
        let error = company.ask::<Profit>(&request, None, 0).unwrap_err();
        (error.class(), error.field())
    };
    let default = v1::ProfitRequest::default;
    for (request, field) in [
        (v1::ProfitRequest { order: 7, ..default() }, "order"),
        (v1::ProfitRequest { discounts: 3, ..default() }, "discounts"),
        (v1::ProfitRequest { purchases_from: 9, ..default() }, "purchases_from"),
        (
            v1::ProfitRequest { period_from: proto(hours(5)), period_to: proto(hours(5)), ..default() },
            "period_to",
        ),
    ] {
        assert_eq!(refused(request), (ErrorClass::Invalid, field));
    }
    let ask = |figure: &str| company.ask::<Profit>(&default(), Some(figure), 0);
    for malformed in
        ["", "totals/EUR", "parts/EUR/profit", "rows/EUR/party:c99/goods", "quadrants/EUR/costly/7"]
    {
        assert!(matches!(ask(malformed), Err(AnswerError::MalformedFigure { .. })), "{malformed}");
    }
    for nothing in ["totals/EUR/loss_making", "rows/EUR/party:c1/costs", "parts/USD/goods", "parts/EUR/terms"]
    {
        assert!(matches!(ask(nothing), Err(AnswerError::NoSuchFigure { .. })), "{nothing}");
    }
    let hits = ask("rows/EUR/party:c99/costs").unwrap().objects;
    assert_eq!((hits[0].kind, hits[0].object.0, &hits[0].positions), (ObjectKind::Event, 2, &vec![2]));
    let hits = ask("parts/EUR/revenue").unwrap().objects;
    assert_eq!((hits[0].kind, &hits[0].positions), (ObjectKind::Named(Dictionary::Order), &vec![1]));
}
