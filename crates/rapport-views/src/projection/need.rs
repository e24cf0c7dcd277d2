//! Needs.

use rapport_proto::{
    event_type,
    v1::{need_closed::Outcome, payload::Kind},
};

use super::{Believed, Projection, lines::nth};
use crate::{
    rows::{NamedNeedRow, NeedRow, NeedStep, ObjectId, Symbol},
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

/// The needs that offers and openings of deals name.
pub const NAMED: Projection =
    Projection { reads: &[event_type::DEAL_OPENED, event_type::OFFER_ISSUED], rows: put_named };

fn put_named(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (deal, offer, needs) = match believed.kind {
        Kind::DealOpened(opened) => (opened.deal_id.as_str(), "", &opened.need_ids),
        Kind::OfferIssued(issued) => (issued.deal_id.as_str(), issued.offer_id.as_str(), &issued.need_ids),
        _ => return,
    };
    let (deal, offer) = (out.name(Dictionary::Deal, deal), out.name(Dictionary::Offer, offer));
    let mut needs: Vec<ObjectId> = needs.iter().map(|need| out.name(Dictionary::Need, need)).collect();
    if needs.is_empty() && offer != ObjectId::NOBODY {
        needs.push(ObjectId::NOBODY);
    }
    let (customer, staff) = (out.party(believed.event.customer), out.symbol(believed.event.actor_id));
    for (line, need) in needs.into_iter().enumerate() {
        out.put(&NamedNeedRow {
            position: believed.position(),
            occurred_at: believed.occurred_at,
            line: nth(line),
            customer,
            deal,
            offer,
            need,
            staff,
        });
    }
}
