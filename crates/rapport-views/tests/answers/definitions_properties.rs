//! Definitions against the oracle `definitions_oracle` over random companies, and the rules that hold for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the numbers of these tests are small, and a test fails by panicking"
)]

use std::collections::HashSet;

use crate::support;
use crate::support::{
    company::{Company, companies, hours},
    definitions_oracle, proto,
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use rapport_proto::v1::{self, Definition, DefinitionState as State, DefinitionsRequest, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Classes, Definitions, Model},
    page::Lines,
    read::{LATEST, Rows as _},
    table::{Beginning, Cell, Filter},
    view::View,
};

const BODIES: [(&str, &[&str]); 3] = [
    ("abc", &["{}", r#"{"a":70}"#, r#"{"a":60,"b":90}"#, r#"{"a":90,"b":80}"#, r#"{"b":99}"#]),
    ("pipeline", &[r#"{"stages":[{"code":"new"}]}"#, r#"{"stages":[]}"#]),
    ("territory", &["{}", "[1]"]),
];

prop_compose! {
    fn definitions()(
        (kind, bodies) in prop::sample::select(BODIES.to_vec()),
        body in any::<prop::sample::Index>(),
        second in any::<bool>(),
        version in 1..4_u32,
        effective in prop::option::weighted(0.6, 0..24 * 800_i64),
        approver in prop::sample::select(vec!["", "ilze", "jonas"]),
    ) -> Kind {
        let code = match kind {
            "abc" => ["customer", "product"][usize::from(second)],
            _ => ["default", "north"][usize::from(second)],
        };
        Kind::DefinitionPublished(v1::DefinitionPublished {
            kind: kind.to_owned(),
            code: code.to_owned(),
            version,
            effective_from: effective.and_then(|at| proto(hours(at))),
            body: (*body.get(bodies)).to_owned(),
            approver: approver.to_owned(),
        })
    }
}

fn told() -> impl Strategy<Value = Kind> {
    prop_oneof![4 => definitions(), 1 => support::company::orders()]
}

fn requests() -> impl Strategy<Value = DefinitionsRequest> {
    let kinds = prop::sample::select(vec!["abc", "abc", "pipeline", "territory"]);
    let codes = prop::sample::select(vec!["", "", "customer", "default"]);
    (kinds, codes, any::<bool>(), any::<bool>()).prop_map(|(kind, code, earlier, bodies)| {
        DefinitionsRequest {
            kind: kind.to_owned(),
            code: code.to_owned(),
            earlier,
            bodies,
            ..DefinitionsRequest::default()
        }
    })
}

fn answer(company: &Company, request: &DefinitionsRequest) -> Vec<Definition> {
    company.ask::<Definitions>(request, None, 0).unwrap().response.definitions
}

/// With the path of a fault alone.
fn paths(mut definitions: Vec<Definition>) -> Vec<Definition> {
    for one in &mut definitions {
        one.fault = one.fault.split(": ").next().unwrap().to_owned();
    }
    definitions
}

fn every() -> DefinitionsRequest {
    DefinitionsRequest { earlier: true, bodies: true, ..DefinitionsRequest::default() }
}

proptest! {
    #[test]
    fn definitions_are_what_asking_every_version_about_every_other_gives(
        company in companies(told(), 40),
        request in requests(),
    ) {
        prop_assert_eq!(paths(answer(&company, &request)), definitions_oracle::answer(&company, &request));
    }

    #[test]
    fn neither_the_order_of_rows_nor_merges_matter(company in companies(told(), 40), seed in any::<u64>()) {
        let expected = answer(&company, &every());
        prop_assert_eq!(&answer(&Company { seed, ..company.clone() }, &every()), &expected);
        prop_assert_eq!(&answer(&company.without_merges(), &every()), &expected);
    }

    #[test]
    fn pages_one_after_the_other_are_the_whole(company in companies(told(), 40), page_size in 1..6_u32) {
        let whole = answer(&company, &every());
        let (mut rows, mut skip) = (Vec::new(), 0);
        loop {
            let request = DefinitionsRequest { page_size, ..every() };
            let page = company.ask::<Definitions>(&request, None, skip).unwrap().response;
            skip += page.definitions.len();
            rows.extend(page.definitions);
            prop_assert_eq!(page.rows_left_out as usize, whole.len() - skip);
            if page.rows_left_out == 0 {
                break;
            }
        }
        prop_assert_eq!(rows, whole);
    }

    #[test]
    fn an_answer_names_the_version_that_is_listed_as_in_force_at_its_moment(company in companies(told(), 40)) {
        let request = DefinitionsRequest { kind: "abc".into(), code: "customer".into(), ..every() };
        let listed = answer(&company, &request).into_iter().find(|one| one.state() == State::InForce);
        let classes = company.ask::<Classes>(&v1::ClassesRequest::default(), None, 0).unwrap().response;
        let used = classes.meta.unwrap().definitions.into_iter().find(|one| one.kind == "abc");
        prop_assert_eq!(used.map(|one| one.version), listed.map(|one| one.version));
    }

    #[test]
    fn a_definition_changes_no_row_but_its_own(company in companies(told(), 40)) {
        let mut without = company.clone();
        for told in without.told.iter_mut().filter(|told| matches!(told.kind, Kind::DefinitionPublished(_))) {
            told.corrected = Some((support::company::BEFORE, None));
        }
        let ever = |company: &Company| {
            let store = company.store(View::Facts);
            let at = AsOf { occurred_until: LATEST, recorded_until: LATEST };
            let mut found = Vec::new();
            for table in View::Facts.tables().filter(|table| table.name != "definition") {
                let mut take = |begins: &Beginning, cells: &[Cell]| {
                    found.push(format!("{} {begins:?} {cells:?}", table.name));
                    Ok(())
                };
                store.scan(table, &Filter::all(), at, &mut take).unwrap();
            }
            found
        };
        prop_assert_eq!(ever(&company), ever(&without));
    }

    #[test]
    fn what_is_shown_has_every_row_in_cells_that_suit_their_columns(company in companies(told(), 40)) {
        let response = company.ask::<Definitions>(&every(), None, 0).unwrap().response;
        let page = Definitions::page(&every(), &response);
        let Lines::Rows(lines) = Definitions::LINES else { return Err(TestCaseError::fail("a line a row")) };
        let mut keys = HashSet::new();
        for grid in &page.grids {
            prop_assert!(keys.insert(grid.key) && lines.contains(&"part"), "{}", grid.key);
            for row in &grid.rows {
                prop_assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
                for (column, cell) in grid.columns.iter().zip(&row.cells) {
                    prop_assert!(column.unit.suits(&cell.value), "{} of {}", column.key, grid.key);
                }
            }
        }
        let rows: usize = page.grids.iter().map(|grid| grid.rows.len()).sum();
        prop_assert_eq!(rows, response.definitions.len());
    }
}

#[test]
fn the_random_companies_have_every_state_often_enough() {
    let mut runner = TestRunner::deterministic();
    let mut seen = [0; 6];
    let mut approved = 0;
    for _ in 0..200 {
        let company = companies(told(), 40).new_tree(&mut runner).unwrap().current();
        let found = answer(&company, &every());
        approved += found.iter().filter(|one| !one.approver.is_empty()).count();
        let states: HashSet<i32> = found.iter().map(|one| one.state).collect();
        states.into_iter().for_each(|state| seen[usize::try_from(state).unwrap()] += 1);
    }
    assert!(seen[1..].iter().all(|times| *times > 40) && approved > 200, "{seen:?} {approved}");
}
