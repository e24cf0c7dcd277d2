//! Classes against an independent computation over random orders, and the rules that hold for all orders.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::support;
use crate::support::{
    classes_oracle,
    classes_world::{World, party, worlds},
    figures, without_names,
};
use proptest::prelude::*;
use rapport_proto::{json, v1};
use rapport_views::{
    answers::ObjectKind,
    model::{
        Classes, Model,
        classes::rfm::{Bought, SEGMENTS, scores},
    },
    page::Lines,
};
use serde_json::Value;

/// Equal but for the last digits of floating-point numbers.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * b.abs().max(1.0)
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: HashSet<_> = a.keys().chain(b.keys()).collect();
            keys.into_iter().all(|key| matches!((a.get(key), b.get(key)), (Some(a), Some(b)) if close(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (a, b) => a == b,
    }
}

/// The class of each row by ABC.
fn abc(world: &World) -> BTreeMap<(String, String), String> {
    world.answer().rows.into_iter().map(|row| ((row.currency, row.object), row.abc)).collect()
}

proptest! {
    #[test]
    fn classes_are_what_asking_every_event_about_every_other_gives(world in worlds()) {
        let name = "rapport.v1.ClassesResponse";
        let answer = without_names(json::to_json(name, &world.answer()).unwrap());
        let expected = without_names(json::to_json(name, &classes_oracle::answer(&world)).unwrap());
        prop_assert!(close(&answer, &expected), "{:#}\nexpected\n{:#}", answer, expected);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(world in worlds(), seed in any::<u64>()) {
        let shuffled = World { seed, ..world.clone() };
        prop_assert_eq!(world.json(), shuffled.json());
    }

    #[test]
    fn two_customers_merged_are_one_customer_with_all_purchases(world in worlds()) {
        let mut one = World { merges: HashMap::new(), ..world.clone() };
        for told in &mut one.told {
            told.customer = world.merges.get(&told.customer).copied().unwrap_or(told.customer);
        }
        prop_assert_eq!(world.json(), one.json());
    }

    #[test]
    fn values_that_all_are_so_many_times_larger_leave_abc_as_it_is(world in worlds(), times in 2..1_000_i64) {
        let mut larger = world.clone();
        for told in &mut larger.told {
            let corrected = told.corrected.iter_mut().filter_map(|(_, content)| content.as_mut());
            for content in corrected.chain([&mut told.content]) {
                content.total = content.total.map(|total| total * times);
                content.lines.iter_mut().for_each(|line| line.net = line.net.map(|net| net * times));
            }
        }
        prop_assert_eq!(abc(&world), abc(&larger));
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(world in worlds(), page_size in 1..6_u32) {
        let whole = world.answer();
        let paged = World { request: v1::ClassesRequest { page_size, ..world.request.clone() }, ..world };
        let (mut rows, mut skip) = (Vec::new(), 0);
        loop {
            let page = paged.ask(None, skip).unwrap().response;
            prop_assert!(page.rows.len() <= page_size as usize);
            prop_assert_eq!(&page.totals, if skip == 0 { &whole.totals } else { &[][..] });
            skip += page.rows.len();
            prop_assert_eq!(page.rows_left_out, (whole.rows.len() - skip) as u64);
            prop_assert!(!page.rows.is_empty() || page.rows_left_out == 0);
            rows.extend(page.rows);
            if page.rows_left_out == 0 {
                break;
            }
        }
        prop_assert_eq!(rows, whole.rows);
    }

    #[test]
    fn only_one_class_are_the_rows_of_that_class(world in worlds()) {
        let whole = world.answer();
        for class in &whole.classes {
            let request = v1::ClassesRequest { only_class: class.name.clone(), ..world.request.clone() };
            let only = World { request, ..world.clone() }.answer();
            let is_of = |row: &&v1::ClassRow| [&row.abc, &row.xyz, &row.segment].contains(&&class.name);
            prop_assert_eq!(&only.rows, &whole.rows.iter().filter(is_of).cloned().collect::<Vec<_>>());
            prop_assert_eq!(&only.classes, &whole.classes);
        }
    }

    #[test]
    fn what_is_shown_has_every_row_and_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = world.answer();
        let page = Classes::page(&world.request, &answer);
        let (mut shown, mut keys) = (HashSet::new(), HashSet::new());
        for grid in &page.grids {
            prop_assert!(keys.insert(grid.key), "two grids are called {}", grid.key);
            for row in &grid.rows {
                prop_assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
                for (column, cell) in grid.columns.iter().zip(&row.cells) {
                    prop_assert!(column.unit.suits(&cell.value), "{} of {}: {:?}", column.key, grid.key, cell);
                }
                shown.extend(row.cells.iter().map(|cell| cell.figure.clone()).filter(|figure| !figure.is_empty()));
            }
            let Lines::Rows(lines) = Classes::LINES else { return Err(TestCaseError::fail("a line a row")) };
            prop_assert!(grid.columns.iter().all(|column| lines.contains(&column.key)), "{:?}", grid.columns);
        }
        let wanted = figures(&world.json()).into_iter().filter(|(_, count)| *count > 0).map(|(figure, _)| figure);
        prop_assert_eq!(shown, wanted.collect::<HashSet<_>>());
        let rows = page.grids.iter().find(|grid| grid.key == "row").map(|grid| grid.rows.len());
        prop_assert_eq!(rows, Some(answer.rows.len()));
    }

    #[test]
    fn equal_values_have_equal_scores_and_more_never_a_lower_one(
        bought in prop::collection::vec((0..9_u32, 1..9_u64, 0..9_i64), 5..40),
    ) {
        let bought: Vec<_> = bought
            .into_iter()
            .map(|(recency_days, frequency, money)| Bought { recency_days, frequency, monetary: Some(money.into()) })
            .collect();
        let all: Vec<_> = bought.iter().zip(scores(&bought, "EUR", &Default::default())).collect();
        for (a, of_a) in &all {
            for (b, of_b) in &all {
                prop_assert!(a.recency_days != b.recency_days || of_a.recency == of_b.recency);
                prop_assert!(a.recency_days <= b.recency_days || of_a.recency <= of_b.recency);
                prop_assert!(a.frequency < b.frequency || of_a.frequency >= of_b.frequency);
                prop_assert!(a.monetary < b.monetary || of_a.monetary >= of_b.monetary);
            }
        }
        prop_assert!(all.iter().all(|(_, of)| of.segment().is_some()));
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is some hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_as_many_objects_as_it_counts_each_with_its_events(world in worlds()) {
        let evidence = classes_oracle::evidence(&world);
        let mut names = HashSet::new();
        // As on a page that has no rows: figures of rows are found wherever these are.
        let request = v1::ClassesRequest { page_size: 1, ..world.request.clone() };
        let paged = World { request, ..world.clone() };
        for (figure, count) in figures(&world.json()).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = paged.ask(Some(&figure), 0).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            let currency = figure.split('/').nth(if figure.starts_with("classes") { 2 } else { 1 }).unwrap();
            let mut listed = BTreeSet::new();
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
                prop_assert!(listed.insert((hit.kind, hit.object)), "{}: {:?} twice", figure, hit);
                if hit.kind == ObjectKind::Party {
                    let id = hit.object;
                    let expected = &evidence[&(currency.to_owned(), party(id))];
                    prop_assert_eq!(&hit.positions.into_iter().collect::<BTreeSet<_>>(), expected);
                    prop_assert_eq!(hit.customer, id);
                }
            }
        }
    }
}

#[test]
fn the_random_orders_are_not_empty() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut found, mut unsettled) = (BTreeSet::new(), 0);
    for _ in 0..600 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let answer = world.answer();
        let classes = answer.classes.iter().map(|class| class.name.clone());
        found.extend(classes);
        let by = if world.request.by == 2 { "product" } else { "customer" };
        for total in &answer.totals {
            found.insert(format!("{by} in {:?}", total.currency));
            let is_left_out = total.left_out.as_ref().unwrap().count > 0;
            found.extend(is_left_out.then(|| format!("{by} left out")));
        }
        found.extend(
            answer.rows.iter().any(|row| row.value_minor_units < Some(0)).then(|| "negative".to_owned()),
        );
        let whole = World {
            told: world
                .told
                .iter()
                .filter(|told| told.what != support::classes_world::What::Cancelled)
                .cloned()
                .collect(),
            ..world
        };
        unsettled += usize::from(whole.answer().rows != answer.rows);
    }
    let others = [
        "negative",
        "customer in \"EUR\"",
        "customer in \"\"",
        "product in \"USD\"",
        "customer left out",
        "product left out",
    ];
    let wanted = ["A", "B", "C", "X", "Y", "Z", "N"].into_iter().chain(SEGMENTS).chain(others);
    for wanted in wanted {
        assert!(found.contains(wanted), "no orders make `{wanted}`: {found:?}");
    }
    assert!(unsettled > 100, "cancellations change {unsettled} answers");
}
