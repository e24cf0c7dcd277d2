//! Portfolios computed again, from every event that happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{v1, v1::payload::Kind};

use super::{
    company::{self, Company, hours},
    exact::written,
    funnel_oracle::{count, rate},
    parts::{Did, From, Part, midnight, parts, window, zoned},
    proto,
};

/// A company, and what is asked.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub company: Company,
    pub request: v1::PortfolioRequest,
}

prop_compose! {
    fn requests()(
        (from, length) in (prop::option::weighted(0.6, 24 * 100..24 * 400_i64), prop::option::weighted(0.3, 24 * 50..24 * 500_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR"]),
        purchases_from in 0..3_i32,
    ) -> v1::PortfolioRequest {
        v1::PortfolioRequest {
            period_from: from.and_then(|from| proto(hours(from))),
            period_to: length.and_then(|length| proto(hours(from.unwrap_or(300) + length))),
            currency: currency.to_owned(),
            purchases_from,
            ..v1::PortfolioRequest::default()
        }
    }
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let orders = || {
        prop_oneof![
            12 => company::orders(),
            2 => company::order_changes(),
            3 => company::contracts(),
            1 => company::invoices()
        ]
    };
    let invoices = prop_oneof![6 => company::invoices(), 1 => company::contracts()];
    // Pairs of products need customers who have bought most of what there is.
    let companies = prop_oneof![
        3 => company::companies(orders(), 110),
        1 => company::companies(orders(), 500),
        1 => company::companies(invoices, 80),
    ];
    (companies, requests()).prop_map(|(company, request)| World { company, request })
}

type Window = (Timestamp, Timestamp);

fn is_within(part: &Part, window: Window) -> bool {
    window.0 <= part.at && part.at < window.1
}

/// The window of the same length before: of whole months so many months.
fn before(window: Window) -> Window {
    let ago = |moment: Timestamp, months: i32| -> Timestamp {
        zoned(moment).checked_sub(months.months()).unwrap().timestamp().into()
    };
    let whole = (1..100).find(|months| ago(window.1, *months) == window.0);
    let length = window.1.as_micros() - window.0.as_micros();
    let from = whole.map(|months| ago(window.0, months));
    (from.unwrap_or_else(|| Timestamp::from_micros(window.0.as_micros() - length)), window.0)
}

/// A contract in force at T: whose, and its products.
pub(crate) struct Contract {
    pub customer: String,
    pub products: BTreeSet<String>,
}

pub(crate) fn contracts(company: &Company) -> Vec<Contract> {
    let mut events: BTreeMap<String, Vec<(Timestamp, String, v1::ContractChanged)>> = BTreeMap::new();
    for one in company.happened() {
        if let Kind::ContractChanged(changed) = one.kind {
            events.entry(changed.contract_id.clone()).or_default().push((one.at, one.customer, changed));
        }
    }
    let now = company.as_of.occurred_until;
    let mut found = Vec::new();
    for events in events.into_values() {
        let is_any = periods(&events).iter().any(|(from, to)| *from <= now && to.is_none_or(|to| now < to));
        if is_any {
            let customer = events.iter().rfind(|one| !one.1.is_empty());
            let named = events.iter().rfind(|one| !one.2.products.is_empty());
            found.push(Contract {
                customer: customer.map(|one| one.1.clone()).unwrap_or_default(),
                products: named.map(|one| one.2.products.iter().cloned().collect()).unwrap_or_default(),
            });
        }
    }
    found
}

/// From when to when a contract is in force; without an end for good.
fn periods(events: &[(Timestamp, String, v1::ContractChanged)]) -> Vec<(Timestamp, Option<Timestamp>)> {
    let day = |text: &str| text.parse::<Date>().ok();
    let mut periods: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
    for (at, _, changed) in events {
        let said = day(&changed.start).map(midnight);
        let from = said.unwrap_or(*at);
        let end = day(&changed.end).map(|day| midnight(day + 1.day()));
        let latest = periods.last_mut();
        match changed.op {
            // Signed or renewed: goes on, or begins again after a gap.
            1 | 2 => match latest {
                Some((_, to)) if to.is_none_or(|to| from <= to) => *to = end,
                _ => periods.push((from, end)),
            },
            3 => match latest {
                Some((_, to)) => *to = end.or(*to),
                None => periods.push((from, end)),
            },
            _ => match latest {
                Some((_, to)) => *to = Some(end.unwrap_or(to.map_or(*at, |to| to.min(*at)))),
                None => periods.extend(said.map(|from| (from, Some(end.unwrap_or(*at))))),
            },
        }
    }
    periods
}

/// What each order of a customer has in each category and currency, in one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    customer: String,
    category: String,
    currency: String,
    id: String,
    at: Timestamp,
    net: i64,
}

fn pieces(parts: &[&Part]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        let same = |one: &&mut Piece| {
            one.customer == part.customer
                && one.category == part.category
                && one.currency == part.currency
                && one.id == part.id
        };
        match pieces.iter_mut().find(same) {
            Some(piece) => {
                piece.at = piece.at.min(part.at);
                piece.net += part.net;
            }
            None => pieces.push(Piece {
                customer: part.customer.clone(),
                category: part.category.clone(),
                currency: part.currency.clone(),
                id: part.id.clone(),
                at: part.at,
                net: part.net,
            }),
        }
    }
    pieces
}

