//! What every view needs beside its own rows: merges, contacts of organisations, definitions.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{party_role_assigned::Role, payload::Kind},
};

use super::{Believed, Projection, clocks::moment};
use crate::{
    rows::{ContactRow, DefinitionRow, MergeRow, UnmergeRow, storable},
    table::Out,
};

/// Who is who, and definitions.
pub const PARTIES: Projection = Projection {
    reads: &[
        event_type::PARTY_ROLE_ASSIGNED,
        event_type::DEFINITION_PUBLISHED,
        event_type::PARTY_MERGED,
        event_type::PARTY_UNMERGED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    match believed.kind {
        Kind::PartyMerged(merged) => {
            // An event of the log has an id.
            let Ok(event_id) = believed.event.id.parse() else { return };
            let (survivor, absorbed) = (out.party(&merged.survivor), out.party(&merged.absorbed));
            out.put(&MergeRow { position, occurred_at, survivor, absorbed, event_id });
        }
        Kind::PartyUnmerged(unmerged) => {
            let merge_event_id = unmerged.merge_event_id.parse().ok();
            out.put(&UnmergeRow { position, occurred_at, merge_event_id });
        }
        Kind::PartyRoleAssigned(role) if role.role() == Role::ContactOf => {
            let row = ContactRow {
                position,
                occurred_at,
                person: out.party(believed.event.customer),
                organisation: out.party(&role.related_party),
                valid_from: moment(role.from.as_ref()).unwrap_or(occurred_at),
                valid_to: moment(role.to.as_ref()).unwrap_or(Timestamp::MAX),
            };
            out.put(&row);
        }
        Kind::DefinitionPublished(published) => out.put(&DefinitionRow {
            position,
            occurred_at,
            kind: published.kind.clone(),
            code: storable(&published.code).into_owned(),
            version: published.version,
            effective_from: moment(published.effective_from.as_ref()).unwrap_or(occurred_at),
            body: storable(&published.body).into_owned(),
        }),
        _ => {}
    }
}
