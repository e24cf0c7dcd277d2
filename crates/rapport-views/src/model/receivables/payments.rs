//! Payments until T, and what they pay out of.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::ReceivablesParams;
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, PaymentRow, Symbol},
    table::Filter,
};

/// A customer, merges resolved, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Account {
    pub(super) currency: Symbol,
    pub(super) customer: ObjectId,
}

/// What pays for whatever of an account is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credit {
    pub(super) at: (Timestamp, Position),
    pub(super) amount: i128,
}

/// Of whom, and what.
pub(super) type Credits = Vec<(Account, Credit)>;

/// One payment.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) at: (Timestamp, Position),
    pub(super) account: Account,
    /// Negative where it was paid back.
    pub(super) amount: i128,
    /// That it names.
    pub(super) invoices: Vec<ObjectId>,
}

/// Payments in the order in which they happened.
pub(super) fn payments(
    rows: &dyn Rows,
    identity: &Identity,
    params: &ReceivablesParams,
) -> Result<Vec<Payment>, ReadError> {
    let mut payments: HashMap<Position, Payment> = HashMap::new();
    rows.each::<PaymentRow>(&Filter::all(), params.as_of, |row| {
        let payment = payments.entry(row.position).or_insert_with(|| Payment {
            at: (row.occurred_at, row.position),
            account: Account { currency: row.currency, customer: identity.canonical(row.customer) },
            amount: 0,
            invoices: Vec::new(),
        });
        payment.amount += i128::from(row.paid_minor_units);
        if row.invoice != ObjectId::NOBODY {
            payment.invoices.push(row.invoice);
        }
    })?;
    let mut payments: Vec<_> = payments.into_values().collect();
    payments.sort_unstable_by_key(|payment| payment.at);
    Ok(payments)
}
