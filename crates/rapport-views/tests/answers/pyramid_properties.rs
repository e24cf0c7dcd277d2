//! The pyramid against an independent computation over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::support::{
    acting::{Acting, is_two_way, last_response},
    company::Happened,
    figures, pyramid_oracle,
    pyramid_world::{World, worlds},
    without_names,
};
use proptest::prelude::*;
use rapport_proto::{
    json,
    v1::{self, PyramidLevel, payload::Kind},
};
use rapport_views::{
    answers::ObjectKind,
    model::{Model, Pyramid},
    page::{self, Lines, Shown},
    table::Dictionary,
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

/// What differs, and nothing else: answers are long.
fn difference(path: &str, a: &Value, b: &Value) -> String {
    match (a, b) {
        _ if close(a, b) => String::new(),
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            let none = Value::Null;
            let of = |key: &String| {
                difference(&format!("{path}.{key}"), a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none))
            };
            keys.into_iter().map(of).collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.map(|(nth, (a, b))| difference(&format!("{path}[{nth}]"), a, b)).collect()
        }
        (a, b) => format!("{path}: {a} instead of {b}\n"),
    }
}

proptest! {
    #[test]
    fn a_pyramid_is_what_asking_for_every_customer_gives(world in worlds()) {
        let expected = json::to_json("rapport.v1.PyramidResponse", &pyramid_oracle::answer(&world)).unwrap();
        let different = difference("", &without_names(world.json()), &without_names(expected));
        prop_assert!(different.is_empty(), "{}", different);
    }

    #[test]
    fn neither_the_order_of_the_rows_nor_a_merge_instead_of_one_id_changes_an_answer(world in worlds(), seed in any::<u64>()) {
        let mut other = world.clone();
        other.company.seed = seed;
        prop_assert_eq!(world.json(), other.json());
        let mut one = world.clone();
        one.company = one.company.without_merges();
        // Roles name others, who are merged as well.
        let read_as = pyramid_oracle::read_as(&world);
        for told in &mut one.company.told {
            let corrected = told.corrected.iter_mut().filter_map(|(_, otherwise)| otherwise.as_mut().map(|(_, kind)| kind));
            for kind in corrected.chain([&mut told.kind]) {
                if let Kind::PartyRoleAssigned(role) = kind
                    && let Some(name) = read_as.get(&role.related_party)
                {
                    role.related_party.clone_from(name);
                }
            }
        }
        prop_assert_eq!(world.json(), one.json());
    }

    #[test]
    fn pages_one_after_the_other_have_every_row_once_in_order(world in worlds(), page_size in 1..9_u32) {
        let whole = world.answer();
        let request = v1::PyramidRequest { page_size, ..world.request.clone() };
        let paged = World { request, ..world };
        let (mut candidates, mut customers) = (Vec::new(), Vec::new());
        loop {
            let skip = candidates.len() + customers.len();
            let page = paged.ask(None, skip).unwrap().response;
            let first = skip == 0;
            prop_assert_eq!(&page.totals, if first { &whole.totals } else { &[][..] });
            prop_assert_eq!(&page.levels, if first { &whole.levels } else { &[][..] });
            prop_assert_eq!(&page.migration, if first { &whole.migration } else { &[][..] });
            prop_assert_eq!(&page.kept, if first { &whole.kept } else { &[][..] });
            prop_assert_eq!(&page.market, if first { &whole.market } else { &None });
            let rows = page.candidates.len() + page.customers.len();
            prop_assert!(rows <= page_size as usize && (rows > 0 || page.rows_left_out == 0));
            let all = whole.candidates.len() + whole.customers.len();
            prop_assert_eq!(page.rows_left_out, (all - skip - rows) as u64);
            candidates.extend(page.candidates);
            customers.extend(page.customers);
            if page.rows_left_out == 0 {
                break;
            }
        }
        prop_assert_eq!((candidates, customers), (whole.candidates, whole.customers));
    }

    #[test]
    fn levels_add_up_to_the_totals_and_the_matrix_to_the_levels(world in worlds()) {
        let request = v1::PyramidRequest { measures: vec![], level: 0, ..world.request.clone() };
        let answer = World { request, ..world }.answer();
        let count = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        for total in answer.totals.iter().filter(|total| !total.currency.is_empty()) {
            let of = |level: PyramidLevel| {
                answer.levels.iter().find(|row| row.currency == total.currency && row.level() == level).unwrap()
            };
            let buyers = [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small].map(of);
            prop_assert_eq!(buyers.iter().map(|row| count(&row.customers)).sum::<u64>(), count(&total.customers));
            let revenue: i64 = buyers.iter().map(|row| row.revenue.as_ref().unwrap().minor_units.unwrap()).sum();
            prop_assert_eq!(Some(revenue), total.revenue.as_ref().unwrap().minor_units);
            let [upper, rest] = [&buyers[..3], &buyers[3..]]
                .map(|rows| rows.iter().map(|row| count(&row.customers)).sum::<u64>());
            prop_assert_eq!(upper, count(&total.top_fifth), "{} {}", upper, rest);
            for level in buyers.iter().map(|row| row.level()).chain([PyramidLevel::Inactive]) {
                let column = answer.migration.iter().filter(|cell| cell.currency == total.currency && cell.to() == level);
                prop_assert_eq!(column.map(|cell| count(&cell.customers)).sum::<u64>(), count(&of(level).customers));
            }
        }
    }

    #[test]
    fn what_is_shown_has_every_row_and_every_figure_in_cells_that_suit_their_columns(world in worlds()) {
        let answer = world.answer();
        let shown_as = Pyramid::page(&world.request, &answer);
        let (mut shown, mut keys) = (HashSet::new(), HashSet::new());
        let Lines::Rows(lines) = Pyramid::LINES else { return Err(TestCaseError::fail("a line a row")) };
        for grid in &shown_as.grids {
            prop_assert!(keys.insert(grid.key), "two grids are called {}", grid.key);
            for row in &grid.rows {
                prop_assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
                for (column, cell) in grid.columns.iter().zip(&row.cells) {
                    prop_assert!(column.unit.suits(&cell.value), "{} of {}: {:?}", column.key, grid.key, cell);
                }
                shown.extend(row.cells.iter().map(|cell| cell.figure.clone()).filter(|figure| !figure.is_empty()));
            }
            let is_in_lines = grid.columns.iter().all(|column| lines.contains(&column.key));
            prop_assert!(is_in_lines || grid.shown == Shown::Readers, "{:?}", grid.columns);
        }
        // A row of the matrix ends with what its cells add up to.
        let change = |key: &str| {
            let grid = shown_as.grids.iter().find(|grid| grid.key == key).into_iter();
            let cells = grid.flat_map(|grid| &grid.rows).filter_map(|row| row.cells.last());
            cells.map(|cell| if let page::Value::MinorUnits(units) = cell.value { units } else { 0 }).sum::<i128>()
        };
        prop_assert_eq!(change("matrix"), change("migration"));
        let wanted = figures(&world.json()).into_iter().filter(|(_, count)| *count > 0).map(|(figure, _)| figure);
        // Those who are no customers stand in a note.
        let wanted: HashSet<_> = wanted.filter(|figure| figure != "others/not_customers").collect();
        prop_assert_eq!(shown, wanted);
        for (key, rows) in [("candidate", answer.candidates.len()), ("customer", answer.customers.len()), ("migration", answer.migration.len())] {
            let found = shown_as.grids.iter().find(|grid| grid.key == key).map_or(0, |grid| grid.rows.len());
            prop_assert_eq!(found, rows, "{}", key);
        }
    }
}

