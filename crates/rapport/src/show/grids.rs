//! Pages of any model, as tables and as CSV. What a model says is in its page; how it looks is decided here.

mod cells;
mod lines;

use std::{collections::BTreeMap, io::Write};

use rapport_views::page::{self, Grid, GridColumn, GridRow, Picture, Shown, Telling, Unit, Value, Words};

use self::cells::{interval_of, text};
use super::{
    page::Page,
    table::{Align, Cell, Table, note, paragraph},
    when::Zone,
};

pub(crate) use lines::lines;

/// Cells of a bar beside a count.
const COUNT_BAR: usize = 24;
/// Cells of a bar beside a share.
const SHARE_BAR: usize = 15;
/// Cells of a score between the ends of its interval.
const INTERVAL: usize = 31;

/// Prints the grids that have something to show, then what is said of all of them, and which had nothing.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn tables(out: &mut Page, page: &page::Page, zone: &Zone) -> anyhow::Result<()> {
    let readers = page.grids.iter().filter(|grid| grid.shown != Shown::Exports);
    let (empty, shown): (Vec<_>, Vec<_>) = readers.partition(|grid| grid.is_empty() && grid.notes.is_empty());
    for grid in &shown {
        let title = title(grid, zone);
        let table = table(grid, zone);
        if grid.is_empty() {
            writeln!(out, "\n{title}")?;
        }
        table.print(out, &title)?;
        for said in &grid.notes {
            note(out, &words(said, zone))?;
        }
    }
    let mut notes: Vec<_> = page.notes.iter().map(|said| words(said, zone)).collect();
    if !shown.is_empty() || notes.is_empty() {
        notes.extend(left_out(&empty, zone));
    }
    for (place, said) in notes.iter().enumerate() {
        writeln!(out, "{}{}", if place == 0 { "\n" } else { "" }, paragraph(said))?;
    }
    Ok(())
}

/// A heading, with what the grid is about.
fn title(grid: &Grid, zone: &Zone) -> String {
    let title = words(&grid.title, zone);
    if grid.of.is_empty() { title } else { format!("{}: {title}", grid.of) }
}

/// Which grids are empty: each heading once, with how many grids have it.
fn left_out(empty: &[&Grid], zone: &Zone) -> Option<String> {
    let mut titles: BTreeMap<&str, (String, u64)> = BTreeMap::new();
    for grid in empty {
        titles.entry(grid.key).or_insert_with(|| (words(&grid.title, zone), 0)).1 += 1;
    }
    // In the order of the page.
    let mut keys: Vec<_> = empty.iter().map(|grid| grid.key).collect();
    keys.sort_by_key(|key| empty.iter().position(|grid| grid.key == *key));
    keys.dedup();
    let named = keys.into_iter().filter_map(|key| titles.get(key)).map(|(title, tables)| match tables {
        1 => title.clone(),
        tables => format!("{title} ({tables} tables)"),
    });
    let named: Vec<_> = named.collect();
    (!named.is_empty()).then(|| format!("empty and left out: {}", named.join("; ")))
}

/// A sentence with its values.
pub(super) fn words(words: &Words, zone: &Zone) -> String {
    let mut values = words.values.iter();
    let mut parts = words.text.split("{}");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some((unit, cell)) = values.next() {
            shown.push_str(&text(*unit, cell, zone));
        }
        shown.push_str(part);
    }
    shown
}

fn table(grid: &Grid, zone: &Zone) -> Table {
    let shown = |column: &&GridColumn| column.shown != Shown::Exports;
    let mut columns = Vec::new();
    for column in grid.columns.iter().filter(shown) {
        columns.push((&*column.title, align(column)));
        match column.picture {
            None => {}
            Some(Picture::Bar) if column.unit == Unit::Count => columns.push(("", Align::Drawing(COUNT_BAR))),
            Some(Picture::Bar) => columns.push(("", Align::Drawing(SHARE_BAR))),
            Some(Picture::Interval) => {
                columns.extend([("95 %", Align::Right), ("", Align::Drawing(INTERVAL))]);
            }
        }
    }
    let mut table = Table::new(&columns).least(&least(grid));
    for row in grid.rows.iter().filter(|row| !row.aside) {
        let cells = grid.columns.iter().enumerate().filter(|(_, column)| shown(column));
        table.row(cells.flat_map(|(place, column)| shown_cells(grid, row, place, column, zone)));
    }
    table
}

fn align(column: &GridColumn) -> Align {
    match (column.telling, column.unit) {
        (Telling::Most, _) => Align::Telling,
        (_, Unit::Text) => Align::Cut,
        (_, Unit::Code | Unit::Day | Unit::Moment) => Align::Left,
        (
            _,
            Unit::Count
            | Unit::Money
            | Unit::MoneyADay
            | Unit::Share
            | Unit::Score
            | Unit::Ratio
            | Unit::Duration,
        ) => Align::Right,
    }
}

/// The titles of the columns that are the first to go, in that order.
fn least(grid: &Grid) -> Vec<&str> {
    let mut named: Vec<_> = grid
        .columns
        .iter()
        .filter_map(|column| match column.telling {
            Telling::Less(place) => Some((place, &*column.title)),
            Telling::Most | Telling::Usual => None,
        })
        .collect();
    named.sort_by_key(|(place, _)| *place);
    named.into_iter().map(|(_, title)| title).collect()
}

/// What stands in a row for one column: its value, and what is drawn beside it.
fn shown_cells(grid: &Grid, row: &GridRow, place: usize, column: &GridColumn, zone: &Zone) -> Vec<Cell> {
    let nothing = page::GridCell::nothing();
    let cell = row.cells.get(place).unwrap_or(&nothing);
    let mut cells = vec![Cell::from(text(column.unit, cell, zone))];
    match (column.picture, &cell.value) {
        (None, _) => {}
        (Some(Picture::Bar), Value::Count(count)) => {
            cells.push(Cell::Bar(*count as f64, largest(grid, place) as f64));
        }
        (Some(Picture::Bar), Value::Number(share)) => cells.push(Cell::Bar(*share, 1.0)),
        (Some(Picture::Bar), _) => cells.push(String::new().into()),
        (Some(Picture::Interval), value) => {
            cells.push(interval_of(cell).into());
            cells.push(match (value, cell.interval, cell.scale) {
                (Value::Number(score), Some((low, high)), Some(scale)) => {
                    Cell::Interval((low, *score, high), scale)
                }
                _ => String::new().into(),
            });
        }
    }
    cells
}

fn largest(grid: &Grid, place: usize) -> u64 {
    let count = |row: &GridRow| {
        if let Value::Count(count) = row.cells.get(place)?.value { Some(count) } else { None }
    };
    grid.rows.iter().filter_map(count).max().unwrap_or(0)
}
