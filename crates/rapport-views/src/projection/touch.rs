//! Contacts with customers.

use rapport_proto::v1::payload::Kind;

use super::{Believed, Projection};
use crate::{
    rows::{TouchKind, TouchRow},
    table::Out,
    timeline::touch::{READS, is_two_way},
};

/// Calls, messages, meetings and visits.
pub const TOUCHES: Projection = Projection { reads: READS, rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (kind, purpose) = match believed.kind {
        Kind::TouchCallLogged(call) => (TouchKind::Call, call.purpose.as_str()),
        Kind::TouchMessageExchanged(message) => (TouchKind::Message, message.purpose.as_str()),
        Kind::TouchMeetingHeld(meeting) => (TouchKind::Meeting, meeting.purpose.as_str()),
        Kind::TouchVisitRecorded(_) => (TouchKind::Visit, ""),
        _ => return,
    };
    let row = TouchRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        kind,
        two_way: is_two_way(believed.kind),
        channel: out.symbol(believed.event.channel),
        staff: out.symbol(believed.event.actor_id),
        purpose: out.symbol(purpose),
    };
    out.put(&row);
}
