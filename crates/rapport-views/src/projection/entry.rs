//! Entries of timelines: every event, also of a type that this build does not know, and also what is not believed to have
//! happened.

use super::Item;
use crate::{rows::EntryRow, table::Out, timeline::touch::is_two_way};

/// Puts the entry of one belief. Events of the company itself are nobody's: no timeline has them, but who did what when is
/// asked of them too.
pub fn rows(item: &Item<'_>, out: &mut Out<'_>) {
    let event = item.event;
    let row = EntryRow {
        position: item.place().position,
        occurred_at: item.occurred_at,
        event_type: out.symbol(event.r#type),
        channel: out.symbol(event.channel),
        actor: out.symbol(event.actor_id),
        customer: out.party(event.customer),
        two_way: item.kind.is_some_and(is_two_way),
        retracted: item.retracted,
    };
    out.put(&row);
}
