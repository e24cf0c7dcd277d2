//! What a customer costs: costs that were allocated, and concessions.

use rapport_proto::{
    event_type,
    v1::{concession_granted, cost_allocated, payload::Kind},
};

use super::{Believed, Projection};
use crate::{
    rows::{ConcessionKind, ConcessionRow, CostKind, CostRow},
    table::{Dictionary, Out},
};

/// Costs and concessions.
pub const COSTS: Projection =
    Projection { reads: &[event_type::COST_ALLOCATED, event_type::CONCESSION_GRANTED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    match believed.kind {
        Kind::CostAllocated(allocated) => {
            let kind = match allocated.kind() {
                cost_allocated::Kind::Cogs => CostKind::Goods,
                cost_allocated::Kind::Service => CostKind::Service,
                cost_allocated::Kind::Acquisition => CostKind::Acquisition,
                cost_allocated::Kind::Retention => CostKind::Retention,
                cost_allocated::Kind::Delivery => CostKind::Delivery,
                cost_allocated::Kind::Unspecified => return,
            };
            let Some(amount) = &allocated.amount else { return };
            let row = CostRow {
                position,
                occurred_at,
                customer: out.party(believed.event.customer),
                kind,
                cost_minor_units: amount.minor_units,
                currency: out.symbol(&amount.currency),
                product: out.symbol(&allocated.product),
            };
            out.put(&row);
        }
        Kind::ConcessionGranted(granted) => {
            let kind = match granted.kind() {
                concession_granted::Kind::Discount => ConcessionKind::Discount,
                concession_granted::Kind::Terms => ConcessionKind::Terms,
                concession_granted::Kind::Service => ConcessionKind::Service,
                concession_granted::Kind::Unspecified => return,
            };
            let worth = granted.value.as_ref();
            let row = ConcessionRow {
                position,
                occurred_at,
                customer: out.party(believed.event.customer),
                kind,
                worth_minor_units: worth.map(|worth| worth.minor_units),
                currency: out.symbol(worth.map_or("", |worth| &worth.currency)),
                approver: out.symbol(&granted.approver),
                staff: out.symbol(believed.event.actor_id),
                deal: out.name(Dictionary::Deal, &granted.deal_id),
            };
            out.put(&row);
        }
        _ => {}
    }
}
