//! Resistance against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Funnel, Model as _, Resistance};

use crate::support::{
    self,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    resistance_oracle::{self, asked},
    resistance_world::{requests, resisted},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn resistance_is_what_asking_every_deal_about_every_event_finds(company in resisted(), request in requests()) {
        assert_same::<Resistance>(&asked(&company, &request), &resistance_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in resisted(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in resisted(), request in requests()) {
        let apart = support::acting::without_merges(&company);
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn segments_add_up_and_lie_around_the_overall_share(company in resisted(), request in requests()) {
        let answer = asked(&company, &request);
        let total = answer.total.unwrap();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        let of = |count: fn(&v1::ResistanceSegment) -> &Option<v1::Figure>| {
            answer.rows.iter().map(|row| n(count(row))).sum::<u64>()
        };
        if !request.by.is_empty() {
            prop_assert_eq!((of(|row| &row.won), of(|row| &row.lost)), (n(&total.won), n(&total.lost)));
        }
        for row in &answer.rows {
            // Between its own share and that of all.
            let (own, all) = (100.0 * row.loss_share, 100.0 * total.loss_share.unwrap());
            prop_assert!(own.min(all) - 1e-9 <= row.index && row.index <= own.max(all) + 1e-9);
        }
        for change in &answer.approaches {
            let all = [&change.with_won, &change.with_lost, &change.without_won, &change.without_lost];
            let known = n(&total.won) + n(&total.lost) - n(&total.without_customer);
            prop_assert_eq!(all.into_iter().map(n).sum::<u64>(), known);
        }
        let is_protected = answer.factors.iter().any(|factor| factor.key == "age");
        prop_assert!(!is_protected);
    }

    #[test]
    fn deals_are_closed_as_in_the_funnel(company in resisted(), request in requests()) {
        let answer = asked(&company, &request);
        // A period that begins after T is empty, which the funnel cannot be asked for.
        prop_assume!(answer.period_from != answer.period_to);
        let funnel = v1::FunnelRequest {
            period_from: answer.period_from,
            period_to: answer.period_to,
            measures: vec![v1::FunnelMeasure::Outcomes.into()],
            ..Default::default()
        };
        let pipelines = company.ask::<Funnel>(&funnel, None, 0).unwrap().response.pipelines;
        let outcomes = pipelines.iter().flat_map(|one| &one.outcomes).filter(|row| row.currency == "*");
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        let (won, lost) =
            outcomes.fold((0, 0), |(won, lost), row| (won + n(&row.won), lost + n(&row.lost)));
        let total = answer.total.unwrap();
        prop_assert_eq!((n(&total.won), n(&total.lost)), (won, lost));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in resisted(), request in requests(), page_size in 1..3_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ResistanceRequest { page_size, ..request };
        assert_pages_are_the_whole::<Resistance, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(
        company in resisted(), request in requests(),
    ) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Resistance>(&Resistance::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in resisted(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Resistance>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..200 {
        let company = resisted().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Resistance>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["total", _] => name.clone(),
                [list, .., what] if *list != "gaps" => format!("{list}/{what}"),
                [list, ..] => (*list).to_owned(),
                [] => String::new(),
            });
        }
        found.extend(answer.approaches.iter().any(|change| change.p.is_some()).then(|| "a test".to_owned()));
        let unsaid = answer.rows.iter().any(|row| row.key.is_empty());
        found.extend((unsaid && answer.rows.len() > 2).then(|| "segments".to_owned()));
        found.extend(answer.factors.iter().any(|of| of.weight.is_some()).then(|| "a weight".to_owned()));
    }
    let wanted = "total/won total/lost total/named total/without_customer total/without_deal total/left_out total/said_later \
        rows/won rows/lost factors/won factors/lost barriers/won barriers/lost competitors/won competitors/lost \
        gaps approaches/with_won approaches/with_lost approaches/without_won approaches/without_lost";
    for wanted in wanted.split_whitespace().chain(["a test", "segments", "a weight"]) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