fn sum(sum: i128, currency: &str) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = written(sum, currency);
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// `bought` are the parts that known customers bought, ever.
fn growth(bought: &[&Part], window: Window, currency: &str) -> Option<v1::PortfolioGrowth> {
    let of = |now: bool| {
        let parts: Vec<&Part> = bought
            .iter()
            .copied()
            .filter(|part| if now { is_within(part, window) } else { part.at < window.0 })
            .collect();
        pieces(&parts).into_iter().filter(|piece| !piece.category.is_empty()).collect::<Vec<_>>()
    };
    let (now, earlier) = (of(true), of(false));
    let own: Vec<&Piece> = now.iter().filter(|piece| piece.currency == currency).collect();
    let is_before = |part: &&&Part, piece: &Piece| part.customer == piece.customer && part.at < piece.at;
    let crossed = |piece: &&&Piece| {
        bought.iter().any(|part| is_before(&part, piece))
            && !bought.iter().any(|part| is_before(&part, piece) && part.category == piece.category)
    };
    let previous = |piece: &Piece| {
        let same = |one: &&Piece| {
            one.customer == piece.customer
                && one.category == piece.category
                && one.currency == piece.currency
                && one.at < piece.at
        };
        let earlier: Vec<&Piece> = now.iter().chain(&earlier).filter(same).collect();
        let at = earlier.iter().map(|one| one.at).max()?;
        earlier.iter().filter(|one| one.at == at).map(|one| one.net).max()
    };
    let cross: Vec<&&Piece> = own.iter().filter(crossed).collect();
    let up: Vec<(&&Piece, i64)> = own
        .iter()
        .filter_map(|piece| previous(piece).filter(|net| *net < piece.net).map(|net| (piece, net)))
        .collect();
    let ids = |ids: Vec<&String>| count(ids.into_iter().collect::<BTreeSet<_>>().len());
    (!own.is_empty()).then(|| v1::PortfolioGrowth {
        currency: currency.to_owned(),
        purchases: ids(own.iter().map(|piece| &piece.id).collect()),
        cross_sell: ids(cross.iter().map(|piece| &piece.id).collect()),
        cross_sell_value: sum(cross.iter().map(|piece| i128::from(piece.net)).sum(), currency),
        up_sell: ids(up.iter().map(|(piece, _)| &piece.id).collect()),
        up_sell_value: sum(up.iter().map(|(piece, _)| i128::from(piece.net)).sum(), currency),
        up_sell_increase: sum(up.iter().map(|(piece, net)| i128::from(piece.net - net)).sum(), currency),
    })
}

