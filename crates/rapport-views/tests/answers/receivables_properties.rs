//! Receivables against an independent computation over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support::{
    checks::{
        assert_figures_list_what_they_count, assert_page_is_whole, assert_pages_are_the_whole, assert_same,
    },
    company::Company,
    receivables_oracle::{self, asked, owed, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Model as _, Receivables};

proptest! {
    #[test]
    fn receivables_are_what_pouring_payments_over_invoices_leaves(company in owed(), request in requests()) {
        assert_same::<Receivables>(&asked(&company, &request), &receivables_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in owed(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in owed(), request in requests()) {
        prop_assert_eq!(asked(&company, &request), asked(&company.without_merges(), &request));
    }

    #[test]
    fn rows_add_up_to_the_totals_and_so_do_ages(company in owed(), request in requests()) {
        let answer = asked(&company, &request);
        let units = |sum: &Option<v1::Sum>| sum.as_ref().unwrap().minor_units.unwrap();
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for total in &answer.totals {
            let rows = || answer.rows.iter().filter(|row| row.currency == total.currency);
            prop_assert_eq!(rows().map(|row| units(&row.receivable)).sum::<i64>(), units(&total.receivable));
            prop_assert_eq!(rows().map(|row| units(&row.overdue)).sum::<i64>(), units(&total.overdue_sum));
            prop_assert_eq!(rows().map(|row| count(&row.open)).sum::<u64>(), count(&total.open));
            prop_assert_eq!(total.ages.iter().map(|age| units(&age.open)).sum::<i64>(), units(&total.receivable));
            prop_assert_eq!(total.ages.iter().map(|age| count(&age.invoices)).sum::<u64>(), count(&total.open));
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in owed(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::ReceivablesRequest { page_size, ..request };
        assert_pages_are_the_whole::<Receivables, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(&page.totals, if is_first { &whole.totals } else { &[][..] }); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in owed(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Receivables::page(&request, &answer);
        assert_page_is_whole::<Receivables>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(
        company in owed(), request in requests(),
    ) {
        assert_figures_list_what_they_count::<Receivables>(&company, &request);
    }
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let company = owed().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for total in &answer.totals {
            let figures = [
                ("open", &total.open),
                ("overdue", &total.overdue),
                ("without due", &total.without_due),
                ("in credit", &total.in_credit),
                ("paid", &total.paid),
                ("unpaid", &total.unpaid),
                ("invoices left out", &total.invoices_left_out),
                ("payments left out", &total.payments_left_out),
            ];
            let counted = figures.into_iter().filter(|(_, figure)| count(figure) > 0);
            found.extend(counted.map(|(name, _)| name.to_owned()));
            let ages = total.ages.iter().filter(|age| count(&age.invoices) > 0);
            found.extend(ages.map(|age| age.days.clone()));
            let later = total.median_to_payment.as_ref().is_some_and(|median| median.seconds > 0);
            found.extend(later.then(|| "median".to_owned()));
            found.extend(total.days_outstanding.map(|_| "days outstanding".to_owned()));
        }
        let negative = |row: &v1::Debtor| row.credit.as_ref().unwrap().minor_units < Some(0);
        found.extend(answer.rows.iter().any(negative).then(|| "paid back".to_owned()));
        let other = answer.totals.len() == 2;
        found.extend(other.then(|| "two currencies".to_owned()));
    }
    let others = [
        "open",
        "overdue",
        "without due",
        "in credit",
        "paid",
        "unpaid",
        "invoices left out",
        "payments left out",
        "not_due",
        "1-30",
        "31-60",
        "61-90",
        "more",
        "median",
        "days outstanding",
        "paid back",
        "two currencies",
    ];
    for wanted in others {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
