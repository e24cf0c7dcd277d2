//! Tickets of one customer.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{CustomerTicket, payload::Kind, ticket_opened},
};

use super::{counter::Events, numbered::id, with::With};
use crate::projection::Believed;

/// The events of tickets, by id.
#[derive(Debug, Default)]
pub(super) struct Tickets(BTreeMap<String, Ticket>);

/// A ticket.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) events: Events,
    pub(super) wire: CustomerTicket,
    is_resolved: bool,
}

impl Tickets {
    /// Takes an event. Events come in the order of (occurred_at, position).
    ///
    /// Only `ticket.reopened` opens a ticket that was resolved: a source that dates openings by their recording would
    /// otherwise open all of them again.
    pub(super) fn take(&mut self, believed: &Believed<'_>, with: &With) {
        let ticket = match believed.kind {
            Kind::TicketOpened(one) => &one.ticket_id,
            Kind::TicketStageChanged(one) => &one.ticket_id,
            Kind::TicketResponded(one) => &one.ticket_id,
            Kind::TicketResolved(one) => &one.ticket_id,
            Kind::TicketReopened(one) => &one.ticket_id,
            _ => return,
        };
        let id = id(ticket);
        let new = || Ticket::new(&id, believed.occurred_at);
        let ticket = self.0.entry(id.clone()).or_insert_with(new);
        ticket.events.take_with(believed, with, &mut ticket.wire.party);
        let wire = &mut ticket.wire;
        (wire.changed, wire.position) = (Some(time::to_proto(believed.occurred_at)), believed.position().0);
        match believed.kind {
            Kind::TicketOpened(one) => {
                kind_name(one.kind()).clone_into(&mut wire.kind);
                wire.priority.clone_from(&one.priority);
            }
            Kind::TicketStageChanged(one) => wire.stage.clone_from(&one.to),
            Kind::TicketResolved(_) => ticket.is_resolved = true,
            Kind::TicketReopened(_) => {
                ticket.is_resolved = false;
                "reopened".clone_into(&mut wire.status);
            }
            _ => {}
        }
    }

    /// Those that are not resolved, by id.
    pub(super) fn open(self) -> Vec<Ticket> {
        self.0.into_values().filter(|ticket| !ticket.is_resolved).collect()
    }
}

impl Ticket {
    fn new(id: &str, at: Timestamp) -> Self {
        let wire = CustomerTicket {
            ticket: format!("ticket:{id}"),
            status: "open".to_owned(),
            opened: Some(time::to_proto(at)),
            ..CustomerTicket::default()
        };
        Self { events: Events::default(), wire, is_resolved: false }
    }
}

const fn kind_name(kind: ticket_opened::Kind) -> &'static str {
    match kind {
        ticket_opened::Kind::Unspecified | ticket_opened::Kind::Request => "request",
        ticket_opened::Kind::Complaint => "complaint",
        ticket_opened::Kind::Defect => "defect",
        ticket_opened::Kind::Advice => "advice",
    }
}
