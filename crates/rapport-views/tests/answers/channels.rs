//! Channels of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    channels_oracle::asked,
    company::{Company, Told, definition, hours, money, zone},
    proto,
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, AttributionModel, payload::Kind};
use rapport_views::{
    answers::AnswerError,
    model::{AskError, Channels, Model as _},
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    let as_of = rapport_views::answers::AsOf { occurred_until, recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn order(date: &str, customer: u64, id: &str, total: i64) -> Told {
    let (order_id, total) = (id.to_owned(), money(total, "EUR"));
    on(date, customer, Kind::OrderPlaced(v1::OrderPlaced { order_id, total, ..Default::default() }))
}

fn message(date: &str, customer: u64, channel: &'static str, campaign: &str, materials: usize) -> Told {
    let message = v1::TouchMessageExchanged {
        direction: 2,
        campaign_id: campaign.to_owned(),
        materials: vec!["folder".to_owned(); materials],
        ..Default::default()
    };
    Told { channel, ..on(date, customer, Kind::TouchMessageExchanged(message)) }
}

fn spent(period: &str, channel: &str, campaign: &str, amount: i64, aim: v1::Aim) -> Told {
    let spent = v1::CampaignSpendRecorded {
        campaign_id: campaign.to_owned(),
        amount: money(amount, "EUR"),
        channel: channel.to_owned(),
        period: period.to_owned(),
        aim: aim.into(),
    };
    on("2025-12-30", 0, Kind::CampaignSpendRecorded(spent))
}

fn member(date: &str, customer: u64, campaign: &str, group: i32) -> Told {
    let campaign_id = campaign.to_owned();
    on(date, customer, Kind::CampaignMemberSelected(v1::CampaignMemberSelected { campaign_id, group }))
}

fn reaction(date: &str, customer: u64, campaign: &str, kind: i32) -> Told {
    let reacted =
        v1::CampaignResponseRecorded { campaign_id: campaign.to_owned(), kind, ..Default::default() };
    on(date, customer, Kind::CampaignResponseRecorded(reacted))
}

fn defined(campaign: &str, personalised: bool) -> Told {
    let campaign_id = campaign.to_owned();
    let defined = v1::CampaignDefined { campaign_id, aim: 1, personalised, ..Default::default() };
    on("2025-01-02", 0, Kind::CampaignDefined(defined))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn amount(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().unwrap().minor_units.unwrap()
}

/// Key, credit in millionths and what was charged, of each row.
fn credited(answer: &v1::ChannelsResponse) -> Vec<(&str, u64, i64)> {
    answer.credits.iter().map(|row| (row.key.as_str(), row.credit_millionths, amount(&row.revenue))).collect()
}

#[test]
fn the_credit_of_a_path_of_four() {
    // web, post, post and web, a week apart, before an order of 10.01 EUR.
    let told = vec![
        message("2025-03-01", 1, "web", "", 0),
        message("2025-03-08", 1, "post", "", 0),
        message("2025-03-15", 1, "post", "", 0),
        message("2025-03-22", 1, "web", "", 0),
        order("2025-03-23", 1, "a", 1_001),
    ];
    let company = company(told);
    let of = |model: AttributionModel| {
        let request = v1::ChannelsRequest { model: model.into(), ..Default::default() };
        let answer = asked(&company, &request);
        let mut rows: Vec<_> = credited(&answer)
            .into_iter()
            .map(|(key, credit, charged)| (key.to_owned(), credit, charged))
            .collect();
        rows.sort();
        rows.into_iter().map(|(_, credit, charged)| (credit, charged)).collect::<Vec<_>>()
    };
    // post, then web.
    assert_eq!(of(AttributionModel::First), [(0, 0), (1_000_000, 1_001)]);
    assert_eq!(of(AttributionModel::Last), [(0, 0), (1_000_000, 1_001)]);
    // Quarters of 1,001 end at 250.25, 500.5, 750.75 and 1,001: 250, 500, 751 and 1,001.
    assert_eq!(of(AttributionModel::Linear), [(500_000, 501), (500_000, 500)]);
    // 400.4, 500.5, 600.6 and 1,001: 400, 500, 601 and 1,001.
    assert_eq!(of(AttributionModel::UShaped), [(200_000, 201), (800_000, 800)]);
    // 1, 2, 4 and 8 fifteenths: 67, 200, 467 and 1,001.
    assert_eq!(of(AttributionModel::TimeDecay), [(400_000, 400), (600_000, 601)]);
    // web>post>post>web: from web 1 of 2 converts, 1 goes to post. Without web all is lost, without post half: 2 to 1.
    assert_eq!(of(AttributionModel::Markov), [(333_333, 334), (666_667, 667)]);
}

#[test]
fn the_paths_of_pychattr_have_the_closed_form_of_what_it_simulates() {
    // A>B>A>B>B>A, A>B>B>A>A and A>A with a conversion each. The package simulates A 1.991106 and B 1.008894; the chain
    // itself, solved, has 2 and 1 (see the removal effects in the model).
    let mut told = Vec::new();
    for (customer, path) in (1..).zip(["ABABBA", "ABBAA", "AA"]) {
        for (day, channel) in (1..).zip(path.chars()) {
            let channel = if channel == 'A' { "A" } else { "B" };
            told.push(message(&format!("2025-03-{day:02}"), customer, channel, "", 0));
        }
        told.push(order("2025-03-20", customer, &customer.to_string(), 300));
    }
    let request = v1::ChannelsRequest { model: AttributionModel::Markov.into(), ..Default::default() };
    let company = company(told);
    let answer = asked(&company, &request);
    assert_eq!(credited(&answer), [("A", 2_000_000, 600), ("B", 1_000_000, 300)]);
    let hits = company.ask::<Channels>(&request, Some("credits/EUR/B/conversions"), 0).unwrap().objects;
    // Each order with its own event and the touchpoints in B.
    assert_eq!(
        hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(),
        [vec![2, 4, 5, 7], vec![9, 10, 13]]
    );
}

#[test]
fn beyond_three_hundred_campaigns_the_rest_is_one_state_and_shares_its_credit() {
    let lead = |nth: i64| {
        let campaign_id = format!("c{nth:03}");
        Told::at(24 * 60 + nth, 1, Kind::LeadOpened(v1::LeadOpened { campaign_id, ..Default::default() }))
    };
    let told = (0..320).map(lead).chain([order("2025-04-01", 1, "a", 10_000)]);
    let request = v1::ChannelsRequest { by: 2, model: AttributionModel::Markov.into(), ..Default::default() };
    let answer = asked(&company(told.collect()), &request);
    let credits: Vec<u64> = answer.credits.iter().map(|row| row.credit_millionths).collect();
    assert_eq!((credits.len(), credits.iter().sum::<u64>()), (320, 1_000_000));
    // Every walk comes through each of 301 states: 1,000,000 / 301 = 3,322.26, and a twentieth of it.
    let tens = [0, 299, 300, 319].map(|nth| credits[nth] / 10);
    assert_eq!(tens, [332, 332, 16, 16]);
}

#[test]
fn a_path_ends_with_the_look_back_and_with_the_purchase_before() {
    let told = vec![
        message("2025-03-01", 1, "web", "", 0), // ninety days before the first order, to the hour
        order("2025-05-30", 1, "a", 100),
        message("2025-06-01", 1, "post", "", 0),
        order("2025-06-02", 1, "b", 200),
        order("2025-06-03", 1, "c", 400), // nothing since the order before
        // Only planned, and a call that reached nobody: no touchpoints. A click without a channel is one of the campaign.
        on("2025-07-01", 2, Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: 1, ..Default::default() })),
        on("2025-07-01", 2, Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 2, ..Default::default() })),
        order("2025-07-02", 2, "d", 800),
        Told { channel: "", ..reaction("2025-07-01", 3, "spring", 3) },
        order("2025-07-02", 3, "e", 1_600),
        order("2025-07-02", 0, "f", 9), // of nobody
        message("2025-07-02", 0, "web", "", 0),
    ];
    let company = company(told);
    let all = v1::ChannelsRequest { conversions: 2, ..Default::default() };
    let answer = asked(&company, &all);
    assert_eq!(
        credited(&answer),
        [
            ("campaign", 1_000_000, 1_600),
            ("post", 1_000_000, 200),
            ("web", 1_000_000, 100),
            ("", 2_000_000, 1_200)
        ]
    );
    assert!(answer.credits[3].no_touchpoint);
    let total = &answer.totals[0];
    assert_eq!(
        (count(&total.conversions), count(&total.with_path), count(&total.without_touchpoint)),
        (5, 3, 2)
    );
    assert_eq!((count(&total.purchases), count(&total.purchases_without_customer)), (5, 1));
    assert_eq!(count(&answer.touchpoints_without_customer), 1);
    // Of first purchases those of 1, 2 and 3.
    let first = asked(&company, &v1::ChannelsRequest::default());
    assert_eq!(
        credited(&first),
        [("campaign", 1_000_000, 1_600), ("web", 1_000_000, 100), ("", 1_000_000, 800)]
    );
    // A day less, and web is out of reach.
    let shorter = v1::ChannelsRequest { lookback_days: Some(89), ..Default::default() };
    assert_eq!(credited(&asked(&company, &shorter)), [("campaign", 1_000_000, 1_600), ("", 2_000_000, 900)]);
    // By campaign, contacts of no campaign are no touchpoints.
    let by = v1::ChannelsRequest { by: 2, ..Default::default() };
    assert_eq!(credited(&asked(&company, &by)), [("spring", 1_000_000, 1_600), ("", 2_000_000, 900)]);
}

