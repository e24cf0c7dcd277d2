//! Needs of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::AnswerError,
    model::{AskError, Model as _, Needs},
};

use crate::support::{
    DAY, HOUR,
    company::{Company, Told, hours, money, zone},
    needs_oracle::asked,
    proto,
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    let as_of = rapport_views::answers::AsOf { occurred_until, recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn answer(told: Vec<Told>) -> v1::NeedsResponse {
    asked(&company(told), &v1::NeedsRequest::default())
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / HOUR, customer, kind)
}

fn identified(date: &str, customer: u64, id: &str, code: &str, says: (Option<f64>, Option<f64>)) -> Told {
    let (importance, urgency) = says;
    let [need_id, code] = [id, code].map(str::to_owned);
    let said = v1::NeedIdentified { need_id, code, importance, urgency, ..Default::default() };
    on(date, customer, Kind::NeedIdentified(said))
}

/// 1: satisfied, 2: unmet, 3: obsolete.
fn closed(date: &str, customer: u64, id: &str, outcome: i32, product: &str) -> Told {
    let [need_id, by_product] = [id, product].map(str::to_owned);
    on(date, customer, Kind::NeedClosed(v1::NeedClosed { need_id, outcome, by_product }))
}

fn order(date: &str, customer: u64, id: &str, minor_units: i64, currency: &str) -> Told {
    let total = money(minor_units, currency);
    on(
        date,
        customer,
        Kind::OrderPlaced(v1::OrderPlaced { order_id: id.into(), total, ..Default::default() }),
    )
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn of(share: &Option<v1::NeedShare>) -> u64 {
    count(&share.as_ref().unwrap().count)
}

const UNSAID: (Option<f64>, Option<f64>) = (None, None);

#[test]
fn coverage_is_the_satisfied_of_the_identified_ones() {
    let answer = answer(vec![
        identified("2025-03-01", 1, "a", "fast", UNSAID),
        closed("2025-03-11", 1, "a", 1, "pen"),
        identified("2025-03-01", 2, "b", "fast", UNSAID),
        closed("2025-03-21", 2, "b", 2, ""),
        identified("2025-03-01", 3, "c", "fast", UNSAID),
        closed("2025-03-31", 3, "c", 3, ""),
        identified("2025-12-01", 4, "d", "cheap", UNSAID),
        // Before the period: open now, and not of the cohort.
        identified("2024-03-01", 5, "e", "cheap", UNSAID),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.identified), of(&total.satisfied), of(&total.unmet)), (4, 1, 1));
    assert_eq!((of(&total.obsolete), of(&total.open), count(&total.closed)), (1, 1, 3));
    let coverage = total.satisfied.unwrap();
    // Wilson's interval of 1 of 4, and of 1 of 3.
    assert_eq!(coverage.share, Some(0.25));
    assert_eq!(format!("{:.4} {:.4}", coverage.low.unwrap(), coverage.high.unwrap()), "0.0456 0.6994");
    assert_eq!(total.satisfied_of_closed, Some(1.0 / 3.0));
    let ends = (total.satisfied_of_closed_low.unwrap(), total.satisfied_of_closed_high.unwrap());
    assert_eq!(format!("{:.4} {:.4}", ends.0, ends.1), "0.0615 0.7923");
    // After 10, 20 and 30 days; the fourth is open for 29 days: S = 3/4, 1/2 at 20 days.
    assert_eq!(total.median_to_close.unwrap().seconds, 20 * DAY / 1_000_000);
    assert_eq!(count(&answer.now.unwrap().open), 2);
    let by: Vec<_> =
        answer.satisfied_by.iter().map(|row| (row.product.as_str(), row.code.as_str())).collect();
    assert_eq!(by, [("pen", "fast")]);
}

#[test]
fn a_need_that_is_identified_again_is_open_and_has_waited_since_the_first_time() {
    let told = vec![
        identified("2025-03-01", 1, "a", "fast", UNSAID),
        closed("2025-03-11", 1, "a", 1, "pen"),
        identified("2025-05-01", 1, "a", "", UNSAID),
        // A second closing says the outcome; it was closed with the first.
        identified("2025-03-01", 1, "b", "fast", UNSAID),
        closed("2025-03-11", 1, "b", 2, ""),
        closed("2025-04-01", 1, "b", 1, "lamp"),
    ];
    let first = answer(told.clone());
    let total = first.total.unwrap();
    assert_eq!((count(&total.identified), of(&total.open), of(&total.satisfied)), (2, 1, 1));
    assert_eq!((count(&total.reopened), total.median_to_close.unwrap().seconds), (1, 864_000));
    assert_eq!(first.satisfied_by[0].product, "lamp");
    // The need keeps the code that it had, and its age.
    assert_eq!((first.rows[0].code.as_str(), first.rows[0].oldest), ("fast", proto(hours(24 * 59 + 12))));
    // Closed again: 80 days after it was identified first.
    let again = answer([&told[..3], &[closed("2025-05-20", 1, "a", 1, "pen")]].concat());
    let total = again.total.unwrap();
    assert_eq!((of(&total.open), count(&total.reopened)), (0, 1));
    assert_eq!(total.median_to_close.unwrap().seconds, 80 * 86_400);
}

#[test]
fn what_was_never_identified_and_what_is_nobodys_is_counted_apart() {
    let answer = answer(vec![
        closed("2025-03-11", 1, "a", 2, ""),
        identified("2025-03-01", 0, "b", "fast", (Some(1.0), Some(1.0))),
    ]);
    let (total, now) = (answer.total.unwrap(), answer.now.unwrap());
    assert_eq!((count(&total.identified), of(&total.unmet)), (1, 0));
    assert_eq!((count(&now.without_identification), count(&now.closed_unmet)), (1, 0));
    assert_eq!(count(&now.without_customer), 1);
    // It is a need, of no customer, and weighs nothing.
    let [row] = &answer.rows[..] else { panic!("{:?}", answer.rows) };
    assert_eq!((count(&row.needs), count(&row.customers), row.weight, row.weighed), (1, 0, 0.0, 1));
}

#[test]
fn what_is_not_satisfied_is_ranked_by_its_customers_weights() {
    let told = vec![
        // 0.5·1 and 1·0.25 of one customer count once, by the larger: 0.5; half of the unknown: 0.5·0.5.
        identified("2025-03-01", 1, "a", "fast", (Some(0.5), Some(1.0))),
        identified("2025-04-01", 1, "b", "fast", (Some(1.0), Some(0.25))),
        identified("2025-04-01", 2, "c", "fast", (None, Some(0.5))),
        // One customer, 0.9.
        identified("2025-05-01", 3, "d", "safe", (Some(0.9), Some(1.0))),
        closed("2025-06-01", 3, "d", 2, ""),
        // Two customers without weights: 0.25 each.
        identified("2025-05-01", 4, "e", "cheap", UNSAID),
        identified("2025-05-01", 5, "f", "cheap", UNSAID),
        // Not any more.
        identified("2025-05-01", 5, "g", "cheap", UNSAID),
        closed("2025-06-01", 5, "g", 3, ""),
        order("2025-02-01", 1, "1", 10_000, "EUR"),
        order("2025-02-01", 2, "2", 500, "USD"),
        order("2025-02-01", 2, "3", 2_000, "EUR"),
        // Earlier than twelve months before T.
        order("2024-12-01", 2, "4", 7_000, "EUR"),
    ];
    let company = company(told);
    let answer = asked(&company, &v1::NeedsRequest::default());
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.code.as_str(), row.weight, count(&row.customers), count(&row.needs), row.weighed))
        .collect();
    assert_eq!(rows, [("safe", 0.9, 1, 1, 1), ("fast", 0.75, 2, 3, 2), ("cheap", 0.5, 2, 2, 0)]);
    let revenue: Vec<_> = answer.rows[1]
        .revenue
        .iter()
        .map(|of| (of.currency.as_str(), of.revenue.as_ref().unwrap().minor_units))
        .collect();
    assert_eq!(revenue, [("EUR", Some(12_000)), ("USD", Some(500))]);
    let hits = company.ask::<Needs>(&Default::default(), Some("rows/fast/customers"), 0).unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [vec![1, 2], vec![3]]);
}

