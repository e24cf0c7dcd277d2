//! What a portfolio shows: products per customer, revenue kept, cross-sell and up-sell, products and pairs.

use rapport_proto::v1::{PortfolioRequest, PortfolioResponse, PurchasesFrom, Sum};

use super::{
    ask::ask,
    pairs::{CUSTOMERS_MIN, PRODUCTS_MAX},
};
use crate::{
    model::{Answered, AskError, Asked, Model, Token, fields_of_every_model, list, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// How much of what there is each customer buys.
#[derive(Debug, Clone, Copy)]
pub struct Portfolio;

impl Model for Portfolio {
    type Request = PortfolioRequest;
    type Response = PortfolioResponse;
    const NAME: &'static str = "portfolio";
    const RESPONSE: &'static str = "rapport.v1.PortfolioResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "product",
        "with",
        "products",
        "active",
        "buyers",
        "under_contract",
        "left_out",
        "contracts_left_out",
        "holdings",
        "products_per_customer",
        "customers",
        "share",
        "attach_rate",
        "attach_rate_back",
        "lift",
        "start",
        "expanded",
        "expansion",
        "contracted",
        "contraction",
        "churned",
        "churn",
        "end",
        "net_retention",
        "gross_retention",
        "purchases",
        "cross_sell",
        "cross_sell_value",
        "up_sell",
        "up_sell_value",
        "up_sell_increase",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    /// Its products begin where the token does.
    fn cut(response: &mut Self::Response, token: Token, beside: usize) {
        list::cut(
            response,
            token,
            beside,
            |response| &mut response.products,
            |response| (&mut response.rows_left_out, &mut response.next_page_token),
        );
    }

    fn page(_: &PortfolioRequest, response: &PortfolioResponse) -> Page {
        let mut page = Page::default();
        let active = response.customers.as_ref().and_then(|of| of.active.as_ref());
        if active.is_some_and(|active| active.count == 0) && response.products.is_empty() {
            page.notes
                .push(Words::new("no_purchases", "no purchases in this period, and no contract in force"));
        }
        page.grids = vec![
            customers(response),
            distribution(response),
            retention(response),
            growth(response),
            products(response),
            pairs(response),
        ];
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    fields_of_every_model!();
}

fn money(sum: Option<&Sum>, code: &str) -> GridCell {
    sum.map_or_else(GridCell::nothing, |sum| GridCell::money(sum.minor_units, &sum.minor_units_wide, code))
}

/// One and many of what a purchase is.
fn nouns(response: &PortfolioResponse) -> (&'static str, &'static str) {
    match response.purchases_from() {
        PurchasesFrom::Invoices => ("invoice", "invoices"),
        PurchasesFrom::Orders | PurchasesFrom::Unspecified => ("order", "orders"),
    }
}

fn customers(response: &PortfolioResponse) -> Grid {
    let mut grid = Grid::new("customers", "products per customer").columns([
        GridColumn::new("active", "active customers", Unit::Count),
        GridColumn::new("buyers", "bought", Unit::Count),
        GridColumn::new("under_contract", "under contract", Unit::Count),
        GridColumn::new("holdings", "products, added", Unit::Count).less(1),
        GridColumn::new("products_per_customer", "products per customer", Unit::Ratio).most(),
        GridColumn::new("left_out", "left out", Unit::Count).for_exports(),
        GridColumn::new("contracts_left_out", "contracts left out", Unit::Count).for_exports(),
    ]);
    let Some(of) = &response.customers else { return grid };
    let cells = [
        GridCell::figure(of.active.as_ref()),
        GridCell::figure(of.buyers.as_ref()),
        GridCell::figure(of.under_contract.as_ref()),
        GridCell::count(of.holdings),
        GridCell::number(of.products_per_customer),
        GridCell::figure(of.left_out.as_ref()),
        GridCell::figure(of.contracts_left_out.as_ref()),
    ];
    if of.active.as_ref().is_none_or(|active| active.count == 0) {
        grid.row_aside(cells);
    } else {
        grid.row(cells);
    }
    let (one, many) = nouns(response);
    let left_out = of.left_out.as_ref().map_or(0, |figure| figure.count);
    if left_out > 0 {
        let (one, many) = (format!("{one} names no customer"), format!("{many} name no customer"));
        grid.note(Words::counted("left_out", left_out, &one, &many));
    }
    let contracts = of.contracts_left_out.as_ref().map_or(0, |figure| figure.count);
    if contracts > 0 {
        let (one, many) = ("contract in force names no customer", "contracts in force name no customer");
        grid.note(Words::counted("contracts_left_out", contracts, one, many));
    }
    grid
}

fn distribution(response: &PortfolioResponse) -> Grid {
    let mut grid = Grid::new("distribution", "customers by how many products they have").columns([
        GridColumn::new("products", "products", Unit::Code),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("share", "of customers", Unit::Share).drawn(Picture::Bar).most(),
    ]);
    for of in &response.distribution {
        let number = if of.or_more { format!("{} or more", of.products) } else { of.products.to_string() };
        grid.row([
            GridCell::text(&number),
            GridCell::figure(of.customers.as_ref()),
            GridCell::number(of.share),
        ]);
    }
    if response.distribution.iter().any(|of| of.products == 0) {
        grid.note(Words::new("no_products", "0: what they bought, or their contract, names no product"));
    }
    grid
}

fn retention(response: &PortfolioResponse) -> Grid {
    let title = "revenue of those who bought in the period before";
    let mut grid = Grid::new("retention", title).columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("start", "then", Unit::Money),
        GridColumn::new("expanded", "expanded", Unit::Count).less(1),
        GridColumn::new("expansion", "expansion", Unit::Money),
        GridColumn::new("contracted", "contracted", Unit::Count).less(2),
        GridColumn::new("contraction", "contraction", Unit::Money),
        GridColumn::new("churned", "churned", Unit::Count).less(3),
        GridColumn::new("churn", "churn", Unit::Money),
        GridColumn::new("end", "now", Unit::Money),
        GridColumn::new("net_retention", "net", Unit::Share).most(),
        GridColumn::new("gross_retention", "gross", Unit::Share),
    ]);
    for of in &response.retention {
        grid.row([
            GridCell::text(&of.currency),
            GridCell::figure(of.customers.as_ref()),
            money(of.start.as_ref(), &of.currency),
            GridCell::figure(of.expanded.as_ref()),
            money(of.expansion.as_ref(), &of.currency),
            GridCell::figure(of.contracted.as_ref()),
            money(of.contraction.as_ref(), &of.currency),
            GridCell::figure(of.churned.as_ref()),
            money(of.churn.as_ref(), &of.currency),
            money(of.end.as_ref(), &of.currency),
            GridCell::number(of.net_retention),
            GridCell::number(of.gross_retention),
        ]);
    }
    if !grid.is_empty() {
        let from = GridCell::moment(response.before_from.as_ref());
        let to = GridCell::moment(response.period_from.as_ref());
        let words = Words::new("period_before", "the period before begins {} and ends as {} begins");
        grid.note(words.with(Unit::Day, from).with(Unit::Day, to));
    }
    if response.retention.iter().any(|of| of.net_retention.is_none()) {
        grid.note(Words::new("nothing_to_keep", "no retention of a revenue that was not positive"));
    }
    grid
}

fn growth(response: &PortfolioResponse) -> Grid {
    let (_, many) = nouns(response);
    let mut grid = Grid::new("growth", "cross-sell and up-sell").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("purchases", many, Unit::Count),
        GridColumn::new("cross_sell", "in a new category", Unit::Count).most(),
        GridColumn::new("cross_sell_value", "cross-sell", Unit::Money),
        GridColumn::new("up_sell", "for more than before", Unit::Count),
        GridColumn::new("up_sell_value", "up-sell", Unit::Money),
        GridColumn::new("up_sell_increase", "increase", Unit::Money),
    ]);
    for of in &response.growth {
        grid.row([
            GridCell::text(&of.currency),
            GridCell::figure(of.purchases.as_ref()),
            GridCell::figure(of.cross_sell.as_ref()),
            money(of.cross_sell_value.as_ref(), &of.currency),
            GridCell::figure(of.up_sell.as_ref()),
            money(of.up_sell_value.as_ref(), &of.currency),
            money(of.up_sell_increase.as_ref(), &of.currency),
        ]);
    }
    grid
}