#[test]
fn a_definition_says_the_model_and_a_request_overrides_it() {
    let published =
        |code: &str, version, body: &str| on("2025-01-02", 0, definition("attribution", code, version, body));
    let company = company(vec![
        published("default", 2, r#"{"model":"linear","lookback_days":30}"#),
        published("long", 1, r#"{"lookback_days":365}"#),
        message("2025-03-01", 1, "web", "", 0),
        message("2025-03-02", 1, "post", "", 0),
        order("2025-03-03", 1, "a", 100),
    ]);
    let answer = asked(&company, &Default::default());
    assert_eq!(
        (answer.model(), answer.lookback_days, answer.half_life_days),
        (AttributionModel::Linear, 30, 7.0)
    );
    assert_eq!(answer.meta.as_ref().unwrap().definitions[0].version, 2);
    assert_eq!(credited(&answer), [("post", 500_000, 50), ("web", 500_000, 50)]);
    let long = v1::ChannelsRequest {
        definition: "long".into(),
        model: AttributionModel::First.into(),
        half_life_days: Some(1.5),
        ..Default::default()
    };
    let answer = asked(&company, &long);
    assert_eq!(
        (answer.model(), answer.lookback_days, answer.half_life_days),
        (AttributionModel::First, 365, 1.5)
    );
    assert_eq!(answer.meta.unwrap().definitions[0].code, "long");
}

#[test]
fn what_a_new_customer_costs_beside_what_keeping_one_costs() {
    let cost = |kind: v1::cost_allocated::Kind, amount| {
        let allocated =
            v1::CostAllocated { kind: kind.into(), amount: money(amount, "EUR"), ..Default::default() };
        on("2025-08-15", 1, Kind::CostAllocated(allocated))
    };
    let company = company(vec![
        order("2024-06-01", 3, "before", 5_000),
        message("2025-02-28", 1, "web", "", 0),
        order("2025-03-01", 1, "a", 6_000),
        message("2025-08-28", 2, "web", "", 0),
        order("2025-09-01", 2, "b", 2_000),
        order("2025-09-02", 3, "c", 2_000),
        spent("2025-02", "web", "spring", 1_000, v1::Aim::Acquire),
        spent("2025-Q3", "post", "autumn", 301, v1::Aim::Retain),
        // 2024 begins before the period, and 2026 is not yet.
        spent("2024", "web", "spring", 7_000, v1::Aim::Acquire),
        spent("2026-01", "web", "spring", 7_000, v1::Aim::Acquire),
        cost(v1::cost_allocated::Kind::Acquisition, 200),
        cost(v1::cost_allocated::Kind::Cogs, 4_000),
    ]);
    let from = parse_moment("2025-01-01", &zone()).unwrap();
    let begin = Timestamp::from_micros(from.as_micros() - 24 * support::HOUR);
    let request = v1::ChannelsRequest { period_from: proto(begin), ..Default::default() };
    let answer = asked(&company, &request);
    let total = &answer.totals[0];
    assert_eq!((count(&total.new_customers), count(&total.existing_customers)), (2, 1));
    assert_eq!((amount(&total.purchases_revenue), total.existing_share), (10_000, Some(0.2)));
    assert_eq!((amount(&total.goods), total.margin), (4_000, Some(0.6)));
    // 8,000 × 0.6 − 1,000 = 3.8 times 1,000.
    assert_eq!(
        (amount(&total.spend), format!("{:.6}", total.return_on_spend.unwrap())),
        (1_000, "3.800000".into())
    );
    let spending = total.spending.as_ref().unwrap();
    assert_eq!((amount(&spending.acquire), amount(&spending.retain)), (1_000, 301));
    // (1,000 + 200) / 2 new customers, 301 / 1 existing one.
    assert_eq!((amount(&spending.acquisition_cost), amount(&spending.retention_cost)), (600, 301));
    assert_eq!(spending.ratio, Some(600.0 / 301.0));
    assert_eq!(spending.new_share, Some(1_000.0 / 1_301.0));
    // 8,000 × 0.6 − 1,000 = 3.8 times 1,000; each of two conversions cost 500.
    let web = &answer.credits[0];
    assert_eq!((amount(&web.spend), amount(&web.cost_per_conversion)), (1_000, 500));
    assert_eq!(format!("{:.6}", web.return_on_spend.unwrap()), "3.800000");
    let quarters: Vec<_> = answer
        .quarters
        .iter()
        .map(|row| (row.quarter.as_str(), count(&row.new_customers), count(&row.existing_customers)))
        .collect();
    assert_eq!(quarters, [("2025-Q1", 1, 0), ("2025-Q3", 1, 1)]);
    let q1 = answer.quarters[0].spending.as_ref().unwrap();
    assert_eq!((amount(&q1.acquisition_cost), q1.retention_cost.clone()), (1_000, None));
    let spend: Vec<_> =
        answer.spend.iter().map(|row| (row.key.as_str(), row.aim.as_str(), amount(&row.spend))).collect();
    assert_eq!(spend, [("web", "acquire", 1_000), ("post", "retain", 301)]);
}

#[test]
fn a_campaign_is_compared_with_its_control_group() {
    let mut told = vec![defined("spring", true), defined("mass", false)];
    for customer in 1..=4 {
        told.push(member("2025-03-01", customer, "spring", 1));
        told.push(message("2025-03-02", customer, "post", "spring", 2));
    }
    for customer in 5..=8 {
        told.push(member("2025-03-01", customer, "spring", 2));
    }
    told.extend([
        member("2025-03-05", 1, "spring", 2), // the first selection decides
        reaction("2025-03-03", 1, "spring", 3),
        reaction("2025-03-04", 1, "spring", 4), // each customer once
        reaction("2025-03-03", 2, "spring", 2), // opened: no response
        reaction("2025-03-03", 5, "spring", 5), // in the control group
        order("2025-02-01", 3, "a", 100),       // before being selected
        order("2025-04-01", 1, "b", 100),
        order("2025-04-01", 2, "c", 100),
        order("2025-04-01", 5, "d", 100),
        message("2025-05-01", 7, "post", "mass", 1),
        message("2025-05-01", 8, "post", "mass", 1),
        reaction("2025-05-03", 8, "mass", 3),
        spent("2025-03", "post", "spring", 1_001, v1::Aim::Acquire),
    ]);
    let answer = asked(&company(told), &Default::default());
    let names: Vec<_> = answer.rows.iter().map(|row| row.campaign.as_str()).collect();
    assert_eq!(names, ["spring", "mass"]);
    let spring = &answer.rows[0];
    assert_eq!((count(&spring.targeted), count(&spring.control), count(&spring.reach)), (4, 4, 4));
    let responded = spring.responded.as_ref().unwrap();
    assert_eq!((count(&responded.customers), responded.share), (1, Some(0.25)));
    // Wilson's interval of 1 of 4.
    assert_eq!(format!("{:.4} {:.4}", responded.low.unwrap(), responded.high.unwrap()), "0.0456 0.6994");
    assert_eq!(count(&spring.responded_beyond), 1);
    assert_eq!((spring.materials, spring.materials_per_response), (8, Some(4.0)));
    assert_eq!((amount(&spring.costs[0].spend), amount(&spring.costs[0].per_response)), (1_001, 500));
    let lift = spring.purchase_lift.as_ref().unwrap();
    assert_eq!((lift.ratio, lift.difference, lift.p), (Some(2.0), 0.25, None));
    let response = spring.response_lift.as_ref().unwrap();
    assert_eq!((response.ratio, response.difference), (Some(1.0), 0.0));
    let mass = &answer.rows[1];
    assert_eq!((count(&mass.reach), count(&mass.targeted), mass.purchase_lift), (2, 0, None));
    let kinds: Vec<_> = answer
        .kinds
        .iter()
        .map(|kind| (kind.personalised, count(&kind.reach), kind.responded.as_ref().unwrap().share))
        .collect();
    assert_eq!(kinds, [(true, 4, Some(0.25)), (false, 2, Some(0.5))]);
    let page = Channels::page(&Default::default(), &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["on_revenue", "no_control", "too_few"]);
}

#[test]
fn what_was_planned_for_a_campaign_stands_beside_what_came_of_it() {
    let planned = |date: &str, campaign: &str, budget: Option<v1::Money>, expected_revenue| {
        let campaign_id = campaign.to_owned();
        let defined = v1::CampaignDefined { campaign_id, budget, expected_revenue, ..Default::default() };
        on(date, 0, Kind::CampaignDefined(defined))
    };
    let company = company(vec![
        planned("2025-01-02", "spring", money(500, "EUR"), money(9_000, "EUR")),
        // The last definition counts, and nothing else.
        planned("2025-01-03", "spring", money(1_000, "EUR"), money(4_000, "EUR")),
        planned("2025-01-03", "autumn", money(2_000, "EUR"), money(3_000, "USD")),
        planned("2025-01-03", "winter", None, None),
        // Before the period, and nothing came of it: not shown.
        planned("2024-01-03", "old", money(7, "EUR"), None),
        // Before it, and paid for in it.
        planned("2024-01-04", "long", None, money(70, "EUR")),
        message("2025-03-01", 1, "web", "spring", 0),
        order("2025-03-02", 1, "a", 3_000),
        order("2025-03-03", 2, "b", 1_000),
        // Whatever it is for.
        spent("2025-03", "web", "spring", 800, v1::Aim::Retain),
        spent("2025-03", "web", "winter", 10, v1::Aim::Acquire),
        spent("2025-03", "web", "long", 20, v1::Aim::Acquire),
    ]);
    let by = v1::ChannelsRequest { by: 2, ..Default::default() };
    let rows = |answer: &v1::ChannelsResponse| -> Vec<_> {
        let units = |sum: &Option<v1::Sum>| sum.as_ref().and_then(|sum| sum.minor_units);
        let row = |row: &v1::ChannelPlan| {
            let planned = [&row.budget, &row.spend, &row.expected_revenue, &row.revenue].map(units);
            (row.currency.clone(), row.campaign.clone(), planned)
        };
        answer.plans.iter().map(row).collect()
    };
    let row =
        |currency: &str, campaign: &str, of: [Option<i64>; 4]| (currency.to_owned(), campaign.to_owned(), of);
    let answer = asked(&company, &by);
    assert_eq!(
        rows(&answer),
        [
            row("EUR", "autumn", [Some(2_000), None, None, Some(0)]),
            row("EUR", "spring", [Some(1_000), Some(800), Some(4_000), Some(3_000)]),
            row("EUR", "long", [None, Some(20), Some(70), Some(0)]),
            row("USD", "autumn", [None, None, Some(3_000), Some(0)]),
        ]
    );
    let spring = &answer.plans[1];
    assert_eq!((spring.budget_used, spring.revenue_reached), (Some(0.8), Some(0.75)));
    // No cost of goods is known: (4,000 − 1,000) / 1,000 and (3,000 − 800) / 800.
    let returns = [spring.return_forecast, spring.return_actual, spring.return_difference];
    assert_eq!(returns, [Some(3.0), Some(2.75), Some(-0.25)]);
    let page = Channels::page(&by, &answer);
    let grid = page.grids.iter().find(|grid| grid.key == "plan").unwrap();
    assert_eq!((grid.rows.len(), grid.notes[0].key), (4, "plans_are_whole"));
    // In dollars what is planned in dollars; by channel nothing, since plans are of campaigns.
    let dollars = asked(&company, &v1::ChannelsRequest { currency: "USD".into(), ..by });
    assert_eq!(rows(&dollars), [row("USD", "autumn", [None, None, Some(3_000), Some(0)])]);
    let by_channel = asked(&company, &Default::default());
    let page = Channels::page(&Default::default(), &by_channel);
    assert!(by_channel.plans.is_empty() && page.grids.iter().all(|grid| grid.key != "plan"));
}

#[test]
fn wrong_fields_are_named() {
    let company = company(Vec::new());
    let default = v1::ChannelsRequest::default;
    for (field, request) in [
        ("by", v1::ChannelsRequest { by: 9, ..default() }),
        ("conversions", v1::ChannelsRequest { conversions: 9, ..default() }),
        ("model", v1::ChannelsRequest { model: 9, ..default() }),
        ("measures", v1::ChannelsRequest { measures: vec![9], ..default() }),
        ("purchases_from", v1::ChannelsRequest { purchases_from: 9, ..default() }),
        ("currency", v1::ChannelsRequest { currency: "eur".into(), ..default() }),
        (
            "period_to",
            v1::ChannelsRequest { period_from: proto(hours(24)), period_to: proto(hours(24)), ..default() },
        ),
    ] {
        let AskError::Answer(error) = company.refused::<Channels>(&request) else { panic!("{field}") };
        assert_eq!(error.field(), field);
    }
    for (field, request) in [
        ("definition", v1::ChannelsRequest { definition: "x".into(), ..default() }),
        ("lookback_days", v1::ChannelsRequest { lookback_days: Some(0), ..default() }),
        ("lookback_days", v1::ChannelsRequest { lookback_days: Some(36_501), ..default() }),
        ("half_life_days", v1::ChannelsRequest { half_life_days: Some(0.0), ..default() }),
        ("half_life_days", v1::ChannelsRequest { half_life_days: Some(f64::NAN), ..default() }),
    ] {
        let AskError::Field { field: named, expected } = company.refused::<Channels>(&request) else {
            panic!("{field}")
        };
        assert_eq!(named, field);
        assert!(expected.starts_with("expected "), "{expected}");
    }
    for wrong in ["totals", "totals/EUR/x", "credits/EUR/conversions", "campaigns/a/x", "left_out/x", "x"] {
        let asked = company.ask::<Channels>(&Default::default(), Some(wrong), 0);
        assert!(matches!(asked, Err(AnswerError::MalformedFigure { .. })), "{wrong}");
    }
    let nothing = company.ask::<Channels>(&Default::default(), Some("totals/EUR/conversions"), 0);
    assert!(matches!(nothing, Err(AnswerError::NoSuchFigure { .. })));
}
