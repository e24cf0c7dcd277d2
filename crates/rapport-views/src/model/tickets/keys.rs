//! What tickets have in common, and which of them are asked about.

use rapport_proto::v1::tickets_request::By;

use super::{params::Only, ticket::Ticket};
use crate::rows::{Symbol, Symbols, TicketKind};

/// What a ticket has in common with others; empty where it names none.
pub(super) fn key<'a>(by: By, ticket: &Ticket, symbols: &'a Symbols) -> &'a str {
    let symbol = match by {
        By::Unspecified | By::None => return "",
        By::Kind => return ticket.kind().map_or("", TicketKind::word),
        By::Cause => return ticket.solution.map_or("", |solution| solution.cause.word()),
        By::Priority => ticket.of_opening(|opening| opening.priority),
        By::Product => ticket.of_opening(|opening| opening.product),
        By::Tier => ticket.tier(),
        By::Topic => ticket.of_opening(|opening| opening.topic),
        By::Stage => ticket.stage,
        By::Department => ticket.department,
        By::Staff => ticket.staff,
        By::Branch => ticket.branch,
        By::Channel => ticket.channel,
    };
    symbols.text(symbol)
}

/// One of the words of a ticket.
type Word = fn(&Ticket) -> Symbol;

/// Leaves the tickets that are asked about. A word that no event has is that of no ticket.
pub(super) fn keep(tickets: &mut Vec<Ticket>, only: &Only, symbols: &Symbols) {
    let words: [(&Option<String>, Word); 6] = [
        (&only.priority, |ticket| ticket.of_opening(|opening| opening.priority)),
        (&only.product, |ticket| ticket.of_opening(|opening| opening.product)),
        (&only.tier, Ticket::tier),
        (&only.topic, |ticket| ticket.of_opening(|opening| opening.topic)),
        (&only.department, |ticket| ticket.department),
        (&only.staff, |ticket| ticket.staff),
    ];
    if let Some(kind) = only.kind {
        tickets.retain(|ticket| ticket.kind() == kind);
    }
    for (word, of) in words {
        let Some(word) = word else { continue };
        let wanted = symbols.get(word);
        tickets.retain(|ticket| Some(of(ticket)) == wanted);
    }
}

/// What one group of tickets is called, what it is called without a word, and the heading of all.
pub(super) const fn words(by: By) -> (&'static str, &'static str, &'static str) {
    match by {
        By::Unspecified | By::None => ("all", "", "all"),
        By::Kind => ("kind", "opening not known", "by kind, most open first"),
        By::Priority => ("priority", "not said", "by priority, most open first"),
        By::Product => ("product", "no product", "by product, most open first"),
        By::Tier => ("tier", "no tier", "by service tier, most open first"),
        By::Topic => ("topic", "not said", "by theme, most open first"),
        By::Stage => ("stage", "never moved", "by stage, most open first"),
        By::Department => ("department", "not said", "by the department that had them last, most open first"),
        By::Staff => ("staff", "nobody named", "by who had them last, most open first"),
        By::Branch => ("branch", "not said", "by the branch that had them last, most open first"),
        By::Channel => ("channel", "not said", "by how they came, most open first"),
        By::Cause => ("cause", "not solved, or not said", "by what caused them, most open first"),
    }
}
