//! Resistance of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::AnswerError,
    model::{AskError, Model as _, Resistance},
};

use crate::support::{
    HOUR,
    company::{Company, Told, hours, money, zone},
    proto,
    resistance_oracle::asked,
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    let as_of = rapport_views::answers::AsOf { occurred_until, recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn by(attribute: &str) -> v1::ResistanceRequest {
    v1::ResistanceRequest { by: attribute.to_owned(), ..Default::default() }
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / HOUR, customer, kind)
}

fn opened(date: &str, customer: u64, id: &str) -> Told {
    let [deal_id, stage] = [id, "new"].map(str::to_owned);
    on(date, customer, Kind::DealOpened(v1::DealOpened { deal_id, stage, ..Default::default() }))
}

fn moved(date: &str, customer: u64, id: &str) -> Told {
    let [deal_id, to] = [id, "offer"].map(str::to_owned);
    on(date, customer, Kind::DealStageChanged(v1::DealStageChanged { deal_id, to, ..Default::default() }))
}

fn won(date: &str, customer: u64, id: &str) -> Told {
    on(date, customer, Kind::DealWon(v1::DealWon { deal_id: id.to_owned(), ..Default::default() }))
}

fn lost(date: &str, customer: u64, id: &str, factors: &[&str]) -> Told {
    let factors = factors.iter().map(|factor| (*factor).to_owned()).collect();
    let lost = v1::DealLost { deal_id: id.to_owned(), factors, ..Default::default() };
    on(date, customer, Kind::DealLost(lost))
}

fn objection(date: &str, deal: &str, factor: &str, says: v1::ObjectionObserved) -> Told {
    let said = v1::ObjectionObserved { factor: factor.to_owned(), ..says };
    let tags = if deal.is_empty() { Vec::new() } else { vec![format!("deal:{deal}")] };
    Told { tags, ..on(date, 1, Kind::ObjectionObserved(said)) }
}

fn attribute(date: &str, customer: u64, key: &str, value: &str) -> Told {
    let personal = Some(v1::party_fact_recorded::Personal { value: value.to_owned() });
    let fact = v1::PartyFactRecorded { category: 1, key: key.to_owned(), personal, ..Default::default() };
    on(date, customer, Kind::PartyFactRecorded(fact))
}

/// 1: reached, 2: no answer.
fn call(date: &str, customer: u64, approach: &str, outcome: i32) -> Told {
    let call = v1::TouchCallLogged { outcome, approach: approach.to_owned(), ..Default::default() };
    on(date, customer, Kind::TouchCallLogged(call))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

#[test]
fn an_index_is_drawn_to_the_overall_share_by_ten_deals() {
    let mut told = vec![
        attribute("2025-01-02", 1, "region", "Riga"),
        attribute("2025-01-02", 2, "region", "Liepaja"),
        // It moves after three of its deals.
        attribute("2025-06-15", 2, "region", "Riga"),
    ];
    for (nth, month) in (1..).zip(["02", "03", "04", "05"]) {
        let day = format!("2025-{month}-10");
        told.push(won(&day, 1, &format!("r{nth}")));
        told.push(if nth < 4 { lost(&day, 2, &format!("l{nth}"), &[]) } else { won(&day, 2, "l4") });
    }
    told.push(lost("2025-07-01", 2, "l5", &[]));
    // Nothing is said of this one, and this one is nobody's.
    told.extend([won("2025-07-01", 3, "x"), lost("2025-07-01", 0, "y", &[])]);
    let answer = asked(&company(told), &by("region"));
    let total = answer.total.as_ref().unwrap();
    // λ = 5/11.
    assert_eq!((count(&total.won), count(&total.lost), count(&total.without_customer)), (6, 5, 1));
    assert_eq!(total.loss_share, Some(5.0 / 11.0));
    let rows: Vec<_> = answer
        .rows
        .iter()
        .map(|row| (row.key.as_str(), count(&row.won), count(&row.lost), format!("{:.3}", row.index)))
        .collect();
    // 100·(3 + 50/11)/(4 + 10), 100·(1 + 50/11)/(2 + 10), 100·(1 + 50/11)/(5 + 10).
    let expected = [
        ("Liepaja", 1, 3, "53.896".to_owned()),
        ("", 1, 1, "46.212".to_owned()),
        ("Riga", 4, 1, "36.970".to_owned()),
    ];
    assert_eq!(rows, expected);
    assert_eq!(answer.attributes, ["region"]);
    let page = Resistance::page(&by("region"), &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["few"]);
}

#[test]
fn what_is_said_only_after_the_close_places_a_deal_and_is_counted() {
    let ended = |told: Told| match told.kind {
        Kind::PartyFactRecorded(mut fact) => {
            fact.valid_to = proto(parse_moment("2025-02-01", &zone()).unwrap());
            Told { kind: Kind::PartyFactRecorded(fact), ..told }
        }
        _ => told,
    };
    let answer = asked(
        &company(vec![
            won("2025-03-01", 1, "a"),
            attribute("2025-06-01", 1, "region", "Riga"),
            attribute("2025-07-01", 1, "region", "Liepaja"),
            // It had been said, and no longer held: nothing is known of that day.
            won("2025-03-01", 2, "b"),
            ended(attribute("2025-01-02", 2, "region", "Riga")),
            attribute("2025-06-01", 2, "region", "Riga"),
        ]),
        &by("region"),
    );
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.key.as_str(), count(&row.won))).collect();
    assert_eq!((rows, count(&answer.total.unwrap().said_later)), (vec![("", 1), ("Riga", 1)], 1));
}

