//! What potential shows: segments, then their products, then their customers, the highest white space first.

use rapport_proto::v1::{PotentialRequest, PotentialResponse, ProductValue};

use super::{
    ask::ask,
    notes::{self, currencies},
};
use crate::{
    model::{Answered, AskError, Asked, Model, Token, fields_of_every_model, list, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit},
    read::Rows,
    view::View,
};

/// What customers do not buy yet.
#[derive(Debug, Clone, Copy)]
pub struct Potential;

impl Model for Potential {
    type Request = PotentialRequest;
    type Response = PotentialResponse;
    const NAME: &'static str = "potential";
    const RESPONSE: &'static str = "rapport.v1.PotentialResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "segment",
        "version",
        "product",
        "customer",
        "currency",
        "what",
        "n",
        "customers",
        "not_active",
        "products",
        "owned",
        "owners",
        "missing",
        "penetration",
        "attach_share",
        "missing_products",
        "spenders",
        "median",
        "valued",
        "could_buy",
        "white_space",
        "purchases",
        "contracts",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its customers begin where the token does.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        list::cut(
            response,
            token,
            beside,
            |response| &mut response.customers,
            |response| (&mut response.rows_left_out, &mut response.next_page_token),
        );
    }

    fn page(request: &PotentialRequest, response: &PotentialResponse) -> Page {
        let mut page = Page::default();
        page.grids.extend([segments(response), products(request, response), customers(response)]);
        page.grids.push(total(response));
        page.notes.extend(notes::of_page(request, response));
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &PotentialResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    if currencies(response).len() < 2 { column.for_exports() } else { column }
}

/// The segment, for readers where there are several.
fn segment(response: &PotentialResponse) -> GridColumn {
    let column = GridColumn::new("segment", "segment", Unit::Code);
    let first = response.customers.first().map(|of| &of.segment);
    let one = response.segments.len() < 2 && response.customers.iter().all(|of| Some(&of.segment) == first);
    if one { column.for_exports() } else { column }
}

/// How many, of what is at hand.
fn number(n: usize) -> GridCell {
    GridCell::count(n as u64)
}

