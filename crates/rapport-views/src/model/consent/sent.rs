//! The messages and calls that are looked at.

use rapport_model::Timestamp;

use super::{
    params::ConsentParams,
    purpose::{For, Purpose},
    whose::Whose,
};
use crate::{
    answers::window::just_after,
    calendar::{Every, Periods, Window},
    model::figures::Counted,
    read::{ReadError, Rows, TypedRows as _},
    rows::{AddressedRow, ObjectId, Symbol, Symbols},
    table::{Field as _, Filter},
};

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// For the purpose, to customers, merges resolved, from the beginning of the month on: by customer, then in the order of
    /// (occurred_at, position).
    pub(super) messages: Vec<AddressedRow>,
    /// Messages of the window for the purpose that name no customer.
    pub(super) nobody: Vec<Counted>,
    /// Messages of the window that name neither a purpose nor a campaign.
    pub(super) without_purpose: Vec<Counted>,
}

/// Reads messages of whole months: caps count from their beginning.
pub(super) fn sent(
    rows: &dyn Rows,
    params: &ConsentParams,
    purpose: &Purpose,
    whose: &Whose,
    symbols: &Symbols,
) -> Result<Sent, ReadError> {
    let mut sent = Sent::default();
    let filter = filter(params, purpose, whose);
    rows.each::<AddressedRow>(&filter, params.as_of, |mut row| {
        let customer = whose.identity.canonical(row.customer);
        let is_shown = params.window.contains(row.occurred_at) && params.wants(symbols.text(row.channel));
        match purpose.of_message(&row) {
            For::This if customer != ObjectId::NOBODY => {
                row.customer = customer;
                sent.messages.push(row);
            }
            For::This if is_shown => sent.nobody.push(Counted::event(row.position)),
            For::Unsaid if is_shown => sent.without_purpose.push(Counted::event(row.position)),
            For::This | For::Unsaid | For::Other => {}
        }
    })?;
    sent.messages.sort_unstable_by_key(|row| (row.customer, row.occurred_at, row.position));
    Ok(sent)
}

/// Of which rows: with a customer also those of the month of T.
pub(super) fn filter(params: &ConsentParams, purpose: &Purpose, whose: &Whose) -> Filter {
    let month = |moment| month_of(moment, params).from;
    let (mut from, mut before) = (month(params.window.from), params.window.to);
    if whose.customer.is_some() {
        from = from.min(month(params.until));
        before = just_after(params.until);
    }
    let named = purpose.own.into_iter().chain([Symbol::default()]);
    whose.filter().occurred(from, before).and("purpose", named.map(|symbol| symbol.cell()).collect())
}

/// The month of a moment.
pub(super) fn month_of(moment: Timestamp, params: &ConsentParams) -> Window {
    month(moment, params).window
}

/// The name of the month of a moment, such as `2026-03`.
pub(super) fn name_of_month(moment: Timestamp, params: &ConsentParams) -> String {
    let month = month(moment, params);
    month.label(month.window.from)
}

fn month(moment: Timestamp, params: &ConsentParams) -> Periods {
    Periods::around(Window { from: moment, to: just_after(moment) }, Every::Month, params.zone.clone())
}