#[test]
fn customers_are_studied_when_a_need_or_a_response_is_known_of_twelve_months() {
    let said = |date: &str, customer: u64| {
        let said = v1::SurveyAnswered { instrument: 1, value: Some(9.0), ..Default::default() };
        on(date, customer, Kind::SurveyAnswered(said))
    };
    let mut told: Vec<Told> =
        (1..=4).map(|customer| order("2025-02-01", customer, &customer.to_string(), 1_000, "EUR")).collect();
    told.extend([
        // The smallest is not an A.
        order("2025-02-01", 5, "5", 1, "EUR"),
        identified("2025-03-01", 1, "a", "fast", UNSAID),
        said("2025-03-01", 1),
        said("2025-03-01", 2),
        // More than twelve months ago, but identified again within them.
        identified("2024-06-01", 3, "b", "fast", UNSAID),
        identified("2025-06-01", 3, "b", "fast", UNSAID),
        said("2024-06-01", 4),
    ]);
    let company = company(told);
    let answer = asked(&company, &v1::NeedsRequest::default());
    let rows: Vec<_> = answer
        .studied
        .iter()
        .map(|row| {
            let shown = (row.class.as_str(), count(&row.customers), of(&row.studied));
            (shown, count(&row.by_need), count(&row.by_response), count(&row.not_studied))
        })
        .collect();
    assert_eq!(rows, [(("A", 4, 3), 2, 2, 1), (("C", 1, 0), 0, 0, 1)]);
    let hits = company.ask::<Needs>(&Default::default(), Some("studied/A/studied"), 0).unwrap().objects;
    assert_eq!(
        hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(),
        [vec![6, 7], vec![8], vec![10]]
    );
}

