//! The organisation's own people: who is there, what is handed over, what is earned.

use rapport_model::Timestamp;
use rapport_proto::{
    event_type,
    v1::{handover_progressed::Step, payload::Kind, staff_status_changed::Status},
};

use super::{Believed, Projection, clocks::moment};
use crate::{
    rows::{HandoverRow, HandoverStep, IncentiveRow, ObjectId, StaffRow, StaffStatus},
    table::{Dictionary, Out},
};

/// Status, handovers and incentives.
pub const STAFF: Projection = Projection {
    reads: &[
        event_type::STAFF_STATUS_CHANGED,
        event_type::HANDOVER_PROGRESSED,
        event_type::INCENTIVE_ACCRUED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at, by) = (believed.position(), believed.occurred_at, &believed.event);
    match believed.kind {
        Kind::StaffStatusChanged(changed) => {
            let status = match changed.status() {
                Status::Joined => StaffStatus::Joined,
                Status::Left => StaffStatus::Left,
                Status::Absent => StaffStatus::Absent,
                Status::Returned => StaffStatus::Returned,
                Status::Unspecified => return,
            };
            let row = StaffRow {
                position,
                occurred_at,
                staff: out.symbol(&changed.staff_id),
                status,
                substitute: out.symbol(&changed.substitute),
                begins: moment(changed.from.as_ref()).unwrap_or(occurred_at),
                ends: moment(changed.to.as_ref()).unwrap_or(Timestamp::MAX),
                department: out.symbol(by.actor_department),
                branch: out.symbol(by.actor_branch),
            };
            out.put(&row);
        }
        Kind::HandoverProgressed(progressed) => {
            let step = match progressed.step() {
                Step::Started => HandoverStep::Started,
                Step::ItemAcknowledged => HandoverStep::Acknowledged,
                Step::Completed => HandoverStep::Completed,
                Step::Unspecified => return,
            };
            let item = match progressed.item.as_str() {
                "" => ObjectId::NOBODY,
                item => out.name(Dictionary::Object, item),
            };
            let row = HandoverRow {
                position,
                occurred_at,
                customer: out.party(by.customer),
                handover: out.name(Dictionary::Object, &format!("handover:{}", progressed.handover_id)),
                step,
                item,
                staff: out.symbol(by.actor_id),
            };
            out.put(&row);
        }
        Kind::IncentiveAccrued(accrued) => {
            let bonus = accrued.amount.as_ref();
            let row = IncentiveRow {
                position,
                occurred_at,
                staff: out.symbol(&accrued.staff_id),
                scheme: out.symbol(&accrued.scheme),
                version: accrued.version,
                metric: out.symbol(&accrued.metric),
                value: accrued.value,
                bonus_minor_units: bonus.map(|bonus| bonus.minor_units),
                currency: out.symbol(bonus.map_or("", |bonus| &bonus.currency)),
                evidence: accrued.evidence_event_ids.iter().map(|id| out.symbol(id)).collect(),
            };
            out.put(&row);
        }
        _ => {}
    }
}
