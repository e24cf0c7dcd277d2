//! Contacts in which both sides took part.

use rapport_proto::{
    event_type,
    v1::{
        Direction, payload::Kind, touch_call_logged::Outcome, touch_meeting_held::Status,
        touch_visit_recorded::Place,
    },
};

/// The types in which both sides can take part.
pub const READS: &[u32] = &[
    event_type::TOUCH_CALL_LOGGED,
    event_type::TOUCH_MESSAGE_EXCHANGED,
    event_type::TOUCH_MEETING_HELD,
    event_type::TOUCH_VISIT_RECORDED,
];

/// Whether both sides took part: a call reached, a message from the customer, a meeting held, a visit in person.
#[must_use]
pub fn is_two_way(kind: &Kind) -> bool {
    match kind {
        Kind::TouchCallLogged(call) => call.outcome() == Outcome::Reached,
        Kind::TouchMessageExchanged(message) => message.direction() == Direction::Inbound,
        Kind::TouchMeetingHeld(meeting) => meeting.status() == Status::Held,
        Kind::TouchVisitRecorded(visit) => match visit.place() {
            Place::Shop | Place::Office | Place::Site => true,
            Place::Web | Place::Unspecified => false,
        },
        _ => false,
    }
}