#[test]
fn a_factor_weighs_as_much_as_lost_deals_have_it_more_often() {
    let strong =
        |strength| v1::ObjectionObserved { strength: Some(strength), barrier: 2, ..Default::default() };
    let mut told = Vec::new();
    for nth in 1..=4 {
        told.push(won("2025-03-01", 1, &format!("w{nth}")));
        told.push(lost("2025-03-01", 1, &format!("l{nth}"), if nth < 3 { &["price", "price"] } else { &[] }));
    }
    told.extend([
        // Named by its loss too: the deal counts once.
        objection("2025-02-01", "l1", "price", strong(0.5)),
        objection("2025-02-01", "l3", "price", strong(1.0)),
        objection("2025-02-01", "w1", "price", v1::ObjectionObserved::default()),
        objection("2025-02-01", "w2", "habit", v1::ObjectionObserved { barrier: 4, ..Default::default() }),
        // Of an open deal, and of none.
        opened("2025-02-01", 1, "o"),
        objection("2025-02-01", "o", "habit", v1::ObjectionObserved::default()),
        objection("2025-02-01", "", "habit", v1::ObjectionObserved::default()),
    ]);
    let answer = asked(&company(told), &Default::default());
    let shown: Vec<_> = answer
        .factors
        .iter()
        .map(|of| (of.key.as_str(), count(&of.lost), count(&of.won), format!("{:.4}", of.weight.unwrap())))
        .collect();
    // ln((3.5/5)/(1.5/5)) and ln((0.5/5)/(1.5/5)).
    assert_eq!(shown, [("price", 3, 1, "0.8473".to_owned()), ("habit", 0, 1, "-1.0986".to_owned())]);
    // 1.96·√(1/3.5 − 1/5 + 1/1.5 − 1/5) = 1.4567.
    let price = &answer.factors[0];
    assert_eq!(format!("{:.4} {:.4}", price.low.unwrap(), price.high.unwrap()), "-0.6094 2.3040");
    assert_eq!((price.strength_n, price.strength_mean), (2, Some(0.75)));
    let barriers: Vec<_> =
        answer.barriers.iter().map(|of| (of.key.as_str(), count(&of.lost), count(&of.won))).collect();
    assert_eq!(barriers, [("value", 2, 0), ("tradition", 0, 1)]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.named), count(&total.without_deal)), (5, 1));
}

#[test]
fn protected_traits_are_no_segments_and_no_factors() {
    let told = vec![
        attribute("2025-01-02", 1, "Age-Group", "60+"),
        attribute("2025-01-02", 1, "region", "Riga"),
        won("2025-03-01", 1, "w"),
        lost("2025-03-01", 1, "l", &["price", "customerAge", "Dzimums"]),
        objection(
            "2025-02-01",
            "w",
            "ethnic origin",
            v1::ObjectionObserved { barrier: 3, ..Default::default() },
        ),
    ];
    let company = company(told);
    let answer = asked(&company, &Default::default());
    let factors: Vec<_> = answer.factors.iter().map(|of| of.key.as_str()).collect();
    assert_eq!((factors, count(&answer.total.unwrap().left_out)), (vec!["price"], 2));
    // What else the objection says counts.
    assert_eq!(answer.barriers[0].key, "risk");
    assert_eq!(answer.attributes, ["region"]);
    for wrong in ["Age-Group", "gender", "reliģija", "political_views", "Sexual orientation", "health"] {
        let AskError::Field { field, expected } = company.refused::<Resistance>(&by(wrong)) else {
            panic!("{wrong}")
        };
        assert!(field == "by" && expected.contains("GDPR") && expected.contains(wrong), "{expected}");
    }
    let hits = company.ask::<Resistance>(&Default::default(), Some("total/left_out"), 0).unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [vec![4], vec![5]]);
}

