//! Calls, messages, meetings, visits, notes, promises.

use rapport_proto::{
    time,
    v1::{
        AgreementRecorded, ConsentWithdrawn, Direction, NoteRecorded, TouchCallLogged, TouchMeetingHeld,
        TouchMessageExchanged, TouchVisitRecorded, agreement_recorded, note_recorded, payload::Kind,
        touch_call_logged, touch_meeting_held, touch_message_exchanged, touch_visit_recorded,
    },
};

use crate::{
    chapters::marketing,
    happening::{Happening, Told},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE},
        customer::Customer,
        tongue::{self, Tongue},
    },
};

/// A contact without an occasion; the next one follows weeks later.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer(number) else { return };
    let at = story.now;
    match story.rng.u32(0..10) {
        0..=2 => conversation(story, &customer, at, "care", None),
        3 => visit(story, &customer, at),
        4 => note(story, &customer, at, None),
        5 => promise(story, &customer, at),
        6..=8 if customer.may_advertise => marketing::newsletter(story, &customer, at),
        _ => message(story, &customer, at, "service"),
    }
    if customer.may_advertise && story.chance(0.02) {
        withdraw(story, &customer, at + DAY);
    }
    let next = story.later(at, 30..130);
    story.begin(Chapter::Touch(number), next);
}

/// A call, and often a note of it.
pub(crate) fn conversation(
    story: &mut Telling,
    customer: &Customer,
    at: i64,
    purpose: &str,
    deal: Option<&str>,
) {
    let speaker = customer.speaker(&mut story.rng);
    let reached = story.chance(0.75);
    let outbound = story.chance(0.7);
    let summary =
        if reached { tongue::pick(&mut story.rng, speaker.tongue.calls).to_owned() } else { String::new() };
    let told = call(story, customer, (&speaker.id, at), outbound, reached, purpose, summary, deal);
    if story.chance(0.008) {
        let actor = story.company.person(customer.seat);
        story.retract(&told, 1..30, actor, "entered under the wrong customer");
    }
    if reached && story.chance(0.35) {
        note(story, customer, at + 20 * MINUTE, deal);
    }
}

/// One call, as told.
#[expect(clippy::too_many_arguments, reason = "a call has so many sides; each caller names them once")]
fn call(
    story: &mut Telling,
    customer: &Customer,
    (party, at): (&str, i64),
    outbound: bool,
    reached: bool,
    purpose: &str,
    summary: String,
    deal: Option<&str>,
) -> Told {
    use touch_call_logged::Outcome;
    let minutes = if reached { story.rng.i64(2..25) } else { 0 };
    let logged = TouchCallLogged {
        direction: if outbound { Direction::Outbound } else { Direction::Inbound }.into(),
        outcome: if reached { Outcome::Reached } else { Outcome::NoAnswer }.into(),
        duration: Some(time::duration_to_proto(minutes * MINUTE)),
        purpose: purpose.to_owned(),
        initiative: String::new(),
        approach: String::new(),
        waited: None,
        personal: (!summary.is_empty()).then_some(touch_call_logged::Personal { summary }),
    };
    let actor = story.company.person(customer.seat);
    story.tell(concerning(
        deal,
        Happening::of(party, at, Kind::TouchCallLogged(logged)).by(actor).via("phone"),
    ))
}

/// A letter, a mail or a short message, in one direction or the other.
pub(crate) fn message(story: &mut Telling, customer: &Customer, at: i64, purpose: &str) {
    use touch_message_exchanged::Medium;
    let speaker = customer.speaker(&mut story.rng);
    let (medium, channel) = match story.rng.u32(0..10) {
        0..=6 => (Medium::Email, "email"),
        7 | 8 => (Medium::Sms, "sms"),
        _ => (Medium::Chat, "chat"),
    };
    let inbound = purpose == "service" && story.chance(0.6);
    let exchanged = TouchMessageExchanged {
        direction: if inbound { Direction::Inbound } else { Direction::Outbound }.into(),
        medium: medium.into(),
        purpose: purpose.to_owned(),
        personal: Some(touch_message_exchanged::Personal {
            subject: tongue::pick(&mut story.rng, speaker.tongue.subjects).to_owned(),
            body_ref: String::new(),
        }),
        ..TouchMessageExchanged::default()
    };
    let happening = Happening::of(&speaker.id, at, Kind::TouchMessageExchanged(exchanged)).via(channel);
    story.tell(happening);
}

