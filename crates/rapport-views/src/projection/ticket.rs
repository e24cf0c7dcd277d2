//! Tickets: what each event does to one.

use rapport_proto::{
    event_type,
    v1::{payload::Kind, ticket_opened, ticket_resolved},
};

use super::{Believed, Projection};
use crate::{
    rows::{ObjectId, Symbol, TicketCause, TicketKind, TicketRow, TicketStep},
    table::{Dictionary, Out},
};

/// What happens to tickets.
pub const TICKETS: Projection = Projection {
    reads: &[
        event_type::TICKET_OPENED,
        event_type::TICKET_STAGE_CHANGED,
        event_type::TICKET_RESPONDED,
        event_type::TICKET_RESOLVED,
        event_type::TICKET_REOPENED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let by = &believed.event;
    let [staff, department, branch, channel] =
        [by.actor_id, by.actor_department, by.actor_branch, by.channel].map(|text| out.symbol(text));
    let mut row = TicketRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        ticket: ObjectId::NOBODY,
        step: TicketStep::Opened,
        kind: TicketKind::Request,
        priority: Symbol::default(),
        product: Symbol::default(),
        tier: Symbol::default(),
        topic: Symbol::default(),
        from_stage: Symbol::default(),
        stage: Symbol::default(),
        cause: TicketCause::Unsaid,
        first_contact: false,
        staff,
        department,
        branch,
        channel,
    };
    let ticket = match believed.kind {
        Kind::TicketOpened(opened) => {
            row.kind = match opened.kind() {
                ticket_opened::Kind::Request | ticket_opened::Kind::Unspecified => TicketKind::Request,
                ticket_opened::Kind::Complaint => TicketKind::Complaint,
                ticket_opened::Kind::Defect => TicketKind::Defect,
                ticket_opened::Kind::Advice => TicketKind::Advice,
            };
            [row.priority, row.product, row.tier, row.topic] =
                [&opened.priority, &opened.product, &opened.tier, &opened.topic].map(|text| out.symbol(text));
            &opened.ticket_id
        }
        Kind::TicketStageChanged(moved) => {
            row.step = TicketStep::Moved;
            [row.from_stage, row.stage] = [&moved.from, &moved.to].map(|text| out.symbol(text));
            &moved.ticket_id
        }
        Kind::TicketResponded(responded) => {
            row.step = TicketStep::Responded;
            &responded.ticket_id
        }
        Kind::TicketResolved(resolved) => {
            (row.step, row.first_contact) = (TicketStep::Resolved, resolved.first_contact);
            row.cause = match resolved.cause() {
                ticket_resolved::Cause::Unspecified => TicketCause::Unsaid,
                ticket_resolved::Cause::Human => TicketCause::Human,
                ticket_resolved::Cause::Procedure => TicketCause::Procedure,
                ticket_resolved::Cause::Organisation => TicketCause::Organisation,
                ticket_resolved::Cause::Product => TicketCause::Product,
            };
            &resolved.ticket_id
        }
        Kind::TicketReopened(reopened) => {
            row.step = TicketStep::Reopened;
            &reopened.ticket_id
        }
        _ => return,
    };
    row.ticket = out.name(Dictionary::Ticket, ticket);
    out.put(&row);
}
