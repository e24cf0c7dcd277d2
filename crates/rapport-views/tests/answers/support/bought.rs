//! What was bought, offered and invoiced, read line by line from what happened.

use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};

use super::company::Happened;

/// One line of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bought {
    pub position: u64,
    pub at: Timestamp,
    /// Empty for nobody.
    pub customer: String,
    /// Of the order or invoice.
    pub id: String,
    pub currency: String,
    pub product: String,
    pub category: String,
    pub net: i128,
    pub list: Option<i128>,
    pub staff: String,
    pub branch: String,
    /// Whether it makes its order or invoice a purchase.
    pub is_purchase: bool,
}

/// Lines of purchases that were not cancelled, of orders (1) or invoices (2); where it is not said, of orders if there are any.
pub(crate) fn bought(happened: &[Happened], from: i32) -> (i32, Vec<Bought>) {
    // An order that changes nothing is no line.
    let is_order = |one: &&Happened| match &one.kind {
        Kind::OrderPlaced(_) => true,
        Kind::OrderChanged(change) => change.op == 1 || !change.lines.is_empty(),
        _ => false,
    };
    let is_invoice = |one: &Happened| matches!(one.kind, Kind::InvoiceIssued(_));
    let from = match from {
        0 if happened.iter().any(|one| is_order(&one)) => 1,
        0 if happened.iter().any(is_invoice) => 2,
        0 => 1,
        said => said,
    };
    let lines = happened.iter().flat_map(|one| if from == 1 { ordered(one) } else { invoiced(one) });
    let is_cancelled = |id: &str| {
        from == 1
            && happened.iter().any(
                |one| matches!(&one.kind, Kind::OrderChanged(change) if change.op == 1 && change.order_id == id),
            )
    };
    (from, lines.filter(|line| !is_cancelled(&line.id)).collect())
}

fn ordered(one: &Happened) -> Vec<Bought> {
    match &one.kind {
        Kind::OrderPlaced(order) => {
            let mut lines = whole(one, &order.order_id, &order.lines, order.total.as_ref());
            for (line, said) in lines.iter_mut().zip(&order.lines) {
                line.is_purchase = !said.quantity.starts_with('-');
            }
            lines
        }
        Kind::OrderChanged(change) if change.op != 1 => {
            let mut lines = of_lines(one, &change.order_id, &change.lines);
            lines.iter_mut().for_each(|line| line.is_purchase = false);
            lines
        }
        _ => Vec::new(),
    }
}

fn invoiced(one: &Happened) -> Vec<Bought> {
    let Kind::InvoiceIssued(invoice) = &one.kind else { return Vec::new() };
    let before_tax = invoice.total.clone().map(|total| v1::Money {
        minor_units: total.minor_units - invoice.tax.as_ref().map_or(0, |tax| tax.minor_units),
        ..total
    });
    let mut lines = whole(one, &invoice.invoice_id, &invoice.lines, before_tax.as_ref());
    lines.iter_mut().for_each(|line| line.is_purchase = invoice.kind != 2);
    lines
}

/// Lines, and the total where they have no amounts.
pub(crate) fn whole(one: &Happened, id: &str, lines: &[v1::Line], total: Option<&v1::Money>) -> Vec<Bought> {
    let mut bought = of_lines(one, id, lines);
    let unpriced = lines.iter().all(|line| line.net.is_none());
    if let Some(total) = total.filter(|_| unpriced) {
        bought.iter_mut().for_each(|line| line.currency.clone_from(&total.currency));
        bought.push(blank(one, id, &total.currency, total.minor_units));
    } else if lines.is_empty() {
        bought.push(blank(one, id, "", 0));
    }
    bought
}

fn blank(one: &Happened, id: &str, currency: &str, net: i64) -> Bought {
    Bought {
        position: one.position,
        at: one.at,
        customer: one.customer.clone(),
        id: id.to_owned(),
        currency: currency.to_owned(),
        product: String::new(),
        category: String::new(),
        net: net.into(),
        list: None,
        staff: one.actor.to_owned(),
        branch: one.branch.to_owned(),
        is_purchase: true,
    }
}

fn of_lines(one: &Happened, id: &str, lines: &[v1::Line]) -> Vec<Bought> {
    let charged = lines.iter().find_map(|line| line.net.clone());
    let currency = charged.map_or(String::new(), |net| net.currency);
    let line = |line: &v1::Line| {
        let list = line.list.as_ref().filter(|list| list.currency == currency);
        Bought {
            product: line.product.clone(),
            category: line.category.clone(),
            list: list.map(|list| list.minor_units.into()),
            ..blank(one, id, &currency, line.net.as_ref().map_or(0, |net| net.minor_units))
        }
    };
    lines.iter().map(line).collect()
}
