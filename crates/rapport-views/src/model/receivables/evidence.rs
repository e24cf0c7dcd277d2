//! What figures of rows count, and the events behind all figures.

use super::{age::AGES, owed::Currency, settle::Settled, total::thing};
use crate::{
    answers::AskError,
    model::figures::{Counted, Evidence, Figures},
    read::Rows,
    rows::{InvoiceRow, PaymentRow, Symbols},
    table::{Dictionary, Field as _, Filter, Row as _},
};

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["totals", _, "open" | "overdue" | "without_due" | "paid" | "unpaid" | "debtors" | "in_credit"]
        | ["left_out", _, "invoices" | "payments"]
        | ["rows", _, _, "open"] => true,
        ["ages", _, days] => AGES.contains(days),
        _ => false,
    }
}

/// Finds the open invoices of a row, if its figure is asked for.
pub(super) fn find(figures: &mut Figures, rows: &dyn Rows, currencies: &[Currency]) -> Result<(), AskError> {
    let parts = figures.parts();
    let ["rows", code, tag, _] = parts.as_slice() else { return Ok(()) };
    let party = rows.number(Dictionary::Party, tag.strip_prefix("party:").unwrap_or_default())?;
    let of = currencies.iter().filter(|currency| currency.code == *code);
    let invoices = of
        .flat_map(|currency| &currency.invoices)
        .filter(|(invoice, _)| invoice.open > 0 && Some(invoice.account.customer) == party);
    let found = invoices.map(|(invoice, _)| thing(invoice)).collect();
    figures.found(found);
    Ok(())
}

/// A payment that names no customer, and an invoice in whatever currency, is an event of whom that invoice is of.
pub(super) fn by_invoice(figures: &mut Figures, settled: &Settled, symbols: &Symbols) {
    let parts = figures.parts();
    let ["totals", code, "debtors" | "in_credit"] = parts.as_slice() else { return };
    let currency = symbols.get(code).unwrap_or_default();
    let own = settled.by_invoice.iter().filter(|(account, _)| account.currency == currency);
    let events: Vec<_> = own
        .map(|(account, position)| (Counted::party(account.customer), account.customer, *position))
        .collect();
    figures.beside(events);
}

/// Invoices and payments: of an invoice those that name it, of a customer all of its currency.
pub(super) fn of(parts: &[&str], symbols: &Symbols) -> Vec<Evidence> {
    let currency = parts.get(1).and_then(|code| symbols.get(code)).unwrap_or_default();
    let filter = Filter::all().and("currency", vec![currency.cell()]);
    let column = match parts {
        [.., "debtors" | "in_credit"] => "customer",
        _ => "invoice_id",
    };
    // The customer of an invoice is what the invoice says, and not what a payment says.
    [PaymentRow::TABLE, InvoiceRow::TABLE].map(|table| Evidence::new(table, filter.clone(), column)).into()
}
