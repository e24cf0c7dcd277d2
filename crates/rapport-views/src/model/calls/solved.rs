//! Tickets that were opened around a call, and whether the first contact solved them.

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;
use rapport_model::Timestamp;

use super::params::CallsParams;
use crate::{
    calendar::day,
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, ObjectId, TicketRow, TicketStep},
    table::{Field as _, Filter},
};

/// A ticket is of a call when it was opened at most so long before or after.
const AROUND_MICROS: u64 = 3_600_000_000;

/// The tickets of customers, merges resolved.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    opened: HashMap<ObjectId, Vec<(Timestamp, ObjectId)>>,
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
            if row.step == TicketStep::Opened {
                let opened = (row.occurred_at, row.ticket);
                all.opened.entry(identity.canonical(row.customer)).or_default().push(opened);
            } else if row.first_contact {
                all.solved.insert((row.ticket, day(row.occurred_at, &params.zone)));
            }
        })?;
        all.opened.remove(&ObjectId::NOBODY);
        all.opened.values_mut().for_each(|opened| opened.sort_unstable());
        Ok(all)
    }

    /// Whether a customer opened a ticket around a moment, and whether the first contact solved one of these on that day; `None`
    /// without such a ticket.
    pub(super) fn around(&self, customer: ObjectId, at: Timestamp, params: &CallsParams) -> Option<bool> {
        let opened = self.opened.get(&customer)?;
        let is_near = |opened: Timestamp| opened.as_micros().abs_diff(at.as_micros()) <= AROUND_MICROS;
        let begin = opened.partition_point(|(opened, _)| *opened < at && !is_near(*opened));
        let near = opened.iter().skip(begin).take_while(|(opened, _)| is_near(*opened));
        let on = day(at, &params.zone);
        near.map(|(_, ticket)| self.solved.contains(&(*ticket, on))).max()
    }
}
