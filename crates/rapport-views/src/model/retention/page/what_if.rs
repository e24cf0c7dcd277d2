//! What more retention is worth, by both things that are meant by it.

use rapport_proto::v1::{RetentionWhatIf, retention_request::what_if::Move, retention_what_if::Value};

use crate::{
    model::retention::MEASURED_MIN,
    page::{Grid, GridCell, GridColumn, Unit, Words},
};

/// A row a retention and currency.
pub(super) fn what_if(of: &RetentionWhatIf) -> Grid {
    let has_values = !of.values.is_empty();
    let amounts = |column: GridColumn| if has_values { column } else { column.for_exports() };
    let multiples = |column: GridColumn| if has_values { column.for_exports() } else { column };
    let mut grid = Grid::new("what_if", "what a customer is worth if more stay").columns([
        GridColumn::new("what", "if there were", Unit::Code).most(),
        GridColumn::new("currency", "currency", Unit::Code).for_exports(),
        GridColumn::new("retention", "retention", Unit::Share),
        amounts(GridColumn::new("value_at_end", "paid later", Unit::Money)),
        multiples(GridColumn::new("multiple_at_end", "times m, paid later", Unit::Ratio)),
        GridColumn::new("change_at_end", "more", Unit::Share),
        amounts(GridColumn::new("value_at_once", "paid at once", Unit::Money)),
        multiples(GridColumn::new("multiple_at_once", "times m, paid at once", Unit::Ratio)),
        GridColumn::new("change_at_once", "more", Unit::Share),
        GridColumn::new("mean", "m", Unit::Money).for_exports(),
        GridColumn::new("count", "customers", Unit::Count).for_exports(),
        GridColumn::new("is_meant", "asked", Unit::Code).for_exports(),
    ]);
    let none = [Value::default()];
    let per_currency = of.lines.len().max(1);
    let currencies = if has_values { of.values.chunks(per_currency) } else { none.chunks(per_currency) };
    for values in currencies {
        for (nth, line) in of.lines.iter().enumerate() {
            let value = values.get(nth).cloned().unwrap_or_default();
            let code = &value.currency;
            let change = |change: Option<f64>| {
                if nth == 0 { GridCell::nothing() } else { GridCell::number(change) }
            };
            let (key, name) = said(line.r#move(), of.change, line.is_meant);
            grid.row([
                GridCell::text(key).named(&name),
                GridCell::text(code),
                GridCell::number(line.retention),
                GridCell::money(value.at_end_minor_units, "", code),
                GridCell::number(line.at_end),
                change(line.at_end_change),
                GridCell::money(value.at_once_minor_units, "", code),
                GridCell::number(line.at_once),
                change(line.at_once_change),
                GridCell::money(value.mean_minor_units, "", code),
                GridCell::figure(value.customers.as_ref()),
                GridCell::text(if line.is_meant { "yes" } else { "" }),
            ]);
        }
    }
    notes(&mut grid, of);
    grid
}

/// What is moved, and how it is said.
fn said(by: Move, change: f64, is_meant: bool) -> (&'static str, String) {
    let asked = if is_meant { " (asked)" } else { "" };
    let size = change.abs();
    let (more, less) = if change > 0.0 { ("more", "less") } else { ("less", "more") };
    let points = if size == 1.0 { "point" } else { "points" };
    match by {
        Move::Unspecified => ("as_it_is", "retention as it is".to_owned()),
        Move::Points => ("points", format!("{size} {points} {more} retention{asked}")),
        Move::Relative => ("relative", format!("{size} % {less} churn{asked}")),
    }
}

fn notes(grid: &mut Grid, of: &RetentionWhatIf) {
    let share = |share: f64| GridCell::number(Some(share));
    if of.retention.is_none() {
        // Nothing can be compared with what is not known.
        grid.rows.iter_mut().for_each(|row| row.aside = true);
        let text = "not enough to measure retention: {} customers were active when the period began, and {} are needed; \
                    say what it is";
        grid.note(Words::new("not_measured", text).with_count(of.measured_of).with_count(MEASURED_MIN));
        return;
    }
    for value in of.values.iter().filter(|value| value.r#move() == Move::Unspecified) {
        let mean = || GridCell::money(value.mean_minor_units, "", &value.currency);
        grid.note(match &value.customers {
            Some(customers) => {
                Words::new("mean", "m = {}: what {} customers who bought in the period paid on average")
                    .with(Unit::Money, mean())
                    .with_count(customers.count)
            }
            None => Words::new("mean_given", "m = {}, as given").with(Unit::Money, mean()),
        });
    }
    grid.note(
        Words::new(
            "formula",
            "V = m·r / (1 + d − r) with r the retention and d = {}; paid at once: m·(1 + d) / (1 + d − r)",
        )
        .with(Unit::Share, share(of.discount)),
    );
    if of.lines.iter().all(|line| !line.is_meant) {
        let text = "“{} % more retention” is said of either line: decide which is meant";
        let size = GridCell::text(&of.change.abs().to_string());
        grid.note(Words::new("which_is_meant", text).with(Unit::Code, size));
    }
    if of.lines.iter().any(|line| line.retention.is_none()) {
        grid.note(Words::new("beyond_all", "no value: retention would be outside 0 % to 100 %"));
    }
}
