//! What speaks against buying.

use rapport_proto::{
    event_type,
    v1::{objection_observed, payload::Kind},
};

use super::{Believed, Projection, lines::nth};
use crate::{
    rows::{Barrier, ObjectId, ObjectionRow, Symbol},
    table::{Dictionary, Out},
};

/// Objections, and the factors by which deals were lost.
pub const OBJECTIONS: Projection =
    Projection { reads: &[event_type::OBJECTION_OBSERVED, event_type::DEAL_LOST], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let by = &believed.event;
    let mut row = ObjectionRow {
        position: believed.position(),
        occurred_at: believed.occurred_at,
        line: 0,
        customer: out.party(by.customer),
        deal: ObjectId::NOBODY,
        of_a_loss: false,
        factor: Symbol::default(),
        barrier: Barrier::Unsaid,
        competitor: Symbol::default(),
        gap_minor_units: None,
        currency: Symbol::default(),
        strength: None,
        staff: out.symbol(by.actor_id),
    };
    match believed.kind {
        Kind::ObjectionObserved(observed) => {
            let gap = observed.price_gap.as_ref();
            if let Some(deal) = by.tags().find_map(|tag| tag.strip_prefix("deal:")) {
                row.deal = out.name(Dictionary::Deal, deal);
            }
            [row.factor, row.competitor, row.currency] =
                [&*observed.factor, &*observed.competitor, gap.map_or("", |gap| &*gap.currency)]
                    .map(|text| out.symbol(text));
            row.barrier = barrier(observed.barrier());
            (row.gap_minor_units, row.strength) = (gap.map(|gap| gap.minor_units), observed.strength);
            out.put(&row);
        }
        Kind::DealLost(lost) => {
            (row.deal, row.of_a_loss) = (out.name(Dictionary::Deal, &lost.deal_id), true);
            row.competitor = out.symbol(&lost.competitor);
            for (line, factor) in lost.factors.iter().enumerate() {
                (row.line, row.factor) = (nth(line), out.symbol(factor));
                out.put(&row);
            }
        }
        _ => {}
    }
}

const fn barrier(wire: objection_observed::Barrier) -> Barrier {
    match wire {
        objection_observed::Barrier::Unspecified => Barrier::Unsaid,
        objection_observed::Barrier::Usage => Barrier::Usage,
        objection_observed::Barrier::Value => Barrier::Value,
        objection_observed::Barrier::Risk => Barrier::Risk,
        objection_observed::Barrier::Tradition => Barrier::Tradition,
        objection_observed::Barrier::Image => Barrier::Image,
    }
}
