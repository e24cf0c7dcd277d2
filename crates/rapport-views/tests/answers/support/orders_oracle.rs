//! Orders counted again, from every event that happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::payload::Kind};

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
    pub request: v1::OrdersRequest,
}

prop_compose! {
    /// Payments that name an order, an invoice or both.
    fn payments()(id in 1..25_u64, of in 1..4_u8, method in prop::sample::select(vec!["card", "transfer", ""])) -> Kind {
        let named = |wanted: bool| if wanted { id.to_string() } else { String::new() };
        Kind::PaymentReceived(v1::PaymentReceived {
            amount: company::money(100, "EUR"),
            method: method.to_owned(),
            invoice_ids: if of & 1 == 1 { vec![named(true), "9".to_owned()] } else { Vec::new() },
            order_id: named(of & 2 == 2),
        })
    }
}

prop_compose! {
    fn requests()(
        by in 0..8_i32,
        every in 0..6_i32,
        (from, length) in (prop::option::of(0..24 * 400_i64), prop::option::weighted(0.3, 24 * 50..24 * 500_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR"]),
        purchases_from in 0..3_i32,
    ) -> v1::OrdersRequest {
        v1::OrdersRequest {
            by,
            every: if by > 1 { 0 } else { every },
            period_from: from.and_then(|from| proto(hours(from))),
            period_to: length.and_then(|length| proto(hours(from.unwrap_or(300) + length))),
            currency: currency.to_owned(),
            purchases_from,
            ..v1::OrdersRequest::default()
        }
    }
}

pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let orders = || prop_oneof![8 => company::orders(), 2 => company::order_changes(), 4 => payments(), 1 => company::invoices()];
    let invoices = prop_oneof![3 => company::invoices(), 1 => payments()];
    let companies = prop_oneof![4 => company::companies(orders(), 90), 1 => company::companies(invoices, 60)];
    (companies, requests()).prop_map(|(company, request)| World { company, request })
}

/// What an answer counts.
struct Ask<'a> {
    request: &'a v1::OrdersRequest,
    window: (Timestamp, Timestamp),
    from: From,
    /// Of orders that stand.
    standing: Vec<Part>,
    /// How an order, or an invoice, was paid.
    paid: BTreeMap<String, BTreeSet<String>>,
}

/// What a row is of: whether it is paid, and the text.
type Key = (bool, String);

fn label(every: i32, day: Date) -> String {
    let thursday = day + (3 - i64::from(day.weekday().to_monday_zero_offset())).days();
    match every {
        1 => format!("{day}"),
        2 => format!("{}-W{:02}", thursday.year(), (thursday.day_of_year() - 1) / 7 + 1),
        4 => format!("{}-Q{}", day.year(), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4][day.month() as usize - 1]),
        5 => format!("{}", day.year()),
        _ => format!("{}-{:02}", day.year(), day.month()),
    }
}

