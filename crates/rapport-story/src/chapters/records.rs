//! The company's own history, and who was shown what is recorded.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{NoteRecorded, RecordDisclosed, note_recorded, payload::Kind, record_disclosed::Recipient},
};

use crate::{
    chapters::{pipeline::second_version_at, showcase::SHOWCASE},
    happening::Happening,
    telling::Telling,
    world::{calendar::DAY, company::management},
};

/// What is told of each turning point.
const TURNING_POINTS: [&str; 3] =
    ["The showroom in Rīga opens", "Financing becomes a stage of its own", "New price list"];

/// When they happen.
pub(crate) fn turning_points(story: &Telling) -> [i64; 3] {
    [story.now + 150 * DAY, second_version_at(story), story.milestones.end.as_micros() - 150 * DAY]
}

/// A note on the company itself.
pub(crate) fn turning_point(story: &mut Telling, place: usize) {
    let at = story.now;
    let note = NoteRecorded {
        scope: note_recorded::Scope::Company.into(),
        kind: "milestone".to_owned(),
        personal: Some(note_recorded::Personal {
            text: TURNING_POINTS.get(place).copied().unwrap_or_default().to_owned(),
        }),
        ..NoteRecorded::default()
    };
    story.tell(Happening::of("", at, Kind::NoteRecorded(note)).by(management()).recorded_at(at));
}

/// The record of a customer is shown: to the auditor every quarter, once a year to the customer.
pub(crate) fn disclosure(story: &mut Telling, quarter: u32) {
    let at = story.now;
    let to = if quarter % 4 == 2 { Recipient::Subject } else { Recipient::Auditor };
    let disclosed = RecordDisclosed {
        to: to.into(),
        query: format!("timeline {SHOWCASE}"),
        as_of: Some(time::to_proto(Timestamp::from_micros(at))),
        result_hash: story.digest(),
    };
    story
        .tell(Happening::of(SHOWCASE, at, Kind::RecordDisclosed(disclosed)).by(management()).recorded_at(at));
}
