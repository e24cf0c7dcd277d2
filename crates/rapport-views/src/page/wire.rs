//! Pages on the wire.

use rapport_proto::{
    time,
    v1::{self, grid_cell, grid_words},
};

use super::{Grid, GridCell, GridColumn, GridRow, Mark, Page, Picture, Shown, Telling, Unit, Value, Words};

impl From<Page> for v1::Page {
    fn from(page: Page) -> Self {
        Self { grids: all(page.grids), notes: all(page.notes) }
    }
}

fn all<A, B: From<A>>(of: Vec<A>) -> Vec<B> {
    of.into_iter().map(B::from).collect()
}

impl From<Grid> for v1::Grid {
    fn from(grid: Grid) -> Self {
        Self {
            key: grid.key.to_owned(),
            of: grid.of,
            title: Some(grid.title.into()),
            columns: all(grid.columns),
            rows: all(grid.rows),
            notes: all(grid.notes),
            shown: v1::GridShown::from(grid.shown).into(),
        }
    }
}

impl From<Words> for v1::GridWords {
    fn from(words: Words) -> Self {
        let value = |(unit, cell): (Unit, GridCell)| grid_words::Value {
            unit: v1::GridUnit::from(unit).into(),
            cell: Some(cell.into()),
        };
        Self {
            key: words.key.to_owned(),
            text: words.text.into_owned(),
            values: words.values.into_iter().map(value).collect(),
        }
    }
}

impl From<GridColumn> for v1::GridColumn {
    fn from(column: GridColumn) -> Self {
        let picture = column.picture.map_or(v1::GridPicture::Unspecified, v1::GridPicture::from);
        Self {
            key: column.key.to_owned(),
            title: column.title.into_owned(),
            unit: v1::GridUnit::from(column.unit).into(),
            most_telling: column.telling == Telling::Most,
            leave_out: match column.telling {
                Telling::Most | Telling::Usual => 0,
                Telling::Less(place) => place.into(),
            },
            picture: picture.into(),
            shown: v1::GridShown::from(column.shown).into(),
        }
    }
}

impl From<GridRow> for v1::GridRow {
    fn from(row: GridRow) -> Self {
        Self { cells: all(row.cells), aside: row.aside }
    }
}

impl From<GridCell> for v1::GridCell {
    fn from(cell: GridCell) -> Self {
        let (low, high) = cell.interval.unzip();
        let (scale_min, scale_max) = cell.scale.unzip();
        Self {
            name: cell.name,
            currency: cell.currency,
            figure: cell.figure,
            mark: cell.mark.map_or(v1::GridMark::Unspecified, v1::GridMark::from).into(),
            low,
            high,
            scale_min,
            scale_max,
            value: value(cell.value),
        }
    }
}

fn value(value: Value) -> Option<grid_cell::Value> {
    Some(match value {
        Value::Nothing => return None,
        Value::Unknown => grid_cell::Value::Unknown(true),
        Value::Text(text) => grid_cell::Value::Text(text),
        Value::Count(count) => grid_cell::Value::Count(count),
        Value::Number(number) => grid_cell::Value::Number(number),
        Value::MinorUnits(units) => i64::try_from(units).map_or_else(
            |_| grid_cell::Value::MinorUnitsWide(units.to_string()),
            grid_cell::Value::MinorUnits,
        ),
        Value::Micros(micros) => grid_cell::Value::Length(time::duration_to_proto(micros)),
        Value::Moment(moment) => grid_cell::Value::Moment(time::to_proto(moment)),
    })
}

impl From<Unit> for v1::GridUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Text => Self::Text,
            Unit::Code => Self::Code,
            Unit::Count => Self::Count,
            Unit::Money => Self::Money,
            Unit::MoneyADay => Self::MoneyADay,
            Unit::Share => Self::Share,
            Unit::Score => Self::Score,
            Unit::Ratio => Self::Ratio,
            Unit::Duration => Self::Duration,
            Unit::Day => Self::Day,
            Unit::Moment => Self::Moment,
        }
    }
}

impl From<Picture> for v1::GridPicture {
    fn from(picture: Picture) -> Self {
        match picture {
            Picture::Bar => Self::Bar,
            Picture::Interval => Self::Interval,
        }
    }
}

impl From<Shown> for v1::GridShown {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Everywhere => Self::Unspecified,
            Shown::Readers => Self::Readers,
            Shown::Exports => Self::Exports,
        }
    }
}

impl From<Mark> for v1::GridMark {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Observed => Self::Observed,
            Mark::Significant => Self::Significant,
        }
    }
}
