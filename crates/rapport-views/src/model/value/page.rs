//! What is shown of values: all customers first, what was fitted, then the customers.

use rapport_proto::v1::{Figure, Sum, ValueRequest, ValueResponse, ValueRow, ValueTotal};

use super::{ask::ask, notes, params::check};
use crate::{
    model::{
        Answered, AskError, Asked, Model, check_page_size, cut_by_rows, fields_of_every_model,
        purchases::Source,
    },
    page::{self, Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What customers are worth.
#[derive(Debug, Clone, Copy)]
pub struct Value;

impl Model for Value {
    type Request = ValueRequest;
    type Response = ValueResponse;
    const NAME: &'static str = "value";
    const RESPONSE: &'static str = "rapport.v1.ValueResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "what",
        "customer",
        "customers",
        "repeat_customers",
        "without_worth",
        "purchases",
        "historic",
        "margin",
        "customers_with_costs",
        "repeats",
        "repeats_expected",
        "first_purchase",
        "last_purchase",
        "recency_days",
        "mean",
        "alive",
        "expected_purchases",
        "expected_mean",
        "value",
        "purchases_since",
        "days_since",
        "charged_since",
        "difference",
        "equity",
        "equity_discounted",
        "margin_share",
        "equity_profit",
        "equity_profit_discounted",
        "profit",
        "model",
        "parameter",
        "estimate",
        "standard_error",
        "log_likelihood",
        "steps",
        "retention",
        "measured_of",
        "discount",
        "value_at_end",
        "value_at_once",
        "figure",
    ]);

    fn check(request: &Self::Request) -> Result<(), AskError> {
        check_page_size(request.page_size)?;
        check(request)
    }

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ValueRequest, response: &ValueResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("no_purchases", "no purchases with an amount"));
        }
        page.grids.push(totals(response));
        page.grids.extend(response.compared_with.map(|_| compared(response)));
        page.grids.extend([simple(response), fits(response), rows(request, response)]);
        page.grids.extend(Some(left_out(response)).filter(|grid| !grid.is_empty()));
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &ValueResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let first = response.rows.first().map(|row| &row.currency);
    let one = response.totals.len() < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

fn narrow(amount: Option<i64>, currency: &str) -> GridCell {
    amount.map_or_else(GridCell::nothing, |amount| GridCell::money(Some(amount), "", currency))
}

/// What is left after costs; not known of customers without a cost, where others have one.
fn margin(margin: Option<&Sum>, currency: &str, response: &ValueResponse) -> GridCell {
    let is_any = response.totals.iter().any(|total| total.margin.is_some())
        || response.rows.iter().any(|row| row.margin.is_some());
    if margin.is_none() && is_any { GridCell::unknown() } else { GridCell::sum(margin, currency) }
}

/// The headline: what customers were charged, and what they may be expected to be charged.
fn totals(response: &ValueResponse) -> Grid {
    let text = if response.totals.is_empty() { "customers" } else { "customers, and their next {} days" };
    let mut title = Words::new("total", text);
    if !response.totals.is_empty() {
        title = title.with_count(response.horizon_days.into());
    }
    let mut grid = Grid::new("total", "").titled(title).columns([
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("repeat_customers", "came back", Unit::Count).less(3),
        GridColumn::new("without_worth", "came back for nothing", Unit::Count).for_exports(),
        GridColumn::new("purchases", "purchases", Unit::Count).less(2),
        GridColumn::new("historic", "charged so far", Unit::Money),
        GridColumn::new("margin", "margin so far", Unit::Money).less(4),
        GridColumn::new("customers_with_costs", "with costs", Unit::Count).for_exports(),
        GridColumn::new("repeats", "repeat purchases", Unit::Count).for_exports(),
        GridColumn::new("repeats_expected", "expected until now", Unit::Ratio).for_exports(),
        GridColumn::new("alive", "still customers", Unit::Ratio).less(1),
        GridColumn::new("expected_purchases", "purchases expected", Unit::Ratio),
        GridColumn::new("equity", "value expected", Unit::Money).most(),
        GridColumn::new("equity_discounted", "discounted", Unit::Money).less(5),
        GridColumn::new("margin_share", "margin", Unit::Share).for_exports(),
        GridColumn::new("equity_profit", "profit expected", Unit::Money),
        GridColumn::new("equity_profit_discounted", "profit discounted", Unit::Money).for_exports(),
    ]);
    for total in &response.totals {
        let money = |sum| GridCell::sum(sum, &total.currency);
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.customers.as_ref()),
            GridCell::figure(total.repeat_customers.as_ref()),
            GridCell::figure(total.without_worth.as_ref()),
            GridCell::figure(total.purchases.as_ref()),
            money(total.historic.as_ref()),
            margin(total.margin.as_ref(), &total.currency, response),
            GridCell::figure(total.customers_with_costs.as_ref()),
            GridCell::count(total.repeats),
            GridCell::number_if_any(total.repeats_expected),
            GridCell::number_if_any(total.alive),
            GridCell::number_if_any(total.expected_purchases),
            money(total.equity.as_ref()),
            money(total.equity_discounted.as_ref()),
            GridCell::number_if_any(total.margin_share),
            money(total.equity_profit.as_ref()),
            money(total.equity_profit_discounted.as_ref()),
        ]);
    }
    notes::totals(response).into_iter().for_each(|note| grid.note(note));
    grid
}

