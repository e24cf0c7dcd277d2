//! Prices computed again: each row asks every line whether it is of it.

use std::{cmp::Reverse, collections::BTreeSet};

use proptest::prelude::*;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::model::{Classes, Prices};

use super::{
    bought::{Bought, bought, whole},
    checks::{self, ratio, sum},
    company::{
        BEFORE, Company, Happened, Told, companies, concessions, definition, hours, invoices, offers,
        order_changes, orders, zone,
    },
    funnel_oracle::count,
    proto,
};

/// The lines that are compared: of purchases, or of the last version of each offer.
fn lines(happened: &[Happened], request: &v1::PricesRequest) -> (i32, Vec<Bought>) {
    let (from, mut lines) = bought(happened, request.purchases_from);
    if request.of != 2 {
        lines.retain(|line| line.is_purchase);
        return (from, lines);
    }
    let offers = || {
        happened.iter().filter_map(|one| match &one.kind {
            Kind::OfferIssued(offer) => Some((one, offer)),
            _ => None,
        })
    };
    let is_last = |(one, offer): &(&Happened, &v1::OfferIssued)| {
        let later = |(other, of): (&Happened, &v1::OfferIssued)| {
            of.offer_id == offer.offer_id
                && (of.version, other.at, other.position) > (offer.version, one.at, one.position)
        };
        !offers().any(later)
    };
    let lines = offers().filter(is_last);
    (
        from,
        lines
            .flat_map(|(one, offer)| whole(one, &offer.offer_id, &offer.lines, offer.total.as_ref()))
            .collect(),
    )
}

/// Of some lines.
fn realisation<'a>(lines: impl Iterator<Item = &'a Bought> + Clone) -> Option<v1::Realisation> {
    let with_list = lines.clone().filter(|line| line.list.is_some());
    let list: i128 = with_list.clone().map(|line| line.list.unwrap()).sum();
    let net: i128 = with_list.clone().map(|line| line.net).sum();
    let (all, with_list) = (lines.count(), with_list.count());
    Some(v1::Realisation {
        lines: count(all),
        with_list: count(with_list),
        share_with_list: ratio(with_list as i128, all as i128),
        list: sum(list),
        net: sum(net),
        discount: sum(list - net),
        realisation: ratio(net, list),
        depth: ratio(list - net, list),
    })
}

/// In percent of the list price.
fn band(line: &Bought) -> Option<&'static str> {
    let list = line.list?;
    if line.net > list {
        return Some("above");
    }
    if line.net == list {
        return Some("none");
    }
    let within = |percent: i128| list * (100 - percent) <= line.net * 100;
    let named =
        [(5, "5"), (10, "10"), (20, "20"), (30, "30")].into_iter().find(|(percent, _)| within(*percent));
    Some(named.filter(|_| list > 0).map_or("more", |(_, name)| name))
}

fn bands(lines: &[&Bought]) -> Vec<v1::DiscountBand> {
    let priced = lines.iter().filter(|line| line.list.is_some()).count();
    let band_of = |name: &str| {
        let own: Vec<_> = lines.iter().filter(|line| band(line) == Some(name)).collect();
        v1::DiscountBand {
            band: name.to_owned(),
            lines: count(own.len()),
            share: ratio(own.len() as i128, priced as i128),
            discount: sum(own.iter().map(|line| line.list.unwrap() - line.net).sum()),
        }
    };
    let all = ["above", "none", "5", "10", "20", "30", "more"].map(band_of);
    if priced == 0 { Vec::new() } else { all.to_vec() }
}

