//! Handovers against an independent computation (the oracle) over random companies, and the rules that hold for all of them.

use std::collections::BTreeSet;

use crate::support;
use crate::support::{
    acting::without_merges,
    checks::{assert_page_is_whole, assert_pages_are_the_whole, assert_same, json_of},
    company::Company,
    contacts_oracle::without_plans,
    handover_oracle::{self, asked},
    handover_world::{changing, requests},
};
use proptest::prelude::*;
use rapport_proto::v1;
use rapport_views::model::{Handover, Model as _};

proptest! {
    #[test]
    fn handovers_are_what_asking_each_object_for_its_owner_finds(company in changing(), request in requests()) {
        assert_same::<Handover>(&asked(&company, &request), &handover_oracle::answer(&company, &request));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(company in changing(), request in requests(), seed in any::<u64>()) {
        let shuffled = Company { seed, ..company.clone() };
        prop_assert_eq!(asked(&company, &request), asked(&shuffled, &request));
    }

    #[test]
    fn every_open_object_is_an_orphan_or_has_an_active_owner_or_has_none(company in changing(), request in requests()) {
        let answer = asked(&company, &v1::HandoverRequest { staff: String::new(), ..request });
        let rows: BTreeSet<&str> = answer.rows.iter().map(|row| row.object.as_str()).collect();
        let orphans = answer.orphans.as_ref().unwrap();
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        prop_assert_eq!(rows.len() as u64, count(&orphans.items));
        prop_assert_eq!(count(&orphans.items), count(&orphans.acknowledged) + count(&orphans.open));
        let kinds = [&orphans.deals, &orphans.tickets, &orphans.agreements, &orphans.meetings, &orphans.customers, &orphans.others];
        prop_assert_eq!(count(&orphans.items), kinds.into_iter().map(count).sum::<u64>());
        for row in &answer.rows {
            let owner = answer.staff.iter().find(|one| one.staff == row.owner);
            prop_assert!(owner.is_some_and(|one| one.is_orphaning), "{row:?}");
        }
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(
        company in changing(), request in requests(), page_size in 1..4_u32,
    ) {
        let whole = asked(&company, &request);
        let request = v1::HandoverRequest { page_size, ..request };
        assert_pages_are_the_whole::<Handover, _>(
            (&company, &request),
            (page_size, &whole.rows),
            |page| (&page.rows, page.rows_left_out),
            |page, is_first| { assert_eq!(page.orphans.is_some(), is_first); },
        );
    }

    #[test]
    fn what_is_shown_has_every_figure_in_cells_that_suit_their_columns(company in changing(), request in requests()) {
        let answer = asked(&company, &request);
        let page = Handover::page(&request, &answer);
        assert_page_is_whole::<Handover>(&page, &answer);
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(company in changing(), request in requests()) {
        let answer = asked(&company, &request);
        let mut names = BTreeSet::new();
        for (figure, count) in support::figures(&json_of::<Handover>(&answer)) {
            if count == 0 {
                continue;
            }
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = company.ask::<Handover>(&request, Some(&figure), 1).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            let mut listed = BTreeSet::new();
            for hit in objects {
                // Planned meetings lie after T.
                let is_told = |position: &u64| (1..=company.told.len() as u64).contains(position);
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{figure}: {hit:?}");
                prop_assert!(hit.positions.iter().all(is_told), "{figure}: {hit:?}");
                prop_assert!(listed.insert((hit.kind, hit.object)), "{figure}: {hit:?} twice");
            }
        }
    }

    #[test]
    fn customers_merged_are_one_customer_with_all_events(company in changing(), request in requests()) {
        // Whose a meeting of later is, the events until T do not say.
        let company = without_plans(company);
        // Assignments and items name parties in their tags: only what is said of the customers of events is compared.
        let apart = without_merges(&named_by_survivors(&company));
        let answers = [&company, &apart].map(|one| asked(one, &request));
        prop_assert_eq!(&answers[0], &answers[1]);
    }
}

/// The same company, whose tags name the parties that stand for those that they name.
fn named_by_survivors(company: &Company) -> Company {
    use rapport_proto::v1::payload::Kind;
    let names = company.stands_for();
    let mut named = company.clone();
    for told in &mut named.told {
        let corrected = told.corrected.iter_mut().filter_map(|(_, otherwise)| otherwise.as_mut());
        for kind in corrected.map(|(_, kind)| kind).chain([&mut told.kind]) {
            let tag = match kind {
                Kind::OwnerAssigned(one) => &mut one.object,
                Kind::HandoverProgressed(one) => &mut one.item,
                _ => continue,
            };
            if let Some(name) = tag.strip_prefix("party:").and_then(|id| names.get(id)) {
                *tag = format!("party:{name}");
            }
        }
    }
    named
}

#[test]
fn the_random_companies_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..400 {
        let company = changing().new_tree(&mut runner).unwrap().current();
        let request = requests().new_tree(&mut runner).unwrap().current();
        let answer = asked(&company, &request);
        for (name, count) in support::figures(&json_of::<Handover>(&answer)) {
            let parts: Vec<_> = name.split('/').collect();
            if count > 0 {
                found.insert(if parts.len() == 3 { parts[0].to_owned() } else { name });
            }
        }
        found.extend(answer.handovers.iter().any(|one| !one.from.is_empty()).then(|| "from".to_owned()));
        found.extend(answer.contact.unwrap().median.map(|_| "median".to_owned()));
        found.extend(answer.staff.iter().map(|one| format!("{}{}", one.state, one.is_orphaning)));
    }
    let owned = "items deals tickets agreements meetings customers others acknowledged open";
    for part in ["orphans", "dossier"] {
        for what in owned.split(' ') {
            assert!(found.contains(&format!("{part}/{what}")), "no company makes `{part}/{what}`: {found:?}");
        }
    }
    let others = "without_owner/deals without_owner/meetings staff handovers times/completed times/open contact/changes \
        contact/contacted contact/waiting contact/passed_on from median lefttrue absenttrue absentfalse";
    for wanted in others.split_whitespace() {
        assert!(found.contains(wanted), "no company makes `{wanted}`: {found:?}");
    }
}
