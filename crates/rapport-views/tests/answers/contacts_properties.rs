//! Contacts against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    contacts_oracle::{self, asked, meeting, requests, without_plans},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Contacts, Model as _};

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn contacts_are_what_reading_every_event_finds(company in meeting(), request in requests()) {
        assert_same::<Contacts>(&asked(&company, &request), &contacts_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in meeting(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_contacts(company in meeting(), request in requests()) {
        let apart = support::acting::without_merges(&company);
        prop_assert_eq!(asked(&company, &request), asked(&apart, &request));
    }

    #[test]
    fn rows_add_up_to_the_total_and_pages_to_the_rows(
        company in meeting(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let contacts = |of: &v1::ContactMeasures| of.contacts.as_ref().unwrap().count;
        let sum: u64 = whole.rows.iter().map(|row| contacts(row.of.as_ref().unwrap())).sum();
        prop_assert_eq!(sum, contacts(whole.total.as_ref().unwrap()));
        let request = v1::ContactsRequest { page_size, ..request };
        assert_pages_are_the_whole::<Contacts, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| assert_eq!(page.total.is_some(), is_first),
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in meeting(), request in requests()) {
        let answer = asked(&company, &request);
        assert_page_is_whole::<Contacts>(&Contacts::page(&request, &answer), &answer);
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in meeting(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Contacts>(&without_plans(company), &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..150 {
        let company = meeting().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let figures = support::figures(&json_of::<Contacts>(&answer));
        for (name, _) in figures.into_iter().filter(|(_, count)| *count > 0) {
            let parts: Vec<_> = name.split('/').collect();
            found.insert(match parts.as_slice() {
                ["rows", ..] => "rows".to_owned(),
                ["classes", class, what, "executive"] => format!("{class}/{what} by executives"),
                ["classes", class, what, _] => format!("{class}/{what} by others"),
                _ => name,
            });
        }
    }
    let wanted = "total/contacts total/two_way total/customers total/reached total/directed total/outbound total/timed \
        total/asks total/gives total/meetings total/no_shows total/without_customer rows ahead planned coverage/0 coverage/1 \
        coverage/2 executives/customers executives/reached executives/by_executives silence/met silence/usual \
        silence/longer_than_usual silence/promised silence/longer_than_promised signals/recorded signals/answered \
        signals/waiting signals/answered/moves signals/waiting/builds \
        classes/A/customers classes/B/customers classes/A/contacts classes/C/reached";
    let roles = ["A/contacts by executives", "A/reached by executives", "C/contacts by others"];
    for wanted in wanted.split_whitespace().chain(roles) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
