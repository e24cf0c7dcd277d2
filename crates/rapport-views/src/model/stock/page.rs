//! What stock shows: a row a currency, and a row a product or category.

use rapport_proto::v1::{StockRequest, StockResponse, StockRow, stock_request::By};

use super::ask::ask;
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// What is in stock, and how often it is turned over.
#[derive(Debug, Clone, Copy)]
pub struct Stock;

impl Model for Stock {
    type Request = StockRequest;
    type Response = StockResponse;
    const NAME: &'static str = "stock";
    const RESPONSE: &'static str = "rapport.v1.StockResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "key",
        "currency",
        "counts",
        "quantity",
        "value",
        "counted",
        "average",
        "known_share",
        "costs",
        "goods",
        "turns",
        "days_of_stock",
        "lacks",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &StockRequest, response: &StockResponse) -> Page {
        let mut page = Page::default();
        let mut total = Grid::new("total", "in all").columns(columns());
        for row in &response.totals {
            total.row(cells(row));
        }
        page.grids.extend([total, rows(request, response)]);
        let text = "averages, and costs of goods, from {} until {}; turns are to 365 days";
        let words = Words::new("period", text)
            .with(Unit::Moment, GridCell::moment(response.period_from.as_ref()))
            .with(Unit::Moment, GridCell::moment(response.period_to.as_ref()));
        page.notes.push(words);
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

fn columns() -> [GridColumn; 12] {
    let money = |key, title: &'static str| GridColumn::new(key, title, Unit::Money);
    [
        GridColumn::new("currency", "currency", Unit::Code).less(7),
        GridColumn::new("counts", "counts", Unit::Count).less(4),
        GridColumn::new("quantity", "pieces", Unit::Ratio).less(6),
        money("value", "value now"),
        GridColumn::new("counted", "counted", Unit::Day).less(2),
        money("average", "average"),
        GridColumn::new("known_share", "known for", Unit::Share).less(5),
        GridColumn::new("costs", "costs", Unit::Count).less(3),
        money("goods", "cost of goods"),
        GridColumn::new("turns", "turns a year", Unit::Ratio),
        GridColumn::new("days_of_stock", "days of stock", Unit::Ratio),
        GridColumn::new("lacks", "lacks", Unit::Text).less(1),
    ]
}

fn cells(row: &StockRow) -> [GridCell; 12] {
    let is_none = |figure: Option<&rapport_proto::v1::Figure>| figure.is_none_or(|figure| figure.count == 0);
    let (never_counted, never_sold) = (is_none(row.counts.as_ref()), is_none(row.costs.as_ref()));
    let lacks = match (row.average.is_some(), never_counted, never_sold) {
        (false, true, _) => "no count",
        (_, _, true) => "no cost of goods",
        (false, false, _) => "no value in the period",
        (true, _, false) => "",
    };
    let pieces: Option<f64> = thousandths(row.quantity_milli).parse().ok();
    let if_any = |number: Option<f64>| GridCell::number_if_any(number);
    [
        GridCell::text(&row.currency),
        GridCell::figure(row.counts.as_ref()),
        if never_counted { GridCell::nothing() } else { GridCell::number(pieces) },
        GridCell::sum(row.value.as_ref(), &row.currency),
        GridCell::moment(row.counted.as_ref()),
        GridCell::sum(row.average.as_ref(), &row.currency),
        if_any(row.known_share),
        GridCell::figure(row.costs.as_ref()),
        GridCell::sum(row.goods.as_ref(), &row.currency),
        if_any(row.turns),
        if_any(row.days_of_stock),
        if lacks.is_empty() { GridCell::nothing() } else { GridCell::text(lacks) },
    ]
}

/// As a decimal number.
fn thousandths(quantity: i64) -> String {
    let sign = if quantity < 0 { "-" } else { "" };
    let all = quantity.unsigned_abs();
    format!("{sign}{}.{:03}", all / 1_000, all % 1_000)
}

fn rows(request: &StockRequest, response: &StockResponse) -> Grid {
    let (title, one, none) = match request.by() {
        By::Unspecified | By::Product => {
            ("by product, the highest average stock first", "product", "no product")
        }
        By::Category => ("by category, the highest average stock first", "category", "no category"),
    };
    let key = GridColumn::new("key", one, Unit::Code).most();
    let mut grid = Grid::new("row", title).columns(std::iter::once(key).chain(columns()));
    for row in &response.rows {
        let key = GridCell::text(&row.key).named(if row.key.is_empty() { none } else { "" });
        grid.row(std::iter::once(key).chain(cells(row)));
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more row", "more rows"));
    }
    grid
}
