//! Contacts with customers.

use rapport_proto::v1::{
    self, payload::Kind, touch_call_logged::Outcome, touch_meeting_held::Status,
    touch_message_exchanged::Medium, touch_visit_recorded::Place,
};

use super::{Believed, Projection, lines::nth};
use crate::{
    rows::{AddressedRow, CallOutcome, CallRow, Direction, MeetingStatus, TouchKind, TouchRow},
    table::Out,
    timeline::touch::{READS, is_two_way},
};

/// Calls, messages, meetings and visits.
pub const TOUCHES: Projection = Projection { reads: READS, rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    put_touch(believed, out);
    put_addressed(believed, out);
    put_call(believed, out);
}

/// What one of the four types of event says of a contact; what a type does not have is empty.
#[derive(Default)]
struct Said<'a> {
    purpose: &'a str,
    direction: v1::Direction,
    initiative: &'a str,
    approach: &'a str,
    place: &'a str,
    meeting: Status,
    duration: Option<&'a prost_types::Duration>,
}

impl<'a> Said<'a> {
    fn by(kind: &'a Kind) -> Option<(TouchKind, Self)> {
        let none = Self::default();
        Some(match kind {
            Kind::TouchCallLogged(call) => (
                TouchKind::Call,
                Self {
                    purpose: &call.purpose,
                    direction: call.direction(),
                    initiative: &call.initiative,
                    approach: &call.approach,
                    duration: call.duration.as_ref(),
                    ..none
                },
            ),
            Kind::TouchMessageExchanged(message) => {
                let (purpose, approach) = (&*message.purpose, &*message.approach);
                (TouchKind::Message, Self { purpose, direction: message.direction(), approach, ..none })
            }
            Kind::TouchMeetingHeld(meeting) => (
                TouchKind::Meeting,
                Self {
                    purpose: &meeting.purpose,
                    approach: &meeting.approach,
                    place: &meeting.place,
                    meeting: meeting.status(),
                    duration: meeting.duration.as_ref(),
                    ..none
                },
            ),
            Kind::TouchVisitRecorded(visit) => {
                let place = match visit.place() {
                    Place::Shop => "shop",
                    Place::Office => "office",
                    Place::Site => "site",
                    Place::Web => "web",
                    Place::Unspecified => "",
                };
                (TouchKind::Visit, Self { place, ..none })
            }
            _ => return None,
        })
    }
}

fn put_touch(believed: &Believed<'_>, out: &mut Out<'_>) {
    let Some((kind, said)) = Said::by(believed.kind) else { return };
    let by = &believed.event;
    let row = TouchRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(by.customer),
        kind,
        two_way: is_two_way(believed.kind),
        channel: out.symbol(by.channel),
        staff: out.symbol(by.actor_id),
        purpose: out.symbol(said.purpose),
        direction: side(said.direction),
        initiative: out.symbol(said.initiative),
        approach: out.symbol(said.approach),
        place: out.symbol(said.place),
        meeting: match said.meeting {
            Status::Planned => MeetingStatus::Planned,
            Status::Held => MeetingStatus::Held,
            Status::NoShow => MeetingStatus::NoShow,
            Status::Unspecified => MeetingStatus::NoMeeting,
        },
        duration_micros: said.duration.map(micros),
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
