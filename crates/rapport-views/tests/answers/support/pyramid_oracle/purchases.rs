//! What is a purchase, and what it is worth.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::v1::{self, order_changed::Op, payload::Kind};

use super::super::company::Happened;

/// A part of a purchase, or of a change of one.
pub(super) struct Part<'a> {
    pub(super) customer: &'a str,
    /// Which purchase, under which id of the customer.
    pub(super) id: (String, &'a str),
    pub(super) currency: String,
    pub(super) at: Timestamp,
    pub(super) net: i128,
    pub(super) is_purchase: bool,
}

fn signed(lines: &[v1::Line], total: Option<&v1::Money>) -> Vec<(i128, String, bool)> {
    let priced = lines.iter().find_map(|line| line.net.clone());
    let by_total = lines.is_empty() || (priced.is_none() && total.is_some());
    let money = priced.or_else(|| total.filter(|_| by_total).cloned());
    let currency = money.map(|money| money.currency).unwrap_or_default();
    let mut all: Vec<_> = lines
        .iter()
        .map(|line| {
            let net = line.net.as_ref().map_or(0, |net| net.minor_units);
            (i128::from(net), currency.clone(), line.quantity.starts_with('-'))
        })
        .collect();
    if by_total {
        all.push((total.map_or(0, |total| total.minor_units).into(), currency, false));
    }
    all
}

pub(super) fn parts(happened: &[Happened], orders: bool, until: Timestamp) -> Vec<Part<'_>> {
    let past = || happened.iter().filter(move |one| one.at <= until);
    let cancelled: BTreeSet<&str> = past()
        .filter_map(|one| match &one.kind {
            Kind::OrderChanged(changed) if changed.op() == Op::Cancel => Some(changed.order_id.as_str()),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    for one in past() {
        let (id, said): (&str, Vec<(i128, String, bool)>) = match &one.kind {
            Kind::OrderPlaced(placed) if orders => {
                let said = signed(&placed.lines, placed.total.as_ref()).into_iter();
                (&placed.order_id, said.map(|(net, code, back)| (net, code, !back)).collect())
            }
            Kind::OrderChanged(changed)
                if orders && changed.op() != Op::Cancel && !changed.lines.is_empty() =>
            {
                let said = signed(&changed.lines, None).into_iter();
                (&changed.order_id, said.map(|(net, code, _)| (net, code, false)).collect())
            }
            Kind::InvoiceIssued(issued) if !orders => {
                let total = issued.total.as_ref().map(|total| v1::Money {
                    minor_units: total.minor_units - issued.tax.as_ref().map_or(0, |tax| tax.minor_units),
                    ..total.clone()
                });
                let said = signed(&issued.lines, total.as_ref()).into_iter();
                (&issued.invoice_id, said.map(|(net, code, _)| (net, code, issued.kind != 2)).collect())
            }
            _ => continue,
        };
        if orders && cancelled.contains(id) {
            continue;
        }
        parts.extend(said.into_iter().map(|(net, currency, is_purchase)| Part {
            customer: &one.customer,
            id: (id.to_owned(), &one.recorded_under),
            currency,
            at: one.at,
            net,
            is_purchase,
        }));
    }
    parts
}
