//! Which events a view looks into, by the number of their payload, which is that of their type.

use rapport_proto::event_type;

use crate::{EncodedEvent, View};

impl View {
    /// Whether the content of a type is needed for this view's rows.
    pub(crate) const fn reads(self, number: u32) -> bool {
        // `party.role_assigned`, `definition.published`, `party.merged`, `party.unmerged`: who is who, and definitions.
        if matches!(number, 13 | 130 | 142 | 143) {
            return true;
        }
        match self {
            // The contacts, for which it matters whether both sides took part.
            Self::Timeline => matches!(number, 40..=43),
            // Contact points, leads, deals, objections.
            Self::Funnel => matches!(number, 20 | 22..=24 | 50..=54 | 104),
            // `survey.sent`, `survey.answered`.
            Self::Satisfaction => matches!(number, 100 | 101),
        }
    }
}

/// Whether an event can make rows of a view.
pub fn concerns(view: View, event: &EncodedEvent) -> bool {
    let number = event.payload_field();
    view == View::Timeline || adjusts(number) || number.is_none_or(|number| view.reads(number))
}

/// Whether events of a type change what is believed of others.
pub const fn adjusts(number: Option<u32>) -> bool {
    matches!(number, Some(event_type::EVENT_CORRECTED | event_type::EVENT_RETRACTED))
}