impl Ask<'_> {
    fn of(world: &World) -> (Ask<'_>, Vec<Part>) {
        let request = &world.request;
        let (from, all) = parts(&world.company, request.purchases_from);
        let window = window(&world.company, request.period_from.as_ref(), request.period_to.as_ref());
        let mut paid: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for one in world.company.happened() {
            let Kind::PaymentReceived(payment) = one.kind else { continue };
            let named = if from == From::Orders { vec![payment.order_id] } else { payment.invoice_ids };
            for id in named.into_iter().filter(|id| !id.is_empty()) {
                paid.entry(id).or_default().insert(payment.method.clone());
            }
        }
        let standing = all.iter().filter(|part| !part.is_cancelled).cloned().collect();
        (Ask { request, window, from, standing, paid }, all)
    }

    fn is_within(&self, part: &Part) -> bool {
        self.window.0 <= part.at && part.at < self.window.1
    }

    fn keys(&self, part: &Part) -> Vec<Key> {
        let text = match self.request.by {
            2 => &part.product,
            3 => &part.category,
            4 => &part.channel,
            5 => &part.staff,
            7 => &part.branch,
            6 => {
                let methods = self.paid.get(&part.id);
                let methods = methods.map(|of| of.iter().map(|one| (true, one.clone())).collect());
                return methods.unwrap_or_else(|| vec![(false, String::new())]);
            }
            _ => &label(self.request.every, zoned(part.at).date()),
        };
        vec![(true, text.clone())]
    }

    /// Whether the customer had bought before that, ever and in whatever currency.
    fn had_bought(&self, customer: &str, at: Timestamp) -> bool {
        self.standing.iter().any(|one| one.did == Did::Bought && one.customer == customer && one.at < at)
    }

    fn sold(&self, parts: &[&Part], currency: &str) -> v1::Sold {
        let bought: Vec<&&Part> = parts.iter().filter(|part| part.did == Did::Bought).collect();
        let ids: BTreeSet<&String> = bought.iter().map(|part| &part.id).collect();
        let nobodys: BTreeSet<&String> =
            bought.iter().filter(|part| part.customer.is_empty()).map(|part| &part.id).collect();
        let purchases = purchases(&bought);
        let (mut new, mut repeated) = (0, 0);
        // Purchases and value: of customers whose first purchase ever is among these, and of the others.
        let (mut times, mut charged) = ([0, 0], [0_i128, 0]);
        let named: BTreeSet<&str> = parts.iter().map(|part| part.customer.as_str()).collect();
        for customer in named.into_iter().filter(|name| !name.is_empty()) {
            let own = purchases.get(customer).map_or(&[][..], Vec::as_slice);
            let is_old = own.first().is_none_or(|(at, _)| self.had_bought(customer, *at));
            times[usize::from(is_old)] += own.len();
            let theirs = parts.iter().filter(|part| part.customer == customer);
            charged[usize::from(is_old)] += theirs.map(|part| i128::from(part.net)).sum::<i128>();
        }
        let money = |net: i128| {
            let (minor_units, minor_units_wide) = written(net, currency);
            Some(v1::Sum { minor_units, minor_units_wide })
        };
        let both = charged[0] + charged[1];
        for (customer, own) in &purchases {
            for (nth, (at, _)) in own.iter().enumerate() {
                let is_first = nth == 0 && !self.had_bought(customer, *at);
                if is_first { new += 1 } else { repeated += 1 }
            }
        }
        let net: i128 = parts.iter().map(|part| i128::from(part.net)).sum();
        let (minor_units, minor_units_wide) = written(net, currency);
        let milli: i64 = parts.iter().map(|part| part.milli).sum();
        v1::Sold {
            purchases: count(ids.len()),
            customers: count(purchases.len()),
            quantity: format!("{}", milli as f64 / 1_000.0),
            value: Some(v1::Sum { minor_units, minor_units_wide }),
            mean_value_minor_units: rate(1, ids.len())
                .filter(|_| !currency.is_empty())
                .map(|share| net as f64 * share),
            new_customers: count(new),
            repeat_purchases: count(repeated),
            without_customer: count(nobodys.len()),
            value_of_new: money(charged[0]),
            value_of_returning: money(charged[1]),
            returning_share_of_value: (both > 0 && !currency.is_empty())
                .then(|| charged[1] as f64 / both as f64),
            purchases_of_new: count(times[0]),
            purchases_of_returning: count(times[1]),
        }
    }

    fn total(&self, all: &[Part], currency: &str) -> v1::OrdersTotal {
        let own: Vec<&Part> =
            self.standing.iter().filter(|part| self.is_within(part) && part.currency == currency).collect();
        let bought: Vec<&&Part> = own.iter().filter(|part| part.did == Did::Bought).collect();
        let purchases = purchases(&bought);
        let several = purchases.values().filter(|own| own.len() > 1).count();
        let returning =
            purchases.iter().filter(|(customer, own)| self.had_bought(customer, own[0].0)).count();
        let sum = |parts: &[&&Part]| {
            let (minor_units, minor_units_wide) =
                written(parts.iter().map(|part| i128::from(part.net)).sum(), currency);
            Some(v1::Sum { minor_units, minor_units_wide })
        };
        let ids = |parts: &[&&Part]| parts.iter().map(|part| &part.id).collect::<BTreeSet<_>>().len();
        let back: Vec<&&Part> = own.iter().filter(|part| part.did == Did::Back).collect();
        let all: Vec<&Part> = all.iter().collect();
        let cancelled: Vec<&&Part> = all
            .iter()
            .filter(|part| part.is_cancelled && self.is_within(part) && part.currency == currency)
            .collect();
        let placed: Vec<&&Part> = cancelled.iter().copied().filter(|part| part.did == Did::Bought).collect();
        v1::OrdersTotal {
            currency: currency.to_owned(),
            sold: Some(self.sold(&own, currency)),
            repeat_customers: count(several),
            repeat_rate: rate(several, purchases.len()),
            returning_customers: count(returning),
            returning_share: rate(returning, purchases.len()),
            returns: count(ids(&back)),
            returns_value: sum(&back),
            cancelled: count(ids(&placed)),
            cancelled_value: sum(&cancelled),
        }
    }

    /// The periods that touch the window: label, first day, the day after the last.
    fn periods(&self) -> Vec<(String, Date, Date)> {
        let every = self.request.every;
        let last = Timestamp::from_micros(self.window.1.as_micros() - 1);
        let (mut day, mut periods) = (zoned(self.window.0).date(), Vec::<(String, Date, Date)>::new());
        while self.window.0 < self.window.1 && day <= zoned(last).date() {
            let name = label(every, day);
            if periods.last().is_none_or(|(known, ..)| *known != name) {
                let (mut first, mut after) = (day, day);
                while label(every, first - 1.day()) == name {
                    first -= 1.day();
                }
                while label(every, after) == name {
                    after += 1.day();
                }
                periods.push((name, first, after));
            }
            day += 1.day();
        }
        periods
    }

    fn rows(&self, currency: &str) -> Vec<v1::OrdersRow> {
        let own: Vec<&Part> =
            self.standing.iter().filter(|part| self.is_within(part) && part.currency == currency).collect();
        let of = |key: &Key| {
            let parts: Vec<&Part> =
                own.iter().copied().filter(|part| self.keys(part).contains(key)).collect();
            v1::OrdersRow {
                key: key.1.clone(),
                currency: currency.to_owned(),
                sold: Some(self.sold(&parts, currency)),
                unpaid: !key.0,
                ..v1::OrdersRow::default()
            }
        };
        if self.request.by <= 1 {
            let row = |(name, first, after): (String, Date, Date)| v1::OrdersRow {
                period_from: Some(time::to_proto(midnight(first))),
                period_to: Some(time::to_proto(midnight(after))),
                partial: midnight(first) < self.window.0 || midnight(after) > self.window.1,
                ..of(&(true, name))
            };
            return self.periods().into_iter().map(row).collect();
        }
        let keys: BTreeSet<Key> = own.iter().flat_map(|part| self.keys(part)).collect();
        let mut rows: Vec<v1::OrdersRow> = keys.iter().map(of).filter(is_any).collect();
        rows.sort_by_key(|row| {
            let sold = row.sold.as_ref().unwrap();
            let (value, n) =
                (sold.value.as_ref().unwrap().minor_units, sold.purchases.as_ref().unwrap().count);
            (std::cmp::Reverse(value.unwrap_or(n as i64)), row.key.clone(), row.unpaid)
        });
        rows
    }
}

