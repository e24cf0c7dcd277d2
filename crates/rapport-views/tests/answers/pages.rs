//! What holds for the page of every answer of every model.
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use crate::support::{figures, funnel_world::worlds, surveys::surveys};
use proptest::prelude::*;
use rapport_proto::{json, v1, v1::FunnelMeasure};
use rapport_views::{
    model::{Funnel, Model, Satisfaction, Timeline},
    page::{GridCell, Lines, Page, Shown, Unit, Value, Words},
};

/// Whether cells suit their columns, and sentences have a value for each place. Gives the figures with their counts.
fn check<M: Model>(page: &Page) -> BTreeMap<String, u64> {
    let mut figures = BTreeMap::new();
    let said = page.grids.iter().flat_map(|grid| grid.notes.iter().chain([&grid.title])).chain(&page.notes);
    for words in said {
        assert_eq!(words.text.matches("{}").count(), words.values.len(), "{words:?}");
        assert!(!words.key.is_empty() && words.values.iter().all(|(unit, cell)| unit.suits(&cell.value)));
    }
    for grid in &page.grids {
        let keys = |readers: Shown| {
            let keys = grid.columns.iter().filter(|column| column.shown != readers).map(|column| column.key);
            let mut keys: Vec<_> = keys.collect();
            keys.sort_unstable();
            keys
        };
        for keys in [keys(Shown::Readers), keys(Shown::Exports)] {
            let mut once = keys.clone();
            once.dedup();
            assert_eq!(keys, once, "two columns of `{}` have one name", grid.key);
        }
        for row in &grid.rows {
            assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
            for (column, cell) in grid.columns.iter().zip(&row.cells) {
                assert!(column.unit.suits(&cell.value), "{}.{}: {cell:?}", grid.key, column.key);
                if !cell.figure.is_empty() {
                    assert_eq!(column.unit, Unit::Count, "{cell:?}");
                    let Value::Count(count) = cell.value else { panic!("{cell:?} is no count") };
                    assert_eq!(*figures.entry(cell.figure.clone()).or_insert(count), count);
                }
            }
        }
    }
    let exported = page.grids.iter().flat_map(|grid| &grid.columns);
    if let Lines::Rows(columns) = M::LINES {
        for column in exported.filter(|column| column.shown != Shown::Readers) {
            assert!(columns.contains(&column.key), "no export has `{}`", column.key);
        }
    }
    figures
}

/// The same grids, rows and cells on the wire.
fn is_the_same_on_the_wire(page: &Page) -> bool {
    let wire = v1::Page::from(page.clone());
    let cells =
        |page: &Page| page.grids.iter().flat_map(|grid| &grid.rows).map(|row| row.cells.len()).sum::<usize>();
    let sent = wire.grids.iter().flat_map(|grid| &grid.rows).map(|row| row.cells.len()).sum::<usize>();
    // It is canonical JSON, too.
    json::to_json("rapport.v1.Page", &wire).is_ok()
        && cells(page) == sent
        && wire.grids.len() == page.grids.len()
}

proptest! {
    #[test]
    fn a_page_of_the_funnel_suits_its_columns_and_has_every_figure_of_the_answer(
        world in worlds(), overview in any::<bool>()
    ) {
        let mut world = world;
        if overview {
            world.request.measures = vec![FunnelMeasure::Overview.into(), FunnelMeasure::Snapshot.into()];
        }
        let answer = world.answer(None).unwrap().0;
        let page = Funnel::page(&world.request, &answer);
        let shown = check::<Funnel>(&page);
        prop_assert_eq!(shown, figures(&world.json()).into_iter().collect::<BTreeMap<_, _>>());
        prop_assert!(is_the_same_on_the_wire(&page));
    }

    #[test]
    fn a_page_of_satisfaction_suits_its_columns_and_has_every_figure_of_the_answer(survey in surveys()) {
        let answer = survey.answer();
        let page = Satisfaction::page(&survey.request, &answer);
        let shown = check::<Satisfaction>(&page);
        prop_assert_eq!(shown, figures(&survey.json()).into_iter().collect::<BTreeMap<_, _>>());
        prop_assert!(is_the_same_on_the_wire(&page));
    }

    #[test]
    fn parts_of_satisfaction_are_those_of_the_whole(survey in surveys(), part in 1..=5_i32) {
        let whole = survey.answer();
        let mut one = survey.clone();
        one.request.measures = vec![part];
        let answer = one.answer();
        let of = |wanted: i32| part == wanted;
        prop_assert_eq!(&answer.scores, if of(1) { &whole.scores } else { &[][..] });
        prop_assert_eq!(&answer.trend, if of(2) { &whole.trend } else { &[][..] });
        prop_assert_eq!(&answer.rolling, if of(3) { &whole.rolling } else { &[][..] });
        prop_assert_eq!(&answer.attributes, if of(4) { &whole.attributes } else { &[][..] });
        prop_assert!(of(5) || survey.request.companies || answer.companies.is_empty());
        if survey.request.companies {
            prop_assert_eq!(&answer.companies, &whole.companies);
        }
        check::<Satisfaction>(&Satisfaction::page(&one.request, &answer));
    }
}

#[test]
fn a_page_of_a_timeline_suits_its_columns() {
    let entry = v1::TimelineEntry {
        occurred_at: Some(prost_types::Timestamp { seconds: 5, nanos: 0 }),
        position: 7,
        summary: "a {} in the text".to_owned(),
        ..v1::TimelineEntry::default()
    };
    let answer = v1::TimelineResponse {
        entries: vec![entry.clone(), entry],
        total: 12,
        left_out_by_page: 10,
        retracted: 1,
        ..v1::TimelineResponse::default()
    };
    let page = Timeline::page(&v1::TimelineRequest::default(), &answer);
    assert!(check::<Timeline>(&page).is_empty() && is_the_same_on_the_wire(&page));
    let Lines::Rows(columns) = Timeline::LINES else { panic!("a line a row") };
    assert_eq!(columns.len(), page.grids.iter().map(|grid| grid.columns.len()).sum::<usize>());
}

#[test]
fn empty_rows_are_put_aside_and_counted_and_a_grid_of_nothing_else_is_empty() {
    use rapport_views::page::{Grid, GridColumn};
    let grid = |counts: &[(u64, u64)]| {
        let columns = [
            GridColumn::new("name", "name", Unit::Code),
            GridColumn::new("a", "a", Unit::Count),
            GridColumn::new("b", "b", Unit::Count),
            GridColumn::new("rate", "rate", Unit::Share),
        ];
        let mut grid = Grid::new("k", "t").columns(columns);
        for (a, b) in counts {
            grid.row([
                GridCell::text("n"),
                GridCell::count(*a),
                GridCell::count(*b),
                GridCell::number(Some(0.0)),
            ]);
        }
        grid.leave_out_empty("empty", "row without", "rows without");
        grid
    };
    let some = grid(&[(1, 0), (0, 0), (0, 2), (0, 0)]);
    assert_eq!(some.rows.iter().map(|row| row.aside).collect::<Vec<_>>(), [false, true, false, true]);
    assert_eq!(some.notes, [Words::counted("empty", 2, "row without", "rows without")]);
    let none = grid(&[(0, 0)]);
    assert!(none.is_empty() && none.notes.is_empty() && none.rows.len() == 1);
    assert!(!grid(&[(3, 3)]).is_empty());
}