/// What all customers were expected to be charged, and what they were.
fn compared(response: &ValueResponse) -> Grid {
    let mut grid =
        Grid::new("since", "what was expected of these customers, and what they were charged since").columns(
            [
                currency(response),
                GridColumn::new("customers", "customers", Unit::Count),
                GridColumn::new("expected_purchases", "purchases expected", Unit::Ratio),
                GridColumn::new("days_since", "days with one", Unit::Count),
                GridColumn::new("purchases_since", "purchases", Unit::Count).less(1),
                GridColumn::new("equity", "value expected", Unit::Money),
                GridColumn::new("charged_since", "charged since", Unit::Money).most(),
                GridColumn::new("difference", "difference", Unit::Money),
            ],
        );
    for total in &response.totals {
        let Some(since) = &total.since else { continue };
        let money = |sum| GridCell::sum(sum, &total.currency);
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.customers.as_ref()),
            GridCell::number_if_any(total.expected_purchases),
            GridCell::count(since.days),
            GridCell::figure(since.purchases.as_ref()),
            money(total.equity.as_ref()),
            money(since.charged.as_ref()),
            money(since.difference.as_ref()),
        ]);
    }
    notes::compared(response).into_iter().for_each(|note| grid.note(note));
    grid
}

fn simple(response: &ValueResponse) -> Grid {
    let mut grid = Grid::new("simple", "a customer by mean and retention alone").columns([
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("mean", "a year", Unit::Money),
        GridColumn::new("retention", "retention", Unit::Share),
        GridColumn::new("measured_of", "measured of", Unit::Count).less(1),
        GridColumn::new("discount", "discount", Unit::Share),
        GridColumn::new("value_at_end", "worth, paid at the end", Unit::Money).most(),
        GridColumn::new("value_at_once", "worth, paid at once", Unit::Money),
    ]);
    for total in &response.totals {
        let Some(simple) = &total.simple else { continue };
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(simple.customers.as_ref()),
            narrow(simple.mean_minor_units, &total.currency),
            GridCell::number_if_any(simple.retention),
            GridCell::count(simple.measured_of),
            GridCell::number(Some(response.discount)),
            narrow(simple.at_end_minor_units, &total.currency),
            narrow(simple.at_once_minor_units, &total.currency),
        ]);
    }
    notes::simple(response).into_iter().for_each(|note| grid.note(note));
    grid
}

/// A parameter, as people read it with four digits behind the point: shapes are often smaller than 1.
fn digits(number: Option<f64>) -> GridCell {
    number.map_or_else(GridCell::nothing, |it| GridCell::number(Some(it)).named(&format!("{it:.4}")))
}

/// A row a parameter; a model without a fit has one, and a note says why.
fn fits(response: &ValueResponse) -> Grid {
    let mut grid = Grid::new("fit", "what was fitted").columns([
        GridColumn::new("model", "model", Unit::Code),
        currency(response),
        GridColumn::new("parameter", "parameter", Unit::Code).most(),
        GridColumn::new("estimate", "estimate", Unit::Ratio),
        GridColumn::new("standard_error", "± standard error", Unit::Ratio),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("log_likelihood", "log-likelihood", Unit::Ratio),
        GridColumn::new("steps", "steps", Unit::Count).less(1),
    ]);
    for total in &response.totals {
        for fit in [&total.purchase_fit, &total.spend_fit].into_iter().flatten() {
            let row = |name: GridCell, estimate: Option<f64>, error: Option<f64>| {
                [
                    GridCell::text(&fit.model),
                    GridCell::text(&total.currency),
                    name,
                    digits(estimate),
                    digits(error),
                    GridCell::count(fit.customers),
                    GridCell::number_if_any(fit.log_likelihood),
                    GridCell::count(fit.steps.into()),
                ]
            };
            for one in &fit.parameters {
                grid.row(row(GridCell::text(&one.name), Some(one.value), Some(one.standard_error)));
            }
            if fit.parameters.is_empty() {
                grid.row_aside(row(GridCell::nothing(), None, None));
            }
        }
    }
    if !grid.is_empty() {
        grid.note(notes::units());
    }
    grid
}