fn retention(standing: &[Part], window: Window, currency: &str) -> Option<v1::RevenueRetention> {
    let of = |window: Window, customer: &str| {
        let own = standing
            .iter()
            .filter(|part| part.currency == currency && part.customer == customer && is_within(part, window));
        let own: Vec<&Part> = own.collect();
        let net: i128 = own.iter().map(|part| i128::from(part.net)).sum();
        (net, own.iter().any(|part| part.did == Did::Bought))
    };
    let all: BTreeSet<&String> =
        standing.iter().map(|part| &part.customer).filter(|one| !one.is_empty()).collect();
    let both = all.into_iter().map(|customer| (of(before(window), customer), of(window, customer)));
    let both: Vec<_> = both.filter(|((_, bought), _)| *bought).map(|((then, _), now)| (then, now)).collect();
    let start: i128 = both.iter().map(|(then, _)| then).sum();
    let end: i128 = both.iter().map(|(_, (now, _))| now).sum();
    let lost: Vec<i128> =
        both.iter().filter(|(_, (_, again))| !again).map(|(then, (now, _))| then - now).collect();
    let change: Vec<i128> =
        both.iter().filter(|(_, (_, again))| *again).map(|(then, (now, _))| now - then).collect();
    let more: Vec<i128> = change.iter().copied().filter(|change| *change > 0).collect();
    let less: Vec<i128> = change.iter().copied().filter(|change| *change < 0).collect();
    let share = |part: i128| (start > 0).then(|| part as f64 / start as f64);
    let kept = end - more.iter().sum::<i128>();
    (!both.is_empty() && !currency.is_empty()).then(|| v1::RevenueRetention {
        currency: currency.to_owned(),
        customers: count(both.len()),
        start: sum(start, currency),
        expanded: count(more.len()),
        expansion: sum(more.iter().sum(), currency),
        contracted: count(less.len()),
        contraction: sum(-less.iter().sum::<i128>(), currency),
        churned: count(lost.len()),
        churn: sum(lost.iter().sum(), currency),
        end: sum(end, currency),
        net_retention: share(end),
        gross_retention: share(kept),
    })
}

/// Products that at least five customers have together, in order.
fn pairs(holdings: &BTreeMap<String, BTreeSet<String>>) -> Vec<v1::ProductPair> {
    let who = |products: &[&String]| {
        holdings.values().filter(|own| products.iter().all(|product| own.contains(*product))).count()
    };
    let products: BTreeSet<&String> = holdings.values().flatten().collect();
    let mut pairs = Vec::new();
    for one in &products {
        for other in &products {
            // The one with more customers first, of equal ones the first by code.
            let key = |product: &&String| (usize::MAX - who(&[product]), (*product).clone());
            if key(one) >= key(other) || who(&[one, other]) < 5 {
                continue;
            }
            let both = who(&[one, other]);
            pairs.push(v1::ProductPair {
                product: (*one).clone(),
                with: (*other).clone(),
                customers: count(both),
                attach_rate: both as f64 / who(&[one]) as f64,
                attach_rate_back: both as f64 / who(&[other]) as f64,
                lift: (both * holdings.len()) as f64 / (who(&[one]) * who(&[other])) as f64,
            });
        }
    }
    let n = |pair: &v1::ProductPair| pair.customers.as_ref().unwrap().count;
    pairs.sort_by(|a, b| {
        b.lift
            .total_cmp(&a.lift)
            .then(n(b).cmp(&n(a)))
            .then((&a.product, &a.with).cmp(&(&b.product, &b.with)))
    });
    pairs
}

