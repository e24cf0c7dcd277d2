//! The events on which the rows of a list rest: those that make a customer known, and those of the fields that are asked.

use rapport_model::Timestamp;

use super::{consents, field::Field, owners, params::CustomersParams};
use crate::{
    answers::window::Window,
    model::{figures::Evidence, met, scores},
    rows::{
        AttributeRow, ConcessionRow, ConsentRow, CostRow, DealStepRow, Instrument, InvoiceRow, LifecycleRow,
        OfferLine, OwnerRow, PaymentRow, RegisteredRow, RoleRow, Symbols,
    },
    table::{CUSTOMER, Filter, Row as _},
};

/// Whether the parts are the name of a figure.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(parts, ["listed" | "unknown" | "not_fulfilled" | "not_customers"] | ["unknown", _])
}

/// What became of deals is in another view: those events are in the timelines of the customers.
pub(super) fn of(parts: &[&str], params: &CustomersParams, symbols: &Symbols) -> Vec<Evidence> {
    let rows = |table, filter| Evidence::new(table, filter, CUSTOMER);
    let roles = rows(RoleRow::TABLE, Filter::all());
    if parts == ["not_customers"] {
        return vec![roles];
    }
    let ever = Window { from: Timestamp::MIN, to: params.window.to };
    let mut evidence = vec![
        rows(params.source.table(), params.source.lines(ever)),
        rows(OfferLine::TABLE, Filter::all()),
        met::evidence(),
        rows(DealStepRow::TABLE, DealStepRow::openings()),
        rows(RegisteredRow::TABLE, Filter::all()),
        roles,
        rows(LifecycleRow::TABLE, Filter::all()),
        rows(AttributeRow::TABLE, Filter::all()),
    ];
    if params.asks(&[Field::Nps]) {
        evidence.push(scores::evidence(Instrument::Nps));
    }
    if params.asks(&[Field::Owed, Field::Overdue]) {
        evidence.extend([rows(InvoiceRow::TABLE, Filter::all()), rows(PaymentRow::TABLE, Filter::all())]);
    }
    let purposes = params.purposes(symbols);
    if !purposes.is_empty() {
        evidence.push(rows(ConsentRow::TABLE, consents::about(&purposes)));
    }
    if params.asks_owners() {
        evidence.push(rows(OwnerRow::TABLE, owners::of_parties(symbols)));
    }
    if params.asks(&[Field::Profit, Field::Margin]) {
        let within = || Filter::all().occurred(params.window.from, params.window.to);
        evidence.extend([rows(CostRow::TABLE, within()), rows(ConcessionRow::TABLE, within())]);
    }
    evidence
}
