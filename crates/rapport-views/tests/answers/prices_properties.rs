//! Prices against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    checks::{assert_page_is_whole, assert_pages_are_the_whole, assert_same, json_of},
    company::Company,
    figures,
    prices_oracle::{self, asked, priced, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Prices};

proptest! {
    #[test]
    fn prices_are_what_asking_every_line_gives(company in priced(), request in requests()) {
        assert_same::<Prices>(&asked(&company, &request), &prices_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in priced(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in priced(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    #[test]
    fn rows_add_up_to_the_totals_and_so_do_bands(company in priced(), request in requests()) {
        let answer = asked(&company, &request);
        let of = |of: &Option<v1::Realisation>| {
            let of = of.clone().unwrap();
            let count = |figure: Option<v1::Figure>| figure.unwrap().count;
            let units = |sum: Option<v1::Sum>| sum.unwrap().minor_units.unwrap();
            (count(of.lines), count(of.with_list), units(of.list), units(of.discount))
        };
        for total in &answer.totals {
            let rows = answer.rows.iter().filter(|row| row.currency == total.currency).map(|row| of(&row.of));
            let sum = rows.fold((0, 0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3));
            prop_assert_eq!(sum, of(&total.all));
            let lines: u64 = total.bands.iter().map(|band| band.lines.as_ref().unwrap().count).sum();
            prop_assert_eq!(lines, of(&total.all).1);
        }
    }

    #[test]
    fn concessions_by_class_and_approver_are_those_by_approver_parted(company in priced(), request in requests()) {
        let answer = asked(&company, &v1::PricesRequest { by: 4, ..request });
        for total in &answer.totals {
            let of = |by: &str, approver: fn(&v1::ConcessionGroup) -> String| {
                let mut sums = std::collections::BTreeMap::<String, (u64, i64)>::new();
                for group in total.concessions.iter().filter(|group| group.by == by) {
                    let sum = sums.entry(approver(group)).or_default();
                    sum.0 += group.concessions.as_ref().unwrap().count;
                    sum.1 += group.value.as_ref().map_or(0, |sum| sum.minor_units.unwrap());
                }
                sums
            };
            prop_assert_eq!(of("class", |group| group.approver.clone()), of("approver", |group| group.key.clone()));
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in priced(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::PricesRequest { page_size, ..request };
        assert_pages_are_the_whole::<Prices, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in priced(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Prices::page(&request, &answer);
        assert_page_is_whole::<Prices>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    /// A figure of lines names the order of a line once for each of its lines.
    #[test]
    fn every_figure_lists_as_many_lines_as_it_counts_each_with_its_event(
        company in priced(), request in requests(),
    ) {
        let happened: BTreeSet<u64> = company.happened().iter().map(|one| one.position).collect();
        let mut names = BTreeSet::new();
        let answer = json_of::<Prices>(&asked(&company, &request));
        for (figure, count) in figures(&answer).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = company.ask::<Prices>(&request, Some(&figure), 1).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            prop_assert!(objects.is_sorted_by_key(|hit| hit.positions.clone()));
            for hit in objects {
                prop_assert_eq!(hit.positions.len(), 1);
                prop_assert!(happened.contains(&hit.positions[0]), "{}: {:?}", figure, hit);
            }
        }
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..400 {
        let company = priced().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let of = ["purchases", "purchases", "offers"][request.of as usize];
        let source = if answer.purchases_from == 2 { "invoices" } else { "orders" };
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for total in &answer.totals {
            let bands = total.bands.iter().filter(|band| count(&band.lines) > 0);
            found.extend(bands.map(|band| band.band.clone()));
            let groups = total.concessions.iter();
            found.extend(
                groups.map(|group| {
                    format!("{} {} {}", group.by, group.key, group.approver).trim_end().to_owned()
                }),
            );
            let without = total.currency.is_empty() && !total.concessions.is_empty();
            found.extend(without.then(|| "without value".to_owned()));
        }
        found.extend(answer.rows.iter().map(|row| format!("{of} by {} {}", request.by, row.key)));
        found.extend((!answer.rows.is_empty()).then(|| source.to_owned()));
        found.extend((!answer.rows.is_empty() && request.by == 5).then(|| format!("{of} by month")));
        let unread = !answer.meta.unwrap().definitions.is_empty();
        found.extend(unread.then(|| "definition".to_owned()));
    }
    let others = [
        "above",
        "none",
        "5",
        "10",
        "20",
        "30",
        "more",
        "kind discount",
        "kind terms",
        "kind service",
        "approver",
        "approver ilze",
        "class A jonas",
        "class C ilze",
        "class  ilze",
        "without value",
        "purchases by 1 pen",
        "purchases by 1 ",
        "purchases by 2 paper",
        "purchases by 3 ilze",
        "purchases by 6 riga",
        "offers by 6 cesis",
        "purchases by 4 A",
        "purchases by 4 B",
        "purchases by 4 C",
        "purchases by 4 ",
        "offers by 1 pen",
        "offers by 4 A",
        "offers by month",
        "purchases by month",
        "invoices",
        "orders",
        "definition",
    ];
    for wanted in others {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
