//! Invoices and payments.

use rapport_proto::{
    event_type,
    v1::{self, invoice_issued, payload::Kind},
};

use super::{
    Believed, Projection,
    lines::{nth, with_total},
};
use crate::{
    rows::{InvoiceKind, InvoiceLine, InvoiceRow, PaymentRow},
    table::{Dictionary, Out},
};

/// Invoices issued and payments received.
pub const INVOICES: Projection =
    Projection { reads: &[event_type::INVOICE_ISSUED, event_type::PAYMENT_RECEIVED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    match believed.kind {
        Kind::InvoiceIssued(issued) => invoice(believed, issued, out),
        Kind::PaymentReceived(received) => payment(believed, received, out),
        _ => {}
    }
}

/// The invoice, and its lines. Of one without lines the line is worth the total without its tax.
fn invoice(believed: &Believed<'_>, issued: &v1::InvoiceIssued, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    let customer = out.party(believed.event.customer);
    let invoice = out.name(Dictionary::Invoice, &issued.invoice_id);
    let kind = match issued.kind() {
        invoice_issued::Kind::Invoice | invoice_issued::Kind::Unspecified => InvoiceKind::Invoice,
        invoice_issued::Kind::CreditNote => InvoiceKind::CreditNote,
    };
    let tax_minor_units = issued.tax.as_ref().map_or(0, |tax| tax.minor_units);
    let total_minor_units = issued.total.as_ref().map_or(0, |total| total.minor_units);
    let row = InvoiceRow {
        position,
        occurred_at,
        customer,
        invoice,
        kind,
        total_minor_units,
        tax_minor_units,
        currency: issued.total.as_ref().map(|total| out.symbol(&total.currency)).unwrap_or_default(),
        due: out.symbol(&issued.due),
    };
    out.put(&row);
    let minor_units = total_minor_units.saturating_sub(tax_minor_units);
    let before_tax =
        issued.total.as_ref().map(|total| v1::Money { minor_units, currency: total.currency.clone() });
    let by = &believed.event;
    let [channel, staff, branch] = [by.channel, by.actor_id, by.actor_branch].map(|text| out.symbol(text));
    for line in with_total(&issued.lines, before_tax.as_ref(), out) {
        out.put(&InvoiceLine {
            position,
            occurred_at,
            line: line.line,
            customer,
            invoice,
            kind,
            product: line.product,
            category: line.category,
            quantity_milli: line.quantity_milli,
            list_minor_units: line.list_minor_units,
            net_minor_units: line.net_minor_units,
            currency: line.currency,
            channel,
            staff,
            branch,
        });
    }
}

fn payment(believed: &Believed<'_>, received: &v1::PaymentReceived, out: &mut Out<'_>) {
    let Some(amount) = &received.amount else { return };
    let mut row = PaymentRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        line: 0,
        customer: out.party(believed.event.customer),
        invoice: out.name(Dictionary::Invoice, received.invoice_ids.first().map_or("", String::as_str)),
        order: out.name(Dictionary::Order, &received.order_id),
        paid_minor_units: amount.minor_units,
        currency: out.symbol(&amount.currency),
        method: out.symbol(&received.method),
    };
    out.put(&row);
    for (line, invoice) in received.invoice_ids.iter().enumerate().skip(1) {
        (row.line, row.paid_minor_units) = (nth(line), 0);
        row.invoice = out.name(Dictionary::Invoice, invoice);
        out.put(&row);
    }
}
