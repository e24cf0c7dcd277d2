//! Valuable customers who may be about to leave.

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
    let mut grid = Grid::new("alert_total", "valuable customers: class A, or on the level top or large")
        .columns([
            GridColumn::new("currency", "currency", Unit::Code),
            GridColumn::new("alerts", "may be about to leave", Unit::Count).most(),
            GridColumn::new("overdue", "overdue", Unit::Count),
            GridColumn::new("unhappy", "unhappy", Unit::Count),
            GridColumn::new("fading", "fading", Unit::Count),
            GridColumn::new("silent", "silent", Unit::Count),
            GridColumn::new("valuable", "valuable", Unit::Count),
            GridColumn::new("class_a", "class A", Unit::Count).less(4),
            GridColumn::new("without_rhythm", "without a rhythm", Unit::Count).less(1),
            GridColumn::new("without_chance", "without a chance", Unit::Count).less(2),
            GridColumn::new("without_usual_silence", "without a usual silence", Unit::Count).less(3),
            GridColumn::new("value", "worth together", Unit::Money),
        ]);
    for total in &response.alert_totals {
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.alerts.as_ref()),
            GridCell::figure(total.overdue.as_ref()),
            GridCell::figure(total.unhappy.as_ref()),
            GridCell::figure(total.fading.as_ref()),
            GridCell::figure(total.silent.as_ref()),
            GridCell::figure(total.valuable.as_ref()),
            GridCell::figure(total.class_a.as_ref()),
            GridCell::figure(total.without_rhythm.as_ref()),
            GridCell::figure(total.without_chance.as_ref()),
            GridCell::figure(total.without_usual_silence.as_ref()),
            money(total.value.as_ref(), &total.currency),
        ]);
    }
    if !response.alert_totals.is_empty() {
        let text =
            "worth together: what all customers who may be about to leave were charged in the twelve months";
        grid.note(Words::new("value", text));
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
        GridColumn::new("alive", "still a customer", Unit::Share),
        GridColumn::new("silence_days", "days silent", Unit::Count),
        GridColumn::new("contact_gap_median_days", "usual silence, days", Unit::Ratio).less(3),
        GridColumn::new("last_contact", "last contact", Unit::Day).for_exports(),
        GridColumn::new("abc", "ABC", Unit::Code).for_exports(),
        GridColumn::new("level", "level", Unit::Code).for_exports(),
        GridColumn::new("scored_at", "scored", Unit::Day).for_exports(),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
    ]);
    for row in &response.alerts {
        let days = |days: Option<u32>| days.map_or(GridCell::number(None), |it| GridCell::count(it.into()));
        grid.row([
            GridCell::text(&row.customer).named(row.customer.split_once(':').map_or("", |(_, name)| name)),
            GridCell::text(&why(row)),
            money(row.value.as_ref(), &row.currency),
            GridCell::moment(row.last_purchase.as_ref()),
            days(row.recency_days),
            GridCell::number(row.gap_median_days),
            GridCell::count(row.purchase_days.into()),
            row.score.map_or(GridCell::number(None), |score| GridCell::text(&score.to_string())),
            GridCell::number(row.alive),
            days(row.silence_days),
            GridCell::number(row.contact_gap_median_days),
            GridCell::moment(row.last_contact.as_ref()),
            GridCell::text(&row.abc),
            GridCell::text(&row.level),
            GridCell::moment(row.scored_at.as_ref()),
            GridCell::text(&row.currency),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more customer", "more customers"));
    }
    if !response.alerts.is_empty() {
        let text = "overdue: the last purchase is more than twice the usual gap ago; unhappy: latest NPS response, their own or \
                    of who acts for them, 6 or less; fading: the chance that they are still customers is below 50 %; silent: no \
                    contact for more than twice the usual silence";
        grid.note(Words::new("why", text));
    }
    if response.alerts.iter().any(lacks) {
        let text = "-: not known. A usual gap needs purchases on 3 days, a usual silence contacts on 4, the chance that they \
                    are still customers a model that can be fitted to all customers of the currency";
        grid.note(Words::new("not_known", text));
    }
    grid
}

/// Whether something cannot be said of it.
fn lacks(row: &RetentionAlert) -> bool {
    let numbers = [row.gap_median_days, row.score, row.alive, row.contact_gap_median_days];
    numbers.iter().any(Option::is_none)
}

/// What is the matter.
fn why(row: &RetentionAlert) -> String {
    let signs =
        [(row.overdue, "overdue"), (row.unhappy, "unhappy"), (row.fading, "fading"), (row.silent, "silent")];
    let said: Vec<&str> = signs.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect();
    said.join(", ")
}
