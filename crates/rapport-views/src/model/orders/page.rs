//! What orders show: what was bought in all, who came back, what came back, and a row a period, product, ….

use rapport_proto::v1::{OrdersRequest, OrdersResponse, OrdersRow, Sold, Sum, orders_request::By};

use super::ask::ask;
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// What is bought.
#[derive(Debug, Clone, Copy)]
pub struct Orders;

impl Model for Orders {
    type Request = OrdersRequest;
    type Response = OrdersResponse;
    const NAME: &'static str = "orders";
    const RESPONSE: &'static str = "rapport.v1.OrdersResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "key",
        "from",
        "to",
        "purchases",
        "customers",
        "quantity",
        "value",
        "mean_value",
        "new_customers",
        "repeat_purchases",
        "without_customer",
        "purchases_of_new",
        "value_of_new",
        "purchases_of_returning",
        "value_of_returning",
        "returning_share_of_value",
        "repeat_customers",
        "repeat_rate",
        "returning_customers",
        "returning_share",
        "returns",
        "returns_value",
        "cancelled",
        "cancelled_value",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &OrdersRequest, response: &OrdersResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("no_purchases", "no purchases in this period"));
        }
        page.grids = vec![total(response), loyalty(response), taken_back(response), rows(request, response)];
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &OrdersResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let first = response.rows.first().map(|row| &row.currency);
    let one = response.totals.len() < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

fn money(sum: Option<&Sum>, code: &str) -> GridCell {
    sum.map_or_else(GridCell::nothing, |sum| GridCell::money(sum.minor_units, &sum.minor_units_wide, code))
}

/// Pieces.
fn quantity(sold: &Sold) -> GridCell {
    GridCell::number(sold.quantity.parse().ok())
}

/// To a whole minor unit; nothing without purchases.
fn mean(sold: &Sold, code: &str) -> GridCell {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast of a float saturates, and a mean is rounded"
    )]
    let whole = |mean: f64| mean.round() as i64;
    let mean = sold.mean_value_minor_units.map(whole);
    mean.map_or_else(GridCell::nothing, |mean| GridCell::money(Some(mean), "", code))
}

fn total(response: &OrdersResponse) -> Grid {
    let mut grid = Grid::new("total", "in all").columns([
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("quantity", "pieces", Unit::Ratio).less(1),
        GridColumn::new("value", "value", Unit::Money).most(),
        GridColumn::new("mean_value", "a purchase", Unit::Money),
        GridColumn::new("without_customer", "of nobody", Unit::Count).for_exports(),
    ]);
    let mut without_customer = 0;
    for total in &response.totals {
        let sold = total.sold.clone().unwrap_or_default();
        without_customer += sold.without_customer.as_ref().map_or(0, |figure| figure.count);
        let cells = [
            GridCell::text(&total.currency),
            GridCell::figure(sold.purchases.as_ref()),
            GridCell::figure(sold.customers.as_ref()),
            quantity(&sold),
            money(sold.value.as_ref(), &total.currency),
            mean(&sold, &total.currency),
            GridCell::figure(sold.without_customer.as_ref()),
        ];
        // A currency of which all was cancelled.
        if is_empty(&sold) {
            grid.row_aside(cells);
        } else {
            grid.row(cells);
        }
    }
    if without_customer > 0 {
        grid.note(Words::counted(
            "without_customer",
            without_customer,
            "purchase names no customer: it counts, and is no customer's",
            "purchases name no customer: they count, and are no customer's",
        ));
    }
    grid
}

/// What new customers and all others were charged, in all and in a row.
fn value_columns() -> [GridColumn; 5] {
    [
        GridColumn::new("purchases_of_new", "purchases of new", Unit::Count).for_exports(),
        GridColumn::new("value_of_new", "value of new", Unit::Money).less(5),
        GridColumn::new("purchases_of_returning", "purchases of returning", Unit::Count).for_exports(),
        GridColumn::new("value_of_returning", "value of returning", Unit::Money).less(6),
        GridColumn::new("returning_share_of_value", "share of returning", Unit::Share).less(7),
    ]
}

/// The cells of [`value_columns`].
fn values(sold: &Sold, code: &str) -> [GridCell; 5] {
    [
        GridCell::figure(sold.purchases_of_new.as_ref()),
        money(sold.value_of_new.as_ref(), code),
        GridCell::figure(sold.purchases_of_returning.as_ref()),
        money(sold.value_of_returning.as_ref(), code),
        GridCell::number_if_any(sold.returning_share_of_value),
    ]
}