/// By class of the customer and approver: every concession is asked for both.
fn conceded_by_class(
    company: &Company,
    request: &v1::PricesRequest,
    happened: &[&Happened],
    currency: &str,
) -> Vec<v1::ConcessionGroup> {
    let granted: Vec<(String, &v1::ConcessionGranted)> = happened
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::ConcessionGranted(granted) => Some((one, granted)),
            _ => None,
        })
        .filter(|(_, granted)| granted.value.as_ref().map_or("", |value| &value.currency) == currency)
        .map(|(one, granted)| (class(company, request, &one.customer, currency), granted))
        .collect();
    let approvers: BTreeSet<&str> = granted.iter().map(|(_, granted)| granted.approver.as_str()).collect();
    let mut groups = Vec::new();
    for wanted in ["A", "B", "C", ""] {
        let of = |approver: &&str| {
            let own = || granted.iter().filter(|(class, one)| class == wanted && one.approver == *approver);
            let worth =
                |granted: &v1::ConcessionGranted| granted.value.as_ref().map_or(0, |it| it.minor_units);
            let value: i128 = own().map(|(_, one)| i128::from(worth(one))).sum();
            (Reverse(value), Reverse(own().count()), approver.to_string())
        };
        let mut rows: Vec<_> = approvers.iter().map(of).filter(|(_, n, _)| n.0 > 0).collect();
        rows.sort();
        groups.extend(rows.into_iter().map(|(value, n, approver)| v1::ConcessionGroup {
            by: "class".to_owned(),
            key: wanted.to_owned(),
            concessions: count(n.0),
            value: if currency.is_empty() { None } else { sum(value.0) },
            approver,
        }));
    }
    groups
}

fn conceded(happened: &[&Happened], currency: &str) -> Vec<v1::ConcessionGroup> {
    let granted: Vec<_> = happened
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::ConcessionGranted(granted) => Some(granted),
            _ => None,
        })
        .filter(|granted| granted.value.as_ref().map_or("", |value| &value.currency) == currency)
        .collect();
    let mut groups = Vec::new();
    for by in ["kind", "approver"] {
        let key = |granted: &v1::ConcessionGranted| {
            if by == "approver" {
                return granted.approver.clone();
            }
            ["", "discount", "terms", "service"][granted.kind as usize].to_owned()
        };
        // By words in the order of their declaration is not asked for: by value, then count, then key.
        let keys: BTreeSet<_> = granted.iter().map(|one| key(one)).collect();
        let mut of_it: Vec<_> = keys
            .into_iter()
            .map(|name| {
                let own: Vec<_> = granted.iter().filter(|one| key(one) == name).collect();
                let value: i128 = own
                    .iter()
                    .filter_map(|one| one.value.as_ref())
                    .map(|value| i128::from(value.minor_units))
                    .sum();
                (Reverse(value), Reverse(own.len()), name)
            })
            .collect();
        of_it.sort();
        groups.extend(of_it.into_iter().map(|(value, n, key)| v1::ConcessionGroup {
            by: by.to_owned(),
            key,
            concessions: count(n.0),
            value: if currency.is_empty() { None } else { sum(value.0) },
            approver: String::new(),
        }));
    }
    groups
}

/// The class of each customer, by the model of classes, which has an oracle of its own.
fn class(company: &Company, request: &v1::PricesRequest, customer: &str, currency: &str) -> String {
    let request = v1::ClassesRequest {
        period_from: request.period_from,
        period_to: request.period_to,
        purchases_from: request.purchases_from,
        measures: vec![1],
        ..v1::ClassesRequest::default()
    };
    let answer = company.ask::<Classes>(&request, None, 0).unwrap().response;
    let own = |row: &&v1::ClassRow| row.object == format!("party:{customer}") && row.currency == currency;
    answer.rows.iter().find(own).map_or(String::new(), |row| row.abc.clone())
}

