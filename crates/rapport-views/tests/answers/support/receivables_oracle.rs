//! Receivables computed again: what was paid is poured over what was invoiced, in running totals, without paying one invoice after
//! the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::model::Receivables;

use super::{
    checks::{self, ratio, sum},
    company::{Company, Happened, companies, hours, invoices, orders, payments, zone},
    exact::product_limit_median,
    funnel_oracle::count,
    proto,
};

type Place = (Timestamp, u64);

/// One invoice in one currency.
#[derive(Debug, Clone)]
struct Invoice {
    id: String,
    customer: String,
    issued: Place,
    due: Date,
    says_due: bool,
    total: i128,
    open: i128,
    paid: Timestamp,
}

/// What is paid out of, beside the invoices that payments name.
#[derive(Debug, Clone)]
struct Pot {
    customer: String,
    at: Place,
    amount: i128,
}

/// One currency at T.
#[derive(Debug, Default)]
struct Books {
    invoices: Vec<Invoice>,
    /// What was paid too much, by customer.
    credit: BTreeMap<String, i128>,
    nobodys: Vec<i128>,
    notes: Vec<Pot>,
}

fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date()
}

/// Invoices of a currency, and what else is paid out of: credit notes.
fn invoiced(happened: &[Happened], currency: &str) -> (Vec<Invoice>, Vec<Pot>) {
    let of_it = happened.iter().filter_map(|one| match &one.kind {
        Kind::InvoiceIssued(invoice) => {
            let total = invoice.total.as_ref().unwrap();
            (total.currency == currency).then(|| (one, invoice, i128::from(total.minor_units)))
        }
        _ => None,
    });
    let of_it: Vec<_> = of_it.collect();
    let mut notes: Vec<Pot> = of_it
        .iter()
        .filter(|(_, invoice, _)| invoice.kind == 2)
        .map(|(one, _, total)| Pot {
            customer: one.customer.clone(),
            at: (one.at, one.position),
            amount: total.abs(),
        })
        .collect();
    let issued: Vec<_> = of_it.iter().filter(|(_, invoice, _)| invoice.kind != 2).collect();
    let ids: BTreeSet<&String> = issued.iter().map(|(_, invoice, _)| &invoice.invoice_id).collect();
    let mut invoices = Vec::new();
    for id in ids {
        // In the order in which they happened.
        let own: Vec<_> = issued.iter().filter(|(_, invoice, _)| invoice.invoice_id == *id).collect();
        let named = own.iter().find(|(one, _, _)| !one.customer.is_empty());
        let said = own.iter().rev().find(|(_, invoice, _)| !invoice.due.is_empty());
        let first = own[0].0;
        let total: i128 = own.iter().map(|(_, _, total)| total).sum();
        let customer = named.map_or(String::new(), |(one, _, _)| one.customer.clone());
        if total < 0 {
            notes.push(Pot { customer, at: (first.at, first.position), amount: -total });
            continue;
        }
        invoices.push(Invoice {
            id: id.clone(),
            customer,
            issued: (first.at, first.position),
            due: said.map_or(day(first.at), |(_, invoice, _)| invoice.due.parse().unwrap()),
            says_due: said.is_some(),
            total,
            open: total,
            paid: first.at,
        });
    }
    invoices.sort_by_key(|one| (one.due, one.issued));
    (invoices, notes)
}

/// Pours pots, in their order, over invoices in theirs: what is left of the pots.
fn pour(pots: &[Pot], invoices: &mut [&mut Invoice]) -> i128 {
    let all: i128 = pots.iter().map(|pot| pot.amount).sum();
    let mut before = 0;
    for invoice in invoices.iter_mut() {
        let (begin, end) = (before, before + invoice.open);
        before = end;
        // The pots whose part of the running total lies over this invoice.
        let mut running = 0;
        for pot in pots {
            let (from, to) = (running, running + pot.amount);
            running = to;
            if from.max(begin) < to.min(end) {
                invoice.paid = invoice.paid.max(pot.at.0);
            }
        }
        invoice.open -= (all.min(end) - begin).max(0);
    }
    (all - before).max(0)
}

/// Whom a payment without a customer is of: the first invoice that it names, in its currency before the others.
fn payer(happened: &[Happened], own: &[Invoice], ids: &[String]) -> String {
    let others = ["EUR", "USD"].into_iter().flat_map(|currency| invoiced(happened, currency).0);
    let mut others: Vec<Invoice> = others.collect();
    others.sort_by_key(|one| (one.due, one.issued));
    let named = own.iter().chain(&others).filter(|one| ids.contains(&one.id) && !one.customer.is_empty());
    named.map(|one| one.customer.clone()).next().unwrap_or_default()
}

