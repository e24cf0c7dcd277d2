//! Deliveries and projects.

use rapport_proto::{
    event_type,
    v1::{ProjectMilestoneRecorded, payload::Kind, project_milestone_recorded::Cause},
};

use super::{
    Believed, Projection,
    lines::{nth, thousandths},
};
use crate::{
    rows::{DeliveredLine, DeliveryRow, DeliveryStep, MilestoneRow, SlipCause, Symbol},
    table::{Dictionary, Out},
};

/// What was promised and what arrived.
pub const DELIVERIES: Projection = Projection {
    reads: &[
        event_type::DELIVERY_PROMISED,
        event_type::DELIVERY_COMPLETED,
        event_type::PROJECT_MILESTONE_RECORDED,
    ],
    rows,
};

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at, by) = (believed.position(), believed.occurred_at, &believed.event);
    let customer = out.party(by.customer);
    let row = |order: &str, step, out: &mut Out<'_>| DeliveryRow {
        position,
        occurred_at,
        customer,
        order: out.name(Dictionary::Order, order),
        step,
        requested: Symbol::default(),
        day: Symbol::default(),
        is_reschedule: false,
        reason: Symbol::default(),
        is_whole: false,
        installed: false,
        condition: Symbol::default(),
        staff: out.symbol(by.actor_id),
        branch: out.symbol(by.actor_branch),
    };
    match believed.kind {
        Kind::DeliveryPromised(promised) => {
            let row = DeliveryRow {
                requested: out.symbol(&promised.requested_date),
                day: out.symbol(&promised.committed_date),
                is_reschedule: promised.is_reschedule,
                reason: out.symbol(&promised.reason),
                ..row(&promised.order_id, DeliveryStep::Promised, out)
            };
            out.put(&row);
        }
        Kind::DeliveryCompleted(completed) => {
            let row = DeliveryRow {
                day: out.symbol(&completed.date),
                is_whole: completed.quantities.is_empty(),
                installed: completed.installed,
                condition: out.symbol(&completed.condition),
                ..row(&completed.order_id, DeliveryStep::Completed, out)
            };
            out.put(&row);
            for (line, goods) in completed.quantities.iter().enumerate() {
                let goods = DeliveredLine {
                    position,
                    occurred_at,
                    line: nth(line),
                    customer,
                    order: row.order,
                    product: out.symbol(&goods.product),
                    quantity_milli: thousandths(&goods.quantity),
                };
                out.put(&goods);
            }
        }
        Kind::ProjectMilestoneRecorded(recorded) => put_milestone(believed, recorded, out),
        _ => {}
    }
}

fn put_milestone(believed: &Believed<'_>, recorded: &ProjectMilestoneRecorded, out: &mut Out<'_>) {
    let row = MilestoneRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        project: out.name(Dictionary::Object, &format!("project:{}", recorded.project)),
        milestone: out.symbol(&recorded.milestone),
        planned: out.symbol(&recorded.planned),
        actual: out.symbol(&recorded.actual),
        cause: match recorded.cause() {
            Cause::Unspecified => SlipCause::Unsaid,
            Cause::Material => SlipCause::Material,
            Cause::Staff => SlipCause::Staff,
            Cause::Customer => SlipCause::Customer,
            Cause::Other => SlipCause::Other,
        },
    };
    out.put(&row);
}
