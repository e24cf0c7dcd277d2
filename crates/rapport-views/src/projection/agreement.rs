//! What was promised, attached and disclosed.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{agreement_recorded::Status, payload::Kind, record_disclosed::Recipient},
};

use super::{Believed, Projection, clocks::moment};
use crate::{
    rows::{AgreementRow, AgreementStatus, ArtifactRow, DisclosedRow, DisclosedTo, ObjectId},
    table::{Dictionary, Out},
};

/// Agreements, attached files and disclosures.
pub const AGREEMENTS: Projection = Projection {
    reads: &[event_type::AGREEMENT_RECORDED, event_type::ARTIFACT_ATTACHED, event_type::RECORD_DISCLOSED],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at, by) = (believed.position(), believed.occurred_at, &believed.event);
    match believed.kind {
        Kind::AgreementRecorded(recorded) => {
            let status = match recorded.status() {
                Status::Made => AgreementStatus::Made,
                Status::Kept => AgreementStatus::Kept,
                Status::Broken => AgreementStatus::Broken,
                Status::Withdrawn => AgreementStatus::Withdrawn,
                Status::Unspecified => return,
            };
            let row = AgreementRow {
                position,
                occurred_at,
                customer: out.party(by.customer),
                agreement: agreement(&recorded.agreement_id, out),
                status,
                due: out.symbol(&recorded.due),
                supersedes: agreement(&recorded.supersedes, out),
                staff: out.symbol(by.actor_id),
            };
            out.put(&row);
        }
        Kind::ArtifactAttached(attached) => {
            let row = ArtifactRow {
                position,
                occurred_at,
                customer: out.party(by.customer),
                sha256: out.symbol(&attached.sha256),
                media_type: out.symbol(&attached.media_type),
                linked_to: out.symbol(&attached.linked_to),
                outcome: out.symbol(&attached.outcome),
                staff: out.symbol(by.actor_id),
            };
            out.put(&row);
        }
        Kind::RecordDisclosed(disclosed) => {
            let to = match disclosed.to() {
                Recipient::Auditor => DisclosedTo::Auditor,
                Recipient::Subject => DisclosedTo::Subject,
                Recipient::Authority => DisclosedTo::Authority,
                Recipient::Unspecified => return,
            };
            let row = DisclosedRow {
                position,
                occurred_at,
                customer: out.party(by.customer),
                to,
                as_of: moment(disclosed.as_of.as_ref()).unwrap_or(Timestamp::MAX),
                result_hash: out.symbol(&disclosed.result_hash),
                staff: out.symbol(by.actor_id),
            };
            out.put(&row);
        }
        _ => {}
    }
}

fn agreement(id: &str, out: &mut Out<'_>) -> ObjectId {
    if id.is_empty() {
        return ObjectId::NOBODY;
    }
    out.name(Dictionary::Object, &format!("agreement:{id}"))
}
