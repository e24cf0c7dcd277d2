//! Calls, messages, meetings, visits, notes, promises.

use rapport_proto::{
    time,
    v1::{
        Actor, AgreementRecorded, ConsentWithdrawn, Direction, NoteRecorded, TouchCallLogged,
        TouchMeetingHeld, TouchMessageExchanged, TouchVisitRecorded, agreement_recorded, note_recorded,
        party_fact_recorded::Category, payload::Kind, touch_call_logged, touch_meeting_held,
        touch_message_exchanged, touch_visit_recorded,
    },
};

use crate::{
    chapters::{marketing, party, survey},
    happening::{Happening, Told},
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR, MINUTE, SECOND},
        company::management,
        customer::Customer,
        tongue::{self, Tongue},
    },
};

/// What calls without an occasion are for: some ask, more of them give.
const PURPOSES: [&str; 6] = ["care", "advice", "care", "service", "sales", "renewal"];
/// The approach of a meeting that shows the goods.
const DEMONSTRATION: &str = "demonstration";
/// How sellers approach a deal on the telephone.
const APPROACHES: [&str; 3] = ["reference", "saving", ""];
/// Labels of notes: what to mind with somebody.
const LABELS: [&str; 4] = ["often_travels", "hangs_up", "likes_details", "decides_fast"];

