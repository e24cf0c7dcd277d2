//! Tickets against an independent computation over random companies, and the rules that hold for all of them.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; helpers outside #[test] count as code for the lints"
)]

use std::collections::BTreeSet;

use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    tickets_oracle::{self, asked},
    tickets_world::{requests, served},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Tickets};

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

proptest! {
    #[test]
    fn tickets_are_what_their_steps_make_them(company in served(), request in requests()) {
        assert_same::<Tickets>(&asked(&company, &request), &tickets_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in served(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in served(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    #[test]
    fn groups_add_up_to_the_total(company in served(), request in requests()) {
        let answer = asked(&company, &request);
        let total = answer.total.as_ref().unwrap();
        let sum = |of: fn(&v1::TicketGroup) -> u64| answer.groups.iter().map(of).sum::<u64>();
        let figures: [fn(&v1::TicketGroup) -> u64; 4] = [
            |group| count(&group.open),
            |group| count(&group.opened),
            |group| count(&group.resolved),
            |group| count(&group.first_response.as_ref().unwrap().ended),
        ];
        for of in figures {
            prop_assert!(request.by < 2 || sum(of) == of(total));
        }
        let times = total.resolution.as_ref().unwrap();
        prop_assert_eq!(count(&times.ended) + count(&times.censored), count(&total.opened));
        let causes: u64 = answer.causes.iter().map(|cause| count(&cause.tickets)).sum();
        prop_assert_eq!(causes + count(&answer.without_cause), count(&total.resolved));
        let late = answer.rows.iter().filter(|row| row.breached).count() as u64;
        prop_assert_eq!((answer.rows.len() as u64, late), (count(&total.open), count(&total.open_breached)));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in served(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::TicketsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Tickets, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.total, if is_first { &whole.total } else { &None });
            assert_eq!(&page.meta, &whole.meta); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in served(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Tickets::page(&request, &answer);
        assert_page_is_whole::<Tickets>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in served(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Tickets>(&company, &request);
    }
}

/// What an answer shows of its measures.
fn shown(answer: &v1::TicketsResponse) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |name: String, is_there: bool| found.extend(is_there.then_some(name));
    for group in answer.groups.iter().chain(&answer.total) {
        let counts = [
            ("open", &group.open),
            ("late", &group.open_breached),
            ("opened", &group.opened),
            ("resolved", &group.resolved),
            ("reopened", &group.reopened),
            ("pushed", &group.pushed),
            ("first contact", &group.first_contact),
        ];
        counts.into_iter().for_each(|(name, figure)| note(name.to_owned(), count(figure) > 0));
        for (what, times) in [("response", &group.first_response), ("solution", &group.resolution)] {
            let times = times.as_ref().unwrap();
            let is_some = |length: &Option<prost_types::Duration>| length.is_some_and(|it| it.seconds > 0);
            note(format!("{what} median"), is_some(&times.median));
            note(format!("{what} working"), is_some(&times.median_working));
        }
        for (what, promises) in
            [("response", &group.first_response_promise), ("solution", &group.resolution_promise)]
        {
            let of = promises.as_ref().unwrap();
            note(format!("{what} kept"), count(&of.kept) > 0);
            note(format!("{what} broken"), count(&of.breached) > 0);
            note(format!("{what} pending"), count(&of.pending) > 0);
            note(format!("{what} not promised"), count(&of.not_promised) > 0);
        }
    }
    note("without opening".to_owned(), count(&answer.without_opening) > 0);
    note("without cause".to_owned(), count(&answer.without_cause) > 0);
    note("empty groups".to_owned(), answer.groups_empty > 0);
    note("causes".to_owned(), answer.causes.len() > 1);
    let meta = answer.meta.as_ref().unwrap();
    meta.definitions.iter().for_each(|of| note(format!("{} used", of.kind), true));
    meta.definitions_unreadable.iter().for_each(|of| note(format!("{} unreadable", of.kind), true));
    answer.rows.iter().for_each(|row| note("due".to_owned(), row.due.is_some()));
    let said = answer.satisfaction.as_ref().unwrap();
    note(format!("difference of {}", said.instrument), said.low.is_some());
    for of in answer.groups.iter().filter_map(|group| group.defects.as_ref()) {
        note("defects".to_owned(), count(&of.defects) > 0);
        note("a rate of defects".to_owned(), of.per_hundred.is_some_and(|rate| rate > 0.0));
        note("nothing sold".to_owned(), of.sold_milli == Some(0));
    }
    found
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..800 {
        let company = served().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        found.extend(shown(&asked(&company, &request)));
    }
    let others = [
        "open",
        "late",
        "opened",
        "resolved",
        "reopened",
        "pushed",
        "first contact",
        "response median",
        "response working",
        "response kept",
        "response broken",
        "response pending",
        "response not promised",
        "solution median",
        "solution working",
        "solution kept",
        "solution broken",
        "solution pending",
        "solution not promised",
        "without opening",
        "without cause",
        "empty groups",
        "causes",
        "service_level used",
        "service_level unreadable",
        "calendar used",
        "calendar unreadable",
        "due",
        "difference of ces",
        "difference of csat",
        "difference of nps",
        "defects",
        "a rate of defects",
        "nothing sold",
    ];
    for wanted in others {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
