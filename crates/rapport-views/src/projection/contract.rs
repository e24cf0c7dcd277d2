//! Contracts and offers.

use rapport_proto::{
    event_type,
    v1::{contract_changed, payload::Kind},
};

use super::{Believed, Projection, lines::with_total};
use crate::{
    rows::{ContractOp, ContractRow, OfferLine, Symbol},
    table::{Dictionary, Out},
};

/// Contracts changed and offers issued.
pub const CONTRACTS: Projection =
    Projection { reads: &[event_type::CONTRACT_CHANGED, event_type::OFFER_ISSUED], rows };

fn rows(believed: &Believed<'_>, out: &mut Out<'_>) {
    let (position, occurred_at) = (believed.position(), believed.occurred_at);
    match believed.kind {
        Kind::ContractChanged(changed) => {
            let op = match changed.op() {
                contract_changed::Op::Signed => ContractOp::Signed,
                contract_changed::Op::Renewed => ContractOp::Renewed,
                contract_changed::Op::Amended => ContractOp::Amended,
                contract_changed::Op::Ended => ContractOp::Ended,
                contract_changed::Op::Unspecified => return,
            };
            let mut products: Vec<Symbol> = changed.products.iter().map(|code| out.symbol(code)).collect();
            products.sort_unstable();
            products.dedup();
            let worth = changed.value.as_ref();
            let row = ContractRow {
                position,
                occurred_at,
                customer: out.party(believed.event.customer),
                contract: out.name(Dictionary::Contract, &changed.contract_id),
                op,
                start: out.symbol(&changed.start),
                ends: out.symbol(&changed.end),
                worth_minor_units: worth.map(|worth| worth.minor_units),
                currency: out.symbol(worth.map_or("", |worth| &worth.currency)),
                products: products.into(),
                cause: out.symbol(&changed.cause),
            };
            out.put(&row);
        }
        Kind::OfferIssued(issued) => {
            let customer = out.party(believed.event.customer);
            let offer = out.name(Dictionary::Offer, &issued.offer_id);
            let (staff, branch) =
                (out.symbol(believed.event.actor_id), out.symbol(believed.event.actor_branch));
            for line in with_total(&issued.lines, issued.total.as_ref(), out) {
                out.put(&OfferLine {
                    position,
                    occurred_at,
                    line: line.line,
                    customer,
                    offer,
                    version: issued.version,
                    product: line.product,
                    category: line.category,
                    quantity_milli: line.quantity_milli,
                    list_minor_units: line.list_minor_units,
                    net_minor_units: line.net_minor_units,
                    currency: line.currency,
                    staff,
                    branch,
                });
            }
        }
        _ => {}
    }
}
