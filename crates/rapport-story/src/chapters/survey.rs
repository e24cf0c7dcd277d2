//! Customers are asked, and some answer.

use rapport_proto::v1::{
    Instrument, Scale, SurveyAnswered, SurveySent, payload::Kind, scale, survey_answered,
};

use crate::{
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{self, DAY, HOUR},
        customer::{Contact, Customer},
    },
};

/// How many of those who are asked answer.
const RESPONSE_SHARE: f64 = 0.38;
/// How many answers come with a comment.
const COMMENT_SHARE: f64 = 0.45;

/// A question put to somebody.
struct Question<'a> {
    id: String,
    instrument: Instrument,
    trigger: &'static str,
    customer: &'a Customer,
    speaker: &'a Contact,
    product: &'a str,
}

/// The quarter's survey: everybody who bought is asked within some days.
pub(crate) fn wave(story: &mut Telling) {
    let at = story.now;
    let asked: Vec<u32> =
        story.customers.iter().filter(|customer| customer.active).map(|customer| customer.number).collect();
    for number in asked {
        let when = story.later(at, 0..10);
        story.begin(Chapter::Asked(number), when);
    }
}

/// One customer is asked how likely it is to recommend; of an organisation, everybody who acts for it.
pub(crate) fn asked(story: &mut Telling, number: u32) {
    let Some(customer) = story.customer(number) else { return };
    let at = story.now;
    let mut speakers = customer.contacts.clone();
    if speakers.is_empty() {
        speakers.push(customer.speaker(&mut story.rng));
    }
    for speaker in &speakers {
        let question = Question {
            id: format!("NPS-{}-{}", calendar::quarter(at), speaker.id),
            instrument: Instrument::Nps,
            trigger: "quarter",
            customer: &customer,
            speaker,
            product: "",
        };
        ask(story, &question, RESPONSE_SHARE, at);
    }
}

/// After a delivery: how satisfied?
pub(crate) fn after_delivery(story: &mut Telling, customer: &Customer, order: &str, product: &str, at: i64) {
    let speaker = customer.speaker(&mut story.rng);
    let question = Question {
        id: format!("CSAT-{order}"),
        instrument: Instrument::Csat,
        trigger: "delivery",
        customer,
        speaker: &speaker,
        product,
    };
    ask(story, &question, 0.5, at);
}

/// What matters about a delivery, and how much.
const ATTRIBUTES: [(&str, f64); 3] = [("punctuality", 0.9), ("workmanship", 0.8), ("cleanliness", 0.5)];

/// For some deliveries: how was each side of it, and how much does it matter?
pub(crate) fn attributes(story: &mut Telling, customer: &Customer, order: &str, late: bool, at: i64) {
    if !story.chance(0.15) {
        return;
    }
    let speaker = customer.speaker(&mut story.rng);
    for (question, matters) in ATTRIBUTES {
        let spoilt = if late && question == "punctuality" { 0.5 } else { 1.0 };
        let mut answered = plain(story, customer, (1.0, 5.0), spoilt);
        answered.survey_id = ["ATTR-", order].concat();
        answered.question = question.to_owned();
        answered.wave = calendar::quarter(at);
        answered.importance = Some(((matters + 0.2 * (story.rng.f64() - 0.5)) * 20.0).round() / 20.0);
        story.tell(Happening::of(&speaker.id, at, Kind::SurveyAnswered(answered)).via("web").part_of(order));
    }
}

/// After a visit to a shop or an office: was the customer at ease there?
pub(crate) fn at_ease(story: &mut Telling, customer: &Customer, place: &str, at: i64) {
    let warmth = if place == "office" { 0.75 } else { 1.0 };
    let mut answered = plain(story, customer, (1.0, 5.0), warmth);
    answered.survey_id = "at-ease".to_owned();
    answered.question = "at_ease".to_owned();
    let happening = Happening::of(&customer.id, at, Kind::SurveyAnswered(answered)).via("tablet");
    story.tell(happening.about("place", place));
}