fn loyalty(response: &OrdersResponse) -> Grid {
    let columns = [
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("new_customers", "new", Unit::Count),
        GridColumn::new("returning_customers", "bought before", Unit::Count),
        GridColumn::new("returning_share", "of customers", Unit::Share).less(2),
        GridColumn::new("repeat_customers", "bought twice or more", Unit::Count),
        GridColumn::new("repeat_rate", "repeat rate", Unit::Share).most(),
        GridColumn::new("repeat_purchases", "repeat purchases", Unit::Count).less(1),
    ];
    let mut grid = Grid::new("loyalty", "new and returning customers")
        .columns(columns.into_iter().chain(value_columns()));
    for total in &response.totals {
        let sold = total.sold.clone().unwrap_or_default();
        if sold.customers.as_ref().is_none_or(|customers| customers.count == 0) {
            continue;
        }
        let cells = [
            GridCell::text(&total.currency),
            GridCell::figure(sold.customers.as_ref()),
            GridCell::figure(sold.new_customers.as_ref()),
            GridCell::figure(total.returning_customers.as_ref()),
            GridCell::number(total.returning_share),
            GridCell::figure(total.repeat_customers.as_ref()),
            GridCell::number(total.repeat_rate),
            GridCell::figure(sold.repeat_purchases.as_ref()),
        ];
        grid.row(cells.into_iter().chain(values(&sold, &total.currency)));
    }
    grid
}

fn taken_back(response: &OrdersResponse) -> Grid {
    let returns = if response.purchases_from() == rapport_proto::v1::PurchasesFrom::Invoices {
        "credit notes"
    } else {
        "with returns"
    };
    let mut grid = Grid::new("taken_back", "returned and cancelled").columns([
        currency(response),
        GridColumn::new("returns", returns, Unit::Count),
        GridColumn::new("returns_value", "value returned", Unit::Money).most(),
        GridColumn::new("cancelled", "cancelled", Unit::Count),
        GridColumn::new("cancelled_value", "value cancelled", Unit::Money),
    ]);
    for total in &response.totals {
        let count = |figure: &Option<rapport_proto::v1::Figure>| figure.as_ref().map_or(0, |one| one.count);
        let cells = [
            GridCell::text(&total.currency),
            GridCell::figure(total.returns.as_ref()),
            money(total.returns_value.as_ref(), &total.currency),
            GridCell::figure(total.cancelled.as_ref()),
            money(total.cancelled_value.as_ref(), &total.currency),
        ];
        if count(&total.returns) + count(&total.cancelled) == 0 {
            grid.row_aside(cells);
        } else {
            grid.row(cells);
        }
    }
    grid
}

/// What a row is of, and how the rows are headed.
fn of_what(request: &OrdersRequest) -> (&'static str, &'static str) {
    use rapport_proto::v1::Every;
    match (request.by(), request.every()) {
        (By::Unspecified | By::Period, Every::Unspecified | Every::Month) => ("month", "by month"),
        (By::Unspecified | By::Period, Every::Day) => ("day", "by day"),
        (By::Unspecified | By::Period, Every::Week) => ("week", "by week"),
        (By::Unspecified | By::Period, Every::Quarter) => ("quarter", "by quarter"),
        (By::Unspecified | By::Period, Every::Year) => ("year", "by year"),
        (By::Product, _) => ("product", "by product, the highest value first"),
        (By::Category, _) => ("category", "by category, the highest value first"),
        (By::Channel, _) => ("channel", "by channel, the highest value first"),
        (By::Staff, _) => ("staff", "by who took the order, the highest value first"),
        (By::Branch, _) => ("branch", "by branch that took the order, the highest value first"),
        (By::Payment, _) => ("payment", "by how it was paid, the highest value first"),
    }
}

