//! The names of figures, and the events behind what was done.

use super::{
    deals::Closed,
    done::{Contact, Thing},
    measures::{contact, deal, order, ticket},
};
use crate::model::figures::{Counted, Figures};

const WORK: [&str; 15] = [
    "won",
    "lost",
    "contacts",
    "two_way",
    "by_executives",
    "with_duration",
    "without_duration",
    "selling",
    "service",
    "other",
    "new",
    "existing",
    "nobody",
    "tickets_resolved",
    "orders",
];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["rows", _, what] => WORK.contains(what),
        ["turnover", "joined" | "left" | "headcount_end"]
        | ["payouts", "payouts" | "traced" | "without_evidence" | "in_doubt" | "undefined"]
        | ["schemes", _, _, _]
        | ["left_out", "deals" | "contacts" | "tickets" | "orders"] => true,
        _ => false,
    }
}

/// The events that deals, contacts, tickets and orders count by.
pub(super) fn beside(
    figures: &mut Figures,
    (deals, contacts, tickets, orders): (&[Closed], &[Contact], &[Thing], &[Thing]),
) {
    let events: Vec<(Counted, _, _)> = match figures.parts().as_slice() {
        ["total" | "left_out", what] | ["rows", _, what] => match *what {
            "won" | "lost" | "deals" => {
                deals.iter().map(|one| (deal(one), one.party, one.position)).collect()
            }
            "tickets_resolved" | "tickets" => {
                tickets.iter().map(|one| (ticket(one), one.party, one.position)).collect()
            }
            "orders" => orders.iter().map(|one| (order(one), one.party, one.position)).collect(),
            _ => contacts.iter().map(|one| (contact(one), one.party, one.position)).collect(),
        },
        _ => Vec::new(),
    };
    figures.beside(events);
}
