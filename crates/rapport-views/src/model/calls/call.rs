//! One call.

use super::{params::CallsParams, solved::Tickets};
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{CallOutcome, CallRow, Identity},
    table::{Field as _, Filter},
};

/// A call with what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    /// As recorded, but for the customer: it is the one that stands for the recorded one.
    pub(super) row: CallRow,
    /// Whether the first contact solved a ticket of this call. `None`: the call has no ticket, or nobody answered it.
    pub(super) solved: Option<bool>,
}

/// The calls of the window, in any order.
pub(super) fn calls(
    rows: &dyn Rows,
    identity: &Identity,
    params: &CallsParams,
) -> Result<Vec<Call>, ReadError> {
    let tickets = Tickets::read(rows, identity, params)?;
    let mut all = Vec::new();
    let mut filter = Filter::all().occurred(params.window.from, params.window.to);
    if let Some(direction) = params.direction {
        filter = filter.and("direction", vec![direction.cell()]);
    }
    rows.in_any_order(&filter, params.as_of, |row: CallRow| {
        let row = CallRow { customer: identity.canonical(row.customer), ..row };
        let is_reached = row.outcome == CallOutcome::Reached;
        all.push(Call { row, solved: is_reached.then(|| tickets.around(&row, params)).flatten() });
    })?;
    Ok(all)
}
