//! Customers by their first purchase: as a matrix for readers, as rows for exports.

use rapport_proto::v1::{Every, RetentionRequest, RetentionResponse};

use crate::page::{Grid, GridCell, GridColumn, Shown, Unit, Words};

/// The periods that a matrix has room for: a year of months.
const SINCE: [(&str, &str); 13] = [
    ("p0", "0"),
    ("p1", "1"),
    ("p2", "2"),
    ("p3", "3"),
    ("p4", "4"),
    ("p5", "5"),
    ("p6", "6"),
    ("p7", "7"),
    ("p8", "8"),
    ("p9", "9"),
    ("p10", "10"),
    ("p11", "11"),
    ("p12", "12"),
];

/// A row a cohort, a column a period since.
pub(super) fn matrix(request: &RetentionRequest, response: &RetentionResponse) -> Grid {
    let noun = match request.every() {
        Every::Week => "weeks",
        Every::Quarter => "quarters",
        Every::Year => "years",
        Every::Unspecified | Every::Month | Every::Day => "months",
    };
    let title = format!("customers by their first purchase, and the share that buys so many {noun} later");
    let longest = response.cohorts.iter().map(|cohort| cohort.cells.len()).max().unwrap_or(0);
    let since = || SINCE.into_iter().take(longest);
    let columns = [
        GridColumn::new("cohort", "since", Unit::Day),
        GridColumn::new("customers", "customers", Unit::Count),
    ];
    let shares = since().map(|(key, title)| GridColumn::new(key, title, Unit::Share));
    let mut grid = Grid::new("cohorts", "")
        .titled(Words::new("cohorts", title))
        .columns(columns.into_iter().chain(shares))
        .for_readers();
    for cohort in &response.cohorts {
        let mut cells =
            vec![GridCell::moment(cohort.begins.as_ref()), GridCell::figure(cohort.customers.as_ref())];
        cells.extend(cohort.cells.iter().take(SINCE.len()).map(|cell| GridCell::number(Some(cell.share))));
        cells.resize_with(grid.columns.len(), GridCell::nothing);
        grid.row(cells);
    }
    if longest > SINCE.len() {
        grid.note(Words::new("more_periods", "later periods are in exports"));
    }
    grid
}

/// A row a cohort and period; the first row of a cohort has its customers.
pub(super) fn rows(response: &RetentionResponse) -> Grid {
    let mut grid = Grid::new("cohort", "customers by their first purchase, period by period").columns([
        GridColumn::new("cohort", "since", Unit::Day),
        GridColumn::new("since", "periods later", Unit::Code),
        GridColumn::new("count", "customers", Unit::Count),
        GridColumn::new("share", "of the cohort", Unit::Share),
    ]);
    grid.shown = Shown::Exports;
    for cohort in &response.cohorts {
        let begins = || GridCell::moment(cohort.begins.as_ref());
        grid.row([
            begins(),
            GridCell::nothing(),
            GridCell::figure(cohort.customers.as_ref()),
            GridCell::nothing(),
        ]);
        for cell in &cohort.cells {
            grid.row([
                begins(),
                GridCell::count(cell.since.into()),
                GridCell::figure(cell.bought.as_ref()),
                GridCell::number(Some(cell.share)),
            ]);
        }
    }
    grid
}