proptest! {
    // Asks again for every figure of every answer: fewer cases, since each is a hundred questions.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn every_figure_lists_what_it_counts_each_with_events_of_its_own(world in worlds()) {
        let store = world.company.store(Pyramid::VIEW);
        let happened = world.company.happened();
        let acting = Acting::of(&world.company);
        let of: BTreeMap<u64, &Happened> = happened.iter().map(|one| (one.position, one)).collect();
        let mut names = HashSet::new();
        // As on a page that has no rows: figures of rows are found wherever these are.
        let request = v1::PyramidRequest { page_size: 1, ..world.request.clone() };
        let paged = World { request, ..world.clone() };
        for (figure, count) in figures(&world.json()).into_iter().filter(|(_, count)| *count > 0) {
            prop_assert!(names.insert(figure.clone()), "two figures are called {}", figure);
            let objects = paged.ask(Some(&figure), 0).unwrap().objects;
            prop_assert_eq!(objects.len() as u64, count, "{}", figure);
            let mut listed = BTreeSet::new();
            for hit in objects {
                prop_assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{}: {:?}", figure, hit);
                prop_assert!(listed.insert((hit.kind, hit.object)), "{}: {:?} twice", figure, hit);
                let name = store.name_of(Dictionary::Party, hit.customer);
                // Responses and contacts of who acts for it are its own too.
                let is_lifted = |one: &Happened| {
                    let is_said = matches!(one.kind, Kind::SurveyAnswered(_)) || is_two_way(&one.kind);
                    is_said && acting.counts_for(&name, one)
                };
                let is_definition = |one: &Happened| matches!(one.kind, Kind::CampaignDefined(_));
                let is_own = |one: &Happened| one.customer == name || is_lifted(one) || is_definition(one);
                prop_assert!(hit.positions.iter().all(|position| is_own(of[position])), "{}: {:?} of {}", figure, hit, name);
                if figure.ends_with("/responses") {
                    let (.., last) = last_response(&happened, &acting, &name, 1).unwrap();
                    prop_assert!(hit.positions.contains(&last), "{}: {:?} without {}", figure, hit, last);
                }
                let is_of_parties = !["purchases", "left_out", "definitions"].iter().any(|end| figure.ends_with(end));
                prop_assert_eq!(hit.kind == ObjectKind::Party, is_of_parties, "{}", figure);
            }
        }
    }
}