/// The purchases of each customer, each under the id that it was recorded with, by when it was first bought.
fn purchases<'a>(bought: &[&&'a Part]) -> BTreeMap<&'a str, Vec<(Timestamp, u64)>> {
    let mut earliest: BTreeMap<(&str, &str, &str), (Timestamp, u64)> = BTreeMap::new();
    for part in bought.iter().filter(|part| !part.customer.is_empty()) {
        let when = (part.at, part.position);
        let known = earliest.entry((&part.customer, &part.id, &part.recorded)).or_insert(when);
        *known = when.min(*known);
    }
    let mut purchases: BTreeMap<&str, Vec<(Timestamp, u64)>> = BTreeMap::new();
    for ((customer, ..), when) in earliest {
        purchases.entry(customer).or_default().push(when);
    }
    purchases.values_mut().for_each(|own| own.sort_unstable());
    purchases
}

fn is_any(row: &v1::OrdersRow) -> bool {
    let sold = row.sold.as_ref().unwrap();
    let value = sold.value.as_ref().unwrap();
    sold.purchases.as_ref().unwrap().count > 0 || sold.quantity != "0" || value.minor_units.unwrap_or(0) != 0
}

pub(crate) fn answer(world: &World) -> v1::OrdersResponse {
    let (ask, all) = Ask::of(world);
    let mut response = v1::OrdersResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(v1::AsOf {
                occurred_until: proto(world.company.as_of.occurred_until),
                recorded_until: proto(world.company.as_of.recorded_until),
            }),
            ..v1::ViewMeta::default()
        }),
        purchases_from: ask.from as i32,
        period_from: proto(ask.window.0),
        period_to: proto(ask.window.1),
        ..v1::OrdersResponse::default()
    };
    for currency in ["EUR", "USD", ""] {
        if !world.request.currency.is_empty() && world.request.currency != currency {
            continue;
        }
        let total = ask.total(&all, currency);
        let sold = v1::OrdersRow { sold: total.sold.clone(), ..v1::OrdersRow::default() };
        if is_any(&sold) {
            response.rows.extend(ask.rows(currency));
        }
        let some = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count > 0;
        if is_any(&sold) || some(&total.returns) || some(&total.cancelled) {
            response.totals.push(total);
        }
    }
    response
}
