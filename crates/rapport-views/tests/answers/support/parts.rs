//! What a company's customers bought, read from the events that happened: for the oracles.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::payload::Kind};

use super::company::{Company, Happened, zone};

/// What a part of an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Did {
    Bought,
    Back,
    Changed,
}

/// A part of an event: a line, or what stands in for lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub at: Timestamp,
    pub position: u64,
    pub id: String,
    /// Merges resolved; empty for nobody.
    pub customer: String,
    pub recorded: String,
    pub product: String,
    pub category: String,
    pub channel: String,
    pub staff: String,
    pub branch: String,
    pub currency: String,
    pub net: i64,
    pub milli: i64,
    pub did: Did,
    /// The order was cancelled by T.
    pub is_cancelled: bool,
}

/// What is taken as purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Orders = 1,
    Invoices = 2,
}

fn milli(quantity: &str) -> i64 {
    (quantity.parse::<f64>().unwrap() * 1_000.0) as i64
}

fn parts_of(happened: &Happened, id: &str, lines: &[v1::Line], total: Option<&v1::Money>) -> Vec<Part> {
    let priced = lines.iter().find_map(|line| line.net.clone());
    let by_total = if priced.is_none() { total } else { None };
    let currency = priced.as_ref().or(by_total).map_or("", |money| &money.currency);
    let part = |line: Option<&v1::Line>, net: i64| Part {
        at: happened.at,
        position: happened.position,
        id: id.to_owned(),
        customer: happened.customer.clone(),
        recorded: happened.recorded_under.clone(),
        product: line.map_or("", |line| &line.product).to_owned(),
        category: line.map_or("", |line| &line.category).to_owned(),
        channel: happened.channel.to_owned(),
        staff: happened.actor.to_owned(),
        branch: happened.branch.to_owned(),
        currency: currency.to_owned(),
        net,
        milli: line.map_or(0, |line| milli(&line.quantity)),
        did: Did::Bought,
        is_cancelled: false,
    };
    let net = |line: &v1::Line| line.net.as_ref().map_or(0, |net| net.minor_units);
    let mut parts: Vec<Part> = lines.iter().map(|line| part(Some(line), net(line))).collect();
    parts.extend(by_total.map(|total| part(None, total.minor_units)));
    parts
}

/// All parts of orders, those that were cancelled by T too.
fn of_orders(happened: &[Happened]) -> Vec<Part> {
    let mut parts = Vec::new();
    for one in happened {
        match &one.kind {
            Kind::OrderPlaced(placed) => {
                let mut own = parts_of(one, &placed.order_id, &placed.lines, placed.total.as_ref());
                if own.is_empty() {
                    let whole = [v1::Line { quantity: "0".into(), ..v1::Line::default() }];
                    own = parts_of(one, &placed.order_id, &whole, None);
                }
                own.iter_mut().filter(|part| part.milli < 0).for_each(|part| part.did = Did::Back);
                parts.extend(own);
            }
            Kind::OrderChanged(changed) if changed.op != 1 => {
                let did = if changed.op == 2 { Did::Back } else { Did::Changed };
                let own = parts_of(one, &changed.order_id, &changed.lines, None);
                parts.extend(own.into_iter().map(|part| Part { did, ..part }));
            }
            _ => {}
        }
    }
    let cancelled = cancelled(happened);
    parts.iter_mut().for_each(|part| part.is_cancelled = cancelled.contains(&part.id));
    parts
}

fn cancelled(happened: &[Happened]) -> BTreeSet<String> {
    let cancels = |one: &Happened| match &one.kind {
        Kind::OrderChanged(changed) if changed.op == 1 => Some(changed.order_id.clone()),
        _ => None,
    };
    happened.iter().filter_map(cancels).collect()
}

fn of_invoices(happened: &[Happened]) -> Vec<Part> {
    let mut parts = Vec::new();
    for one in happened {
        let Kind::InvoiceIssued(issued) = &one.kind else { continue };
        let total = issued.total.clone().unwrap();
        let tax = issued.tax.as_ref().map_or(0, |tax| tax.minor_units);
        let total = v1::Money { minor_units: total.minor_units - tax, ..total };
        let did = if issued.kind == 2 { Did::Back } else { Did::Bought };
        let own = parts_of(one, &issued.invoice_id, &issued.lines, Some(&total));
        parts.extend(own.into_iter().map(|part| Part { did, ..part }));
    }
    parts
}

/// All parts until T, and where they are from.
pub(crate) fn parts(company: &Company, purchases_from: i32) -> (From, Vec<Part>) {
    let happened = company.happened();
    let (orders, invoices) = (of_orders(&happened), of_invoices(&happened));
    let has_orders = !orders.is_empty() || !cancelled(&happened).is_empty();
    let by_invoices = match purchases_from {
        1 => false,
        2 => true,
        _ => !has_orders && !invoices.is_empty(),
    };
    if by_invoices { (From::Invoices, invoices) } else { (From::Orders, orders) }
}

pub(crate) fn zoned(moment: Timestamp) -> jiff::Zoned {
    jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone())
}

pub(crate) fn midnight(day: Date) -> Timestamp {
    day.to_zoned(zone()).unwrap().timestamp().into()
}

/// The window of a request, which ends at T, inclusive, and begins a year before its end.
pub(crate) fn window(
    company: &Company,
    from: Option<&prost_types::Timestamp>,
    to: Option<&prost_types::Timestamp>,
) -> (Timestamp, Timestamp) {
    let given =
        |moment: Option<&prost_types::Timestamp>| moment.map(|moment| time::from_proto(moment).unwrap());
    let end = Timestamp::from_micros(company.as_of.occurred_until.as_micros() + 1);
    let to = given(to).map_or(end, |to| to.min(end));
    let year_before = |moment| Timestamp::from(zoned(moment).checked_sub(1.year()).unwrap().timestamp());
    (given(from).unwrap_or_else(|| year_before(to)).min(to), to)
}
