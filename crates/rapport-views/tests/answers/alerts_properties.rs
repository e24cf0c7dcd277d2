//! Retention's alerts against an independent computation: small companies with many contacts, and crowds who buy and leave, to
//! which a model can be fitted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

use std::collections::BTreeMap;

use crate::support::{
    acting::{Acting, contact_roles, is_two_way, last_response, without_merges},
    checks::{assert_figures_list_what_they_count, assert_page_is_whole, assert_same, json_of},
    company::{self, Company, Told, companies, definition, hours, money},
    figures, retention_oracle,
};
use proptest::prelude::*;
use rapport_proto::v1::{self, RetentionMeasure, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Model as _, Retention},
    table::Dictionary,
};

fn responses() -> impl Strategy<Value = Kind> {
    (prop::sample::select(vec![1, 1, 1, 2]), 0..=10_u8).prop_map(|(instrument, value)| {
        let (survey_id, value) = ("s".to_owned(), Some(value.into()));
        Kind::SurveyAnswered(v1::SurveyAnswered { survey_id, instrument, value, ..Default::default() })
    })
}

fn published() -> impl Strategy<Value = Kind> {
    let upper = r#"{"top": 20, "large": 60, "medium": 80, "window_months": 18}"#;
    let bodies = vec![("abc", r#"{"a": 50}"#), ("pyramid", upper)];
    (prop::sample::select(bodies), 1..3_u32)
        .prop_map(|((kind, body), version)| definition(kind, "customer", version, body))
}

fn small() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        24 => company::orders(),
        2 => company::order_changes(),
        2 => company::invoices(),
        6 => responses(),
        70 => company::touches(),
        9 => contact_roles(company::CUSTOMERS),
        1 => published(),
    ];
    companies(kinds, 240)
}

/// Numbers that look random, from 0 to 1.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }
}

/// So many customers who buy and leave as the models suppose, in the year 2025.
fn crowd(seed: u64, most: u64) -> Vec<Told> {
    let (mut told, mut drawn) = (Vec::new(), Drawn(seed));
    for customer in 9..9 + most {
        let (gap, leaves) = (7.0 + 90.0 * drawn.next(), 0.6 * drawn.next() * drawn.next());
        let (mut day, spends) = (120.0 * drawn.next(), 500.0 + 4_000.0 * drawn.next());
        for nth in 0.. {
            let (order_id, amount) = (format!("{customer}-{nth}"), spends * (0.5 + drawn.next()));
            let total = money(amount as i64, "EUR");
            let placed = v1::OrderPlaced { order_id, total, ..Default::default() };
            told.push(Told::at(24 * day as i64 + 12, customer, Kind::OrderPlaced(placed)));
            day -= gap * (1.0 - drawn.next()).ln();
            if day > 364.0 || (nth > 0 && drawn.next() < leaves) {
                break;
            }
        }
    }
    told
}

fn crowds() -> impl Strategy<Value = Company> {
    (small(), any::<u64>(), 45..75_u64).prop_map(|(mut company, seed, most)| {
        // Behind the others: their positions are known to corrections and un-merges.
        company.told.extend(crowd(seed, most));
        company.as_of = AsOf { occurred_until: hours(24 * 365), recorded_until: hours(24 * 1_000) };
        company
    })
}

prop_compose! {
    fn worlds()(
        company in prop_oneof![3 => small().boxed(), 1 => crowds().boxed()],
        purchases_from in prop::sample::select(vec![0, 0, 0, 1, 2]),
        currency in prop::sample::select(vec!["", "", "", "EUR", "USD"]),
    ) -> (Company, v1::RetentionRequest) {
        let measures = vec![RetentionMeasure::Alerts.into()];
        let currency = currency.to_owned();
        (company, v1::RetentionRequest { measures, purchases_from, currency, ..Default::default() })
    }
}

