//! The open tickets, the oldest first.

use rapport_proto::{time, v1};

use super::{measured::Measured, params::TicketsParams};
use crate::{
    answers::AskError,
    calendar::LAST,
    model::order,
    read::Rows,
    rows::{ObjectId, Symbols, TicketKind},
    table::Dictionary,
};

/// Those whose rows are on the page, in order, and how many there are from its first one on.
pub(super) fn on_page(
    measured: &[Measured],
    (skip, page_size): (usize, usize),
    rows: &dyn Rows,
) -> Result<(Vec<Measured>, usize), AskError> {
    let mut open: Vec<&Measured> = measured.iter().filter(|of| of.ticket.is_open()).collect();
    open.sort_unstable_by_key(|of| of.ticket.opened);
    let end = skip.saturating_add(page_size);
    let mut name = |of: &&Measured| Ok::<_, AskError>(rows.name(Dictionary::Ticket, of.ticket.id)?);
    order::settle(&mut open, skip..end, |a, b| a.ticket.opened.cmp(&b.ticket.opened), &mut name)?;
    let left = open.len().saturating_sub(skip);
    Ok((open.into_iter().skip(skip).take(page_size).copied().collect(), left))
}

/// The row of one.
pub(super) fn row(
    of: &Measured,
    params: &TicketsParams,
    rows: &dyn Rows,
    symbols: &Symbols,
) -> Result<v1::OpenTicket, AskError> {
    let ticket = &of.ticket;
    let text = |symbol| symbols.text(symbol).to_owned();
    let customer = match ticket.customer {
        ObjectId::NOBODY => String::new(),
        party => format!("party:{}", rows.party_name(party)?),
    };
    Ok(v1::OpenTicket {
        ticket: format!("ticket:{}", rows.name(Dictionary::Ticket, ticket.id)?),
        customer,
        kind: ticket.kind().map_or("", TicketKind::word).to_owned(),
        priority: text(ticket.of_opening(|opening| opening.priority)),
        product: text(ticket.of_opening(|opening| opening.product)),
        tier: text(ticket.tier()),
        stage: text(ticket.stage),
        department: text(ticket.department),
        staff: text(ticket.staff),
        opened: Some(time::to_proto(ticket.opened.min(LAST))),
        age: Some(time::duration_to_proto(params.until.as_micros() - ticket.opened.as_micros())),
        due: of.due.map(time::to_proto),
        breached: of.is_breached(),
    })
}
