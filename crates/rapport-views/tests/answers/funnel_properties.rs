//! The funnel against an independent computation over random deals, and the rules that hold for every funnel.

use std::collections::HashSet;

use crate::support::{
    figures, funnel_oracle,
    funnel_world::{World, worlds},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::{json, v1};

/// Takes the velocities out: floating-point products that may differ in the last digit.
fn velocities(response: &mut v1::FunnelResponse) -> Vec<Option<f64>> {
    let rows = response.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.outcomes);
    rows.map(|row| row.velocity_minor_units_per_day.take()).collect()
}

proptest! {
    #[test]
    fn the_funnel_is_what_going_through_every_deal_for_every_row_gives(world in worlds()) {
        let (mut answer, mut expected) = (world.answer(None).unwrap().0, funnel_oracle::answer(&world));
        for (got, wanted) in velocities(&mut answer).into_iter().zip(velocities(&mut expected)) {
            let close = match (got, wanted) {
                (Some(got), Some(wanted)) => (got - wanted).abs() <= 1e-9 * wanted.abs(),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            prop_assert!(close, "velocity {got:?}, expected {wanted:?}");
        }
        let name = "rapport.v1.FunnelResponse";
        let answer = without_names(json::to_json(name, &answer).unwrap());
        prop_assert_eq!(answer, without_names(json::to_json(name, &expected).unwrap()));
    }

    #[test]
    fn what_entered_a_stage_left_it_or_is_there(world in worlds()) {
        let response = world.answer(None).unwrap().0;
        let of = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for row in response.pipelines.iter().flat_map(|pipeline| &pipeline.balance) {
            let came = of(&row.at_start) + of(&row.entered);
            let went = of(&row.advanced) + of(&row.moved_back) + of(&row.won) + of(&row.lost);
            prop_assert_eq!(came, went + of(&row.still_there), "{}", &row.stage);
        }
    }

    #[test]
    fn the_order_of_the_deals_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let mut shuffled = world.clone();
        shuffled.deals.sort_by_key(|deal| (deal.deal.0 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        shuffled.leads.reverse();
        prop_assert_eq!(world.json(), shuffled.json());
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts(world in worlds()) {
        let mut names = HashSet::new();
        for (figure, count) in figures(&world.json()) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let (_, objects) = world.answer(Some(&figure)).unwrap();
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            prop_assert!(objects.windows(2).all(|pair| pair[0].positions <= pair[1].positions));
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
            }
        }
    }
}

#[test]
fn the_random_worlds_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut kinds = HashSet::new();
    for _ in 0..200 {
        let world: World = worlds().new_tree(&mut runner).unwrap().current();
        for (figure, _) in figures(&world.json()) {
            let parts: Vec<_> = figure.split('/').collect();
            kinds.insert(match parts.as_slice() {
                ["leads", step] => format!("leads {step}"),
                [_, measure, _, what @ ("EUR" | "USD" | "" | "s0" | "zed" | "s3" | "a%2Fb" | "50%25")] => {
                    format!("{measure} {}", if what.is_empty() { "without" } else { "with" })
                }
                [_, measure, _, what] => format!("{measure} {what}"),
                other => panic!("{other:?}"),
            });
        }
    }
    for wanted in [
        "snapshot with",
        "snapshot without",
        "conversion reached",
        "conversion reached_next",
        "conversion entered",
        "conversion entered_next",
        "cohort all",
        "cohort with",
        "cohort won",
        "balance at_start",
        "balance entered",
        "balance advanced",
        "balance moved_back",
        "balance won",
        "balance lost",
        "balance still_there",
        "time_in_stage deals",
        "time_in_stage censored",
        "outcomes won",
        "outcomes lost",
        "outcomes open",
        "competitors won",
        "competitors lost",
        "loss_reasons with",
        "loss_reasons without",
        "leads captured",
        "leads opened",
        "leads qualified",
        "leads converted",
        "leads rejected",
        "leads left_out",
    ] {
        assert!(kinds.contains(wanted), "no world has a figure of the kind `{wanted}`: {kinds:?}");
    }
}
