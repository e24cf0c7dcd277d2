//! Photographs of finished work, and what became of it.

use rapport_proto::v1::{ArtifactAttached, artifact_attached, payload::Kind};

use crate::{
    happening::{Happening, Told},
    telling::Telling,
    world::{calendar::HOUR, customer::Customer, tongue},
};

/// How many deliveries are photographed.
const SHARE: f64 = 0.35;

/// A photograph of what was installed, for some.
pub(crate) fn perhaps(story: &mut Telling, customer: &Customer, delivery: &Told, delivered: i64) {
    if !story.chance(SHARE) {
        return;
    }
    let mood = story.customer(customer.number).map_or(0.5, |customer| customer.mood);
    let outcome = match mood + 0.3 * (story.rng.f64() - 0.5) {
        felt if felt > 0.8 => "liked",
        felt if felt > 0.5 => "accepted",
        _ => "to_redo",
    };
    let attached = ArtifactAttached {
        sha256: story.digest(),
        media_type: if story.chance(0.9) { "image/jpeg" } else { "video/mp4" }.to_owned(),
        size: Some(story.rng.u64(400_000..6_000_000)),
        linked_to: delivery.id.clone(),
        outcome: outcome.to_owned(),
        personal: Some(artifact_attached::Personal {
            caption: tongue::pick(&mut story.rng, customer.tongue.wishes).to_owned(),
        }),
    };
    let by = story.company.person_at(customer.seat, delivered);
    let attached = Happening::of(&customer.id, delivered + 3 * HOUR, Kind::ArtifactAttached(attached));
    story.tell(attached.by(by).because_of(delivery));
}
