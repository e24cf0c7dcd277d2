//! What the properties of several models compare.

use std::collections::HashSet;

use rapport_views::{model::Model, page::Lines};
use serde_json::Value;

use super::figures;

/// Equal but for the last digits of floating-point numbers.
pub(crate) fn close(a: &Value, b: &Value) -> bool {
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

/// The page has every figure of the answer and no other, and its cells suit their columns.
pub(crate) fn page_shows_all<M: Model>(request: &M::Request, response: &M::Response, answer: &Value) {
    let page = M::page(request, response);
    let (mut shown, mut keys) = (HashSet::new(), HashSet::new());
    let Lines::Rows(lines) = M::LINES else { panic!("a line a row") };
    for grid in &page.grids {
        assert!(keys.insert(grid.key), "two grids are called {}", grid.key);
        assert!(grid.columns.iter().all(|column| lines.contains(&column.key)), "{:?}", grid.columns);
        for row in &grid.rows {
            assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
            for (column, cell) in grid.columns.iter().zip(&row.cells) {
                assert!(column.unit.suits(&cell.value), "{} of {}: {:?}", column.key, grid.key, cell);
                shown.extend(Some(cell.figure.clone()).filter(|figure| !figure.is_empty()));
            }
        }
    }
    let wanted = figures(answer).into_iter().filter(|(_, count)| *count > 0).map(|(figure, _)| figure);
    assert_eq!(shown, wanted.collect::<HashSet<_>>());
}
