//! The message that an answer is.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::{
    fit, time,
    v1::{self, OrdersRow, OrdersTotal},
};

use super::{
    keys::Key,
    params::{By, OrdersParams},
    sold::{ByKey, Sold, Total},
};
use crate::{
    answers::window::Window,
    calendar::LAST,
    model::{figures::Figures, firsts::Firsts, sums::ratio},
    rows::{Symbol, Symbols},
    stats::{as_f64, narrow_or_wide, share},
};

/// The answer without its rows.
pub(super) fn frame(params: &OrdersParams) -> v1::OrdersResponse {
    v1::OrdersResponse {
        meta: Some(v1::ViewMeta { as_of: Some(params.as_of.to_proto()), ..v1::ViewMeta::default() }),
        purchases_from: params.source.wire().into(),
        period_from: moment(params.window.from),
        period_to: moment(params.window.to),
        ..v1::OrdersResponse::default()
    }
}

fn moment(moment: Timestamp) -> Option<prost_types::Timestamp> {
    Some(time::to_proto(moment.min(LAST)))
}

/// The answer with the rows that are on the page.
pub(super) fn of(
    params: &OrdersParams,
    firsts: &Firsts<'_>,
    totals: &HashMap<Symbol, Total>,
    mut sold: ByKey,
    symbols: &Symbols,
    skip: usize,
) -> v1::OrdersResponse {
    let mut response = frame(params);
    let mut currencies: Vec<(&str, Symbol, &Total)> =
        totals.iter().map(|(currency, total)| (symbols.text(*currency), *currency, total)).collect();
    currencies.retain(|(code, ..)| params.wants(code));
    currencies.sort_unstable_by_key(|(code, ..)| (code.is_empty(), *code));
    let mut places = Vec::new();
    for (code, currency, of) in &currencies {
        if skip == 0 && (of.sold.is_any() || of.returns > 0 || of.cancelled > 0) {
            response.totals.push(total(code, of, firsts));
        }
        if of.sold.is_any() {
            places.extend(
                in_order(params, *currency, &sold, symbols).into_iter().map(|key| (*code, *currency, key)),
            );
        }
    }

    let mut page = fit::Page::beside(&response);
    for (code, currency, key) in places.iter().skip(skip).take(params.page_size) {
        let sold = sold.remove(&(*currency, *key)).unwrap_or_default();
        let row = row(params, code, *key, &sold, firsts, symbols);
        if !page.takes(&row) {
            break;
        }
        response.rows.push(row);
    }
    response.rows_left_out = places.len().saturating_sub(skip + response.rows.len()) as u64;
    response
}

