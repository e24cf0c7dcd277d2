//! What prices show: how much of list prices is charged, in which bands, by what lines have in common, and what is conceded.

use rapport_proto::v1::{
    ConcessionGroup, PricesRequest, PricesResponse, Realisation,
    prices_request::{By, Of},
};

use super::ask::ask;
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// What becomes of list prices.
#[derive(Debug, Clone, Copy)]
pub struct Prices;

impl Model for Prices {
    type Request = PricesRequest;
    type Response = PricesResponse;
    const NAME: &'static str = "prices";
    const RESPONSE: &'static str = "rapport.v1.PricesResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "key",
        "band",
        "kind",
        "approver",
        "class",
        "lines",
        "with_list",
        "share_with_list",
        "list",
        "net",
        "realisation",
        "depth",
        "discount",
        "share",
        "concessions",
        "value",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &PricesRequest, response: &PricesResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("nothing", "no lines and no concessions in this period"));
        }
        page.grids.extend([totals(request, response), bands(response), rows(request, response)]);
        page.grids.push(concessions(response, "kind", "concessions: what was granted", "kind"));
        page.grids.push(concessions(response, "approver", "concessions: who approved them", "approved by"));
        if request.by() == By::Class {
            page.grids.push(by_class(response));
        }
        if request.of() != Of::Offers || request.by() == By::Class {
            page.notes.extend(Source::note(response.purchases_from()));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &PricesResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let named = response.totals.iter().filter(|total| !total.currency.is_empty()).count();
    let first = response.rows.first().map(|row| &row.currency);
    let one = named < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

/// The columns of [`realisation`].
fn columns() -> [GridColumn; 8] {
    [
        GridColumn::new("lines", "lines", Unit::Count).less(3),
        GridColumn::new("with_list", "with a list price", Unit::Count).less(2),
        GridColumn::new("share_with_list", "of lines", Unit::Share).less(1),
        GridColumn::new("list", "list", Unit::Money),
        GridColumn::new("net", "net", Unit::Money),
        GridColumn::new("discount", "taken off", Unit::Money),
        GridColumn::new("depth", "depth", Unit::Share).less(4),
        GridColumn::new("realisation", "realised", Unit::Share).drawn(Picture::Bar),
    ]
}

fn realisation(of: Option<&Realisation>, currency: &str) -> [GridCell; 8] {
    let money = |sum| GridCell::sum(sum, currency);
    let of = of.cloned().unwrap_or_default();
    // Of lines without list prices, sums of 0 would be said of nothing.
    let has_list = of.with_list.as_ref().is_some_and(|figure| figure.count > 0);
    let said = |cell| if has_list { cell } else { GridCell::nothing() };
    [
        GridCell::figure(of.lines.as_ref()),
        GridCell::figure(of.with_list.as_ref()),
        GridCell::number_if_any(of.share_with_list),
        said(money(of.list.as_ref())),
        said(money(of.net.as_ref())),
        said(money(of.discount.as_ref())),
        GridCell::number_if_any(of.depth),
        GridCell::number_if_any(of.realisation),
    ]
}

fn totals(request: &PricesRequest, response: &PricesResponse) -> Grid {
    let (title, without) = match request.of() {
        Of::Unspecified | Of::Purchases => ("what is charged of list prices", "no line has a list price"),
        Of::Offers => ("what is offered of list prices", "no line of an offer has a list price"),
    };
    let columns = std::iter::once(GridColumn::new("currency", "currency", Unit::Code)).chain(columns());
    let mut grid = Grid::new("total", title).columns(columns);
    let mut priced = 0;
    for total in &response.totals {
        let of = total.all.as_ref();
        priced += of.and_then(|of| of.with_list.as_ref()).map_or(0, |figure| figure.count);
        let cells = std::iter::once(GridCell::text(&total.currency)).chain(realisation(of, &total.currency));
        let has_lines = of.and_then(|of| of.lines.as_ref()).is_some_and(|figure| figure.count > 0);
        if has_lines { grid.row(cells) } else { grid.row_aside(cells) }
    }
    if priced == 0 && !response.totals.is_empty() {
        grid.note(Words::new("no_list_prices", without));
    }
    grid
}

fn bands(response: &PricesResponse) -> Grid {
    let mut grid = Grid::new("band", "lines by what is taken off").columns([
        GridColumn::new("band", "taken off", Unit::Text).most(),
        currency(response),
        GridColumn::new("lines", "lines", Unit::Count),
        GridColumn::new("discount", "taken off in all", Unit::Money),
        GridColumn::new("share", "of lines", Unit::Share).drawn(Picture::Bar),
    ]);
    for total in &response.totals {
        for band in &total.bands {
            let name = match band.band.as_str() {
                "above" => "nothing: above the list price".to_owned(),
                "none" => "nothing".to_owned(),
                "more" => "more than 30 %".to_owned(),
                percent => format!("up to {percent} %"),
            };
            grid.row([
                GridCell::text(&band.band).named(&name),
                GridCell::text(&total.currency),
                GridCell::figure(band.lines.as_ref()),
                GridCell::sum(band.discount.as_ref(), &total.currency),
                GridCell::number_if_any(band.share),
            ]);
        }
    }
    grid.leave_out_empty("empty_bands", "band without lines", "bands without lines");
    grid
}

fn rows(request: &PricesRequest, response: &PricesResponse) -> Grid {
    let (title, one, none) = match request.by() {
        By::Unspecified | By::Product => ("by product, the most taken off first", "product", "no product"),
        By::Category => ("by category, the most taken off first", "category", "no category"),
        By::Staff => ("by staff, the most taken off first", "staff", "nobody named"),
        By::Branch => ("by branch, the most taken off first", "branch", "not said"),
        By::Class => ("by ABC class of the customer", "class", "no class"),
        By::Month => ("by month", "month", ""),
    };
    let columns = [GridColumn::new("key", one, Unit::Code).most(), currency(response)];
    let mut grid = Grid::new("row", title).columns(columns.into_iter().chain(columns_of_rows()));
    for row in &response.rows {
        let key = GridCell::text(&row.key).named(if row.key.is_empty() { none } else { "" });
        let cells = [key, GridCell::text(&row.currency)];
        grid.row(cells.into_iter().chain(realisation(row.of.as_ref(), &row.currency)));
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more row", "more rows"));
    }
    grid
}

/// Those of totals; the share of lines with a list price is for exports here.
fn columns_of_rows() -> impl Iterator<Item = GridColumn> {
    columns()
        .into_iter()
        .map(|column| if column.key == "share_with_list" { column.for_exports() } else { column })
}

fn concessions(response: &PricesResponse, by: &'static str, title: &'static str, one: &'static str) -> Grid {
    let mut grid = Grid::new(if by == "kind" { "concession_kind" } else { "concession_approver" }, title);
    grid = grid.columns([
        GridColumn::new(by, one, Unit::Code).most(),
        currency(response),
        GridColumn::new("concessions", "concessions", Unit::Count),
        GridColumn::new("value", "value", Unit::Money),
    ]);
    let mut without_value = 0;
    for total in &response.totals {
        let is_of = |group: &&ConcessionGroup| group.by == by;
        for group in total.concessions.iter().filter(is_of) {
            let name = if group.key.is_empty() { "not approved" } else { "" };
            grid.row([
                GridCell::text(&group.key).named(name),
                GridCell::text(&total.currency),
                GridCell::figure(group.concessions.as_ref()),
                GridCell::sum(group.value.as_ref(), &total.currency),
            ]);
            if total.currency.is_empty() {
                without_value += group.concessions.as_ref().map_or(0, |figure| figure.count);
            }
        }
    }
    if without_value > 0 {
        let (one, many) =
            ("concession does not say what it is worth", "concessions do not say what they are worth");
        grid.note(Words::counted("without_value", without_value, one, many));
    }
    grid
}

/// To customers of which class, and who approved it.
fn by_class(response: &PricesResponse) -> Grid {
    let title = "concessions: to customers of which ABC class, and who approved them";
    let mut grid = Grid::new("concession_class", title).columns([
        GridColumn::new("class", "class", Unit::Code),
        GridColumn::new("approver", "approved by", Unit::Code).most(),
        currency(response),
        GridColumn::new("concessions", "concessions", Unit::Count),
        GridColumn::new("value", "value", Unit::Money),
    ]);
    for total in &response.totals {
        for group in total.concessions.iter().filter(|group| group.by == "class") {
            let name = |key: &str, of_none| if key.is_empty() { of_none } else { "" };
            grid.row([
                GridCell::text(&group.key).named(name(&group.key, "no class")),
                GridCell::text(&group.approver).named(name(&group.approver, "not approved")),
                GridCell::text(&total.currency),
                GridCell::figure(group.concessions.as_ref()),
                GridCell::sum(group.value.as_ref(), &total.currency),
            ]);
        }
    }
    grid
}
