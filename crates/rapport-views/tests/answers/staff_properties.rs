//! Staff against an independent computation (the oracle) over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    acting::without_merges,
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
        json_of,
    },
    company::Company,
    staff_oracle::{self, asked},
    staff_world::{requests, working},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Staff};

proptest! {
    #[test]
    fn staff_are_what_walking_through_the_events_finds(company in working(), request in requests()) {
        assert_same::<Staff>(&asked(&company, &request), &staff_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in working(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in working(), request in requests()) {
        // Merges are no events of the other company: no payout may name one.
        let apart = without_merges(&company);
        let bare = |company: &Company| v1::StaffResponse { payouts: None, rows: Vec::new(), ..asked(company, &request) };
        prop_assert_eq!(bare(&company), bare(&apart));
    }

    #[test]
    fn rows_add_up_to_the_total(company in working(), request in requests()) {
        let answer = asked(&company, &v1::StaffRequest { list: 1, ..request });
        let total = answer.total.unwrap();
        let of = |count: fn(&v1::StaffMeasures) -> &Option<v1::Figure>| {
            let rows = answer.rows.iter().map(|row| count(row.of.as_ref().unwrap()));
            let sum: u64 = rows.map(|figure| figure.as_ref().map_or(0, |figure| figure.count)).sum();
            (sum, count(&total).as_ref().unwrap().count)
        };
        for (sum, whole) in [of(|one| &one.contacts), of(|one| &one.two_way), of(|one| &one.tickets_resolved)] {
            prop_assert_eq!(sum, whole);
        }
        if request.by < 2 {
            for (sum, whole) in [of(|one| &one.won), of(|one| &one.lost), of(|one| &one.orders)] {
                prop_assert_eq!(sum, whole);
            }
        }
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for split in [&total.by_purpose, &total.by_customer] {
            prop_assert_eq!(split.iter().map(|one| count(&one.contacts)).sum::<u64>(), count(&total.contacts));
            let shares: f64 = split.iter().filter_map(|one| one.share).sum();
            prop_assert!(shares == 0.0 || (shares - 1.0).abs() < 1e-9);
        }
        let turnover = answer.turnover.unwrap();
        let end = turnover.headcount_begin + count(&turnover.joined) - count(&turnover.left);
        prop_assert_eq!(end, count(&turnover.headcount_end));
        let payouts = answer.payouts.unwrap();
        let sound = [&payouts.traced, &payouts.without_evidence, &payouts.in_doubt].map(count);
        prop_assert_eq!(sound.into_iter().sum::<u64>(), count(&payouts.payouts));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in working(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::StaffRequest { page_size, ..request };
        assert_pages_are_the_whole::<Staff, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.total.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in working(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Staff::page(&request, &answer);
        assert_page_is_whole::<Staff>(&page, &answer);
        let key = if request.list == 2 { "payout" } else { "group" };
        let rows = page.grids.iter().find(|grid| grid.key == key).map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(company in working(), request in requests()) {
        assert_figures_list_what_they_count::<Staff>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..150 {
        let company = working().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        for (name, count) in support::figures(&json_of::<Staff>(&answer)) {
            if count > 0 {
                found.insert(if name.starts_with("schemes") { "schemes".to_owned() } else { name });
            }
        }
        let payouts = answer.rows.iter().filter_map(|row| row.payout.as_ref());
        for payout in payouts {
            found.insert(format!("definition {}", payout.definition));
            found.extend(payout.evidence.iter().map(|one| format!("evidence {}", one.state)));
        }
        found.extend(answer.turnover.unwrap().turnover.map(|_| "rate".to_owned()));
    }
    let wanted = "won lost contacts two_way by_executives with_duration without_duration selling service other new existing \
        nobody tickets_resolved orders";
    for wanted in wanted.split_whitespace() {
        assert!(found.contains(&format!("total/{wanted}")), "no company makes `total/{wanted}`: {found:?}");
        let rows = format!("rows/ilze/{wanted}");
        assert!(wanted == "by_executives" || found.contains(&rows), "no company makes `{rows}`: {found:?}");
    }
    let others = "rows/riga/contacts rows//contacts rows/lab/tickets_resolved turnover/joined turnover/left \
        turnover/headcount_end payouts/traced payouts/without_evidence payouts/in_doubt payouts/undefined schemes \
        left_out/deals left_out/contacts left_out/tickets left_out/orders rate";
    let said = [
        "definition published",
        "definition missing",
        "definition version_not_said",
        "evidence known",
        "evidence missing",
        "evidence of_another",
    ];
    for wanted in others.split_whitespace().chain(said) {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
