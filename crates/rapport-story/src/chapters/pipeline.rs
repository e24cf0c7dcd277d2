//! The pipeline in its two versions.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{DefinitionPublished, payload::Kind},
};

use crate::{
    happening::Happening,
    telling::Telling,
    world::{calendar::DAY, company::management},
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

/// From when on the second version holds.
pub(crate) fn second_version_at(story: &Telling) -> i64 {
    let day = (story.milestones.year_ago.as_micros() + SECOND_VERSION_AFTER).div_euclid(DAY);
    day * DAY
}
