//! The message that an answer is.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, prices_request::By},
};

use super::{
    bands::BANDS,
    concessions::Group,
    keys::{Key, Keys},
    params::PricesParams,
    priced::{ByCurrency, Priced, Prices},
};
use crate::{
    calendar::LAST,
    model::{
        figures::Figures,
        sums::{ratio, sum},
    },
    rows::{Symbol, Symbols},
    stats::share,
};

/// What was added up, by currency.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) prices: ByCurrency,
    pub(super) concessions: HashMap<Symbol, Vec<Group>>,
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &PricesParams,
    found: Found,
    meta: v1::ViewMeta,
    skip: usize,
    keys: &Keys<'_>,
    symbols: &Symbols,
) -> v1::PricesResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::PricesResponse {
        meta: Some(meta),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        purchases_from: params.source.wire().into(),
        ..v1::PricesResponse::default()
    };
    let currencies: BTreeSet<Symbol> = found.prices.keys().chain(found.concessions.keys()).copied().collect();
    // Without a currency last.
    let named: BTreeMap<(bool, &str), Symbol> = currencies
        .into_iter()
        .map(|currency| (symbols.text(currency), currency))
        .filter(|(code, _)| params.wants(code))
        .map(|(code, currency)| ((code.is_empty(), code), currency))
        .collect();
    let none = Prices::default();
    let of = |currency| found.prices.get(currency).unwrap_or(&none);
    if skip == 0 {
        for ((_, code), currency) in &named {
            let concessions = found.concessions.get(currency).map_or(&[][..], Vec::as_slice);
            response.totals.push(total(code, of(currency), concessions));
        }
    }
    let all: Vec<v1::PriceRow> = named
        .iter()
        .flat_map(|((_, code), currency)| {
            in_order(of(currency), params, keys, symbols).into_iter().map(|row| (*code, row))
        })
        .skip(skip)
        .map(|(code, (key, priced))| v1::PriceRow {
            currency: code.to_owned(),
            of: realisation(&["rows", code, &key], &priced),
            key,
        })
        .collect();
    let mut page = fit::Page::beside(&response);
    let left_out = all.len();
    for row in all.into_iter().take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (left_out - response.rows.len()) as u64;
    response
}

/// What most is taken off first; months and classes as they follow each other, and without a class last.
fn in_order(
    prices: &Prices,
    params: &PricesParams,
    keys: &Keys<'_>,
    symbols: &Symbols,
) -> Vec<(String, Priced)> {
    let named = |key: Key| keys.text(key, symbols);
    let mut rows: Vec<_> = prices.by_key.iter().map(|(key, priced)| (*key, named(*key), *priced)).collect();
    match params.by {
        By::Class => rows.sort_unstable_by_key(|(key, _, _)| (*key == Key::Class(None), *key)),
        By::Month => rows.sort_unstable_by_key(|(key, _, _)| *key),
        By::Unspecified | By::Product | By::Category | By::Staff | By::Branch => {
            rows.sort_unstable_by(|(_, a, one), (_, b, other)| {
                let discount = |priced: &Priced| Reverse(priced.list - priced.net);
                discount(one).cmp(&discount(other)).then_with(|| a.cmp(b))
            });
        }
    }
    rows.into_iter().map(|(_, name, priced)| (name, priced)).collect()
}

fn total(code: &str, prices: &Prices, concessions: &[Group]) -> v1::PriceTotal {
    let money = |value| if code.is_empty() { None } else { sum(value) };
    let concession = |group: &Group| v1::ConcessionGroup {
        by: group.by.word().to_owned(),
        key: group.key.clone(),
        approver: group.approver.clone(),
        concessions: Some(Figures::named(&group.figure(code), group.count)),
        value: money(group.value),
    };
    v1::PriceTotal {
        currency: code.to_owned(),
        all: realisation(&["totals", code], &prices.all),
        bands: bands(code, prices),
        concessions: concessions.iter().map(concession).collect(),
    }
}

fn bands(code: &str, prices: &Prices) -> Vec<v1::DiscountBand> {
    if prices.all.with_list == 0 {
        return Vec::new();
    }
    let band = |(name, band): (&str, &Priced)| v1::DiscountBand {
        band: name.to_owned(),
        lines: Some(Figures::named(&["bands", code, name], band.lines)),
        share: share(band.lines, prices.all.with_list),
        discount: sum(band.list - band.net),
    };
    BANDS.into_iter().zip(&prices.bands).map(band).collect()
}

/// `name` begins the names of its figures.
fn realisation(name: &[&str], of: &Priced) -> Option<v1::Realisation> {
    let named = |what, count| Some(Figures::named(&[name, &[what]].concat(), count));
    Some(v1::Realisation {
        lines: named("lines", of.lines),
        with_list: named("with_list", of.with_list),
        share_with_list: share(of.with_list, of.lines),
        list: sum(of.list),
        net: sum(of.net),
        discount: sum(of.list - of.net),
        realisation: ratio(of.net, of.list),
        depth: ratio(of.list - of.net, of.list),
    })
}