#[test]
fn a_need_keeps_its_id_across_merged_customers() {
    let merged = v1::PartyMerged { survivor: "c99".into(), absorbed: "c98".into(), ..Default::default() };
    let told = vec![
        identified("2025-03-01", 2, "a", "fast", UNSAID),
        identified("2025-03-02", 1, "b", "fast", UNSAID),
        on("2025-04-01", 1, Kind::PartyMerged(merged)),
        // Closed under the other id: it is the same need.
        closed("2025-05-01", 1, "a", 1, "pen"),
    ];
    let company = company(told);
    let request = v1::NeedsRequest { by: 7, ..Default::default() };
    let answer = asked(&company, &request);
    let [group] = &answer.groups[..] else { panic!("{:?}", answer.groups) };
    let of_group = group.of.as_ref().unwrap();
    assert_eq!(
        (group.key.as_str(), count(&of_group.identified), of(&of_group.satisfied)),
        ("party:c99", 2, 1)
    );
}

#[test]
fn wrong_fields_are_named() {
    let company = company(Vec::new());
    for (field, request) in [
        ("by", v1::NeedsRequest { by: 9, ..Default::default() }),
        ("purchases_from", v1::NeedsRequest { purchases_from: 9, ..Default::default() }),
        (
            "period_to",
            v1::NeedsRequest {
                period_from: proto(hours(24)),
                period_to: proto(hours(24)),
                ..Default::default()
            },
        ),
    ] {
        let AskError::Answer(error) = company.refused::<Needs>(&request) else { panic!("{field}") };
        assert_eq!(error.field(), field);
    }
    for wrong in ["total", "total/x", "groups/a/x", "now/x", "studied/A", "rows/x", "x"] {
        let asked = company.ask::<Needs>(&Default::default(), Some(wrong), 0);
        assert!(matches!(asked, Err(AnswerError::MalformedFigure { .. })), "{wrong}");
    }
    let nothing = company.ask::<Needs>(&Default::default(), Some("total/open"), 0);
    assert!(matches!(nothing, Err(AnswerError::NoSuchFigure { .. })));
    let page = Needs::page(&Default::default(), &asked(&company, &Default::default()));
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["nothing"]);
}

