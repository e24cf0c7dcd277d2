//! Asks a store for what customers have, and answers.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{
        self, PortfolioCustomers, PortfolioGrowth, PortfolioProduct, PortfolioShare, ProductPair,
        RevenueRetention,
    },
};

use super::{
    growth::{self, Growth},
    listed,
    pairs::{self, Pair},
    params::PortfolioParams,
    retention::{self, Retention},
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::LAST,
    model::{
        contracts::{self, Contract},
        figures::{Counted, Figures},
        firsts::Firsts,
        holdings::{Holdings, Product},
        purchases::Source,
    },
    read::{ReadError, Rows},
    rows::{ObjectId, Symbol, Symbols},
    stats::{as_f64, narrow_or_wide, share},
    table::{Dictionary, Measure},
};

/// Customers with so many products or more are one row of the distribution.
const MANY: usize = 10;

/// The products of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::PortfolioRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::PortfolioResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = PortfolioParams::from_request(request, source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, listed::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let contracts = contracts::in_force(rows, as_of, &params.zone, &identity, &symbols)?;
    let holdings = Holdings::read(rows, (source, params.window), as_of, &identity, &contracts)?;
    let products = holdings.products(rows, (source, params.window), as_of)?;
    let mut firsts = Firsts::before(rows, source, params.window, as_of, &identity)?;
    let growth = growth::read(rows, &params, &mut firsts)?;
    let retention = retention::read(rows, &params, &identity)?;
    let left_out = nobodys(rows, &params)?;

    let active = holdings.customers().count();
    let mut response = frame(&params);
    let (pairs, pairs_left_out) = pairs::pairs(&holdings, &products, &symbols);
    let customers = customers(&holdings, &contracts, left_out, active, &mut figures);
    let distribution = distribution(&holdings, active, &mut figures);
    let growth =
        by_currency(&growth, &params, &symbols, |code, of| growth_of(code, of, source, &mut figures));
    let retention = by_currency(&retention, &params, &symbols, |code, of| {
        (!code.is_empty()).then(|| retention_of(code, of, &mut figures))
    });
    let pairs: Vec<ProductPair> = pairs.iter().map(|pair| pair_of(pair, active, &mut figures)).collect();
    if asked.skip == 0 {
        response.customers = Some(customers);
        (response.distribution, response.growth, response.retention) = (distribution, growth, retention);
        (response.pairs, response.pairs_left_out) = (pairs, pairs_left_out);
    }
    add_products(&mut response, products, (&params, asked.skip, active), &symbols, &mut figures);
    listed::purchases(&mut figures, rows, &params, &symbols)?;
    let evidence = listed::evidence(&mut figures, &params, &contracts, &symbols);
    let objects = figures.hits(rows, &identity, as_of, |_| evidence)?;
    Ok(Answered { response, objects })
}

fn frame(params: &PortfolioParams) -> v1::PortfolioResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    v1::PortfolioResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        purchases_from: params.source.wire().into(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        before_from: moment(params.before.from),
        ..v1::PortfolioResponse::default()
    }
}

/// How many purchases name no customer.
fn nobodys(rows: &dyn Rows, params: &PortfolioParams) -> Result<u64, ReadError> {
    let (filter, measures) = (listed::nobodys(params), [Measure::Distinct(params.source.id())]);
    let mut purchases = 0;
    rows.group(params.source.table(), &filter, params.as_of, &[], &measures, &mut |_, measured| {
        purchases = measured.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or(0);
        Ok(())
    })?;
    Ok(purchases)
}

fn customers(
    holdings: &Holdings,
    contracts: &[Contract],
    left_out: u64,
    active: usize,
    figures: &mut Figures,
) -> PortfolioCustomers {
    let held: usize = holdings.customers().map(|(_, products)| products.count()).sum();
    let nobodys = contracts.iter().filter(|contract| contract.customer == ObjectId::NOBODY);
    let nobodys = nobodys.map(|contract| Counted::named(Dictionary::Contract, contract.id));
    let mut of = |what, customers: &mut dyn Iterator<Item = ObjectId>| {
        let customers: Vec<_> = customers.collect();
        figures.count(&["customers", what], customers.into_iter().map(Counted::party))
    };
    PortfolioCustomers {
        active: of("active", &mut holdings.customers().map(|(customer, _)| customer)),
        buyers: of("buyers", &mut holdings.buyers.iter().copied()),
        under_contract: of("under_contract", &mut holdings.under_contract.iter().copied()),
        holdings: held as u64,
        products_per_customer: share(held as u64, active as u64),
        left_out: Some(Figures::named(&["customers", "left_out"], left_out)),
        contracts_left_out: figures.count(&["customers", "contracts_left_out"], nobodys),
    }
}