/// A contact without an occasion; the next one follows weeks later.
pub(crate) fn play(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer(number) else { return };
    let at = story.now;
    match story.rng.u32(0..12) {
        0..=2 => {
            let purpose = tongue::pick(&mut story.rng, &PURPOSES);
            conversation(story, &customer, at, purpose, None);
        }
        3 => visit(story, &customer, at),
        4 => note(story, &customer, at, None),
        5 => promise(story, &customer, at),
        6..=8 if customer.may_advertise => marketing::newsletter(story, &customer, at),
        9 if customer.is_organisation() => plan_a_meeting(story, &customer, at),
        10 if customer.is_organisation() => executive_visit(story, &customer, at),
        11 if story.chance(0.3) => sign_of_change(story, &customer, at),
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
        let actor = story.company.person_at(customer.seat, at);
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
    let rang = if reached { story.rng.i64(3..45) } else { story.rng.i64(25..120) };
    let logged = TouchCallLogged {
        direction: if outbound { Direction::Outbound } else { Direction::Inbound }.into(),
        outcome: if reached { Outcome::Reached } else { Outcome::NoAnswer }.into(),
        duration: Some(time::duration_to_proto(minutes * MINUTE)),
        purpose: purpose.to_owned(),
        initiative: String::new(),
        approach: if deal.is_some() { tongue::pick(&mut story.rng, &APPROACHES) } else { "" }.to_owned(),
        waited: Some(time::duration_to_proto(rang * SECOND)),
        personal: (!summary.is_empty()).then_some(touch_call_logged::Personal { summary }),
    };
    let actor = story.company.person_at(customer.seat, at);
    story.tell(concerning(
        deal,
        Happening::of(party, at, Kind::TouchCallLogged(logged)).by(actor).via("phone"),
    ))
}

/// A call about a ticket, of whoever works on it.
pub(crate) fn service_call(story: &mut Telling, agent: &Actor, party: &str, ticket: &str, at: i64) {
    use touch_call_logged::Outcome;
    let reached = story.chance(0.8);
    let minutes = if reached { story.rng.i64(3..20) } else { 0 };
    let rang = if reached { story.rng.i64(3..30) } else { story.rng.i64(25..90) };
    let logged = TouchCallLogged {
        direction: if story.chance(0.6) { Direction::Outbound } else { Direction::Inbound }.into(),
        outcome: if reached { Outcome::Reached } else { Outcome::NoAnswer }.into(),
        duration: Some(time::duration_to_proto(minutes * MINUTE)),
        purpose: "service".to_owned(),
        waited: Some(time::duration_to_proto(rang * SECOND)),
        ..TouchCallLogged::default()
    };
    let happening = Happening::of(party, at, Kind::TouchCallLogged(logged)).by(agent.clone()).via("phone");
    story.tell(happening.about("ticket", ticket).part_of(ticket));
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
    let mut happening = Happening::of(&speaker.id, at, Kind::TouchMessageExchanged(exchanged)).via(channel);
    if !inbound {
        happening = happening.by(story.company.person_at(customer.seat, at)).recorded_at(at + SECOND);
    }
    story.tell(happening);
}

/// A meeting at the customer's, of the one who looks after it.
pub(crate) fn meeting(story: &mut Telling, customer: &Customer, at: i64, deal: Option<&str>) {
    let owner = story.company.person_at(customer.seat, at);
    let approach = if deal.is_some() && story.chance(0.5) { DEMONSTRATION } else { "" };
    meeting_with(story, customer, (owner, at), ("site visit", approach), deal);
}

/// Somebody of the management comes.
pub(crate) fn executive_visit(story: &mut Telling, customer: &Customer, at: i64) {
    meeting_with(story, customer, (management(), at), ("care", ""), None);
}

/// A meeting at the customer's, with somebody who acts for it.
fn meeting_with(
    story: &mut Telling,
    customer: &Customer,
    (host, at): (Actor, i64),
    (purpose, approach): (&str, &str),
    deal: Option<&str>,
) {
    use touch_meeting_held::Status;
    let speaker = customer.speaker(&mut story.rng);
    let held = story.chance(0.93);
    let minutes = if held { story.rng.i64(3..10) * 15 } else { 0 };
    let meeting = TouchMeetingHeld {
        status: if held { Status::Held } else { Status::NoShow }.into(),
        place: "customer".to_owned(),
        duration: Some(time::duration_to_proto(minutes * MINUTE)),
        purpose: purpose.to_owned(),
        approach: approach.to_owned(),
        personal: Some(touch_meeting_held::Personal {
            participants: vec![speaker.name.clone(), host.display_name.clone()],
            summary: if held { speaker.tongue.note(&mut story.rng) } else { String::new() },
        }),
    };
    story.tell(concerning(
        deal,
        Happening::of(&customer.id, at, Kind::TouchMeetingHeld(meeting)).by(host).via("visit"),
    ));
}

/// A meeting is planned, and takes place.
fn plan_a_meeting(story: &mut Telling, customer: &Customer, at: i64) {
    let owner = story.company.person_at(customer.seat, at);
    let when = story.later(at, 3..21);
    let planned = TouchMeetingHeld {
        status: touch_meeting_held::Status::Planned.into(),
        place: "customer".to_owned(),
        purpose: "advice".to_owned(),
        ..TouchMeetingHeld::default()
    };
    let planned = Happening::of(&customer.id, when, Kind::TouchMeetingHeld(planned)).by(owner.clone());
    story.tell(planned.via("visit").planned_at(at));
    meeting_with(story, customer, (owner, when), ("advice", ""), None);
}

/// Something changes at the customer's; somebody calls, sooner or later, and a deal may come of it.
fn sign_of_change(story: &mut Telling, customer: &Customer, at: i64) {
    let sign = if customer.is_organisation() { "builds" } else { "moves_house" };
    party::fact(story, &customer.id, Category::ChangeSignal, sign, "announced".to_owned(), at);
    let called = story.later(at, 0..12);
    conversation(story, customer, called, "advice", None);
    if story.chance(0.4) {
        let opened = story.later(called, 5..40);
        story.begin(Chapter::Deal(customer.number), opened);
    }
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
    let tags =
        if story.chance(0.1) { vec![tongue::pick(&mut story.rng, &LABELS).to_owned()] } else { Vec::new() };
    let recorded = NoteRecorded {
        tags,
        scope: scope.into(),
        kind: "conversation".to_owned(),
        personal: Some(note_recorded::Personal { text }),
        ..NoteRecorded::default()
    };
    let owner = story.company.person_at(customer.seat, at);
    story.tell(concerning(deal, Happening::of(party, at, Kind::NoteRecorded(recorded)).by(owner)));
}

fn visit(story: &mut Telling, customer: &Customer, at: i64) {
    use touch_visit_recorded::Place;
    let (place, code) = match story.rng.u32(0..10) {
        0..=5 => (Place::Web, "web"),
        6 | 7 => (Place::Shop, "shop"),
        8 => (Place::Office, "office"),
        _ => (Place::Site, "site"),
    };
    let on_the_web = place == Place::Web;
    let visit = TouchVisitRecorded {
        place: place.into(),
        session: if on_the_web { format!("{:08x}", story.rng.u32(..)) } else { String::new() },
        pages: if on_the_web { vec!["/".to_owned(), "/products/heat-pump-8".to_owned()] } else { Vec::new() },
    };
    story.tell(Happening::of(&customer.id, at, Kind::TouchVisitRecorded(visit)).via(code));
    match place {
        Place::Web if story.chance(0.2) => survey::poll(story, customer, at + 5 * MINUTE),
        Place::Shop | Place::Office if story.chance(0.5) => survey::at_ease(story, customer, code, at + HOUR),
        Place::Web | Place::Shop | Place::Office | Place::Site | Place::Unspecified => {}
    }
}

fn promise(story: &mut Telling, customer: &Customer, at: i64) {
    use agreement_recorded::Status;
    let owner = story.company.person_at(customer.seat, at);
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
