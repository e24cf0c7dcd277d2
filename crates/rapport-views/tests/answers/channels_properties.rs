//! Channels against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::support;
use crate::support::{
    channels_oracle::{self, asked},
    channels_world::{campaigning, requests},
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Channels, Model as _};

fn amount(sum: &Option<v1::Sum>) -> i64 {
    sum.as_ref().and_then(|sum| sum.minor_units).unwrap_or(0)
}

proptest! {
    #[test]
    fn channels_are_what_asking_every_event_finds(company in campaigning(), request in requests()) {
        assert_same::<Channels>(&asked(&company, &request), &channels_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in campaigning(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in campaigning(), request in requests()) {
        let apart = support::acting::without_merges(&company);
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn the_credit_of_every_model_is_exactly_what_was_converted_and_charged(
        company in campaigning(), request in requests(),
    ) {
        let request = v1::ChannelsRequest { measures: Vec::new(), ..request };
        let answer = asked(&company, &request);
        for total in &answer.totals {
            let (count, revenue) = (total.conversions.as_ref().unwrap().count, amount(&total.revenue));
            let own: Vec<_> = answer.credits.iter().filter(|row| row.currency == total.currency).collect();
            prop_assert_eq!(own.iter().map(|row| row.credit_millionths).sum::<u64>(), 1_000_000 * count);
            prop_assert_eq!(own.iter().map(|row| amount(&row.revenue)).sum::<i64>(), revenue);
            let mut models: BTreeMap<i32, (u64, i64)> = BTreeMap::new();
            for one in own.iter().flat_map(|row| &row.models) {
                let sums = models.entry(one.model).or_default();
                *sums = (sums.0 + one.credit_millionths, sums.1 + amount(&one.revenue));
            }
            for (model, sums) in models {
                prop_assert_eq!(sums, (1_000_000 * count, revenue), "model {}", model);
            }
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_campaign_once_in_order(
        company in campaigning(), request in requests(), page_size in 1..3_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ChannelsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Channels, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.totals.is_empty(), !is_first || whole.totals.is_empty()); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in campaigning(), request in requests()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Channels>(&Channels::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in campaigning(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Channels>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..200 {
        let company = campaigning().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Channels>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(format!("{}/{}", parts[0], parts[parts.len() - 1]));
        }
        let credits = &answer.credits;
        found.extend(credits.iter().any(|row| row.return_on_spend.is_some()).then(|| "return".to_owned()));
        found.extend(credits.iter().any(|row| row.models.len() == 6).then(|| "models".to_owned()));
        found.extend(answer.totals.iter().any(|row| row.margin.is_some()).then(|| "margin".to_owned()));
        let costs = answer.totals.iter().filter_map(|row| row.spending.as_ref());
        found.extend(costs.clone().any(|one| one.ratio.is_some()).then(|| "ratio".to_owned()));
        let plans = &answer.plans;
        found.extend(plans.iter().any(|row| row.budget_used.is_some()).then(|| "budget".to_owned()));
        found.extend(plans.iter().any(|row| amount(&row.revenue) > 0).then(|| "planned".to_owned()));
        found.extend(plans.iter().any(|row| row.return_difference.is_some()).then(|| "forecast".to_owned()));
        found.extend(plans.iter().any(|row| row.budget.is_none()).then(|| "unplanned".to_owned()));
        let many = answer.rows.iter().any(|row| row.purchase_lift.is_some());
        found.extend(many.then(|| "lift".to_owned()));
        found.extend(answer.personalised_lift.is_some().then(|| "personalised".to_owned()));
    }
    let wanted = "totals/conversions totals/with_path totals/without_touchpoint totals/purchases \
        totals/purchases_without_customer totals/new_customers totals/existing_customers \
        credits/conversions credits/without_touchpoint left_out/touchpoints spend/events \
        quarters/new_customers quarters/existing_customers kinds/reach kinds/responded \
        campaigns/targeted campaigns/addressed campaigns/reach campaigns/responded \
        campaigns/responded_beyond campaigns/control campaigns/target_bought campaigns/control_bought \
        campaigns/control_responded return models margin ratio lift personalised budget planned forecast unplanned";
    for wanted in wanted.split_whitespace() {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