fn rows(request: &ValueRequest, response: &ValueResponse) -> Grid {
    let is_expected = |row: &ValueRow| row.value.is_some();
    let title = if !request.customer.is_empty() {
        "the customer that was asked for"
    } else if response.rows.iter().all(is_expected) {
        "customers, the highest expected value first"
    } else if response.rows.iter().any(is_expected) {
        "customers, the highest expected value first; without one, the most charged first"
    } else {
        "customers, the most charged first"
    };
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("customer", "customer", Unit::Code).most(),
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count).less(4),
        GridColumn::new("repeats", "came back, days", Unit::Count),
        GridColumn::new("first_purchase", "first", Unit::Day).less(1),
        GridColumn::new("last_purchase", "last", Unit::Day).less(2),
        GridColumn::new("recency_days", "days ago", Unit::Count).less(5),
        GridColumn::new("historic", "charged so far", Unit::Money),
        GridColumn::new("margin", "margin so far", Unit::Money).less(6),
        GridColumn::new("mean", "a repeat", Unit::Money).less(3),
        GridColumn::new("alive", "still a customer", Unit::Share),
        GridColumn::new("expected_purchases", "purchases expected", Unit::Ratio),
        GridColumn::new("expected_mean", "each worth", Unit::Money),
        GridColumn::new("value", "value expected", Unit::Money),
        GridColumn::new("profit", "profit expected", Unit::Money).less(7),
        GridColumn::new("purchases_since", "purchases since", Unit::Count).for_exports(),
        GridColumn::new("days_since", "days since", Unit::Count).for_exports(),
        GridColumn::new("charged_since", "charged since", Unit::Money),
        GridColumn::new("difference", "difference", Unit::Money),
    ]);
    for row in &response.rows {
        let name = row.customer.split_once(':').map_or("", |(_, name)| name);
        let since = row.since.as_ref();
        let money = |sum| GridCell::sum(sum, &row.currency);
        grid.row([
            GridCell::text(&row.customer).named(name),
            GridCell::text(&row.currency),
            GridCell::figure(row.purchases.as_ref()),
            GridCell::count(row.repeats.into()),
            GridCell::moment(row.first_purchase.as_ref()),
            GridCell::moment(row.last_purchase.as_ref()),
            GridCell::count(row.recency_days.into()),
            money(row.historic.as_ref()),
            margin(row.margin.as_ref(), &row.currency, response),
            narrow(row.mean_minor_units, &row.currency),
            GridCell::number_if_any(row.alive),
            GridCell::number_if_any(row.expected_purchases),
            narrow(row.expected_mean_minor_units, &row.currency),
            money(row.value.as_ref()),
            money(row.profit.as_ref()),
            GridCell::figure(since.and_then(|since| since.purchases.as_ref())),
            since.map_or_else(GridCell::nothing, |since| GridCell::count(since.days)),
            money(since.and_then(|since| since.charged.as_ref())),
            money(since.and_then(|since| since.difference.as_ref())),
        ]);
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "more customer", "more customers"));
    }
    if !request.customer.is_empty() && response.rows.is_empty() {
        let text = "this customer has no purchase among those that count";
        grid.note(Words::new("no_such_customer", text));
    }
    grid
}

/// What is in no row, with its figures.
fn left_out(response: &ValueResponse) -> Grid {
    let mut grid = Grid::new("left_out", "in none of these").columns([
        GridColumn::new("what", "what", Unit::Text).most(),
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count),
        GridColumn::new("historic", "charged", Unit::Money),
    ]);
    let mut row = |key: &str, name: &str, of: Option<&ValueTotal>, figure: Option<&Figure>| {
        let code = of.map_or("", |total| total.currency.as_str());
        let sum = of.and_then(|total| total.left_out.as_ref());
        let cells = [
            GridCell::text(key).named(name),
            GridCell::text(code),
            GridCell::figure(figure),
            GridCell::sum(sum, code),
        ];
        let is_any = cells.get(2).is_some_and(|cell| matches!(cell.value, page::Value::Count(1..)));
        if is_any { grid.row(cells) } else { grid.row_aside(cells) }
    };
    for total in &response.totals {
        let figure = total.purchases_left_out.as_ref();
        row("purchases", "purchases that name no customer", Some(total), figure);
    }
    let figure = response.purchases_without_amount.as_ref();
    row("purchases_without_amount", "purchases without an amount", None, figure);
    grid
}