/// Products, those with the most customers first.
fn products(holdings: &BTreeMap<String, BTreeSet<String>>, now: &[&Part]) -> Vec<v1::PortfolioProduct> {
    let active = holdings.len();
    let mut products: BTreeMap<&String, (usize, BTreeSet<&String>)> = BTreeMap::new();
    holdings.values().flatten().for_each(|product| products.entry(product).or_default().0 += 1);
    for part in now.iter().filter(|part| !part.product.is_empty()) {
        products.entry(&part.product).or_default().1.insert(&part.id);
    }
    let product =
        |(product, (customers, purchases)): (&String, (usize, BTreeSet<&String>))| v1::PortfolioProduct {
            product: product.clone(),
            customers: count(customers),
            attach_rate: rate(customers, active),
            purchases: count(purchases.len()),
        };
    let mut products: Vec<v1::PortfolioProduct> = products.into_iter().map(product).collect();
    let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
    products.sort_by(|a, b| {
        (n(&b.customers), n(&b.purchases))
            .cmp(&(n(&a.customers), n(&a.purchases)))
            .then(a.product.cmp(&b.product))
    });
    products
}

pub(crate) fn answer(world: &World) -> v1::PortfolioResponse {
    let request = &world.request;
    let (from, all) = parts(&world.company, request.purchases_from);
    let window = window(&world.company, request.period_from.as_ref(), request.period_to.as_ref());
    let standing: Vec<Part> = all.into_iter().filter(|part| !part.is_cancelled).collect();
    let bought: Vec<&Part> = standing.iter().filter(|part| part.did == Did::Bought).collect();
    let now: Vec<&Part> = bought.iter().copied().filter(|part| is_within(part, window)).collect();

    let contracts = contracts(&world.company);
    let mut holdings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for part in now.iter().filter(|part| !part.customer.is_empty()) {
        let own = holdings.entry(part.customer.clone()).or_default();
        own.extend(Some(part.product.clone()).filter(|product| !product.is_empty()));
    }
    let buyers = holdings.len();
    let signed = contracts.iter().filter(|contract| !contract.customer.is_empty());
    for contract in signed.clone() {
        holdings.entry(contract.customer.clone()).or_default().extend(contract.products.iter().cloned());
    }
    let active = holdings.len();
    let under: BTreeSet<&String> = signed.map(|contract| &contract.customer).collect();
    let held: usize = holdings.values().map(BTreeSet::len).sum();
    let nobodys: BTreeSet<&String> =
        now.iter().filter(|part| part.customer.is_empty()).map(|part| &part.id).collect();

    let share = |number: usize| {
        let customers = holdings.values().filter(|own| own.len() == number).count();
        let share = v1::PortfolioShare {
            products: number as u32,
            or_more: false,
            customers: count(customers),
            share: rate(customers, active),
        };
        (customers > 0).then_some(share)
    };
    let known: Vec<&Part> = bought.iter().copied().filter(|part| !part.customer.is_empty()).collect();
    let wanted = |currency: &&&str| request.currency.is_empty() || request.currency == **currency;
    let currencies = || ["EUR", "USD", ""].iter().filter(wanted);
    v1::PortfolioResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(v1::AsOf {
                occurred_until: proto(world.company.as_of.occurred_until),
                recorded_until: proto(world.company.as_of.recorded_until),
            }),
            ..v1::ViewMeta::default()
        }),
        purchases_from: match from {
            From::Orders => 1,
            From::Invoices => 2,
        },
        period_from: proto(window.0),
        period_to: proto(window.1),
        before_from: proto(before(window).0),
        customers: Some(v1::PortfolioCustomers {
            active: count(active),
            buyers: count(buyers),
            under_contract: count(under.len()),
            holdings: held as u64,
            products_per_customer: rate(held, active),
            left_out: count(nobodys.len()),
            contracts_left_out: count(contracts.iter().filter(|one| one.customer.is_empty()).count()),
        }),
        distribution: (0..10).filter_map(share).collect(),
        growth: currencies().filter_map(|currency| growth(&known, window, currency)).collect(),
        retention: currencies().filter_map(|currency| retention(&standing, window, currency)).collect(),
        pairs: pairs(&holdings),
        products: products(&holdings, &now),
        ..v1::PortfolioResponse::default()
    }
}
