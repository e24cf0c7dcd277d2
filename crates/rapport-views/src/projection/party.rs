//! What every view needs beside its own rows: merges, contacts of organisations, definitions.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{party_role_assigned::Role, payload::Kind},
};

use super::{Believed, moment};

/// What an event says that every view needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common<'a> {
    /// `party.merged`.
    Merge {
        /// The party that stands for both.
        survivor: &'a str,
        /// The party that is read as the survivor.
        absorbed: &'a str,
    },
    /// `party.unmerged`.
    Unmerge {
        /// The id of the event that merged.
        merge_event_id: &'a str,
    },
    /// `party.role_assigned` with `contact_of`.
    Contact {
        /// Who acts.
        person: &'a str,
        /// For whom.
        organisation: &'a str,
        /// Inclusive.
        from: Timestamp,
        /// Exclusive.
        to: Timestamp,
    },
    /// `definition.published`.
    Definition {
        /// Such as `pipeline`.
        kind: &'a str,
        /// Its code.
        code: &'a str,
        /// Its version.
        version: u32,
        /// From when it holds.
        effective_from: Timestamp,
        /// JSON.
        body: &'a str,
    },
}

/// The types of which [`common`] knows something.
pub const READS: &[u32] = &[
    event_type::PARTY_ROLE_ASSIGNED,
    event_type::DEFINITION_PUBLISHED,
    event_type::PARTY_MERGED,
    event_type::PARTY_UNMERGED,
];

/// What an event says that every view needs, if it says anything of the kind.
#[must_use]
pub fn common<'a>(believed: &Believed<'a>) -> Option<Common<'a>> {
    match believed.kind {
        Kind::PartyMerged(merged) => {
            Some(Common::Merge { survivor: &merged.survivor, absorbed: &merged.absorbed })
        }
        Kind::PartyUnmerged(unmerged) => Some(Common::Unmerge { merge_event_id: &unmerged.merge_event_id }),
        Kind::PartyRoleAssigned(role) if role.role() == Role::ContactOf => Some(Common::Contact {
            person: believed.event.customer,
            organisation: &role.related_party,
            from: moment(role.from.as_ref()).unwrap_or(believed.occurred_at),
            to: moment(role.to.as_ref()).unwrap_or(Timestamp::MAX),
        }),
        Kind::DefinitionPublished(published) => Some(Common::Definition {
            kind: &published.kind,
            code: &published.code,
            version: published.version,
            effective_from: moment(published.effective_from.as_ref()).unwrap_or(believed.occurred_at),
            body: &published.body,
        }),
        _ => None,
    }
}