/// A poll on the web site: nobody knows who responded.
pub(crate) fn poll(story: &mut Telling, customer: &Customer, at: i64) {
    let mut answered = plain(story, customer, (0.0, 1.0), 1.0);
    answered.survey_id = "site-poll".to_owned();
    answered.question = "found_what_i_wanted".to_owned();
    answered.tier = String::new();
    let mood = story.customer(customer.number).map_or(0.5, |customer| customer.mood);
    answered.value = Some(if story.chance(0.85 * mood) { 1.0 } else { 0.0 });
    story.tell(Happening::of("", at, Kind::SurveyAnswered(answered)).via("web"));
}

/// What the customer feels, times `share`, on a scale: a question of the company's own, so far without survey, question and wave.
fn plain(story: &mut Telling, customer: &Customer, (min, max): (f64, f64), share: f64) -> SurveyAnswered {
    let mood = story.customer(customer.number).map_or(0.5, |customer| customer.mood);
    let felt = (mood * share + 0.35 * (story.rng.f64() - 0.4)).clamp(0.0, 1.0);
    SurveyAnswered {
        instrument: Instrument::Custom.into(),
        scale: Some(Scale { min, max, better: scale::Better::High.into() }),
        value: Some((min + felt * (max - min)).round()),
        tier: customer.tier.to_owned(),
        ..SurveyAnswered::default()
    }
}

/// After a ticket: how much effort?
pub(crate) fn after_service(
    story: &mut Telling,
    customer: &Customer,
    speaker: &Contact,
    ticket: &str,
    at: i64,
) {
    let question = Question {
        id: format!("CES-{ticket}"),
        instrument: Instrument::Ces,
        trigger: "ticket",
        customer,
        speaker,
        product: "",
    };
    ask(story, &question, 0.45, at);
}

fn ask(story: &mut Telling, question: &Question<'_>, share: f64, at: i64) {
    let wave = calendar::quarter(at);
    let sent = SurveySent {
        survey_id: question.id.clone(),
        instrument: question.instrument.into(),
        version: "1".to_owned(),
        wave: wave.clone(),
        trigger: question.trigger.to_owned(),
    };
    let happening = Happening::of(&question.speaker.id, at, Kind::SurveySent(sent)).via("email");
    let sent = story.tell(happening.part_of(&question.id));
    if story.chance(share) {
        // Their mood as it is now: what happened since the story of the customer was copied counts.
        let mood = story.customer(question.customer.number).map_or(0.5, |customer| customer.mood);
        let when = at + HOUR + story.rng.i64(0..9 * DAY);
        let answered = answer(story, question, mood, wave);
        let channel = if story.chance(0.8) { "email" } else { "phone" };
        let mut happening = Happening::of(&question.speaker.id, when, Kind::SurveyAnswered(answered))
            .because_of(&sent)
            .part_of(&question.id)
            .via(channel);
        if channel == "phone" {
            happening = happening.by(story.company.person_at(question.customer.seat, when));
        }
        let told = story.tell(happening);
        // An answer given in the name of somebody else, found out later.
        if story.chance(0.004) {
            let actor = story.company.person_at(question.customer.seat, when);
            story.retract(&told, 2..40, actor, "answered by somebody else");
        }
    }
}

fn answer(story: &mut Telling, question: &Question<'_>, mood: f64, wave: String) -> SurveyAnswered {
    let (min, max) = match question.instrument {
        Instrument::Nps => (0.0, 10.0),
        Instrument::Csat => (1.0, 5.0),
        Instrument::Ces => (1.0, 7.0),
        Instrument::Custom | Instrument::Unspecified => (0.0, 1.0),
    };
    let felt = (mood + 0.35 * (story.rng.f64() - 0.4)).clamp(0.0, 1.0);
    let tongue = question.speaker.tongue;
    let personal = story
        .chance(COMMENT_SHARE)
        .then(|| survey_answered::Personal { comment: tongue.comment(&mut story.rng, felt).to_owned() });
    SurveyAnswered {
        survey_id: question.id.clone(),
        instrument: question.instrument.into(),
        question: String::new(),
        scale: Some(Scale { min, max, better: scale::Better::High.into() }),
        value: Some((min + felt * (max - min)).round()),
        wave,
        product: question.product.to_owned(),
        tier: question.customer.tier.to_owned(),
        expectation: story.chance(0.5).then_some(if felt > 0.9 { 1 } else { -i32::from(felt < 0.6) }),
        importance: None,
        personal,
    }
}