/// A meeting at the customer's, with everybody who acts for it.
pub(crate) fn meeting(story: &mut Telling, customer: &Customer, at: i64, deal: Option<&str>) {
    use touch_meeting_held::Status;
    let owner = story.company.person(customer.seat);
    let speaker = customer.speaker(&mut story.rng);
    let held = story.chance(0.93);
    let meeting = TouchMeetingHeld {
        status: if held { Status::Held } else { Status::NoShow }.into(),
        place: "customer".to_owned(),
        duration: Some(time::duration_to_proto(if held { HOUR } else { 0 })),
        purpose: "site visit".to_owned(),
        approach: String::new(),
        personal: Some(touch_meeting_held::Personal {
            participants: vec![speaker.name.clone(), owner.display_name.clone()],
            summary: if held { speaker.tongue.note(&mut story.rng) } else { String::new() },
        }),
    };
    story.tell(concerning(
        deal,
        Happening::of(&customer.id, at, Kind::TouchMeetingHeld(meeting)).by(owner).via("visit"),
    ));
}

/// A note in the customer's language.
pub(crate) fn note(story: &mut Telling, customer: &Customer, at: i64, deal: Option<&str>) {
    let speaker = customer.speaker(&mut story.rng);
    note_on(story, customer, &speaker.id, speaker.tongue, at, deal);
}

/// A note on a certain party, in a certain language.
pub(crate) fn note_on(
    story: &mut Telling,
    customer: &Customer,
    party: &str,
    tongue: &Tongue,
    at: i64,
    deal: Option<&str>,
) {
    let text = tongue.note(&mut story.rng);
    let scope = if deal.is_some() { note_recorded::Scope::Deal } else { note_recorded::Scope::Customer };
    let recorded = NoteRecorded {
        scope: scope.into(),
        kind: "conversation".to_owned(),
        personal: Some(note_recorded::Personal { text }),
        ..NoteRecorded::default()
    };
    let owner = story.company.person(customer.seat);
    story.tell(concerning(deal, Happening::of(party, at, Kind::NoteRecorded(recorded)).by(owner)));
}

fn visit(story: &mut Telling, customer: &Customer, at: i64) {
    let visit = TouchVisitRecorded {
        place: touch_visit_recorded::Place::Web.into(),
        session: format!("{:08x}", story.rng.u32(..)),
        pages: vec!["/".to_owned(), "/products/heat-pump-8".to_owned()],
    };
    story.tell(Happening::of(&customer.id, at, Kind::TouchVisitRecorded(visit)).via("web"));
}

fn promise(story: &mut Telling, customer: &Customer, at: i64) {
    use agreement_recorded::Status;
    let owner = story.company.person(customer.seat);
    let speaker = customer.speaker(&mut story.rng);
    let mut agreement = AgreementRecorded {
        agreement_id: format!("A-{}-{}", customer.id, calendar::date(at)),
        due: calendar::date(at + 7 * DAY),
        status: Status::Made.into(),
        supersedes: String::new(),
        personal: Some(agreement_recorded::Personal {
            what: tongue::pick(&mut story.rng, speaker.tongue.next_steps).to_owned(),
        }),
    };
    let made = Happening::of(&speaker.id, at, Kind::AgreementRecorded(agreement.clone())).by(owner.clone());
    story.tell(made.recorded_at(at + MINUTE));
    agreement.status = if story.chance(0.85) { Status::Kept } else { Status::Broken }.into();
    let done = story.later(at, 2..10);
    story.tell(Happening::of(&speaker.id, done, Kind::AgreementRecorded(agreement)).by(owner));
}

fn withdraw(story: &mut Telling, customer: &Customer, at: i64) {
    let party = customer.contacts.first().map_or(&customer.id, |contact| &contact.id);
    let withdrawn = ConsentWithdrawn {
        purpose: "marketing".to_owned(),
        channel: "email".to_owned(),
        method: "link".to_owned(),
    };
    story.tell(Happening::of(party, at, Kind::ConsentWithdrawn(withdrawn)).via("email"));
    if let Some(customer) = story.customer_mut(customer.number) {
        customer.may_advertise = false;
    }
}

fn concerning(deal: Option<&str>, happening: Happening) -> Happening {
    match deal {
        Some(deal) => happening.about("deal", deal).part_of(deal),
        None => happening,
    }
}