fn ask(company: &Company, request: &v1::RetentionRequest) -> v1::RetentionResponse {
    company.ask::<Retention>(request, None, 0).unwrap().response
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn alerts_are_what_asking_each_valuable_customer_for_each_sign_gives((company, request) in worlds()) {
        assert_same::<Retention>(&ask(&company, &request), &retention_oracle::answer(&company, &request));
    }

    #[test]
    fn neither_the_order_of_the_rows_nor_a_merge_instead_of_one_id_changes_an_alert(
        (company, request) in worlds(), seed in any::<u64>(),
    ) {
        let whole = ask(&company, &request);
        prop_assert_eq!(&whole, &ask(&Company { seed, ..company.clone() }, &request));
        prop_assert_eq!(&whole, &ask(&without_merges(&company), &request));
    }

    #[test]
    fn the_page_has_every_figure_and_a_dash_for_what_is_not_known((company, request) in worlds()) {
        let answer = ask(&company, &request);
        let page = Retention::page(&request, &answer);
        assert_page_is_whole::<Retention>(&page, &answer);
        let grid = page.grids.iter().find(|grid| grid.key == "alert").unwrap();
        let lacks = |row: &v1::RetentionAlert| {
            [row.gap_median_days, row.score, row.alive, row.contact_gap_median_days].contains(&None)
        };
        let is_said = grid.notes.iter().any(|note| note.key == "not_known");
        prop_assert_eq!(is_said, answer.alerts.iter().any(lacks));
    }
}

proptest! {
    // Asks again for every figure of every answer.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_the_events_that_make_it_count((company, request) in worlds()) {
        assert_figures_list_what_they_count::<Retention>(&company, &request);
        let (all, acting) = (company.happened(), Acting::of(&company));
        let of: BTreeMap<u64, _> = all.iter().map(|one| (one.position, one)).collect();
        for (figure, _) in figures(&json_of::<Retention>(&ask(&company, &request))) {
            if figure.is_empty() {
                continue;
            }
            let (answered, store) = company.ask_store::<Retention>(&request, Some(&figure), 0).unwrap();
            for hit in answered.objects {
                let customer = store.name_of(Dictionary::Party, hit.customer);
                let is_of_it = hit.positions.iter().all(|position| acting.counts_for(&customer, of[position]));
                prop_assert!(is_of_it, "{}: {:?} of {}", figure, hit, customer);
                let last = if figure.ends_with("/unhappy") {
                    last_response(&all, &acting, &customer, 1).map(|(.., position)| position)
                } else if figure.ends_with("/silent") {
                    let mut counts = all.iter().filter(|one| acting.counts_for(&customer, one));
                    counts.rfind(|one| is_two_way(&one.kind)).map(|one| one.position)
                } else {
                    continue;
                };
                prop_assert!(hit.positions.contains(&last.unwrap()), "{}: {:?} without {:?}", figure, hit, last);
            }
        }
    }
}

#[test]
fn the_random_companies_have_every_sign() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200 {
        let (company, request) = worlds().new_tree(&mut runner).unwrap().current();
        let answer = ask(&company, &request);
        let mut see = |what, is: &dyn Fn(&v1::RetentionAlert) -> bool| {
            *found.entry(what).or_default() += usize::from(answer.alerts.iter().any(is));
        };
        see("overdue alone", &|row| row.overdue && !row.unhappy && !row.fading && !row.silent);
        see("unhappy alone", &|row| row.unhappy && !row.overdue && !row.fading && !row.silent);
        see("fading alone", &|row| row.fading && !row.overdue && !row.unhappy && !row.silent);
        see("silent alone", &|row| row.silent && !row.overdue && !row.unhappy && !row.fading);
        see("not fading", &|row| row.alive.is_some_and(|alive| alive >= 0.5));
        see("of an upper level alone", &|row| row.abc != "A");
        let all = company.happened();
        let is_own = |row: &v1::RetentionAlert, is: &dyn Fn(&Kind) -> bool| {
            let name = row.customer.trim_start_matches("party:");
            all.iter().any(|one| one.customer == name && is(&one.kind))
        };
        let responded = |kind: &Kind| matches!(kind, Kind::SurveyAnswered(said) if said.instrument == 1);
        see("unhappy by a contact", &|row| row.unhappy && !is_own(row, &responded));
        let own_last = |row: &v1::RetentionAlert| {
            let name = row.customer.trim_start_matches("party:");
            let own = all.iter().filter(|one| one.customer == name && is_two_way(&one.kind));
            own.last().map(|one| rapport_proto::time::to_proto(one.at))
        };
        see("silent since a contact of theirs", &|row| row.silent && row.last_contact != own_last(row));
    }
    assert!(found.values().all(|times| *times >= 4), "{found:?}");
}
