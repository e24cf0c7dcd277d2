//! The message that an answer is.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{fit, time, v1};

use super::{
    added::{Added, Key},
    params::StockParams,
};
use crate::{
    answers::sums::{ratio, sum},
    calendar::LAST,
    model::figures::{Counted, Figures},
    rows::Symbols,
    stats::as_f64,
};

/// A year, in microseconds.
const YEAR_MICROS: i128 = 365 * DAY_MICROS;
const DAY_MICROS: i128 = 86_400_000_000;

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &StockParams,
    added: &HashMap<Key, Added>,
    skip: usize,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::StockResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let mut response = v1::StockResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::StockResponse::default()
    };
    // Without a currency last.
    let mut by_currency: BTreeMap<(bool, &str), Vec<(&str, &Added)>> = BTreeMap::new();
    for ((currency, key), of_it) in added {
        let code = symbols.text(*currency);
        if params.wants(code) {
            by_currency.entry((code.is_empty(), code)).or_default().push((symbols.text(*key), of_it));
        }
    }
    let mut all = Vec::new();
    for ((_, code), mut rows) in by_currency {
        rows.sort_unstable_by_key(|(key, of_it)| (Reverse(of_it.average), *key));
        let mut total = Added::default();
        rows.iter().for_each(|(_, of_it)| total.absorb(of_it));
        let total = row(&["total", code], (code, ""), &total, params, figures);
        if skip == 0 {
            response.totals.push(total);
        }
        let named = rows.into_iter().map(|(key, of_it)| (code, key, of_it));
        all.extend(
            named.map(|(code, key, of_it)| row(&["row", code, key], (code, key), of_it, params, figures)),
        );
    }
    let mut page = fit::Page::beside(&response);
    let behind = all.len().saturating_sub(skip);
    for row in all.into_iter().skip(skip).take(params.page_size) {
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = (behind - response.rows.len()) as u64;
    response
}

/// `name` begins the names of its figures.
fn row(
    name: &[&str],
    (currency, key): (&str, &str),
    of: &Added,
    params: &StockParams,
    figures: &mut Figures,
) -> v1::StockRow {
    let mut count = |what, events: &[Position]| {
        figures.count(&[name, &[what]].concat(), events.iter().map(|position| Counted::event(*position)))
    };
    let money = |value: i128| if currency.is_empty() { None } else { sum(value) };
    let turns = of.average.filter(|average| *average > 0 && !of.costs.is_empty()).and_then(|average| {
        let year = as_f64(YEAR_MICROS) / as_f64(params.length());
        ratio(of.goods, average).map(|sold| sold * year).filter(|turns| turns.is_finite())
    });
    let (places, known) = of.averaged;
    v1::StockRow {
        currency: currency.to_owned(),
        key: key.to_owned(),
        counts: count("counts", &of.counts),
        quantity_milli: i64::try_from(of.quantity_milli).unwrap_or(i64::MAX),
        value: money(of.value).filter(|_| !of.counts.is_empty()),
        counted: of.counted.map(|at| time::to_proto(at.min(LAST))),
        average: of.average.and_then(money),
        known_share: ratio(known, i128::from(places) * params.length()),
        costs: count("costs", &of.costs),
        goods: money(of.goods).filter(|_| !of.costs.is_empty()),
        turns,
        days_of_stock: turns.filter(|turns| *turns > 0.0).map(|turns| 365.0 / turns),
    }
}
