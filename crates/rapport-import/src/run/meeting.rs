//! Events of one import that have the same id: a dry run finds them here, without a ledger.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{
    row_events::RowEvents,
    settle::{Settled, SettledRow, short},
    stream_event::StreamEvent,
    unsettled::Unsettled,
};
use crate::mapping::Mapping;

/// The events of the rows so far. Costs about 24 to 48 bytes for each.
#[derive(Debug, Default)]
pub struct Meeting {
    /// By the first bytes of the id: a digest of what it says, and the line.
    told: HashMap<u64, (u64, u64)>,
}

impl Meeting {
    /// Settles the next row as an import into an empty ledger would.
    #[must_use]
    pub fn settle(&mut self, row: RowEvents, mapping: &Mapping) -> SettledRow {
        let mut settled = SettledRow { events: Vec::new(), rejects: Vec::new(), row };
        let SettledRow { row, events, rejects } = &mut settled;
        for (place, event) in row.events.iter().enumerate() {
            let says = content(event);
            match self.told.entry(short(&event.event.id)) {
                Entry::Vacant(told) => {
                    told.insert((says, row.line));
                    events.push(Settled::New(place));
                }
                Entry::Occupied(told) if told.get().0 == says => events.push(Settled::Known(0)),
                Entry::Occupied(told) => {
                    let unsettled = Unsettled::AnotherRow { field: String::new(), line: told.get().1 };
                    rejects.push(unsettled.reject(mapping.content(), row, event));
                }
            }
        }
        settled
    }
}

/// A digest of what makes an event another one.
fn content(event: &StreamEvent) -> u64 {
    let mut digest = DefaultHasher::new();
    let event = &event.event;
    (&event.payload, &event.customer, &event.r#type).hash(&mut digest);
    event.occurred_at.map(|at| (at.seconds, at.nanos)).hash(&mut digest);
    digest.finish()
}
