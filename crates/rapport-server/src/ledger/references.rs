//! Events that refer to other events: their targets must exist in the ledger or earlier in the same request.
//!
//! These are the only checks at append, besides the log's own, that need the content of the ledger.

use prost::Message;
use rapport_log::Reader;
use rapport_model::{AppendRequest, EventId, NewEvent};
use rapport_proto::{
    event_type::{CUSTOM, field_of_name, payload_field},
    v1::{Payload, payload::Kind},
    validate::{Invalid, Violation},
};

use crate::door::refusal::Refusal;

const CORRECTED: &str = "event.corrected";
const RETRACTED: &str = "event.retracted";
const MERGED: &str = "party.merged";
const UNMERGED: &str = "party.unmerged";

/// One event's word about another.
struct Reference {
    /// The path of the field in the request.
    field: String,
    target: Option<EventId>,
    demand: Demand,
}

/// What the target must be.
enum Demand {
    /// Anything.
    Event,
    /// Of the type whose payload has this number.
    OfKind(u32),
    /// A merge.
    Merge,
}

/// Whether a request refers to other events at all; most do not.
pub(super) fn any(request: &AppendRequest) -> bool {
    events(request).any(|(_, event)| is_reference(event))
}

/// Checks every reference of a request. Reads the log: not for an async thread.
///
/// # Errors
/// A target does not exist or is of the wrong type, or the log cannot be read.
pub(super) fn check(request: &AppendRequest, reader: &Reader) -> Result<(), Refusal> {
    let mut violations = Vec::new();
    for (place, (path, event)) in events(request).enumerate() {
        let Some(reference) = reference(&path, event) else { continue };
        let earlier = events(request).take(place).map(|(_, event)| event);
        let found = match reference.target {
            Some(target) => type_of(target, earlier, reader)?,
            None => None,
        };
        if let Some(description) = fault(&reference, found.as_deref()) {
            violations.push(Violation { field: reference.field, description });
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Invalid { violations }.into()) }
}

fn events(request: &AppendRequest) -> impl Iterator<Item = (Path, &NewEvent)> {
    request.appends.iter().enumerate().flat_map(|(append, stream)| {
        stream.events.iter().enumerate().map(move |(event, offered)| (Path { append, event }, offered))
    })
}

/// The place of an event in its request.
struct Path {
    append: usize,
    event: usize,
}

impl Path {
    fn field(&self, field: &str) -> String {
        format!("appends[{}].events[{}].payload.{field}", self.append, self.event)
    }
}

fn is_reference(event: &NewEvent) -> bool {
    matches!(event.event_type.as_str(), CORRECTED | RETRACTED | UNMERGED)
}

fn reference(path: &Path, event: &NewEvent) -> Option<Reference> {
    if !is_reference(event) {
        return None;
    }
    // Validation has read these bytes before.
    let payload = Payload::decode(event.payload.clone()).ok()?;
    let (field, target, demand) = match payload.kind? {
        Kind::EventCorrected(correction) => {
            let demand = match &correction.replacement {
                Some(replacement) => Demand::OfKind(payload_field(&replacement.encode_to_vec()).unwrap_or(0)),
                None => Demand::Event,
            };
            ("event_corrected.target_event_id", correction.target_event_id, demand)
        }
        Kind::EventRetracted(retraction) => {
            ("event_retracted.target_event_id", retraction.target_event_id, Demand::Event)
        }
        Kind::PartyUnmerged(unmerge) => {
            ("party_unmerged.merge_event_id", unmerge.merge_event_id, Demand::Merge)
        }
        // Named like a reference by its client, but another payload; validation refuses that.
        _ => return None,
    };
    Some(Reference { field: path.field(field), target: target.parse().ok(), demand })
}

/// The target's type: from the request's earlier events, else from the log.
fn type_of<'a>(
    target: EventId,
    mut earlier: impl Iterator<Item = &'a NewEvent>,
    reader: &Reader,
) -> Result<Option<String>, Refusal> {
    if let Some(event) = earlier.find(|event| event.id == target) {
        return Ok(Some(event.event_type.clone()));
    }
    let Some(recorded) = reader.by_id(target)? else { return Ok(None) };
    Ok(Some(recorded.envelope()?.event_type.to_owned()))
}

fn fault(reference: &Reference, found: Option<&str>) -> Option<String> {
    let Some(found) = found else {
        return Some(
            "expected the id of an event in the ledger or earlier in this request; no event has this id"
                .to_owned(),
        );
    };
    match reference.demand {
        Demand::Event => None,
        Demand::Merge if found == MERGED => None,
        Demand::Merge => Some(format!("expected the id of a `{MERGED}` event, found one of type `{found}`")),
        Demand::OfKind(kind) if kind == field_of_name(found).unwrap_or(CUSTOM) => None,
        Demand::OfKind(_) => {
            Some(format!("the target is of type `{found}`; its replacement must be of the same type"))
        }
    }
}
