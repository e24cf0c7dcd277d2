//! How an event comes into the story: when it is recorded, and what goes wrong with it.

use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{Actor, Event, EventCorrected, EventRetracted, Payload, payload::Kind},
};
use uuid::Builder;

use crate::{
    telling::{Planned, Telling, What},
    world::calendar::{self, DAY, MINUTE, SECOND},
};

/// How often somebody records days later what happened today.
const LATE_SHARE: f64 = 0.04;

/// When an event is recorded.
#[derive(Debug, Clone, Copy)]
enum Recording {
    /// At once, by a machine.
    AtOnce,
    /// Within minutes, or days later when somebody forgot.
    ByHand,
    /// Then.
    At(i64),
    /// Then, although it has not happened yet.
    Ahead(i64),
}

/// What happened, before it has an id.
pub(crate) struct Happening {
    customer: String,
    at: i64,
    kind: Kind,
    actor: Option<Actor>,
    channel: &'static str,
    tags: Vec<String>,
    causation: String,
    correlation: String,
    recording: Recording,
}

/// The event as the story keeps it, to refer to.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Its id.
    pub id: String,
    /// When it is recorded.
    pub recorded_at: i64,
    stream: String,
    customer: String,
}

impl Happening {
    /// Something of a customer's history; an empty `customer` is the company itself.
    pub(crate) fn of(customer: impl Into<String>, at: i64, kind: Kind) -> Self {
        Self {
            customer: customer.into(),
            at,
            kind,
            actor: None,
            channel: "",
            tags: Vec::new(),
            causation: String::new(),
            correlation: String::new(),
            recording: Recording::AtOnce,
        }
    }

    /// Somebody did it, and enters it by hand.
    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.actor = Some(actor);
        self.recording = Recording::ByHand;
        self
    }

    /// The channel it came by.
    pub(crate) fn via(mut self, channel: &'static str) -> Self {
        self.channel = channel;
        self
    }

    /// Another thing it concerns.
    pub(crate) fn about(mut self, key: &str, id: &str) -> Self {
        self.tags.push([key, ":", id].concat());
        self
    }

    /// The event that caused it.
    pub(crate) fn because_of(mut self, cause: &Told) -> Self {
        self.causation = cause.id.clone();
        self
    }

    /// What it belongs together with.
    pub(crate) fn part_of(mut self, correlation: &str) -> Self {
        self.correlation = correlation.to_owned();
        self
    }

    /// Planned at that moment, for a later one.
    pub(crate) fn planned_at(mut self, moment: i64) -> Self {
        self.recording = Recording::Ahead(moment);
        self
    }

    /// Recorded at that moment, however late.
    pub(crate) fn recorded_at(mut self, moment: i64) -> Self {
        self.recording = Recording::At(moment);
        self
    }
}

impl Telling {
    /// Puts what happened into the story, to be recorded when its time comes.
    pub(crate) fn tell(&mut self, happening: Happening) -> Told {
        let recorded_at = self.recording_moment(happening.at, happening.recording);
        let id = self.event_id(recorded_at);
        let customer = happening.customer;
        let stream = if customer.is_empty() { "company".into() } else { ["customer-", &customer].concat() };
        let event = Event {
            id: id.clone(),
            customer: customer.clone(),
            tags: happening.tags,
            occurred_at: Some(time::to_proto(Timestamp::from_micros(happening.at))),
            actor: happening.actor,
            channel: happening.channel.to_owned(),
            source: "demo".to_owned(),
            correlation_id: happening.correlation,
            causation_id: happening.causation,
            payload: Payload { kind: Some(happening.kind) }.encode_to_vec().into(),
            ..Event::default()
        };
        let planned =
            Planned { recorded_at: Timestamp::from_micros(recorded_at), stream: stream.clone(), event };
        self.push(recorded_at, What::Record(Box::new(planned)));
        Told { id, recorded_at, stream, customer }
    }

    /// Somebody notices, after so many days, what an event should have said.
    pub(crate) fn correct(
        &mut self,
        target: &Told,
        days: std::ops::Range<i64>,
        replacement: Kind,
        actor: Actor,
        reason: &str,
    ) {
        let at = self.later(target.recorded_at, days);
        self.amend(target, at, correction(target, replacement, reason), actor);
    }

    /// Somebody notices, after so many days, that an event did not happen.
    pub(crate) fn retract(&mut self, target: &Told, days: std::ops::Range<i64>, actor: Actor, reason: &str) {
        let at = self.later(target.recorded_at, days);
        let retracted = EventRetracted { target_event_id: target.id.clone(), reason: reason.to_owned() };
        self.amend(target, at, Kind::EventRetracted(retracted), actor);
    }

    /// An event about an event; in the target's stream, strictly after it.
    pub(crate) fn amend(&mut self, target: &Told, at: i64, kind: Kind, actor: Actor) -> Told {
        let at = at.max(target.recorded_at + MINUTE);
        let told = self.tell(
            Happening::of(target.customer.clone(), at, kind).by(actor).because_of(target).recorded_at(at),
        );
        debug_assert_eq!(told.stream, target.stream, "a correction is beside its target");
        told
    }

    /// **Invariant:** never before the present moment of the story, and, unless it is planned, never before it happened.
    fn recording_moment(&mut self, happened: i64, recording: Recording) -> i64 {
        let moment = match recording {
            Recording::Ahead(moment) => return moment.max(self.now),
            Recording::AtOnce => happened + SECOND,
            Recording::At(moment) => moment,
            Recording::ByHand if self.rng.f64() < LATE_SHARE => {
                let days = self.rng.i64(1..21);
                calendar::working_moment(&mut self.rng, happened + days * DAY)
            }
            Recording::ByHand => happened + self.rng.i64(MINUTE..40 * MINUTE),
        };
        moment.max(happened).max(self.now)
    }

    /// A UUIDv7 of the moment of recording and of the story's own chance.
    fn event_id(&mut self, recorded_at: i64) -> String {
        let mut random = [0; 10];
        self.rng.fill(&mut random);
        let millis = u64::try_from(recorded_at / 1_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid().hyphenated().to_string()
    }
}

/// What the target should have said.
pub(crate) fn correction(target: &Told, replacement: Kind, reason: &str) -> Kind {
    Kind::EventCorrected(Box::new(EventCorrected {
        target_event_id: target.id.clone(),
        replacement: Some(Box::new(Payload { kind: Some(replacement) })),
        reason: reason.to_owned(),
        ..EventCorrected::default()
    }))
}
