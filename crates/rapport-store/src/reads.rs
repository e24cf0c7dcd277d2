//! Which events a view looks into, by the number of their payload, which is that of their type.

use rapport_proto::event_type;

use crate::{EncodedEvent, View};

/// Whether an event can make rows of a view.
pub(crate) fn concerns(view: View, event: &EncodedEvent) -> bool {
    let number = event.payload_field();
    view == View::Timeline || adjusts(number) || number.is_none_or(|number| view.reads(number))
}

/// Whether events of a type change what is believed of others.
pub(crate) const fn adjusts(number: Option<u32>) -> bool {
    matches!(number, Some(event_type::EVENT_CORRECTED | event_type::EVENT_RETRACTED))
}
