//! What every model owes: figures that list what they count, a page with all of them, answers that are equal.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Debug,
};

use rapport_model::Timestamp;
use rapport_proto::{json, time, v1};
use rapport_views::{
    model::Model,
    page::{Lines, Page},
};
use serde_json::Value;

use super::{
    company::{Company, zone},
    figures, proto, without_names,
};

/// As JSON.
pub(crate) fn json_of<M: Model>(response: &M::Response) -> Value {
    json::to_json(M::RESPONSE, response).unwrap()
}

/// Equal but for the last digits of floating-point numbers, and the names of figures.
pub(crate) fn assert_same<M: Model>(answer: &M::Response, expected: &M::Response) {
    let [answer, expected] = [answer, expected].map(|one| without_names(json_of::<M>(one)));
    assert!(close(&answer, &expected), "{answer:#}\nexpected\n{expected:#}");
}

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

/// Every figure of the answer lists as many objects as it counts, each once and with its events, also as on another page.
pub(crate) fn assert_figures_list_what_they_count<M: Model>(company: &Company, request: &M::Request) {
    let answer = company.ask::<M>(request, None, 0).unwrap().response;
    let happened: BTreeSet<u64> = company.happened().iter().map(|one| one.position).collect();
    let mut names = HashSet::new();
    for (figure, count) in figures(&json_of::<M>(&answer)).into_iter().filter(|(_, count)| *count > 0) {
        assert!(names.insert(figure.clone()), "two figures are called {figure}");
        let objects = company.ask::<M>(request, Some(&figure), 1).unwrap().objects;
        assert_eq!(objects.len() as u64, count, "{figure}");
        let mut listed = BTreeSet::new();
        for hit in objects {
            assert!(!hit.positions.is_empty() && hit.positions.is_sorted(), "{figure}: {hit:?}");
            assert!(hit.positions.iter().all(|position| happened.contains(position)), "{figure}: {hit:?}");
            assert!(listed.insert((hit.kind, hit.object)), "{figure}: {hit:?} twice");
        }
    }
}

/// Pages one after the other have every row of the whole once, in order, and say how many are on later ones. `rows` are those
/// of a page and how many it leaves out; `also` checks a page beside, and is told whether it is the first.
pub(crate) fn assert_pages_are_the_whole<M: Model, Row: Clone + PartialEq + Debug>(
    (company, request): (&Company, &M::Request),
    (page_size, whole): (u32, &[Row]),
    rows: fn(&M::Response) -> (&Vec<Row>, u64),
    also: impl Fn(&M::Response, bool),
) {
    let mut found: Vec<Row> = Vec::new();
    loop {
        let page = company.ask::<M>(request, None, found.len()).unwrap().response;
        also(&page, found.is_empty());
        let (rows, left_out) = rows(&page);
        assert!(rows.len() <= page_size as usize, "{} rows on a page of {page_size}", rows.len());
        assert!(!rows.is_empty() || left_out == 0, "a page without rows says that {left_out} follow");
        found.extend(rows.iter().cloned());
        assert_eq!(found.len() as u64 + left_out, whole.len() as u64);
        if left_out == 0 {
            break;
        }
    }
    assert_eq!(found, whole);
}

/// The page has every figure, and cells that suit their columns, which exports know.
pub(crate) fn assert_page_is_whole<M: Model>(page: &Page, answer: &M::Response) {
    let (mut shown, mut keys) = (HashSet::new(), HashSet::new());
    for grid in &page.grids {
        assert!(keys.insert(grid.key), "two grids are called {}", grid.key);
        for row in &grid.rows {
            assert_eq!(row.cells.len(), grid.columns.len(), "{}", grid.key);
            for (column, cell) in grid.columns.iter().zip(&row.cells) {
                assert!(column.unit.suits(&cell.value), "{} of {}: {cell:?}", column.key, grid.key);
            }
            let cells = row.cells.iter().map(|cell| cell.figure.clone());
            shown.extend(cells.filter(|figure| !figure.is_empty()));
        }
        let Lines::Rows(lines) = M::LINES else { panic!("a line a row") };
        assert!(grid.columns.iter().all(|column| lines.contains(&column.key)), "{:?}", grid.columns);
    }
    let wanted = figures(&json_of::<M>(answer)).into_iter().filter(|(_, count)| *count > 0);
    assert_eq!(shown, wanted.map(|(figure, _)| figure).collect::<HashSet<_>>());
}

/// The window of a request: twelve months before its end by default, and nothing beyond T.
pub(crate) fn window(
    company: &Company,
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> (Timestamp, Timestamp) {
    let given = |moment: Option<&prost_types::Timestamp>| moment.and_then(time::from_proto);
    let end = Timestamp::from_micros(company.as_of.occurred_until.as_micros() + 1);
    let to = given(to).map_or(end, |to| to.min(end));
    let from = given(from).unwrap_or_else(|| {
        let local = jiff::Timestamp::from_microsecond(to.as_micros()).unwrap().to_zoned(zone()).datetime();
        let year = local.year() - 1;
        let before = local.with().year(year).build().or_else(|_| local.with().year(year).day(28).build());
        before.unwrap().to_zoned(zone()).unwrap().timestamp().into()
    });
    (from.min(to), to)
}

/// On what every answer of a company rests.
pub(crate) fn meta(company: &Company) -> v1::ViewMeta {
    v1::ViewMeta {
        as_of: Some(v1::AsOf {
            occurred_until: proto(company.as_of.occurred_until),
            recorded_until: proto(company.as_of.recorded_until),
        }),
        ..v1::ViewMeta::default()
    }
}

/// An exact sum, as answers write it.
pub(crate) fn sum(sum: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = super::exact::written(sum, "EUR");
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// A part of a whole that is positive.
pub(crate) fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