pub(crate) fn answer(company: &Company, request: &v1::PricesRequest) -> v1::PricesResponse {
    let happened = company.happened();
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let (source, mut lines) = lines(&happened, request);
    lines.retain(|line| from <= line.at && line.at < to);
    let within: Vec<_> = happened.iter().filter(|one| from <= one.at && one.at < to).collect();
    let mut meta = checks::meta(company);
    if request.by == 4 && happened.iter().any(|one| matches!(one.kind, Kind::DefinitionPublished(_))) {
        let (kind, code) = ("abc".to_owned(), "customer".to_owned());
        meta.definitions = vec![v1::DefinitionUse { kind, code, version: 3 }];
    }
    let mut response = v1::PricesResponse {
        meta: Some(meta),
        period_from: proto(from),
        period_to: proto(to),
        purchases_from: source,
        ..v1::PricesResponse::default()
    };
    for currency in ["EUR", "USD", ""] {
        if !request.currency.is_empty() && request.currency != currency {
            continue;
        }
        let own: Vec<&Bought> = lines.iter().filter(|line| line.currency == currency).collect();
        let mut concessions = conceded(&within, currency);
        if request.by == 4 {
            concessions.extend(conceded_by_class(company, request, &within, currency));
        }
        if own.is_empty() && concessions.is_empty() {
            continue;
        }
        response.totals.push(v1::PriceTotal {
            currency: currency.to_owned(),
            all: realisation(own.iter().copied()),
            bands: bands(&own),
            concessions,
        });
        let key = |line: &Bought| match request.by {
            2 => line.category.clone(),
            3 => line.staff.clone(),
            6 => line.branch.clone(),
            4 => class(company, request, &line.customer, currency),
            5 => {
                let at = jiff::Timestamp::from_microsecond(line.at.as_micros()).unwrap();
                let local = at.to_zoned(zone());
                format!("{:04}-{:02}", local.year(), local.month())
            }
            _ => line.product.clone(),
        };
        let keyed: Vec<_> = own.iter().map(|line| (key(line), *line)).collect();
        let keys: BTreeSet<&String> = keyed.iter().map(|(key, _)| key).collect();
        let mut rows: Vec<_> = keys
            .into_iter()
            .map(|key| {
                let of = keyed.iter().filter(move |(other, _)| other == key).map(|(_, line)| *line);
                let of_list = of.clone().filter(|line| line.list.is_some());
                let discount: i128 = of_list.map(|line| line.list.unwrap() - line.net).sum();
                (
                    discount,
                    v1::PriceRow { currency: currency.to_owned(), key: key.clone(), of: realisation(of) },
                )
            })
            .collect();
        match request.by {
            4 => rows.sort_by_key(|(_, row)| row.key.is_empty()),
            5 => {}
            _ => rows.sort_by_key(|(discount, _)| Reverse(*discount)),
        }
        response.rows.extend(rows.into_iter().map(|(_, row)| row));
    }
    response
}

/// Some prices are exactly those of the list, or above them, or on the border of a band.
fn with_borders(mut kind: Kind) -> Kind {
    let lines = match &mut kind {
        Kind::OrderPlaced(order) => &mut order.lines,
        Kind::InvoiceIssued(invoice) => &mut invoice.lines,
        Kind::OfferIssued(offer) => &mut offer.lines,
        _ => return kind,
    };
    for line in lines {
        let (Some(list), Some(net)) = (&mut line.list, &mut line.net) else { continue };
        match (list.minor_units - net.minor_units) % 5 {
            0 => list.minor_units = net.minor_units,
            1 => list.minor_units = net.minor_units - 10,
            2 => {
                list.minor_units = 1_000;
                net.minor_units = [950, 900, 800, 700, 949][net.minor_units.unsigned_abs() as usize % 5];
            }
            _ => {}
        }
    }
    kind
}

/// Companies, some with a definition of ABC.
pub(crate) fn priced() -> impl Strategy<Value = Company> {
    let all =
        prop_oneof![4 => orders(), 1 => order_changes(), 2 => invoices(), 3 => offers(), 3 => concessions()];
    let invoiced = prop_oneof![3 => invoices(), 1 => concessions()];
    let companies = prop_oneof![5 => companies(all.prop_map(with_borders), 70).boxed(), 1 => companies(invoiced, 40).boxed()];
    (companies, prop::bool::weighted(0.3)).prop_map(|(mut company, is_defined)| {
        if is_defined {
            let kind = definition("abc", "customer", 3, r#"{"a": 40, "b": 70}"#);
            company.told.push(Told { recorded_day: BEFORE, ..Told::at(BEFORE, 0, kind) });
        }
        company
    })
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR", "CHF"]),
        purchases_from in prop::sample::select(vec![0, 0, 0, 1, 2]),
        (of, by) in (0..=2_i32, 0..=6_i32),
    ) -> v1::PricesRequest {
        v1::PricesRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            currency: currency.to_owned(),
            purchases_from,
            of,
            by,
            ..v1::PricesRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::PricesRequest) -> v1::PricesResponse {
    company.ask::<Prices>(request, None, 0).unwrap().response
}
