//! What was bought: each part of an order or an invoice that counts.

use rapport_model::{Decimal, Timestamp};
use rapport_proto::v1::{self, payload::Kind};

use crate::support::company::{Company, Happened};

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub customer: String,
    pub id: String,
    pub at: Timestamp,
    pub currency: String,
    pub net: i64,
    pub is_purchase: bool,
}

/// 1 for orders, 2 for invoices.
pub(crate) fn source(company: &Company, request: &v1::RetentionRequest) -> i32 {
    let happened = company.happened();
    let is_order = |one: &Happened| match &one.kind {
        Kind::OrderPlaced(_) => true,
        Kind::OrderChanged(changed) => changed.op == 1 || !changed.lines.is_empty(),
        _ => false,
    };
    match request.purchases_from {
        0 if happened.iter().any(is_order) => 1,
        0 if happened.iter().any(|one| matches!(one.kind, Kind::InvoiceIssued(_))) => 2,
        0 => 1,
        asked => asked,
    }
}

/// All that count until T, of the currency that is asked for.
pub(crate) fn parts(company: &Company, request: &v1::RetentionRequest) -> Vec<Part> {
    let (happened, orders) = (company.happened(), source(company, request) == 1);
    let cancelled = |id: &str| {
        let is =
            |one: &Happened| matches!(&one.kind, Kind::OrderChanged(of) if of.op == 1 && of.order_id == id);
        happened.iter().any(is)
    };
    let mut parts = Vec::new();
    for one in &happened {
        let (id, said) = match &one.kind {
            Kind::OrderPlaced(of) if orders && !cancelled(&of.order_id) => {
                let said = whole(
                    &of.lines,
                    of.total.as_ref().map(|total| (total.minor_units, total.currency.clone())),
                );
                (&of.order_id, said)
            }
            Kind::OrderChanged(of) if orders && of.op != 1 && !cancelled(&of.order_id) => (
                &of.order_id,
                lines(&of.lines).into_iter().map(|said| Said { is_purchase: false, ..said }).collect(),
            ),
            Kind::InvoiceIssued(of) if !orders => {
                let tax = of.tax.as_ref().map_or(0, |tax| tax.minor_units);
                let total = of.total.as_ref().map(|total| (total.minor_units - tax, total.currency.clone()));
                let is_purchase = of.kind != 2;
                (
                    &of.invoice_id,
                    whole(&of.lines, total).into_iter().map(|said| Said { is_purchase, ..said }).collect(),
                )
            }
            _ => continue,
        };
        parts.extend(said.into_iter().map(|said| Part {
            customer: one.customer.clone(),
            id: id.clone(),
            at: one.at,
            currency: said.currency,
            net: said.net,
            is_purchase: said.is_purchase,
        }));
    }
    parts.retain(|part| request.currency.is_empty() || part.currency == request.currency);
    parts
}

struct Said {
    currency: String,
    net: i64,
    is_purchase: bool,
}

fn lines(lines: &[v1::Line]) -> Vec<Said> {
    let currency = lines.iter().find_map(|line| line.net.as_ref()).map_or("", |net| &net.currency);
    let said = |line: &v1::Line| {
        let quantity: Decimal = line.quantity.parse().unwrap();
        let net = line.net.as_ref().map_or(0, |net| net.minor_units);
        Said { currency: currency.to_owned(), net, is_purchase: quantity.units >= 0 }
    };
    lines.iter().map(said).collect()
}

/// The lines, and the total where they say no amount.
fn whole(wire: &[v1::Line], total: Option<(i64, String)>) -> Vec<Said> {
    let mut said = lines(wire);
    if said.is_empty() || (wire.iter().all(|line| line.net.is_none()) && total.is_some()) {
        let (net, currency) = total.unwrap_or_default();
        said.iter_mut().for_each(|said| said.currency.clone_from(&currency));
        said.push(Said { currency, net, is_purchase: true });
    }
    said
}