fn products(response: &PortfolioResponse) -> Grid {
    let (one, many) = nouns(response);
    let mut grid = Grid::new("product", "products, those with the most customers first").columns([
        GridColumn::new("product", "product", Unit::Code).most(),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("attach_rate", "of active customers", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("purchases", many, Unit::Count),
    ]);
    for of in &response.products {
        grid.row([
            GridCell::text(&of.product),
            GridCell::figure(of.customers.as_ref()),
            GridCell::number(of.attach_rate),
            GridCell::figure(of.purchases.as_ref()),
        ]);
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more product", "more products"));
    }
    if response.products.iter().any(|of| of.customers.as_ref().is_none_or(|figure| figure.count == 0)) {
        let text = format!("a product without customers is of {many} that name no customer");
        grid.note(Words::new("nobodys_product", text));
    }
    let contracts = response.customers.as_ref().and_then(|of| of.under_contract.as_ref());
    if contracts.is_some_and(|figure| figure.count > 0) && !grid.is_empty() {
        let text = format!("customers have a product by an {one} of the period, or by a contract in force");
        grid.note(Words::new("by_contract", text));
    }
    grid
}

fn pairs(response: &PortfolioResponse) -> Grid {
    let mut grid = Grid::new("pair", "bought by the same customers, the highest lift first").columns([
        GridColumn::new("product", "product", Unit::Code).most(),
        GridColumn::new("with", "with", Unit::Code),
        GridColumn::new("customers", "have both", Unit::Count),
        GridColumn::new("attach_rate", "of the first's", Unit::Share),
        GridColumn::new("attach_rate_back", "of the second's", Unit::Share).less(1),
        GridColumn::new("lift", "lift", Unit::Ratio),
    ]);
    for of in &response.pairs {
        grid.row([
            GridCell::text(&of.product),
            GridCell::text(&of.with),
            GridCell::figure(of.customers.as_ref()),
            GridCell::number(Some(of.attach_rate)),
            GridCell::number(Some(of.attach_rate_back)),
            GridCell::number(Some(of.lift)),
        ]);
    }
    if response.pairs_left_out > 0 {
        grid.note(Words::counted("pairs_left_out", response.pairs_left_out, "more pair", "more pairs"));
    }
    // Several products, of which no two have enough customers together.
    if response.customers.is_some() && grid.is_empty() && response.products.len() > 1 {
        let text = "not enough customers for pairs of products: {} must have both";
        grid.note(Words::new("too_few_for_pairs", text).with_count(CUSTOMERS_MIN as u64));
    }
    if !grid.is_empty() {
        let text = "pairs that {} customers or more have, of the {} products with the most customers";
        let words = Words::new("pairs_of_many", text).with_count(CUSTOMERS_MIN as u64);
        grid.note(words.with_count(PRODUCTS_MAX as u64));
    }
    grid
}