fn books(happened: &[Happened], currency: &str) -> Books {
    let (invoices, notes) = invoiced(happened, currency);
    let mut books = Books { invoices, notes: notes.clone(), ..Books::default() };
    let mut paid: Vec<(Pot, Vec<String>)> = notes.into_iter().map(|note| (note, Vec::new())).collect();
    let mut back = Vec::new();
    for one in happened {
        let Kind::PaymentReceived(payment) = &one.kind else { continue };
        let amount = payment.amount.as_ref().unwrap();
        if amount.currency != currency {
            continue;
        }
        let mut customer = one.customer.clone();
        if customer.is_empty() {
            customer = payer(happened, &books.invoices, &payment.invoice_ids);
        }
        let pot = Pot { customer, at: (one.at, one.position), amount: amount.minor_units.into() };
        let into = if pot.amount < 0 { &mut back } else { &mut paid };
        into.push((pot, payment.invoice_ids.clone()));
    }
    paid.sort_by_key(|(pot, _)| pot.at);
    for (pot, names) in &back {
        // The end of what was paid is paid back: the payments to the same invoices are that end, before all others.
        let is_same = |of: &[String]| of.iter().any(|id| names.contains(id));
        let own = |(one, of): &(Pot, Vec<String>)| {
            one.customer == pot.customer && (is_same(of) || !pot.customer.is_empty())
        };
        let mut end: Vec<&mut (Pot, Vec<String>)> = paid.iter_mut().filter(|one| own(one)).collect();
        end.sort_by_key(|(one, of)| (is_same(of), one.at));
        let all: i128 = end.iter().map(|(one, _)| one.amount).sum();
        let mut room = (all + pot.amount).max(0);
        for (one, _) in end {
            one.amount = one.amount.min(room);
            room -= one.amount;
        }
        let beyond = (all + pot.amount).min(0);
        if beyond < 0 && pot.customer.is_empty() {
            books.nobodys.push(beyond);
        } else if beyond < 0 {
            *books.credit.entry(pot.customer.clone()).or_default() += beyond;
        }
    }
    let (named, pots): (Vec<_>, Vec<_>) = paid.into_iter().partition(|(_, names)| !names.is_empty());
    for (pot, names) in named {
        let mut of: Vec<_> = books.invoices.iter_mut().filter(|one| names.contains(&one.id)).collect();
        let rest = pour(std::slice::from_ref(&pot), &mut of);
        if rest > 0 && pot.customer.is_empty() {
            books.nobodys.push(rest);
        } else if rest > 0 {
            *books.credit.entry(pot.customer).or_default() += rest;
        }
    }
    let customers: BTreeSet<String> = pots.iter().map(|(pot, _)| pot.customer.clone()).collect();
    for customer in customers {
        let own: Vec<_> =
            pots.iter().filter(|(pot, _)| pot.customer == customer).map(|(pot, _)| pot.clone()).collect();
        if customer.is_empty() {
            books.nobodys.extend(own.iter().map(|pot| pot.amount));
            continue;
        }
        let mut open: Vec<_> = books.invoices.iter_mut().filter(|one| one.customer == customer).collect();
        let rest = pour(&own, &mut open);
        *books.credit.entry(customer).or_default() += rest;
    }
    books
}

const AGES: [&str; 5] = ["not_due", "1-30", "31-60", "61-90", "more"];

fn days_past(invoice: &Invoice, today: Date) -> i64 {
    let (mut due, mut days) = (invoice.due, 0);
    if due > today {
        return 0;
    }
    while due < today {
        due = due.tomorrow().unwrap();
        days += 1;
    }
    days
}

fn age(invoice: &Invoice, today: Date) -> usize {
    [0, 30, 60, 90].iter().filter(|end| days_past(invoice, today) > **end).count()
}

fn open_of(invoices: &[&Invoice]) -> i128 {
    invoices.iter().map(|one| one.open).sum()
}

