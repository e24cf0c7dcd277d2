//! Customers of class A who may be about to leave.

use rapport_proto::v1::{RetentionAlert, RetentionResponse, Sum};

use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

fn money(sum: Option<&Sum>, currency: &str) -> GridCell {
    GridCell::money(
        sum.and_then(|sum| sum.minor_units),
        sum.map_or("", |sum| &sum.minor_units_wide),
        currency,
    )
}

/// How many there are, a row a currency.
pub(super) fn totals(response: &RetentionResponse) -> Grid {
    let mut grid = Grid::new("alert_total", "customers of class A, the twelve months").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("alerts", "may be about to leave", Unit::Count).most(),
        GridColumn::new("overdue", "overdue", Unit::Count),
        GridColumn::new("unhappy", "unhappy", Unit::Count),
        GridColumn::new("class_a", "class A", Unit::Count),
        GridColumn::new("without_rhythm", "without a rhythm", Unit::Count).less(1),
        GridColumn::new("value", "value of the first", Unit::Money),
    ]);
    for total in &response.alert_totals {
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.alerts.as_ref()),
            GridCell::figure(total.overdue.as_ref()),
            GridCell::figure(total.unhappy.as_ref()),
            GridCell::figure(total.class_a.as_ref()),
            GridCell::figure(total.without_rhythm.as_ref()),
            money(total.value.as_ref(), &total.currency),
        ]);
    }
    grid
}

/// Who they are.
pub(super) fn rows(response: &RetentionResponse) -> Grid {
    let mut grid = Grid::new("alert", "who may be about to leave, the highest value first").columns([
        GridColumn::new("customer", "customer", Unit::Code).most(),
        GridColumn::new("why", "why", Unit::Text),
        GridColumn::new("value", "value", Unit::Money),
        GridColumn::new("last_purchase", "last", Unit::Day).less(1),
        GridColumn::new("recency_days", "days ago", Unit::Count),
        GridColumn::new("gap_median_days", "usual gap, days", Unit::Ratio),
        GridColumn::new("purchase_days", "days with a purchase", Unit::Count).less(2),
        GridColumn::new("score", "NPS", Unit::Code),
        GridColumn::new("scored_at", "scored", Unit::Day).for_exports(),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
    ]);
    for row in &response.alerts {
        let number =
            |number: Option<f64>| number.map_or_else(GridCell::nothing, |it| GridCell::number(Some(it)));
        grid.row([
            GridCell::text(&row.customer).named(row.customer.split_once(':').map_or("", |(_, name)| name)),
            GridCell::text(why(row)),
            money(row.value.as_ref(), &row.currency),
            GridCell::moment(row.last_purchase.as_ref()),
            row.recency_days.map_or_else(GridCell::nothing, |days| GridCell::count(days.into())),
            number(row.gap_median_days),
            GridCell::count(row.purchase_days.into()),
            row.score.map_or_else(GridCell::nothing, |score| GridCell::text(&score.to_string())),
            GridCell::moment(row.scored_at.as_ref()),
            GridCell::text(&row.currency),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more customer", "more customers"));
    }
    if !response.alerts.is_empty() {
        let text = "overdue: the last purchase is more than twice the usual gap ago; unhappy: latest NPS response 6 or less";
        grid.note(Words::new("why", text));
    }
    grid
}

fn why(row: &RetentionAlert) -> &'static str {
    match (row.overdue, row.unhappy) {
        (true, true) => "overdue, unhappy",
        (true, false) => "overdue",
        (false, true) => "unhappy",
        (false, false) => "",
    }
}
