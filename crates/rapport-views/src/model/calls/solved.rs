//! Tickets that were opened around a call, and whether the first contact solved them.

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;
use rapport_model::Timestamp;

use super::params::CallsParams;
use crate::{
    calendar::day,
    read::{ReadError, Rows, TypedRows as _},
    rows::{CallRow, Identity, ObjectId, Symbol, TicketRow, TicketStep},
    table::{Field as _, Filter},
};

/// A ticket is of a call when it was opened at most so long before or after.
const AROUND_MICROS: u64 = 3_600_000_000;

/// Tickets by their customer, with merged customers as one; beside them the tickets that name no customer.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    opened: HashMap<ObjectId, Vec<(Timestamp, ObjectId)>>,
    /// Tickets without a customer, by who opened them when.
    of_nobody: HashMap<(Symbol, Timestamp), Vec<ObjectId>>,
    /// The tickets that the first contact solved, and on which days.
    solved: HashSet<(ObjectId, Date)>,
}

impl Tickets {
    /// All that were opened or solved until T.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &CallsParams,
    ) -> Result<Self, ReadError> {
        let mut all = Self::default();
        let steps = [TicketStep::Opened, TicketStep::Resolved].map(|step| step.cell()).to_vec();
        rows.in_any_order(&Filter::all().and("step", steps), params.as_of, |row: TicketRow| {
            let customer = identity.canonical(row.customer);
            if row.step == TicketStep::Opened && customer == ObjectId::NOBODY {
                all.of_nobody.entry((row.staff, row.occurred_at)).or_default().push(row.ticket);
            } else if row.step == TicketStep::Opened {
                all.opened.entry(customer).or_default().push((row.occurred_at, row.ticket));
            } else if row.first_contact {
                all.solved.insert((row.ticket, day(row.occurred_at, &params.zone)));
            }
        })?;
        all.opened.values_mut().for_each(|opened| opened.sort_unstable());
        Ok(all)
    }

    /// Whether there is a ticket of a call, and whether the first contact solved one on the day of the call; `None` without
    /// such a ticket. The customer of the call resolves merges.
    pub(super) fn around(&self, call: &CallRow, params: &CallsParams) -> Option<bool> {
        let at = call.occurred_at;
        let on = day(at, &params.zone);
        let is_solved = |ticket: &ObjectId| self.solved.contains(&(*ticket, on));
        if call.customer == ObjectId::NOBODY {
            let said = Some(call.staff).filter(|staff| *staff != Symbol::default());
            return self.of_nobody.get(&(said?, at)).map(|tickets| tickets.iter().any(is_solved));
        }
        let opened = self.opened.get(&call.customer)?;
        let is_near = |opened: Timestamp| opened.as_micros().abs_diff(at.as_micros()) <= AROUND_MICROS;
        let begin = opened.partition_point(|(opened, _)| *opened < at && !is_near(*opened));
        let near = opened.iter().skip(begin).take_while(|(opened, _)| is_near(*opened));
        near.map(|(_, ticket)| is_solved(ticket)).max()
    }
}
