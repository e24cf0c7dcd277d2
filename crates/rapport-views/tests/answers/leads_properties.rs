//! Leads against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    leads_oracle::{self, asked},
    leads_world::{requests, with_leads},
    proto,
};
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, FunnelMeasure};
use rapport_views::model::{Funnel, Leads, Model as _};

proptest! {
    #[test]
    fn leads_are_what_walking_through_every_lead_finds(company in with_leads(), request in requests()) {
        assert_same::<Leads>(&asked(&company, &request), &leads_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in with_leads(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in with_leads(), request in requests()) {
        let apart = company.without_merges();
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn leads_are_converted_or_rejected_or_open_and_groups_add_up_to_the_total(
        company in with_leads(), request in requests(),
    ) {
        let answer = asked(&company, &request);
        let total = answer.total.unwrap();
        let size = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        let part = |share: &Option<v1::LeadShare>| size(&share.as_ref().unwrap().leads);
        prop_assert_eq!(part(&total.converted) + part(&total.rejected) + part(&total.open), size(&total.leads));
        prop_assert!(part(&total.won) <= part(&total.converted));
        prop_assert!(part(&total.judged_automatically) <= size(&total.judged));
        let cohorts: u64 = answer.cohorts.iter().map(|cohort| size(&cohort.leads)).sum();
        prop_assert_eq!(cohorts, size(&total.leads));
        let reasons: u64 = answer.reasons.iter().map(|reason| part(&reason.leads)).sum();
        prop_assert_eq!(reasons, part(&total.rejected));
        let outcomes = answer.outcomes.unwrap();
        let kinds = [&outcomes.with_deal, &outcomes.with_order, &outcomes.with_neither];
        prop_assert_eq!(kinds.into_iter().map(size).sum::<u64>(), part(&total.converted));
        if request.by > 0 {
            let groups = || answer.groups.iter().map(|group| group.of.as_ref().unwrap());
            for (sum, whole) in [
                (groups().map(|of| size(&of.leads)).sum::<u64>(), size(&total.leads)),
                (groups().map(|of| size(&of.captured)).sum(), size(&total.captured)),
                (groups().map(|of| size(&of.untraceable)).sum(), size(&total.untraceable)),
                (groups().map(|of| part(&of.won)).sum(), part(&total.won)),
                (
                    groups().map(|of| part(&of.judged_automatically)).sum(),
                    part(&total.judged_automatically),
                ),
            ] {
                prop_assert_eq!(sum, whole);
            }
        }
    }

    #[test]
    fn the_funnel_counts_the_same_leads(company in with_leads()) {
        let ever = v1::LeadsRequest { period_from: proto(Timestamp::from_micros(0)), ..Default::default() };
        let total = asked(&company, &ever).total.unwrap();
        let request = v1::FunnelRequest { measures: vec![FunnelMeasure::Leads.into()], ..Default::default() };
        let funnel = company.ask::<Funnel>(&request, None, 0).unwrap().response.leads.unwrap();
        let size = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for (step, ours) in [
            (0, size(&total.captured) + size(&total.captured_untraceable)),
            (1, size(&total.leads) + size(&total.untraceable)),
        ] {
            prop_assert_eq!(size(&funnel.steps[step].customers), ours);
        }
        prop_assert_eq!(size(&funnel.left_out), size(&asked(&company, &ever).left_out));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in with_leads(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::LeadsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Leads, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in with_leads(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Leads::page(&request, &answer);
        assert_page_is_whole::<Leads>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in with_leads(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Leads>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let company = with_leads().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Leads>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["groups" | "cohorts", _, what] => format!("{}/{what}", parts[0]),
                _ => name.clone(),
            });
        }
        let automatic = answer.total.as_ref().unwrap().judged_automatically.as_ref().unwrap();
        found.extend(automatic.share.map(|_| "a share judged automatically".to_owned()));
        let times = answer.times.iter().filter(|time| time.median_of_all.is_some());
        found.extend(times.map(|time| format!("half of {}-{}", time.from, time.to)));
        found.extend(answer.cohorts.iter().map(|cohort| format!("immature {}", cohort.immature)));
        found.extend(answer.rows.iter().map(|row| format!("a row {} {}", row.state, row.outcome)));
        let owned = answer.rows.iter().filter(|row| ["anna", "karlis"].contains(&row.staff.as_str()));
        found.extend(owned.map(|_| "an owner".to_owned()));
    }
    let measures = "captured captured_opened captured_untraceable leads untraceable accepted converted rejected open \
        not_judged won judged judged_automatically";
    let measures = measures.split_whitespace();
    for wanted in measures.flat_map(|what| [format!("total/{what}"), format!("groups/{what}")]) {
        assert!(found.contains(&wanted), "no company makes `{wanted}`: {found:?}");
    }
    let wanted = "cohorts/leads cohorts/converted outcomes/with_deal outcomes/won outcomes/open outcomes/lost \
        outcomes/unknown outcomes/with_order outcomes/with_neither reasons/ beside/without_customer beside/not_opened \
        beside/left_out scores/1/leads scores/5/converted times/captured/opened/done times/captured/accepted/done \
        times/opened/judged/done times/opened/converted/done times/accepted/converted/done";
    let others = [
        "reasons/no budget",
        "half of captured-opened",
        "half of opened-converted",
        "immature true",
        "immature false",
        "a row opened ",
        "a row accepted ",
        "a row rejected ",
        "a row converted ",
        "a row converted won",
        "an owner",
        "a share judged automatically",
    ];
    for wanted in wanted.split_whitespace().chain(others) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
