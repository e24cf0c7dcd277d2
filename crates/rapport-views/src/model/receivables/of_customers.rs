//! What every customer owes, for models that ask who does.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::ReceivablesRequest;

use super::{
    invoices::invoices, owed::currencies, params::ReceivablesParams, payments::payments, settle::settle,
};
use crate::{
    answers::{AsOf, AskError},
    calendar::day,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// What a customer owes in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::model) struct Debt {
    /// All of it.
    pub(in crate::model) owed: i128,
    /// What is past due.
    pub(in crate::model) overdue: i128,
}

/// By customer, merges resolved, and currency: who has an invoice that is not paid, or a credit.
pub(in crate::model) fn of_customers(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    as_of: AsOf,
    zone: &TimeZone,
) -> Result<HashMap<(ObjectId, Symbol), Debt>, AskError> {
    let params = ReceivablesParams::from_request(&ReceivablesRequest::default(), as_of, zone)?;
    let (invoices, notes) = invoices(rows, identity, symbols, &params)?;
    let settled = settle(invoices, notes, payments(rows, identity, &params)?);
    let today = day(as_of.bounded().occurred_until, zone);
    // Their order does not matter here.
    let mut name = |_| Ok::<_, AskError>(String::new());
    let currencies = currencies(settled, &HashMap::new(), today, &params, symbols, &mut name)?;
    let debts = currencies.iter().flat_map(|currency| {
        let symbol = symbols.get(&currency.code).unwrap_or_default();
        currency
            .debtors
            .iter()
            .map(move |one| ((one.party, symbol), Debt { owed: one.owes(), overdue: one.overdue() }))
    });
    Ok(debts.filter(|((party, _), _)| *party != ObjectId::NOBODY).collect())
}
