//! What is of a special category of personal data (GDPR article 9), and what answers withhold of it unless they are asked
//! for it.
//!
//! This keeps such data off screens on which it has no business. It is no right: whoever may ask for a timeline may ask for
//! this, too, and reads it in the events.

use rapport_proto::v1::{party_fact_recorded::Sensitivity, payload::Kind};

/// What a summary says in the place of what is withheld.
pub const WITHHELD: &str = "withheld: special category";

/// Takes what describes the person out of a content of a special category; says whether there was any.
pub fn withhold(kind: &mut Kind) -> bool {
    match kind {
        Kind::PartyFactRecorded(fact) if fact.sensitivity() == Sensitivity::Special => {
            fact.personal.take().is_some()
        }
        Kind::NoteRecorded(note) if note.sensitivity() == Sensitivity::Special => {
            note.personal.take().is_some()
        }
        _ => false,
    }
}
