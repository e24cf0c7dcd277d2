//! Needs.

use rapport_proto::{
    event_type,
    v1::{need_closed::Outcome, payload::Kind},
};

use super::{Believed, Projection};
use crate::{
    rows::{NeedRow, NeedStep, Symbol},
    table::{Dictionary, Out},
};

/// Needs that became known, and how they ended.
pub const NEEDS: Projection =
    Projection { reads: &[event_type::NEED_IDENTIFIED, event_type::NEED_CLOSED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (need, step) = match believed.kind {
        Kind::NeedIdentified(identified) => (&identified.need_id, NeedStep::Identified),
        Kind::NeedClosed(closed) => {
            let step = match closed.outcome() {
                Outcome::Satisfied => NeedStep::Satisfied,
                Outcome::Unmet => NeedStep::Unmet,
                Outcome::Obsolete => NeedStep::Obsolete,
                Outcome::Unspecified => return,
            };
            (&closed.need_id, step)
        }
        _ => return,
    };
    let mut row = NeedRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        customer: out.party(believed.event.customer),
        need: out.name(Dictionary::Need, need),
        step,
        code: Symbol::default(),
        source: Symbol::default(),
        importance: None,
        urgency: None,
        product: Symbol::default(),
        staff: out.symbol(believed.event.actor_id),
    };
    match believed.kind {
        Kind::NeedIdentified(identified) => {
            [row.code, row.source] = [&identified.code, &identified.source].map(|text| out.symbol(text));
            (row.importance, row.urgency) = (identified.importance, identified.urgency);
        }
        Kind::NeedClosed(closed) => row.product = out.symbol(&closed.by_product),
        _ => {}
    }
    out.put(&row);
}
