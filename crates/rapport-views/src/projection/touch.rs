//! Contacts with customers.

use rapport_proto::v1::{
    self, payload::Kind, touch_call_logged::Outcome, touch_meeting_held::Status,
    touch_message_exchanged::Medium, touch_visit_recorded::Place,
};

use super::{Believed, Projection, lines::nth};
use crate::{
    rows::{AddressedRow, CallOutcome, CallRow, ContactedRow, Direction, MeetingStatus, TouchKind, TouchRow},
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
    put_contacted(believed, &row, out);
    put_addressed(believed, out);
    put_call(believed, out);
}

/// The contact with all that is known of it.
fn put_contacted(believed: &Believed<'_>, touch: &TouchRow, out: &mut Out<'_>) {
    let (direction, approach, place, duration) = match believed.kind {
        Kind::TouchCallLogged(call) => (call.direction(), &*call.approach, "", call.duration.as_ref()),
        Kind::TouchMessageExchanged(message) => (message.direction(), &*message.approach, "", None),
        Kind::TouchMeetingHeld(meeting) => {
            (v1::Direction::Unspecified, &*meeting.approach, &*meeting.place, meeting.duration.as_ref())
        }
        Kind::TouchVisitRecorded(visit) => {
            let place = match visit.place() {
                Place::Shop => "shop",
                Place::Office => "office",
                Place::Site => "site",
                Place::Web => "web",
                Place::Unspecified => "",
            };
            (v1::Direction::Unspecified, "", place, None)
        }
        _ => return,
    };
    let initiative = match believed.kind {
        Kind::TouchCallLogged(call) => call.initiative.as_str(),
        _ => "",
    };
    let meeting = match believed.kind {
        Kind::TouchMeetingHeld(meeting) => match meeting.status() {
            Status::Planned => MeetingStatus::Planned,
            Status::Held => MeetingStatus::Held,
            Status::NoShow => MeetingStatus::NoShow,
            Status::Unspecified => MeetingStatus::NoMeeting,
        },
        _ => MeetingStatus::NoMeeting,
    };
    let by = &believed.event;
    let row = ContactedRow {
        position: touch.position,
        occurred_at: touch.occurred_at,
        customer: touch.customer,
        kind: touch.kind,
        two_way: touch.two_way,
        direction: side(direction),
        channel: touch.channel,
        purpose: touch.purpose,
        initiative: out.symbol(initiative),
        approach: out.symbol(approach),
        place: out.symbol(place),
        meeting,
        duration_micros: duration.map(micros),
        staff: touch.staff,
        role: out.symbol(by.actor_role),
        department: out.symbol(by.actor_department),
        branch: out.symbol(by.actor_branch),
    };
    out.put(&row);
}

const fn side(wire: v1::Direction) -> Direction {
    match wire {
        v1::Direction::Unspecified => Direction::Unsaid,
        v1::Direction::Inbound => Direction::Inbound,
        v1::Direction::Outbound => Direction::Outbound,
    }
}

/// What the organisation sent, and whom it called.
fn put_addressed(believed: &Believed<'_>, out: &mut Out<'_>) {
    let by = &believed.event;
    let (channel, purpose, campaign, consent_ref, materials) = match believed.kind {
        Kind::TouchCallLogged(call) if call.direction() == v1::Direction::Outbound => {
            ("phone", call.purpose.as_str(), "", "", 0)
        }
        Kind::TouchMessageExchanged(message) if message.direction() == v1::Direction::Outbound => {
            let channel = match message.medium() {
                Medium::Email => "email",
                Medium::Sms => "sms",
                Medium::Chat => "chat",
                Medium::Post => "post",
                Medium::Unspecified => "",
            };
            let materials = nth(message.materials.len());
            (
                channel,
                message.purpose.as_str(),
                message.campaign_id.as_str(),
                &*message.consent_ref,
                materials,
            )
        }
        _ => return,
    };
    let row = AddressedRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        channel: out.symbol(channel),
        purpose: out.symbol(purpose),
        campaign: out.symbol(campaign),
        consent_ref: out.symbol(consent_ref),
        materials,
        staff: out.symbol(by.actor_id),
        branch: out.symbol(by.actor_branch),
    };
    out.put(&row);
}

fn put_call(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Kind::TouchCallLogged(call) = believed.kind else { return };
    let by = &believed.event;
    let row = CallRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        direction: side(call.direction()),
        outcome: match call.outcome() {
            Outcome::Unspecified => CallOutcome::Unsaid,
            Outcome::Reached => CallOutcome::Reached,
            Outcome::NoAnswer => CallOutcome::NoAnswer,
            Outcome::HungUp => CallOutcome::HungUp,
        },
        duration_micros: call.duration.as_ref().map(micros),
        waited_micros: call.waited.as_ref().map(micros),
        purpose: out.symbol(&call.purpose),
        staff: out.symbol(by.actor_id),
        branch: out.symbol(by.actor_branch),
    };
    out.put(&row);
}

fn micros(duration: &prost_types::Duration) -> i64 {
    duration.seconds.saturating_mul(1_000_000).saturating_add(i64::from(duration.nanos / 1_000))
}