fn rows(request: &OrdersRequest, response: &OrdersResponse) -> Grid {
    let (one, title) = of_what(request);
    let columns = [
        GridColumn::new("key", one, Unit::Code).most(),
        currency(response),
        GridColumn::new("from", "from", Unit::Moment).for_exports(),
        GridColumn::new("to", "to", Unit::Moment).for_exports(),
        GridColumn::new("purchases", "purchases", Unit::Count).drawn(Picture::Bar),
        GridColumn::new("customers", "customers", Unit::Count).less(4),
        GridColumn::new("quantity", "pieces", Unit::Ratio).less(1),
        GridColumn::new("value", "value", Unit::Money),
        GridColumn::new("mean_value", "a purchase", Unit::Money).less(2),
        GridColumn::new("new_customers", "new", Unit::Count),
        GridColumn::new("repeat_purchases", "repeat purchases", Unit::Count).less(3),
        GridColumn::new("without_customer", "of nobody", Unit::Count).for_exports(),
    ];
    let mut grid = Grid::new("row", "")
        .titled(Words::new("row", title))
        .columns(columns.into_iter().chain(value_columns()));
    let mut empty = 0;
    for row in &response.rows {
        let sold = row.sold.clone().unwrap_or_default();
        let cells = [
            GridCell::text(&row.key).named(name(row)),
            GridCell::text(&row.currency),
            GridCell::moment(row.period_from.as_ref()),
            GridCell::moment(row.period_to.as_ref()),
            GridCell::figure(sold.purchases.as_ref()),
            GridCell::figure(sold.customers.as_ref()),
            quantity(&sold),
            money(sold.value.as_ref(), &row.currency),
            mean(&sold, &row.currency),
            GridCell::figure(sold.new_customers.as_ref()),
            GridCell::figure(sold.repeat_purchases.as_ref()),
            GridCell::figure(sold.without_customer.as_ref()),
        ];
        let cells = cells.into_iter().chain(values(&sold, &row.currency));
        if is_empty(&sold) {
            empty += 1;
            grid.row_aside(cells);
        } else {
            grid.row(cells);
        }
    }
    notes(request, response, empty, &mut grid);
    grid
}

/// What readers see in the place of an empty key.
fn name(row: &OrdersRow) -> &'static str {
    match (row.unpaid, row.key.is_empty()) {
        (true, _) => "no payment",
        (false, true) => "not said",
        (false, false) => "",
    }
}

/// Whether nothing was bought in a period, and nothing changed.
fn is_empty(sold: &Sold) -> bool {
    let nothing = |sum: &Sum| sum.minor_units.unwrap_or(0) == 0 && sum.minor_units_wide.is_empty();
    sold.purchases.as_ref().is_none_or(|figure| figure.count == 0)
        && sold.value.as_ref().is_none_or(nothing)
        && sold.quantity == "0"
}

fn notes(request: &OrdersRequest, response: &OrdersResponse, empty: u64, grid: &mut Grid) {
    let (one, _) = of_what(request);
    if empty > 0 && !grid.is_empty() {
        let (one, many) = (format!("{one} without purchases"), format!("{one}s without purchases"));
        grid.note(Words::counted("empty_periods", empty, &one, &many));
    }
    // An empty row is not on the page.
    let is_cut = |row: &&OrdersRow| row.partial && !row.sold.as_ref().is_none_or(is_empty);
    let mut partial: Vec<&str> = response.rows.iter().filter(is_cut).map(|row| row.key.as_str()).collect();
    partial.sort_unstable();
    partial.dedup();
    if let [first, rest @ ..] = partial.as_slice()
        && !grid.is_empty()
    {
        let words = Words::new(
            "partial",
            if rest.is_empty() {
                "only a part of {} is in the period"
            } else {
                "only a part of {} and of {} is in the period"
            },
        );
        let words = words.with(Unit::Code, GridCell::text(first));
        let last = rest.last().map(|last| GridCell::text(last));
        grid.note(last.into_iter().fold(words, |words, last| words.with(Unit::Code, last)));
    }
    if grid.is_empty() {
        return;
    }
    match request.by() {
        By::Payment => grid.note(Words::new(
            "paid_in_two_ways",
            "a purchase that was paid in two ways is in both rows, and once in all",
        )),
        By::Product | By::Category => grid.note(Words::new(
            "in_several_rows",
            "a purchase of several things is in the row of each, and once in all",
        )),
        By::Unspecified | By::Period | By::Channel | By::Staff | By::Branch => {}
    }
    if response.rows_left_out > 0 {
        let (one, many) = (format!("more row by {one}"), format!("more rows by {one}"));
        grid.note(Words::counted("rows_left_out", response.rows_left_out, &one, &many));
    }
}