fn segments(response: &PotentialResponse) -> Grid {
    let mut grid = Grid::new("segment", "what customers do not buy yet, by segment").columns([
        GridColumn::new("segment", "segment", Unit::Code).most(),
        GridColumn::new("version", "version", Unit::Code).less(1),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("not_active", "not active", Unit::Count).less(2),
        GridColumn::new("products", "products", Unit::Count),
        GridColumn::new("owned", "owned", Unit::Count).for_exports(),
        GridColumn::new("penetration", "penetration", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("valued", "valued", Unit::Count).less(3),
        GridColumn::new("could_buy", "could buy more", Unit::Count),
        GridColumn::new("white_space", "white space a year", Unit::Money),
    ]);
    for of in &response.segments {
        let mut row = |currency: &str, [valued, could_buy, white_space]: [GridCell; 3]| {
            let version =
                if of.version == 0 { GridCell::nothing() } else { GridCell::text(&of.version.to_string()) };
            let cells = [
                GridCell::text(&of.segment).named(&of.name),
                version,
                GridCell::text(currency),
                GridCell::figure(of.customers.as_ref()),
                GridCell::figure(of.not_active.as_ref()),
                number(of.products.len()),
                GridCell::count(of.owned),
                GridCell::number_if_any(of.mean_penetration),
                valued,
                could_buy,
                white_space,
            ];
            let is_empty = of.customers.as_ref().is_none_or(|figure| figure.count == 0);
            if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
        };
        for worth in &of.white_space {
            let sum = GridCell::sum(worth.sum.as_ref(), &worth.currency);
            let customers = GridCell::figure(worth.customers.as_ref());
            row(&worth.currency, [GridCell::count(worth.valued.into()), customers, sum]);
        }
        if of.white_space.is_empty() {
            row("", [GridCell::count(0), GridCell::count(0), GridCell::unknown()]);
        }
    }
    notes::of_segments(response).into_iter().for_each(|note| grid.note(note));
    grid
}

fn products(request: &PotentialRequest, response: &PotentialResponse) -> Grid {
    let mut grid = Grid::new("product", "products of the lists, the highest white space first").columns([
        GridColumn::new("product", "product", Unit::Code).most(),
        segment(response),
        currency(response),
        GridColumn::new("owners", "owners", Unit::Count),
        GridColumn::new("missing", "miss it", Unit::Count),
        GridColumn::new("attach_share", "own it", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("spenders", "n", Unit::Count).less(1),
        GridColumn::new("median", "median a year", Unit::Money),
        GridColumn::new("white_space", "white space a year", Unit::Money),
    ]);
    let most = if request.page_size == 0 { usize::MAX } else { request.page_size as usize };
    let mut shown = 0;
    for of in &response.products {
        let count = |figure: &Option<rapport_proto::v1::Figure>| figure.as_ref().map_or(0, |one| one.count);
        let is_empty = count(&of.owners) + count(&of.missing) == 0;
        let is_aside = is_empty || shown >= most;
        shown += usize::from(!is_empty);
        let mut row = |currency: &str, [spenders, median, white_space]: [GridCell; 3]| {
            let cells = [
                GridCell::text(&of.product),
                GridCell::text(&of.segment),
                GridCell::text(currency),
                GridCell::figure(of.owners.as_ref()),
                GridCell::figure(of.missing.as_ref()),
                GridCell::number_if_any(of.attach_share),
                spenders,
                median,
                white_space,
            ];
            if is_aside { grid.row_aside(cells) } else { grid.row(cells) }
        };
        for value in &of.values {
            row(&value.currency, values(value));
        }
        if of.values.is_empty() {
            row("", [GridCell::count(0), GridCell::unknown(), GridCell::unknown()]);
        }
    }
    notes::of_products(response, shown.saturating_sub(most)).into_iter().for_each(|note| grid.note(note));
    grid
}

/// What a product is worth, or that it is not known.
fn values(value: &ProductValue) -> [GridCell; 3] {
    let money = |sum: Option<&rapport_proto::v1::Sum>| {
        sum.map_or_else(GridCell::unknown, |sum| GridCell::sum(Some(sum), &value.currency))
    };
    [
        GridCell::figure(value.spenders.as_ref()),
        money(value.median.as_ref()),
        money(value.white_space.as_ref()),
    ]
}

fn customers(response: &PotentialResponse) -> Grid {
    let mut grid = Grid::new("customer", "customers, the highest white space first").columns([
        GridColumn::new("customer", "customer", Unit::Code).most(),
        segment(response),
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count).less(1),
        GridColumn::new("contracts", "contracts", Unit::Count).less(2),
        GridColumn::new("owned", "owned", Unit::Count),
        GridColumn::new("missing", "missing", Unit::Count).for_exports(),
        GridColumn::new("penetration", "penetration", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("valued", "valued", Unit::Count).for_exports(),
        GridColumn::new("white_space", "white space a year", Unit::Money),
        GridColumn::new("missing_products", "missing", Unit::Text),
    ]);
    for of in &response.customers {
        let name = of.customer.split_once(':').map_or("", |(_, name)| name);
        let mut row = |currency: &str, [valued, white_space]: [GridCell; 2]| {
            grid.row([
                GridCell::text(&of.customer).named(name),
                GridCell::text(&of.segment),
                GridCell::text(currency),
                GridCell::figure(of.purchases.as_ref()),
                GridCell::figure(of.contracts.as_ref()),
                GridCell::count(of.owned.into()),
                number(of.missing.len()),
                GridCell::number_if_any(of.penetration),
                valued,
                white_space,
                GridCell::text(&of.missing.join(", ")),
            ]);
        };
        for worth in &of.white_space {
            let sum = GridCell::sum(worth.sum.as_ref(), &worth.currency);
            row(&worth.currency, [GridCell::count(worth.valued.into()), sum]);
        }
        if of.white_space.is_empty() {
            let sum = if of.missing.is_empty() { GridCell::nothing() } else { GridCell::unknown() };
            row("", [GridCell::count(0), sum]);
        }
    }
    notes::of_customers(response).into_iter().for_each(|note| grid.note(note));
    grid
}

/// Whom the answer is about, with figures; readers have notes of what is left out.
fn total(response: &PotentialResponse) -> Grid {
    let mut grid = Grid::new("total", "who is counted")
        .columns([GridColumn::new("what", "who", Unit::Text).most(), GridColumn::new("n", "n", Unit::Count)]);
    let Some(total) = &response.total else { return grid };
    for (key, name, figure) in [
        ("active", "active customers", &total.active),
        ("in_no_segment", "active customers in no segment", &total.in_no_segment),
        ("left_out", "purchases that name no customer", &total.left_out),
        ("contracts_left_out", "contracts in force that name no customer", &total.contracts_left_out),
    ] {
        let is_empty = figure.as_ref().is_none_or(|figure| figure.count == 0);
        let cells = [GridCell::text(key).named(name), GridCell::figure(figure.as_ref())];
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
    grid
}
