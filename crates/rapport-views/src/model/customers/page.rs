//! What a list shows: how many fulfil the condition, and the customers.

use rapport_proto::v1::{
    CustomersRequest, CustomersResponse, CustomersRow, CustomersValue, customers_value::Value as Wire,
};

use super::{
    ask::ask,
    field::{Field, Holds},
};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Unit, Words},
    read::Rows,
    view::View,
};

/// Which customers.
#[derive(Debug, Clone, Copy)]
pub struct Customers;

impl Model for Customers {
    type Request = CustomersRequest;
    type Response = CustomersResponse;
    const NAME: &'static str = "customers";
    const RESPONSE: &'static str = "rapport.v1.CustomersResponse";
    const VIEW: View = View::Facts;
    const BESIDE: &'static [View] = &[View::Funnel];
    const LINES: Lines = Lines::Rows(&[
        "part",
        "customer",
        "currency",
        "abc",
        "xyz",
        "segment",
        "level",
        "lifecycle",
        "role",
        "owner",
        "kind",
        "country",
        "language",
        "revenue",
        "purchases",
        "last_purchase",
        "recency",
        "last_contact",
        "silence",
        "strength",
        "nps",
        "open_deals",
        "open_value",
        "owed",
        "overdue",
        "profit",
        "margin",
        "white_space",
        "alive",
        "owners",
        "consents",
        "attributes",
        "what",
        "field",
        "customers",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(_: &CustomersRequest, response: &CustomersResponse) -> Page {
        let mut page = Page { grids: vec![total(response), rows(response)], ..Page::default() };
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// Who is in the list, and who is not.
fn total(response: &CustomersResponse) -> Grid {
    let mut grid = Grid::new("total", "everybody who is known").columns([
        GridColumn::new("what", "who", Unit::Text).most(),
        GridColumn::new("field", "field", Unit::Code).for_exports(),
        GridColumn::new("customers", "customers", Unit::Count),
    ]);
    let Some(total) = &response.total else { return grid };
    let mut row = |key: &str, name: &str, field: &str, figure: &Option<_>| {
        let figure = GridCell::figure(figure.as_ref());
        let cells = [GridCell::text(key).named(name), GridCell::text(field), figure.clone()];
        if figure.value == GridCell::count(0).value && key != "listed" {
            grid.row_aside(cells);
        } else {
            grid.row(cells);
        }
    };
    row("listed", "in the list", "", &total.listed);
    row("not_fulfilled", "not in it", "", &total.not_fulfilled);
    row("unknown", "not in it, because too little is known", "", &total.unknown);
    for unknown in &total.unknown_fields {
        row("unknown_field", &format!("… no `{}`", unknown.field), &unknown.field, &unknown.customers);
    }
    row("not_customers", "suppliers, partners, employees and contacts", "", &total.not_customers);
    if total.deals_left_out > 0 {
        grid.note(Words::counted(
            "deals_left_out",
            total.deals_left_out,
            "open deal is of no customer who is known: it is in no row",
            "open deals are of no customer who is known: they are in no row",
        ));
    }
    grid
}

/// A row a customer and currency.
fn rows(response: &CustomersResponse) -> Grid {
    let fields: Vec<Field> = response.fields.iter().map(|name| Field::of_answer(name)).collect();
    let has_currency = fields.contains(&Field::Currency);
    let first = response.rows.first().map(|row| &row.currency);
    let is_one = response.rows.iter().all(|row| Some(&row.currency) == first || row.currency.is_empty());
    let currency = GridColumn::new("currency", "currency", Unit::Code);
    let currency = if is_one && !has_currency { currency.for_exports() } else { currency };
    let mut columns = vec![GridColumn::new("customer", "customer", Unit::Code).most(), currency];
    let shown = || fields.iter().filter(|field| **field != Field::Currency);
    columns.extend(shown().map(column));
    columns.extend(TOGETHER.map(|column| GridColumn::new(column, "", Unit::Text).for_exports()));
    let mut grid = Grid::new("customer", "list").columns(columns);
    for row in &response.rows {
        let customer = row.customer.strip_prefix("party:").unwrap_or(&row.customer);
        let mut cells = vec![GridCell::text(customer), GridCell::text(&row.currency)];
        cells.extend(shown().map(|field| cell(row, field)));
        cells.extend(TOGETHER.map(|column| together(row, &fields, column)));
        grid.row(cells);
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "more row", "more rows"));
    }
    grid
}

fn column(field: &Field) -> GridColumn {
    let unit = match field.holds() {
        Holds::Word(_) | Holds::Text => Unit::Code,
        Holds::Count | Holds::Length => Unit::Count,
        Holds::Score => Unit::Ratio,
        Holds::Share => Unit::Share,
        Holds::Money => Unit::Money,
        Holds::Day => Unit::Day,
    };
    let title = match field {
        Field::LastPurchase => "last purchase",
        Field::Recency => "days since it",
        Field::LastContact => "last contact",
        Field::Silence => "days silent",
        Field::WhiteSpace => "white space",
        Field::Alive => "still buys",
        Field::OpenDeals => "open deals",
        Field::OpenValue => "their value",
        Field::Attribute(..) | Field::Consent(..) | Field::OwnerIn(..) => {
            return GridColumn::new(field.column(), field.name().to_owned(), unit).for_readers();
        }
        other => return GridColumn::new(other.column(), other.name().to_owned(), unit),
    };
    GridColumn::new(field.column(), title, unit)
}

fn value<'r>(row: &'r CustomersRow, field: &Field) -> Option<&'r Wire> {
    let named = |value: &&CustomersValue| value.field == field.name();
    row.values.iter().find(named).and_then(|value| value.value.as_ref())
}

fn cell(row: &CustomersRow, field: &Field) -> GridCell {
    match value(row, field) {
        None => GridCell::nothing(),
        Some(Wire::Text(text)) => GridCell::text(text),
        Some(Wire::Count(count)) => GridCell::count(*count),
        Some(Wire::Number(number)) => GridCell::number(Some(*number)),
        Some(Wire::Sum(sum)) => GridCell::sum(Some(sum), &row.currency),
        Some(Wire::Moment(moment)) => GridCell::moment(Some(moment)),
    }
}

/// The columns that exports have for several fields together.
const TOGETHER: [&str; 3] = ["owners", "consents", "attributes"];

/// `region=Riga; tier=gold`.
fn together(row: &CustomersRow, fields: &[Field], column: &str) -> GridCell {
    let of = fields.iter().filter(|field| field.column() == column);
    let written = of.filter_map(|field| match value(row, field) {
        Some(Wire::Text(text)) => Some(format!("{}={text}", field.name())),
        _ => None,
    });
    let written: Vec<_> = written.collect();
    if written.is_empty() { GridCell::nothing() } else { GridCell::text(&written.join("; ")) }
}
