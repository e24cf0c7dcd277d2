//! Customers against the possible ones that campaigns tell of, in small hand-made histories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, hours},
    proto,
    pyramid_told::{moment, noon, order, order_in},
};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, PyramidMeasure, payload::Kind};
use rapport_views::{
    answers::{AnswerError, AsOf, ObjectKind},
    model::{Model, Pyramid},
    page::Value,
};

/// As of the end of 2025, over the year.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: moment("2025-12-31"), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn campaign(on: &str, id: &str, market: &str, market_size: Option<u64>) -> Told {
    let (campaign_id, market) = (id.to_owned(), market.to_owned());
    let defined = v1::CampaignDefined { campaign_id, market, market_size, ..Default::default() };
    Told::at(noon(on), 0, Kind::CampaignDefined(defined))
}

fn request() -> v1::PyramidRequest {
    v1::PyramidRequest { measures: vec![PyramidMeasure::Market.into()], ..Default::default() }
}

fn ask(company: &Company, request: &v1::PyramidRequest) -> v1::PyramidMarkets {
    company.ask::<Pyramid>(request, None, 0).unwrap().response.market.unwrap()
}

fn sizes(of: &v1::PyramidMarkets) -> Vec<(&str, Option<u64>)> {
    of.markets.iter().map(|one| (one.market.as_str(), one.size)).collect()
}

/// Three customers: one in two currencies, one long ago, one in dollars alone.
fn told() -> Vec<Told> {
    vec![
        order(1, 1, "2025-03-01", 100),
        order_in("USD", 2, 1, "2025-03-02", 100),
        order(3, 2, "2024-03-01", 100),
        order_in("USD", 4, 3, "2025-09-01", 100),
        campaign("2024-12-01", "a", "homes", Some(40)),
        campaign("2025-02-01", "b", "homes", Some(50)),
        // Says no size: the last one said stays.
        campaign("2025-06-01", "a", "homes", None),
        campaign("2025-08-01", "c", "offices", Some(30)),
        campaign("2025-08-02", "d", "ships", None),
        // No market: nothing is said of any.
        campaign("2025-08-03", "e", "", None),
    ]
}

#[test]
fn customers_stand_against_the_last_known_sizes_of_all_markets() {
    let company = company(told());
    let market = ask(&company, &request());
    assert_eq!(sizes(&market), [("homes", Some(50)), ("offices", Some(30)), ("ships", None)]);
    let definitions = market.markets.iter().map(|one| one.definitions.as_ref().unwrap().count);
    assert_eq!(definitions.collect::<Vec<_>>(), [3, 1, 1]);
    assert_eq!(market.markets[0].said_at, proto(hours(noon("2025-02-01"))));
    // Customers 1 and 3 bought in the year: 2 of 80.
    assert_eq!(
        (market.customers.as_ref().unwrap().count, market.size, market.share),
        (2, Some(80), Some(0.025))
    );
    // In euros it is one of them.
    let in_euros = ask(&company, &v1::PyramidRequest { currency: "EUR".to_owned(), ..request() });
    assert_eq!((in_euros.customers.unwrap().count, in_euros.share), (1, Some(1.0 / 80.0)));
}

#[test]
fn sizes_are_those_until_the_end_of_the_period_as_they_were_known() {
    let mut told = told();
    // Recorded in October.
    told[7].recorded_day = 300;
    let company = company(told);
    let until = |day: &str| {
        let period_to = proto(moment(day));
        ask(&company, &v1::PyramidRequest { period_to, ..request() })
    };
    assert_eq!(sizes(&until("2025-01-15")), [("homes", Some(40))]);
    assert_eq!(sizes(&until("2025-07-01")), [("homes", Some(50))]);
    let mut earlier = company.clone();
    earlier.as_of.recorded_until = moment("2025-08-31");
    assert_eq!(sizes(&ask(&earlier, &request())), [("homes", Some(50)), ("ships", None)]);
}

#[test]
fn where_no_campaign_says_a_size_it_is_not_known() {
    let told = vec![order(1, 1, "2025-03-01", 100), campaign("2025-02-01", "b", "homes", None)];
    let company = company(told);
    let response = company.ask::<Pyramid>(&request(), None, 0).unwrap().response;
    let market = response.market.as_ref().unwrap();
    assert_eq!((market.size, market.share, sizes(market)), (None, None, vec![("homes", None)]));
    let page = Pyramid::page(&request(), &response);
    let grid = |key: &str| page.grids.iter().find(|grid| grid.key == key).unwrap();
    let cells: Vec<_> =
        grid("market_share").rows[0].cells.iter().map(|cell| (&cell.value, cell.name.as_str())).collect();
    let unknown = (&Value::Unknown, "not known");
    assert_eq!(cells, [(&Value::Count(1), ""), unknown, unknown]);
    assert_eq!(
        grid("market_share").notes.iter().map(|note| note.key).collect::<Vec<_>>(),
        ["no_market_size"]
    );
    assert_eq!(grid("market").rows[0].cells[1].name, "not known");
}

#[test]
fn figures_of_the_market_list_customers_and_definitions_of_campaigns() {
    let company = company(told());
    let ask = |figure: &str| company.ask::<Pyramid>(&request(), Some(figure), 0);
    let positions = |figure: &str, kind: ObjectKind| {
        let objects = ask(figure).unwrap().objects;
        assert!(objects.iter().all(|hit| hit.kind == kind), "{figure}");
        objects.into_iter().map(|hit| hit.positions).collect::<Vec<_>>()
    };
    assert_eq!(positions("market/customers", ObjectKind::Party), [vec![1, 2], vec![4]]);
    assert_eq!(positions("markets/homes/definitions", ObjectKind::Event), [vec![5], vec![6], vec![7]]);
    assert!(matches!(ask("market/homes"), Err(AnswerError::MalformedFigure { .. })));
    assert!(matches!(ask("markets/boats/definitions"), Err(AnswerError::NoSuchFigure { .. })));
}
