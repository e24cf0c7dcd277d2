//! The events on which the rows of a list rest: those that make a customer known, and those of the fields that are asked.

use rapport_model::Timestamp;

use super::{
    field::Field,
    known::{nps, two_way},
    params::CustomersParams,
};
use crate::{
    answers::window::Window,
    model::figures::Evidence,
    rows::{
        AttributeRow, DealOpenedRow, InvoiceRow, LifecycleRow, OfferLine, PaymentRow, RegisteredRow, RoleRow,
        ScoreRow, TouchRow,
    },
    table::{CUSTOMER, Filter, Row as _},
};

/// Whether the parts are the name of a figure.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(parts, ["listed" | "unknown" | "not_fulfilled" | "not_customers"] | ["unknown", _])
}

/// What became of deals is in another view: those events are in the timelines of the customers.
pub(super) fn of(parts: &[&str], params: &CustomersParams) -> Vec<Evidence> {
    let rows = |table, filter| Evidence { table, filter, column: CUSTOMER };
    let roles = rows(RoleRow::TABLE, Filter::all());
    if parts == ["not_customers"] {
        return vec![roles];
    }
    let ever = Window { from: Timestamp::MIN, to: params.window.to };
    let mut evidence = vec![
        rows(params.source.table(), params.source.lines(ever)),
        rows(OfferLine::TABLE, Filter::all()),
        rows(TouchRow::TABLE, two_way()),
        rows(DealOpenedRow::TABLE, Filter::all()),
        rows(RegisteredRow::TABLE, Filter::all()),
        roles,
        rows(LifecycleRow::TABLE, Filter::all()),
        rows(AttributeRow::TABLE, Filter::all()),
    ];
    if params.asks(&[Field::Nps]) {
        evidence.push(rows(ScoreRow::TABLE, nps()));
    }
    if params.asks(&[Field::Owed, Field::Overdue]) {
        evidence.extend([rows(InvoiceRow::TABLE, Filter::all()), rows(PaymentRow::TABLE, Filter::all())]);
    }
    evidence
}
