//! Tickets until T, each as its steps make it.

use rapport_model::Timestamp;

use super::params::TicketsParams;
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, Symbol, TicketCause, TicketKind, TicketRow, TicketStep},
    table::Filter,
};

/// One ticket at T.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) id: ObjectId,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// By its first opening; by its first event where no event opens it.
    pub(super) opened: Timestamp,
    /// What its opening says; without one nothing is known.
    pub(super) opening: Option<Opening>,
    /// Of the last move.
    pub(super) stage: Symbol,
    /// Of the last event that names one.
    pub(super) department: Symbol,
    /// Of the last event that names one.
    pub(super) staff: Symbol,
    /// Of the last event that names one.
    pub(super) branch: Symbol,
    /// Of the first event that names one.
    pub(super) channel: Symbol,
    /// When the first response was given.
    pub(super) responded: Option<Timestamp>,
    /// When it was solved first, however it went on.
    pub(super) solved_first: Option<Timestamp>,
    /// The solution that holds; an open ticket has none.
    pub(super) solution: Option<Solution>,
    /// Whether it was opened again at least once.
    pub(super) reopened: bool,
    /// How often it changed hands; `None` when no event says who had it.
    pub(super) pushes: Option<u32>,
}

/// What the opening says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    pub(super) kind: TicketKind,
    pub(super) priority: Symbol,
    pub(super) product: Symbol,
    pub(super) tier: Symbol,
    pub(super) topic: Symbol,
}

/// A solution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Solution {
    pub(super) at: Timestamp,
    pub(super) cause: TicketCause,
    pub(super) first_contact: bool,
}

impl Ticket {
    pub(super) fn is_open(&self) -> bool {
        self.solution.is_none()
    }

    /// What its opening says, if that is known.
    pub(super) fn of_opening(&self, column: fn(&Opening) -> Symbol) -> Symbol {
        self.opening.as_ref().map(column).unwrap_or_default()
    }

    /// The tier whose promises and calendar hold.
    pub(super) fn tier(&self) -> Symbol {
        self.of_opening(|opening| opening.tier)
    }

    pub(super) fn kind(&self) -> Option<TicketKind> {
        self.opening.map(|opening| opening.kind)
    }

    /// Its steps are in the order in which they happened, at least one.
    fn of(first: &TicketRow, steps: &[TicketRow], identity: &Identity, params: &TicketsParams) -> Self {
        let mut ticket = Self {
            id: first.ticket,
            customer: ObjectId::NOBODY,
            opened: first.occurred_at,
            opening: None,
            stage: Symbol::default(),
            department: Symbol::default(),
            staff: Symbol::default(),
            branch: Symbol::default(),
            channel: Symbol::default(),
            responded: None,
            solved_first: None,
            solution: None,
            reopened: false,
            pushes: None,
        };
        for step in steps {
            ticket.take_who(step, identity, params);
            ticket.take_step(step);
        }
        ticket
    }

    fn take_who(&mut self, step: &TicketRow, identity: &Identity, params: &TicketsParams) {
        if self.customer == ObjectId::NOBODY {
            self.customer = identity.canonical(step.customer);
        }
        let (before, after) = if params.is_pushed_by_staff {
            (self.staff, step.staff)
        } else {
            (self.department, step.department)
        };
        if after != Symbol::default() {
            // The first who has a ticket is not pushed to.
            self.pushes = Some(self.pushes.map_or(0, |pushes| pushes + u32::from(before != after)));
        }
        let named = |symbol: Symbol| Some(symbol).filter(|symbol| *symbol != Symbol::default());
        self.department = named(step.department).unwrap_or(self.department);
        self.staff = named(step.staff).unwrap_or(self.staff);
        self.branch = named(step.branch).unwrap_or(self.branch);
        self.channel = named(self.channel).unwrap_or(step.channel);
    }

    fn take_step(&mut self, step: &TicketRow) {
        match step.step {
            TicketStep::Opened if self.opening.is_none() => {
                self.opened = step.occurred_at;
                self.opening = Some(Opening {
                    kind: step.kind,
                    priority: step.priority,
                    product: step.product,
                    tier: step.tier,
                    topic: step.topic,
                });
            }
            // An opening of a ticket that is open says nothing new.
            TicketStep::Opened => self.reopened |= self.solution.take().is_some(),
            // A move after a solution closes or files the ticket: it does not open it again.
            TicketStep::Moved => self.stage = step.stage,
            TicketStep::Responded => self.responded = self.responded.or(Some(step.occurred_at)),
            TicketStep::Resolved => {
                self.solved_first = self.solved_first.or(Some(step.occurred_at));
                let (cause, first_contact) = (step.cause, step.first_contact);
                self.solution = Some(Solution { at: step.occurred_at, cause, first_contact });
            }
            TicketStep::Reopened => {
                self.solution = None;
                self.reopened = true;
            }
        }
    }
}

/// Every ticket, in any order.
pub(super) fn tickets(
    rows: &dyn Rows,
    identity: &Identity,
    params: &TicketsParams,
) -> Result<Vec<Ticket>, ReadError> {
    let mut steps: Vec<TicketRow> = Vec::new();
    rows.in_any_order(&Filter::all(), params.as_of, |row: TicketRow| {
        // Older ledgers may hold steps that name no ticket: validation did not refuse them then.
        if row.ticket != ObjectId::NOBODY {
            steps.push(row);
        }
    })?;
    steps.sort_unstable_by_key(|step| (step.ticket, step.occurred_at, step.position));
    let of_one = steps.chunk_by(|one, other| one.ticket == other.ticket);
    Ok(of_one.filter_map(|steps| Some(Ticket::of(steps.first()?, steps, identity, params))).collect())
}