fn total(
    books: &Books,
    currency: &str,
    until: Timestamp,
    (from, to): (Timestamp, Timestamp),
) -> v1::ReceivablesTotal {
    let today = day(until);
    let theirs: Vec<_> = books.invoices.iter().filter(|one| !one.customer.is_empty()).collect();
    let open: Vec<_> = theirs.iter().copied().filter(|one| one.open > 0).collect();
    let overdue: Vec<_> = open.iter().copied().filter(|one| days_past(one, today) > 0).collect();
    let receivable = open_of(&open);
    let nobodys: Vec<_> =
        books.invoices.iter().filter(|one| one.customer.is_empty() && one.open > 0).collect();
    let within = |at: Timestamp| from <= at && at < to;
    let issued: Vec<_> = theirs.iter().copied().filter(|one| within(one.issued.0)).collect();
    let notes = books.notes.iter().filter(|note| within(note.at.0) && !note.customer.is_empty());
    let invoiced: i128 =
        issued.iter().map(|one| one.total).sum::<i128>() - notes.map(|note| note.amount).sum::<i128>();
    let stays: Vec<_> = issued
        .iter()
        .map(|one| {
            let end = if one.open == 0 { one.paid } else { until };
            (end.as_micros() - one.issued.0.as_micros(), one.open == 0)
        })
        .collect();
    let days = (to.as_micros() - from.as_micros()) as f64 / super::DAY as f64;
    let band = |(nth, name): (usize, &str)| {
        let own: Vec<_> = open.iter().copied().filter(|one| age(one, today) == nth).collect();
        v1::AgeBand {
            days: name.to_owned(),
            invoices: count(own.len()),
            open: sum(open_of(&own)),
            share: ratio(open_of(&own), receivable),
        }
    };
    let debtors: BTreeSet<_> = open.iter().map(|one| &one.customer).collect();
    let credits: Vec<_> = books.credit.values().filter(|credit| **credit > 0).collect();
    v1::ReceivablesTotal {
        currency: currency.to_owned(),
        open: count(open.len()),
        receivable: sum(receivable),
        overdue: count(overdue.len()),
        overdue_sum: sum(open_of(&overdue)),
        share_overdue: ratio(open_of(&overdue), receivable),
        ages: AGES.into_iter().enumerate().map(band).collect(),
        debtors: count(debtors.len()),
        without_due: count(open.iter().filter(|one| !one.says_due).count()),
        in_credit: count(credits.len()),
        credit: sum(credits.into_iter().sum()),
        invoiced: sum(invoiced),
        days_outstanding: ratio(receivable, invoiced).map(|ratio| ratio * days),
        paid: count(issued.iter().filter(|one| one.open == 0).count()),
        unpaid: count(issued.iter().filter(|one| one.open > 0).count()),
        median_to_payment: product_limit_median(&stays).map(time::duration_to_proto),
        invoices_left_out: count(nobodys.len()),
        receivable_left_out: sum(open_of(&nobodys)),
        payments_left_out: count(books.nobodys.len()),
        paid_left_out: sum(books.nobodys.iter().sum()),
    }
}

fn rows(books: &Books, currency: &str, today: Date) -> Vec<v1::Debtor> {
    let names: BTreeSet<_> =
        books.invoices.iter().map(|one| &one.customer).chain(books.credit.keys()).collect();
    let row = |name: &String| {
        let open: Vec<_> =
            books.invoices.iter().filter(|one| one.customer == *name && one.open > 0).collect();
        let credit = books.credit.get(name).copied().unwrap_or(0);
        let of_age =
            |nth| -> i128 { open.iter().filter(|one| age(one, today) == nth).map(|one| one.open).sum() };
        let days = open.iter().map(|one| days_past(one, today)).max().unwrap_or(0);
        let row = v1::Debtor {
            object: format!("party:{name}"),
            currency: currency.to_owned(),
            open: count(open.len()),
            receivable: sum(open_of(&open)),
            overdue: sum((1..5).map(of_age).sum()),
            ages: (0..5).filter_map(|nth| sum(of_age(nth))).collect(),
            days_overdue: (days > 0).then_some(days as u32),
            credit: sum(credit),
        };
        (!name.is_empty() && (!open.is_empty() || credit != 0)).then(|| (open_of(&open), row))
    };
    let mut rows: Vec<_> = names.into_iter().filter_map(row).collect();
    rows.sort_by(|(a, one), (b, other)| b.cmp(a).then(one.object.cmp(&other.object)));
    rows.into_iter().map(|(_, row)| row).collect()
}

pub(crate) fn answer(company: &Company, request: &v1::ReceivablesRequest) -> v1::ReceivablesResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let until = company.as_of.occurred_until;
    let mut response = v1::ReceivablesResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        ..v1::ReceivablesResponse::default()
    };
    for currency in ["EUR", "USD"] {
        let books = books(&happened, currency);
        let is_any = !books.invoices.is_empty() || !books.credit.is_empty() || !books.nobodys.is_empty();
        if is_any && (request.currency.is_empty() || request.currency == currency) {
            response.totals.push(total(&books, currency, until, window));
            response.rows.extend(rows(&books, currency, day(until)));
        }
    }
    response
}

/// Some payments pay back.
fn some_back(mut kind: Kind) -> Kind {
    if let Kind::PaymentReceived(payment) = &mut kind
        && let Some(amount) = &mut payment.amount
        && amount.minor_units % 8 == 0
    {
        amount.minor_units = -amount.minor_units / 2;
    }
    kind
}

/// Companies that charge, and are paid.
pub(crate) fn owed() -> impl Strategy<Value = Company> {
    let paid = prop_oneof![1 => orders(), 6 => invoices(), 5 => payments().prop_map(some_back)];
    let unpaid = prop_oneof![4 => invoices(), 1 => payments()];
    prop_oneof![5 => companies(paid, 60).boxed(), 1 => companies(unpaid, 40).boxed()]
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        currency in prop::sample::select(vec!["", "", "", "EUR", "CHF"]),
    ) -> v1::ReceivablesRequest {
        v1::ReceivablesRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            currency: currency.to_owned(),
            ..v1::ReceivablesRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ReceivablesRequest) -> v1::ReceivablesResponse {
    company.ask::<Receivables>(request, None, 0).unwrap().response
}
