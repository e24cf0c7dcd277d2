//! The rows of tickets.

use super::{ObjectId, Symbol};
use crate::{
    table,
    table::{Dictionary, Holds, Layout},
    words,
};

words! {
    /// What happened to a ticket.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TicketStep {
        /// It came in.
        Opened = "opened",
        /// It went to another stage.
        Moved = "moved",
        /// The organisation replied.
        Responded = "responded",
        /// It was solved.
        Resolved = "resolved",
        /// It was opened again.
        Reopened = "reopened",
    }
}

words! {
    /// What sort of ticket.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TicketKind {
        /// A request.
        Request = "request",
        /// A complaint.
        Complaint = "complaint",
        /// A defect.
        Defect = "defect",
        /// A question.
        Advice = "advice",
    }
}

words! {
    /// What caused a ticket.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum TicketCause {
        /// The event does not say it.
        Unsaid = "",
        /// A person's mistake.
        Human = "human",
        /// A rule that was wrong.
        Procedure = "procedure",
        /// How the work is organised.
        Organisation = "organisation",
        /// The product.
        Product = "product",
    }
}

table! {
    /// What happened to a ticket. What only an opening or a solution says is empty in the other rows.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct TicketRow in "ticket_step": Layout::OfLog, key [], indexes [], for people "ticket_steps";
    {
        /// The customer, as recorded; empty when the event names none.
        pub customer: ObjectId,
        /// The ticket, by id.
        pub ticket as "ticket_id": ObjectId = Holds::Name(Dictionary::Ticket),
        /// opened, moved, responded, resolved or reopened.
        pub step: TicketStep,
        /// Of an opening: request, complaint, defect or advice. request of all else.
        pub kind: TicketKind,
        /// Of an opening: the priority, as the source names it.
        pub priority: Symbol,
        /// Of an opening: the product concerned, by code.
        pub product: Symbol,
        /// Of an opening: the service tier of the customer.
        pub tier: Symbol,
        /// Of an opening: the theme.
        pub topic: Symbol,
        /// Of a move: the stage that it left, where the event says it.
        pub from_stage: Symbol,
        /// Of a move: the stage that it entered.
        pub stage: Symbol,
        /// Of a solution: human, procedure, organisation or product; empty when it is not said.
        pub cause: TicketCause,
        /// Of a solution: whether the first contact was enough.
        pub first_contact: bool,
        /// Who acted, by id.
        pub staff: Symbol,
        /// The department of who acted.
        pub department: Symbol,
        /// The branch of who acted.
        pub branch: Symbol,
        /// How it came.
        pub channel: Symbol,
    }
}
