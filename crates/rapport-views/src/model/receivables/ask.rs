//! Asks a store for invoices and payments, and answers.

use hashbrown::HashMap;
use rapport_proto::v1;

use super::{
    evidence,
    invoices::{Invoice, invoices},
    owed::currencies,
    params::ReceivablesParams,
    payments::{Account, Credit, payments},
    response,
    settle::settle,
};
use crate::{
    answers::{Answered, AskError, Asked},
    calendar::day,
    model::figures::Figures,
    read::Rows,
    rows::{ObjectId, Symbol},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ReceivablesRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ReceivablesResponse>, AskError> {
    let as_of = asked.as_of;
    let params = ReceivablesParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let (invoices, notes) = invoices(rows, &identity, &symbols, &params)?;
    let invoiced = invoiced(&invoices, &notes, &params);
    let settled = settle(invoices, notes, payments(rows, &identity, &params)?);
    evidence::by_invoice(&mut figures, &settled, &symbols);
    let today = day(as_of.bounded().occurred_until, &params.zone);
    let mut name = |party: ObjectId| Ok::<_, AskError>(rows.party_name(party)?);
    let currencies = currencies(settled, &invoiced, today, &params, &symbols, &mut name)?;
    let response = response::of(&params, &currencies, asked.skip, &mut figures, &mut name)?;
    evidence::find(&mut figures, rows, &currencies)?;
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &symbols))?;
    Ok(Answered { response, objects })
}

/// What was invoiced to customers in the window, less credit notes, by currency.
fn invoiced(
    invoices: &[Invoice],
    notes: &[(Account, Credit)],
    params: &ReceivablesParams,
) -> HashMap<Symbol, i128> {
    let invoices = invoices.iter().map(|one| (one.account, one.issued, one.total));
    let notes = notes.iter().map(|(account, note)| (*account, note.at, -note.amount));
    let mut sums = HashMap::new();
    for (account, (at, _), amount) in invoices.chain(notes) {
        if account.customer != ObjectId::NOBODY && params.window.contains(at) {
            *sums.entry(account.currency).or_default() += amount;
        }
    }
    sums
}