/// The rows of a currency: every period of the window; of others those with anything, the highest value first.
fn in_order(params: &OrdersParams, currency: Symbol, sold: &ByKey, symbols: &Symbols) -> Vec<Key> {
    if let By::Periods(periods) = &params.by {
        return periods.starts().into_iter().map(Key::Period).collect();
    }
    let is_valued = !symbols.text(currency).is_empty();
    let own = sold.iter().filter(|((of, _), sold)| *of == currency && sold.is_any());
    let mut keys: Vec<_> = own
        .map(|((_, key), sold)| {
            let weight = if is_valued { sold.net } else { sold.purchases.into() };
            (Reverse(weight), name(params, *key, symbols), *key)
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|(.., key)| key).collect()
}

/// As the answer has it.
fn name(params: &OrdersParams, key: Key, symbols: &Symbols) -> String {
    match (key, &params.by) {
        (Key::Period(start), By::Periods(periods)) => periods.label(start),
        (Key::Text(text), _) => symbols.text(text).to_owned(),
        (Key::Unpaid | Key::Period(_), _) => String::new(),
    }
}

fn row(
    params: &OrdersParams,
    code: &str,
    key: Key,
    sold: &Sold,
    firsts: &Firsts<'_>,
    symbols: &Symbols,
) -> OrdersRow {
    let name = name(params, key, symbols);
    let parts: &[&str] = if key == Key::Unpaid { &["unpaid", code] } else { &["rows", code, &name] };
    let period = match (&params.by, key) {
        (By::Periods(periods), Key::Period(start)) => Some(Window { from: start, to: periods.end_of(start) }),
        _ => None,
    };
    OrdersRow {
        currency: code.to_owned(),
        sold: Some(sold_of(parts, sold, firsts)),
        unpaid: key == Key::Unpaid,
        period_from: period.and_then(|period| moment(period.from)),
        period_to: period.and_then(|period| moment(period.to)),
        partial: period.is_some_and(|period| params.within(period) != period),
        key: name,
    }
}

fn figure(parts: &[&str], what: &str, count: u64) -> Option<v1::Figure> {
    let parts: Vec<&str> = parts.iter().copied().chain([what]).collect();
    Some(Figures::named(&parts, count))
}

/// `parts` are those that the names of its figures begin with: the second is the currency.
fn sold_of(parts: &[&str], sold: &Sold, firsts: &Firsts<'_>) -> v1::Sold {
    let code = parts.get(1).copied().unwrap_or_default();
    let customers = sold.customers(firsts);
    let mean =
        (sold.purchases > 0 && !code.is_empty()).then(|| as_f64(sold.net) / as_f64(sold.purchases.into()));
    v1::Sold {
        purchases: figure(parts, "purchases", sold.purchases),
        customers: figure(parts, "customers", customers.all),
        quantity: decimal(sold.quantity_milli),
        value: sum(sold.net, code),
        mean_value_minor_units: mean,
        new_customers: figure(parts, "new_customers", customers.new),
        repeat_purchases: figure(parts, "repeat_purchases", customers.repeat_purchases),
        without_customer: figure(parts, "without_customer", sold.without_customer),
        value_of_new: sum(sold.net_of_new, code),
        value_of_returning: sum(sold.net_of_returning, code),
        returning_share_of_value: ratio(sold.net_of_returning, sold.net_of_new + sold.net_of_returning)
            .filter(|_| !code.is_empty()),
        purchases_of_new: figure(parts, "purchases_of_new", customers.purchases_of_new),
        purchases_of_returning: figure(parts, "purchases_of_returning", customers.purchases_of_returning),
    }
}

fn total(code: &str, of: &Total, firsts: &Firsts<'_>) -> OrdersTotal {
    let parts = ["totals", code];
    let customers = of.sold.customers(firsts);
    let returning = customers.all - customers.new;
    OrdersTotal {
        currency: code.to_owned(),
        sold: Some(sold_of(&parts, &of.sold, firsts)),
        repeat_customers: figure(&parts, "repeat_customers", customers.repeated),
        repeat_rate: share(customers.repeated, customers.all),
        returning_customers: figure(&parts, "returning_customers", returning),
        returning_share: share(returning, customers.all),
        returns: figure(&parts, "returns", of.returns),
        returns_value: sum(of.returns_net, code),
        cancelled: figure(&parts, "cancelled", of.cancelled),
        cancelled_value: sum(of.cancelled_net, code),
    }
}

/// Absent without a currency.
fn sum(sum: i128, code: &str) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = narrow_or_wide((!code.is_empty()).then_some(sum));
    Some(v1::Sum { minor_units, minor_units_wide })
}

/// Thousandths in decimals: `12`, `-0.5`, `0.125`.
fn decimal(milli: i128) -> String {
    let (sign, milli) = (if milli < 0 { "-" } else { "" }, milli.unsigned_abs());
    let text = format!("{sign}{}.{:03}", milli / 1_000, milli % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn thousandths_are_decimals_without_zeros_behind_them() {
        let shown = [0, 12_000, -500, 125, 1_010, -12_345_678, 100_000].map(decimal);
        assert_eq!(shown, ["0", "12", "-0.5", "0.125", "1.01", "-12345.678", "100"]);
    }
}
