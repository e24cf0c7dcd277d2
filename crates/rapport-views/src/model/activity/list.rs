//! The events themselves, the latest first.

use std::{cmp::Reverse, collections::BinaryHeap};

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::{
    time,
    v1::{self, RecordedEvent},
};

use super::params::ActivityParams;
use crate::{
    answers::{AskError, Asked},
    calendar::LAST,
    read::{ReadError, Rows, TypedRows as _},
    rows::{EntryRow, Identity, ObjectId, Symbol, Symbols},
    table::Filter,
};

/// One event; the first two decide the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Timestamp,
    position: Position,
    customer: ObjectId,
    event_type: Symbol,
    channel: Symbol,
    actor: Symbol,
    retracted: bool,
}

/// The events of the page that begins after those that are skipped.
pub(super) fn events(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    filter: &Filter,
    params: &ActivityParams,
    asked: &Asked<'_>,
) -> Result<Vec<v1::ActivityRow>, AskError> {
    let page = latest(rows, filter, params, asked.skip)?;
    let positions: Vec<Position> = page.iter().map(|one| one.position).collect();
    let recorded = asked.events.events(&positions).map_err(ReadError::Source)?;
    let recorded: HashMap<u64, RecordedEvent> =
        recorded.into_iter().map(|event| (event.position, event)).collect();
    let row = |one: &Entry| {
        let customer = identity.canonical(one.customer);
        let customer = if customer == ObjectId::NOBODY {
            String::new()
        } else {
            format!("party:{}", rows.party_name(customer)?)
        };
        let text = |symbol| symbols.text(symbol).to_owned();
        let event = v1::ActivityEvent {
            position: one.position.0,
            occurred_at: Some(time::to_proto(one.at.min(LAST))),
            recorded_at: recorded.get(&one.position.0).and_then(|event| event.recorded_at),
            r#type: text(one.event_type),
            actor: text(one.actor),
            customer,
            channel: text(one.channel),
            retracted: one.retracted,
        };
        Ok(v1::ActivityRow { event: Some(event), ..v1::ActivityRow::default() })
    };
    page.iter().map(row).collect()
}

/// The latest ones, of which as many as are skipped are left out. No more are kept than are needed: a ledger has many.
fn latest(
    rows: &dyn Rows,
    filter: &Filter,
    params: &ActivityParams,
    skip: usize,
) -> Result<Vec<Entry>, ReadError> {
    let most = skip.saturating_add(params.page_size);
    let mut kept: BinaryHeap<Reverse<Entry>> = BinaryHeap::new();
    rows.in_any_order(filter, params.as_of, |row: EntryRow| {
        let entry = Entry {
            at: row.occurred_at,
            position: row.position,
            customer: row.customer,
            event_type: row.event_type,
            channel: row.channel,
            actor: row.actor,
            retracted: row.retracted,
        };
        if kept.len() < most {
            kept.push(Reverse(entry));
        } else if kept.peek().is_some_and(|Reverse(first)| *first < entry) {
            kept.pop();
            kept.push(Reverse(entry));
        }
    })?;
    let sorted = kept.into_sorted_vec();
    Ok(sorted.into_iter().skip(skip).map(|Reverse(entry)| entry).collect())
}
