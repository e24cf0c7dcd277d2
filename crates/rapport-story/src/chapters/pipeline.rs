//! The pipeline in its two versions, and what is begun on the first day.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{DefinitionPublished, payload::Kind},
};

use crate::{
    chapters::staff,
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{DAY, HOUR},
        company::management,
    },
};

/// The pipeline of every deal.
pub const PIPELINE: &str = "sales";
/// Stages with names and probabilities, as first published.
const STAGES_1: [(&str, &str, f64); 5] = [
    ("enquiry", "Enquiry", 0.10),
    ("site-visit", "Site visit", 0.25),
    ("offer", "Offer", 0.45),
    ("negotiation", "Negotiation", 0.65),
    ("contract", "Contract", 0.85),
];
/// The second version: one more stage, and what the first year taught.
const STAGES_2: [(&str, &str, f64); 6] = [
    ("enquiry", "Enquiry", 0.15),
    ("site-visit", "Site visit", 0.30),
    ("offer", "Offer", 0.45),
    ("negotiation", "Negotiation", 0.60),
    ("financing", "Financing", 0.75),
    ("contract", "Contract", 0.90),
];
/// How long after the middle of the story the second version holds.
const SECOND_VERSION_AFTER: i64 = 30 * DAY;

/// The stages of a deal that is opened at this moment.
pub(crate) fn stages_at(story: &Telling, moment: i64) -> Vec<&'static str> {
    if moment < second_version_at(story) {
        STAGES_1.iter().map(|(code, ..)| *code).collect()
    } else {
        STAGES_2.iter().map(|(code, ..)| *code).collect()
    }
}

/// The first day: people, the pipeline, and all that recurs.
pub(crate) fn open(story: &mut Telling) {
    let start = story.now;
    publish(story, 1);
    story.begin(Chapter::NewPipeline, second_version_at(story) - 7 * DAY);
    story.begin(Chapter::Fair, story.milestones.year_ago.as_micros() - 30 * DAY);
    for seat in 0..story.company.seats.len() {
        let person = story.company.person(seat);
        staff::joined(story, &person, start + HOUR);
        // Every fourth seat changes hands once.
        if seat % 4 == 2 {
            let at = story.later(start, 120..640);
            story.begin(Chapter::Leaving(seat), at);
        }
    }
    for half_year in 0..4_u32 {
        story.begin(Chapter::Campaign(half_year), start + i64::from(half_year) * 182 * DAY + 10 * DAY);
    }
    for quarter in 0..8 {
        story.begin(Chapter::Wave, start + quarter * 91 * DAY + 60 * DAY);
    }
}

/// Publishes a version of the pipeline.
pub(crate) fn publish(story: &mut Telling, version: u32) {
    let (stages, effective_from) = match version {
        1 => (STAGES_1.to_vec(), story.now),
        _ => (STAGES_2.to_vec(), second_version_at(story)),
    };
    let stages: Vec<_> = stages
        .into_iter()
        .map(|(code, name, probability)| serde_json::json!({"code": code, "name": name, "probability": probability}))
        .collect();
    let definition = DefinitionPublished {
        kind: "pipeline".to_owned(),
        code: PIPELINE.to_owned(),
        version,
        effective_from: Some(time::to_proto(Timestamp::from_micros(effective_from))),
        body: serde_json::json!({ "stages": stages }).to_string(),
        approver: management().id,
    };
    let at = story.now;
    story.tell(Happening::of("", at, Kind::DefinitionPublished(definition)).by(management()).recorded_at(at));
}

fn second_version_at(story: &Telling) -> i64 {
    let day = (story.milestones.year_ago.as_micros() + SECOND_VERSION_AFTER).div_euclid(DAY);
    day * DAY
}