#[test]
fn an_approach_is_compared_with_the_other_deals() {
    let mut told = Vec::new();
    // Of 20 deals with a demonstration 15 are won, of 20 others 5: each of a customer of its own month.
    for nth in 0..40_u32 {
        let (customer, id) = (1 + u64::from(nth % 8), format!("d{nth}"));
        let (begin, end) = (format!("2025-{:02}-01", 1 + nth / 4), format!("2025-{:02}-20", 1 + nth / 4));
        told.push(opened(&begin, customer, &id));
        let is_won = if nth % 2 == 0 { nth < 30 } else { nth < 10 };
        told.push(if is_won { won(&end, customer, &id) } else { lost(&end, customer, &id, &[]) });
        if nth % 2 == 0 {
            told.push(call(&format!("2025-{:02}-10", 1 + nth / 4), customer, "demonstration", 1));
        } else {
            // An attempt, and a contact before it was opened, change nothing.
            told.push(call(&format!("2025-{:02}-10", 1 + nth / 4), customer, "demonstration", 2));
            told.push(call("2024-12-30", customer, "demonstration", 1));
        }
    }
    let answer = asked(&company(told), &Default::default());
    let [change] = &answer.approaches[..] else { panic!("{:?}", answer.approaches) };
    assert_eq!((count(&change.with_won), count(&change.with_lost)), (15, 5));
    assert_eq!((count(&change.without_won), count(&change.without_lost)), (5, 15));
    assert_eq!(change.difference, Some(0.5));
    // Wilson: 0.5313 to 0.8881 and 0.1119 to 0.4687, so that both ends are √(0.2187² + 0.2187²) and √(0.1381² + 0.1381²) away.
    assert_eq!(format!("{:.4} {:.4}", change.low.unwrap(), change.high.unwrap()), "0.1907 0.6954");
    // 0.5/√(0.25·(1/20 + 1/20)).
    assert_eq!(format!("{:.4} {:.5}", change.z.unwrap(), change.p.unwrap()), "3.1623 0.00157");
}

#[test]
fn a_few_deals_are_compared_and_not_tested() {
    let told = vec![
        opened("2025-03-01", 1, "a"),
        call("2025-03-02", 1, "reference", 1),
        won("2025-03-03", 1, "a"),
        lost("2025-03-03", 2, "b", &[]),
    ];
    let answer = asked(&company(told), &Default::default());
    let change = &answer.approaches[0];
    assert_eq!((change.difference, change.z, change.p), (Some(1.0), None, None));
    let page = Resistance::page(&Default::default(), &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["untested", "no_cause"]);
}

#[test]
fn a_deal_is_closed_by_its_last_outcome_unless_it_goes_on() {
    let told = vec![
        opened("2025-03-01", 1, "a"),
        lost("2025-03-05", 1, "a", &["price"]),
        moved("2025-03-07", 1, "a"),
        // Won after all: the factor was overcome.
        won("2025-03-09", 1, "a"),
        lost("2025-03-05", 1, "b", &[]),
        moved("2025-03-07", 1, "b"),
        // A deal is opened before all else, whatever the date says.
        opened("2025-04-01", 1, "c"),
        lost("2025-03-09", 1, "c", &[]),
        // Won before the period; what is said again closes nothing.
        won("2024-12-20", 1, "d"),
        won("2025-02-01", 1, "d"),
    ];
    let answer = asked(&company(told), &Default::default());
    let total = answer.total.unwrap();
    assert_eq!((count(&total.won), count(&total.lost)), (1, 1));
    assert_eq!((count(&answer.factors[0].won), count(&answer.factors[0].lost)), (1, 0));
}

#[test]
fn gaps_have_a_median_a_competitor_and_currency() {
    let says = |minor_units, currency: &str| v1::ObjectionObserved {
        competitor: "Rival".to_owned(),
        price_gap: money(minor_units, currency),
        ..Default::default()
    };
    let told = vec![
        lost("2025-03-05", 1, "a", &[]),
        objection("2025-03-01", "a", "price", says(1_000, "EUR")),
        objection("2025-03-02", "a", "price", says(401, "EUR")),
        objection("2025-03-02", "a", "price", says(70, "USD")),
    ];
    let answer = asked(&company(told), &Default::default());
    let gaps: Vec<_> = answer
        .gaps
        .iter()
        .map(|gap| {
            (gap.competitor.as_str(), gap.currency.as_str(), count(&gap.objections), gap.median_minor_units)
        })
        .collect();
    assert_eq!(gaps, [("Rival", "EUR", 2, 700), ("Rival", "USD", 1, 70)]);
    // No won deal: no weights.
    assert_eq!(answer.factors[0].weight, None);
}

#[test]
fn wrong_fields_are_named() {
    let company = company(Vec::new());
    let request = v1::ResistanceRequest {
        period_from: proto(hours(24)),
        period_to: proto(hours(24)),
        ..Default::default()
    };
    let AskError::Answer(error) = company.refused::<Resistance>(&request) else { panic!("it is answered") };
    assert_eq!(error.field(), "period_to");
    for wrong in ["total", "total/x", "rows/a/x", "gaps/a", "approaches/a/won", "x"] {
        let asked = company.ask::<Resistance>(&Default::default(), Some(wrong), 0);
        assert!(matches!(asked, Err(AnswerError::MalformedFigure { .. })), "{wrong}");
    }
    let nothing = company.ask::<Resistance>(&Default::default(), Some("total/won"), 0);
    assert!(matches!(nothing, Err(AnswerError::NoSuchFigure { .. })));
}