fn distribution(holdings: &Holdings, active: usize, figures: &mut Figures) -> Vec<PortfolioShare> {
    let mut by_number: BTreeMap<usize, Vec<ObjectId>> = BTreeMap::new();
    for (customer, products) in holdings.customers() {
        by_number.entry(products.count().min(MANY)).or_default().push(customer);
    }
    let share = |(number, customers): (usize, Vec<ObjectId>)| PortfolioShare {
        products: u32::try_from(number).unwrap_or_default(),
        or_more: number == MANY,
        share: share(customers.len() as u64, active as u64),
        customers: figures.count(
            &["distribution", &number.to_string(), "customers"],
            customers.into_iter().map(Counted::party),
        ),
    };
    by_number.into_iter().map(share).collect()
}

/// A row a currency, the one without amounts last.
fn by_currency<T, R>(
    all: &HashMap<Symbol, T>,
    params: &PortfolioParams,
    symbols: &Symbols,
    mut row: impl FnMut(&str, &T) -> Option<R>,
) -> Vec<R> {
    let mut all: Vec<(&str, &T)> = all.iter().map(|(currency, of)| (symbols.text(*currency), of)).collect();
    all.retain(|(code, _)| params.wants(code));
    all.sort_unstable_by_key(|(code, _)| (code.is_empty(), *code));
    all.into_iter().filter_map(|(code, of)| row(code, of)).collect()
}

/// Absent without a currency.
fn sum(sum: i128, code: &str) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = narrow_or_wide((!code.is_empty()).then_some(sum));
    Some(v1::Sum { minor_units, minor_units_wide })
}

fn growth_of(code: &str, of: &Growth, source: Source, figures: &mut Figures) -> Option<PortfolioGrowth> {
    let mut count = |what, purchases: &hashbrown::HashSet<ObjectId>| {
        figures.count(&["growth", code, what], purchases.iter().map(|one| source.counted(*one)))
    };
    Some(PortfolioGrowth {
        currency: code.to_owned(),
        purchases: count("purchases", &of.purchases),
        cross_sell: count("cross_sell", &of.cross_sell),
        cross_sell_value: sum(of.cross_sell_net, code),
        up_sell: count("up_sell", &of.up_sell),
        up_sell_value: sum(of.up_sell_net, code),
        up_sell_increase: sum(of.up_sell_increase, code),
    })
}

fn retention_of(code: &str, of: &Retention, figures: &mut Figures) -> RevenueRetention {
    let mut count = |what, customers: &[ObjectId]| {
        figures.count(&["retention", code, what], customers.iter().map(|one| Counted::party(*one)))
    };
    let of_start = |part: i128| (of.start > 0).then(|| as_f64(part) / as_f64(of.start));
    RevenueRetention {
        currency: code.to_owned(),
        customers: count("customers", &of.customers),
        start: sum(of.start, code),
        expanded: count("expanded", &of.expanded),
        expansion: sum(of.expansion, code),
        contracted: count("contracted", &of.contracted),
        contraction: sum(of.contraction, code),
        churned: count("churned", &of.churned),
        churn: sum(of.churn, code),
        end: sum(of.end(), code),
        net_retention: of_start(of.end()),
        gross_retention: of_start(of.start - of.contraction - of.churn),
    }
}

fn pair_of(pair: &Pair<'_>, active: usize, figures: &mut Figures) -> ProductPair {
    let both = pair.customers.len() as u64;
    let customers = pair.customers.iter().map(|one| Counted::party(*one));
    ProductPair {
        product: pair.product.to_owned(),
        with: pair.with.to_owned(),
        customers: figures.count(&["pairs", pair.product, pair.with, "customers"], customers),
        attach_rate: share(both, pair.of_product as u64).unwrap_or_default(),
        attach_rate_back: share(both, pair.of_with as u64).unwrap_or_default(),
        lift: pair.lift(active),
    }
}

/// The products that are on the page.
fn add_products(
    response: &mut v1::PortfolioResponse,
    products: HashMap<Symbol, Product>,
    (params, skip, active): (&PortfolioParams, usize, usize),
    symbols: &Symbols,
    figures: &mut Figures,
) {
    let mut products: Vec<(&str, Product)> =
        products.into_iter().map(|(product, of)| (symbols.text(product), of)).collect();
    products.sort_unstable_by(|(a, one), (b, other)| {
        let key = |of: &Product| (Reverse(of.customers.len()), Reverse(of.purchases));
        (key(one), a).cmp(&(key(other), b))
    });
    let mut row = |code: &str, of: &Product| PortfolioProduct {
        product: code.to_owned(),
        customers: figures
            .count(&["products", code, "customers"], of.customers.iter().map(|one| Counted::party(*one))),
        attach_rate: share(of.customers.len() as u64, active as u64),
        purchases: Some(Figures::named(&["products", code, "purchases"], of.purchases)),
    };
    // A figure is of a row that need not be on the page.
    let rows: Vec<PortfolioProduct> = products.iter().map(|(code, of)| row(code, of)).collect();
    let all = rows.len();
    let mut page = fit::Page::beside(response);
    for row in rows.into_iter().skip(skip).take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.products.push(row);
    }
    response.rows_left_out = all.saturating_sub(skip + response.products.len()) as u64;
}