fn offer(date: &str, deal: &str, needs: &[&str]) -> Told {
    let need_ids = needs.iter().map(|need| (*need).to_owned()).collect();
    let [offer_id, deal_id] = [format!("offer of {deal}"), deal.to_owned()];
    on(date, 1, Kind::OfferIssued(v1::OfferIssued { offer_id, deal_id, need_ids, ..Default::default() }))
}

fn ended(date: &str, deal: &str, is_won: bool) -> Told {
    let deal_id = deal.to_owned();
    let kind = if is_won {
        Kind::DealWon(v1::DealWon { deal_id, ..Default::default() })
    } else {
        Kind::DealLost(v1::DealLost { deal_id, ..Default::default() })
    };
    on(date, 1, kind)
}

#[test]
fn deals_whose_offers_name_needs_are_compared_with_those_whose_offers_name_none() {
    let mut told = Vec::new();
    // 15 of 20 with a need, 8 of 20 without one.
    for nth in 0..20 {
        let (with, without) = (format!("with {nth}"), format!("without {nth}"));
        told.extend([offer("2025-05-01", &with, &["a"]), ended("2025-06-01", &with, nth < 15)]);
        told.extend([offer("2025-05-01", &without, &[]), ended("2025-06-01", &without, nth < 8)]);
    }
    // Neither an offer nor a need; and one that names its need after the close, and so names none.
    told.push(ended("2025-06-01", "alone", true));
    told.extend([ended("2025-06-01", "late", true), offer("2025-06-02", "late", &["a"])]);
    // The opening names one: it comes before the close, whatever its date says.
    let need_ids = vec!["a".to_owned()];
    let opened =
        v1::DealOpened { deal_id: "opened".into(), stage: "new".into(), need_ids, ..Default::default() };
    told.extend([ended("2025-06-01", "opened", false), on("2025-06-02", 1, Kind::DealOpened(opened))]);
    // An offer of no deal, and a deal that goes on.
    told.extend([offer("2025-05-01", "", &["a"]), offer("2025-05-01", "open", &["a"])]);
    let offers = answer(told.clone()).offers.unwrap();
    let [with_won, without_won] = [&offers.with_won, &offers.without_won].map(of);
    let counts = (with_won, count(&offers.with_lost), without_won, count(&offers.without_lost));
    assert_eq!((counts, count(&offers.not_offered)), ((15, 6, 8, 12), 2));
    let share = offers.with_won.unwrap();
    // Wilson's interval of 15 of 21.
    assert_eq!(format!("{:.4} {:.4}", share.low.unwrap(), share.high.unwrap()), "0.5004 0.8619");
    // 15/21 - 8/20; z by hand: p = 23/41, √(p(1−p)(1/21 + 1/20)) = 0.155054.
    let (difference, z, p) = (offers.difference.unwrap(), offers.z.unwrap(), offers.p.unwrap());
    assert_eq!(format!("{difference:.4} {z:.3} {p:.4}"), "0.3143 2.027 0.0427");
    let listed =
        company(told).ask::<Needs>(&Default::default(), Some("offers/with_lost"), 0).unwrap().objects;
    assert_eq!(listed.len(), 6);
    // The offer and the loss of the sixteenth: four events a round.
    assert_eq!(listed[0].positions, [61, 62]);
}

#[test]
fn a_few_deals_are_compared_and_not_tested() {
    let told = vec![
        offer("2025-05-01", "a", &["n"]),
        ended("2025-06-01", "a", true),
        offer("2025-05-01", "b", &[]),
        ended("2025-06-01", "b", false),
    ];
    let answer = answer(told);
    let of = answer.offers.as_ref().unwrap();
    assert_eq!((of.difference, of.z, of.p), (Some(1.0), None, None));
    let page = Needs::page(&Default::default(), &answer);
    let grid = page.grids.iter().find(|grid| grid.key == "offer").unwrap();
    let notes: Vec<_> = grid.notes.iter().map(|note| note.key).collect();
    assert_eq!(notes, ["untested", "no_cause"]);
}
