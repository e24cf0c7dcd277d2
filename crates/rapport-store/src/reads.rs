//! Which events a view looks into, by the number of their payload, which is that of their type; and by which tags events
//! are found.

use std::{borrow::Cow, collections::BTreeSet};

use rapport_proto::{event_ref::EventRef, event_type, validate::TAG_BYTES_MAX};
use rapport_views::rows::storable;

use crate::{EncodedEvent, View};

/// Whether an event can make rows of a view.
pub(crate) fn concerns(view: View, event: &EncodedEvent) -> bool {
    let number = event.payload_field();
    view.sees_every_event() || adjusts(number) || number.is_none_or(|number| view.reads(number))
}

/// Whether events of a type change what is believed of others.
pub(crate) const fn adjusts(number: Option<u32>) -> bool {
    matches!(number, Some(event_type::EVENT_CORRECTED | event_type::EVENT_RETRACTED))
}

/// The tags by which an event is found, as rows hold them, each once. A longer one than a ledger takes cannot be asked
/// for, and PostgreSQL's index could not hold it.
pub(crate) fn tags<'a>(event: &EventRef<'a>) -> BTreeSet<Cow<'a, str>> {
    event.tags().filter(|tag| tag.len() <= TAG_BYTES_MAX).map(storable).collect()
}
