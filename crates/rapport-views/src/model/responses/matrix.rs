//! Two groupings at once: a row a group of the first, a column a group of the second.

use std::collections::BTreeSet;

use rapport_proto::v1::{ScoreRow, ScoreTotal, ScoresRequest, ScoresResponse};

use super::grids::{ends, group_cell, mean_cell};
use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

/// The columns for the groups of the second grouping, as many as fit.
const COLUMNS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];
/// More rows are a list.
const ROWS_MAX: usize = 20;

/// What is in a table: its key, its title, the unit of its cells, and the cell of a group.
type Shown = (&'static str, &'static str, Unit, fn(&ScoreRow, Option<(f64, f64)>) -> GridCell);

const SHOWN: [Shown; 2] = [
    ("matrix_mean", "mean", Unit::Score, |row, ends| {
        mean_cell(row.of.as_ref().and_then(|of| of.mean), None, ends)
    }),
    ("matrix_n", "responses", Unit::Count, |row, _| {
        GridCell::figure(row.of.as_ref().and_then(|of| of.answers.as_ref()))
    }),
];

/// Of each question the means and how many responses they are of; none where there are too many groups, or more on other
/// pages.
pub(super) fn matrices(request: &ScoresRequest, response: &ScoresResponse) -> Vec<Grid> {
    if request.by.len() < 2 || response.rows_left_out > 0 {
        return Vec::new();
    }
    let of = |total: &ScoreTotal| {
        let is_of = |row: &&ScoreRow| row.instrument == total.instrument && row.question == total.question;
        response.rows.iter().filter(is_of).collect::<Vec<_>>()
    };
    let mut grids = Vec::new();
    for total in &response.totals {
        let rows = of(total);
        let (Some(firsts), Some(seconds)) = (names(&rows, 0), names(&rows, 1)) else { continue };
        if firsts.len() > ROWS_MAX || seconds.len() > COLUMNS.len() {
            continue;
        }
        let ends = ends(response, &total.instrument, &total.question);
        for shown in SHOWN {
            grids.push(matrix(request, total, (&rows, &firsts, &seconds), ends, shown));
        }
    }
    grids
}

/// The groups of a grouping; by name where they follow each other so, otherwise as rows come. `None` of none.
fn names(rows: &[&ScoreRow], place: usize) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let all = rows.iter().filter_map(|row| row.groups.get(place));
    let all: Vec<String> = all.filter(|name| seen.insert((*name).clone())).cloned().collect();
    (!all.is_empty()).then_some(all)
}

fn matrix(
    request: &ScoresRequest,
    total: &ScoreTotal,
    (rows, firsts, seconds): (&[&ScoreRow], &[String], &[String]),
    ends: Option<(f64, f64)>,
    (key, title, unit, cell): Shown,
) -> Grid {
    let by = |place: usize| {
        let by = request.by.get(place).map_or("", String::as_str);
        by.strip_prefix("tag:").unwrap_or(by).to_owned()
    };
    let column = |(key, name): (&&'static str, &String)| {
        let title = if name.is_empty() { "not said".to_owned() } else { name.clone() };
        GridColumn::new(key, title, unit)
    };
    let begin = GridColumn::new("group", by(0), Unit::Text).most();
    let title = format!("{title} by {} and {}", by(0), by(1));
    let mut grid = Grid::new(key, "by two groups")
        .titled(Words::new(key, title))
        .of(format!("{} {}", total.instrument, total.question).trim_end())
        .for_readers()
        .columns(std::iter::once(begin).chain(COLUMNS.iter().zip(seconds).map(column)));
    for first in firsts {
        let cells = seconds.iter().map(|second| {
            let is_it =
                |row: &&&ScoreRow| row.groups.first() == Some(first) && row.groups.get(1) == Some(second);
            rows.iter().find(is_it).map_or_else(GridCell::nothing, |row| cell(row, ends))
        });
        grid.row(std::iter::once(group_cell(Some(first))).chain(cells));
    }
    grid
}