/// What an answer has of the market and of those who can step up.
fn see_market(answer: &v1::PyramidResponse, see: &mut impl FnMut(String, bool)) {
    see("near".to_owned(), answer.candidates.iter().any(|one| one.near));
    see("grows".to_owned(), answer.candidates.iter().any(|one| one.grows && !one.near));
    let Some(market) = &answer.market else { return };
    see("a share of the market".to_owned(), market.share.is_some_and(|share| share > 0.0));
    see("no size is known".to_owned(), market.size.is_none());
    see(
        "the size of one market".to_owned(),
        market.size.is_some() && market.markets.iter().any(|one| one.size.is_none()),
    );
    see(
        "the size of two markets".to_owned(),
        market.markets.iter().filter(|one| one.size.is_some()).count() > 1,
    );
}

#[test]
fn the_random_companies_have_every_level_and_every_move() {
    // Guards the properties above: a generator that makes nothing would let them pass.
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..300 {
        let mut world = worlds().new_tree(&mut runner).unwrap().current();
        let merged = world.company.happened().iter().any(|one| one.customer != one.recorded_under);
        (world.request.measures, world.request.level) = (vec![], 0);
        let answer = world.answer();
        let mut see = |name: String, is_so: bool| *found.entry(name).or_default() += usize::from(is_so);
        let any = |figure: &Option<v1::Figure>| figure.as_ref().is_some_and(|figure| figure.count > 0);
        see("merged".to_owned(), merged);
        let (happened, acting) = (world.company.happened(), Acting::of(&world.company));
        let some = |what: &dyn Fn(&Kind) -> bool| {
            let of = |person: &String| happened.iter().any(|one| one.customer == *person && what(&one.kind));
            acting.persons().any(of)
        };
        see("a contact responds".to_owned(), some(&|kind| matches!(kind, Kind::SurveyAnswered(_))));
        see("a contact is met".to_owned(), some(&is_two_way));
        see(format!("from {:?}", answer.purchases_from()), true);
        see("not customers".to_owned(), any(&answer.not_customers));
        for level in [1, 2, 3, 4, 5, 6, 7].map(|level| PyramidLevel::try_from(level).unwrap()) {
            let row = |wanted: &dyn Fn(&v1::PyramidLevelRow) -> bool| {
                answer.levels.iter().any(|row| row.level() == level && wanted(row))
            };
            see(format!("{level:?}"), row(&|row| any(&row.customers)));
            see(format!("{level:?} responds"), row(&|row| any(&row.nps_responses)));
        }
        see("no costs".to_owned(), answer.levels.iter().all(|row| row.margin.is_none()));
        see(
            "spend".to_owned(),
            answer.levels.iter().any(|row| row.spend.as_ref().is_some_and(|sum| sum.minor_units != Some(0))),
        );
        for total in &answer.totals {
            see(format!("in {:?}", total.currency), true);
            see("not positive".to_owned(), any(&total.not_positive));
            see("left out".to_owned(), any(&total.left_out));
            see("too few".to_owned(), total.share_of_top_fifth.is_none());
            see("fifth".to_owned(), total.share_of_top_fifth.is_some());
            see(
                "spend on others".to_owned(),
                total.spend_on_others.as_ref().is_some_and(|sum| sum.minor_units != Some(0)),
            );
        }
        for moves in &answer.moves {
            for (name, figure) in [
                ("up", &moves.up),
                ("same", &moves.same),
                ("down", &moves.down),
                ("new", &moves.new),
                ("back", &moves.back),
                ("gone", &moves.gone),
            ] {
                see(name.to_owned(), any(figure));
            }
        }
        for row in &answer.kept {
            see(format!("kept of {:?}", row.level()), any(&row.still_buy));
            see("a rate".to_owned(), row.rate.is_some_and(|rate| rate > 0.0 && rate < 1.0));
            see("too few for a rate".to_owned(), row.rate.is_none());
        }
        see(
            "left by cancellation".to_owned(),
            answer.migration.iter().any(|cell| cell.to() == PyramidLevel::Unspecified),
        );
        see_market(&answer, &mut see);
    }
    let rare: Vec<_> = found.iter().filter(|(_, times)| **times < 10).collect();
    assert!(rare.is_empty(), "{rare:?} of {found:?}");
    assert_eq!(found.len(), 50, "{found:?}");
}
