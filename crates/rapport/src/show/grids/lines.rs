//! Pages as CSV.

use rapport_views::page::{self, Grid, GridRow, Lines, Shown, Unit, Value};

use super::{
    super::{number::plain_number, page::Page, when::Zone},
    cells::plain,
};

/// Prints all rows, also those that tables leave out, in the lines that the model's exports have.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn lines(out: &mut Page, page: &page::Page, lines: Lines, zone: &Zone) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    match lines {
        Lines::Rows(columns) => csv.write_record(columns)?,
        Lines::Values(columns) => csv.write_record(columns)?,
    }
    for grid in page.grids.iter().filter(|grid| grid.shown != Shown::Readers) {
        for row in &grid.rows {
            match lines {
                Lines::Rows(columns) => {
                    csv.write_record(columns.iter().map(|column| place(grid, row, column, zone)))?;
                }
                Lines::Values([of, ..]) => values(&mut csv, of, grid, row, zone)?,
            }
        }
    }
    Ok(csv.flush()?)
}

/// What a row has in a column of the line.
fn place(grid: &Grid, row: &GridRow, column: &str, zone: &Zone) -> String {
    let mut cells = grid.columns.iter().zip(&row.cells);
    let interval = || row.cells.iter().find_map(|cell| cell.interval);
    match column {
        "part" => grid.key.to_owned(),
        "figure" => {
            let count = cells.find(|(column, _)| column.unit == Unit::Count);
            count.map(|(_, cell)| cell.figure.clone()).unwrap_or_default()
        }
        "low" => interval().map(|(low, _)| plain_number(Some(low))).unwrap_or_default(),
        "high" => interval().map(|(_, high)| plain_number(Some(high))).unwrap_or_default(),
        key => {
            let cell = cells.find(|(column, _)| column.key == key && column.shown != Shown::Readers);
            cell.map(|(_, cell)| plain(cell, zone)).unwrap_or_default()
        }
    }
}

/// A line for each value of a row; for one that is not known, too, unless it is an amount. What the grid is about may be
/// a column of it, named `of`.
fn values(
    csv: &mut csv::Writer<&mut Page>,
    of: &str,
    grid: &Grid,
    row: &GridRow,
    zone: &Zone,
) -> anyhow::Result<()> {
    const CURRENCY: &str = "currency";
    let cells = || grid.columns.iter().zip(&row.cells).enumerate();
    let names = |place: usize, key: &str| place == 0 && key != CURRENCY && key != of;
    let found = |is: &dyn Fn(usize, &str) -> bool| {
        let cell = cells().find(|(place, (column, _))| is(*place, column.key));
        cell.map(|(_, (_, cell))| plain(cell, zone))
    };
    let about = found(&|_, key| key == of).unwrap_or_else(|| grid.of.clone());
    let name = found(&names).unwrap_or_default();
    let currency = found(&|_, key| key == CURRENCY).unwrap_or_default();
    for (place, (column, cell)) in cells() {
        let is_value = !names(place, column.key) && column.key != CURRENCY && column.key != of;
        let has_line = match cell.value {
            Value::Nothing => false,
            Value::Unknown => column.unit != Unit::Money,
            Value::Text(_)
            | Value::Count(_)
            | Value::Number(_)
            | Value::MinorUnits(_)
            | Value::Micros(_)
            | Value::Moment(_) => true,
        };
        if is_value && has_line && column.shown != Shown::Readers {
            let value = plain(cell, zone);
            csv.write_record([&about, grid.key, &name, &currency, column.key, &value, &cell.figure])?;
        }
    }
    Ok(())
}
