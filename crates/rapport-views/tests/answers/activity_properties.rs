//! Activity against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    activity_oracle::{self, asked, busy, requests},
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Activity, Model as _};

proptest! {
    #[test]
    fn activity_is_what_reading_every_event_finds(company in busy(), request in requests()) {
        assert_same::<Activity>(&asked(&company, &request), &activity_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in busy(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn rows_add_up_to_the_total_and_pages_to_the_rows(
        company in busy(), request in requests(), page_size in 1..6_u32,
    ) {
        let whole = asked(&company, &request);
        let events = |of: &v1::ActivityMeasures| of.events.as_ref().unwrap().count;
        // An event of a list counts for one.
        let sum: u64 = whole.rows.iter().map(|row| row.of.as_ref().map_or(1, events)).sum();
        prop_assert_eq!(sum, events(whole.total.as_ref().unwrap()));
        let request = v1::ActivityRequest { page_size, ..request };
        assert_pages_are_the_whole::<Activity, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| assert_eq!(page.total.is_some(), is_first),
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in busy(), request in requests()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Activity>(&Activity::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in busy(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Activity>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..150 {
        let company = busy().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Activity>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["rows", ..] => "rows".to_owned(),
                ["milestones", _, side, group] => format!("{side}/{group}"),
                _ => name,
            });
        }
        let is_filtered =
            !(request.actors.is_empty() && request.customers.is_empty() && request.types.is_empty());
        found.extend((is_filtered && !answer.rows.is_empty()).then(|| "filtered".to_owned()));
        let is_not_whole = |one: &v1::ActivityMilestone| !one.before_is_whole && !one.after_is_whole;
        found.extend(answer.milestones.iter().any(is_not_whole).then(|| "not whole".to_owned()));
        found.extend(answer.rows.iter().any(|row| row.event.is_some()).then(|| "a list".to_owned()));
    }
    let wanted =
        "total/events total/two_way rows disclosures/auditor disclosures/subject disclosures/authority";
    let groups =
        ["contacts", "leads", "deals", "won", "lost", "orders", "tickets", "complaints", "responses"];
    let sides = groups.map(|group| [format!("before/{group}"), format!("after/{group}")]);
    let sides = sides.iter().flatten().map(String::as_str);
    for wanted in wanted.split_whitespace().chain(["filtered", "a list", "not whole"]).chain(sides) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
