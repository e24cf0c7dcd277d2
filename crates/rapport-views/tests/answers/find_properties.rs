//! Finding against the oracle `find_oracle` over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use crate::support::{
    compare::page_shows_all,
    find_oracle,
    find_world::{World, worlds},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use rapport_proto::{
    json,
    v1::{FindRequest, FindResponse},
};
use rapport_views::model::{Find, Model as _};

/// Without what says as of when.
fn answer(world: &World) -> FindResponse {
    let response = world.company.ask::<Find>(&world.request, None, 0).unwrap().response;
    FindResponse { meta: None, ..response }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 4, ..ProptestConfig::default() })]

    #[test]
    fn those_are_found_whom_reading_everything_that_was_said_finds(world in worlds()) {
        let expected = find_oracle::answer(&world.company, &world.request);
        prop_assert_eq!(answer(&world), expected, "{}", world.request.text);
    }
}

proptest! {
    #[test]
    fn the_order_of_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.company.seed = seed;
        prop_assert_eq!(answer(&world), answer(&shuffled));
    }

    #[test]
    fn pages_one_after_the_other_have_every_party_once_in_order(world in worlds(), page_size in 1..4_u32) {
        let whole = answer(&world);
        let request = FindRequest { page_size, ..world.request.clone() };
        let (mut found, mut skip) = (Vec::new(), 0);
        loop {
            let page = world.company.ask::<Find>(&request, None, skip).unwrap().response;
            skip += page.found.len();
            prop_assert_eq!((page.total, page.rows_left_out), (whole.total, whole.total - skip as u64));
            found.extend(page.found);
            if page.rows_left_out == 0 {
                break;
            }
        }
        prop_assert_eq!(found, whole.found);
    }

    #[test]
    fn what_is_shown_is_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = answer(&world);
        let json = json::to_json("rapport.v1.FindResponse", &answer).unwrap();
        page_shows_all::<Find>(&world.request, &answer, &json);
        prop_assert_eq!(Find::page(&world.request, &answer).grids[0].rows.len(), answer.found.len());
    }
}

#[test]
fn the_random_questions_are_answered_in_every_way_often_enough() {
    let mut runner = TestRunner::deterministic();
    let (mut ways, mut merged, mut acting) = (BTreeMap::new(), 0, 0);
    for _ in 0..1_500 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        for found in answer(&world).found {
            merged += usize::from(!found.other_ids.is_empty());
            acting += usize::from(!found.contact_of.is_empty() && !found.contacts.is_empty());
            for one in found.matched {
                *ways.entry((one.by, one.how)).or_insert(0) += 1;
            }
        }
    }
    // The id; names in four ways; e-mail, two kinds of number and addresses in two; telephone numbers in two.
    assert_eq!(ways.len(), 1 + 4 + 2 + 2 + 2 + 2 + 2, "{ways:?}");
    assert!(
        ways.values().all(|times| *times >= 5) && merged > 20 && acting > 5,
        "{ways:?} {merged} {acting}"
    );
}
