//! Invoices and credit notes until T.

use hashbrown::HashMap;
use jiff::civil::Date;
use rapport_model::{Position, Timestamp};

use super::{
    params::ReceivablesParams,
    payments::{Account, Credit, Credits},
};
use crate::{
    calendar::day,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, InvoiceKind, InvoiceRow, ObjectId, Symbol, Symbols},
    table::Filter,
};

/// One invoice in one currency; several events of one id add up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invoice {
    pub(super) id: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) account: Account,
    /// When it was issued first.
    pub(super) issued: (Timestamp, Position),
    /// The last day on which it is to be paid.
    pub(super) due: Date,
    /// Whether an event says so.
    pub(super) says_due: bool,
    pub(super) total: i128,
    /// What is not paid.
    pub(super) open: i128,
    /// When the last part of it was paid.
    pub(super) paid: Timestamp,
}

/// The events of an invoice.
#[derive(Debug, Default)]
struct Issued {
    first: Option<(Timestamp, Position)>,
    /// The first event that names a customer.
    customer: Option<((Timestamp, Position), ObjectId)>,
    /// The last event that says it.
    due: Option<((Timestamp, Position), Date)>,
    total: i128,
}

impl Issued {
    fn add(&mut self, row: &InvoiceRow, identity: &Identity, symbols: &Symbols) {
        let place = (row.occurred_at, row.position);
        self.first = Some(self.first.map_or(place, |first| first.min(place)));
        let customer = identity.canonical(row.customer);
        // Rows come in the order of the log, and not of their moments.
        if customer != ObjectId::NOBODY && self.customer.is_none_or(|(first, _)| place < first) {
            self.customer = Some((place, customer));
        }
        if let Ok(due) = symbols.text(row.due).parse()
            && self.due.is_none_or(|(last, _)| place > last)
        {
            self.due = Some((place, due));
        }
        self.total += i128::from(row.total_minor_units);
    }
}

/// Invoices by id, and what else is to be paid out of: credit notes, and invoices of less than nothing.
pub(super) fn invoices(
    rows: &dyn Rows,
    identity: &Identity,
    symbols: &Symbols,
    params: &ReceivablesParams,
) -> Result<(Vec<Invoice>, Credits), ReadError> {
    let mut issued: HashMap<(ObjectId, Symbol), Issued> = HashMap::new();
    let mut credits = Credits::new();
    rows.each::<InvoiceRow>(&Filter::all(), params.as_of, |row| match row.kind {
        InvoiceKind::Invoice => {
            issued.entry((row.invoice, row.currency)).or_default().add(&row, identity, symbols);
        }
        InvoiceKind::CreditNote => {
            // Its amounts are negative; one that is written without the sign takes back as well.
            let amount = i128::from(row.total_minor_units).abs();
            let account = Account { currency: row.currency, customer: identity.canonical(row.customer) };
            credits.push((account, Credit { at: (row.occurred_at, row.position), amount }));
        }
    })?;
    let mut invoices = Vec::with_capacity(issued.len());
    for ((id, currency), of) in issued {
        let Some(first) = of.first else { continue };
        let customer = of.customer.map_or(ObjectId::NOBODY, |(_, customer)| customer);
        let account = Account { currency, customer };
        if of.total < 0 {
            credits.push((account, Credit { at: first, amount: -of.total }));
            continue;
        }
        invoices.push(Invoice {
            id,
            account,
            issued: first,
            due: of.due.map_or_else(|| day(first.0, &params.zone), |(_, due)| due),
            says_due: of.due.is_some(),
            total: of.total,
            open: of.total,
            paid: first.0,
        });
    }
    Ok((invoices, credits))
}
