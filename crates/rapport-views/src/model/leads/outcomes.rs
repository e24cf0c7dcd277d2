//! What leads were converted into, and what became of it.

use rapport_proto::v1;

use super::{
    deals::{Deals, Outcome},
    lead::Lead,
    measures::{share, size},
};
use crate::{model::figures::Figures, rows::ObjectId};

/// Of leads that are measured.
pub(super) fn outcomes(leads: &[&Lead], deals: &Deals, figures: &mut Figures) -> v1::LeadOutcomes {
    let converted: Vec<&Lead> = leads.iter().copied().filter(|lead| lead.converted.is_some()).collect();
    let mut count = |what, is_in: &dyn Fn(&Lead) -> bool| {
        let counted = converted.iter().filter(|lead| is_in(lead)).map(|lead| lead.thing());
        figures.count(&["outcomes", what], counted)
    };
    let mut are = |what, outcome| count(what, &|lead| deals.outcome(lead) == Some(outcome));
    let (won, lost) = (are("won", Outcome::Won), are("lost", Outcome::Lost));
    let (open, unknown) = (are("open", Outcome::Open), are("unknown", Outcome::Unknown));
    let decided = size(won.as_ref()) + size(lost.as_ref());
    let has_order = |lead: &Lead| lead.order != ObjectId::NOBODY;
    v1::LeadOutcomes {
        with_deal: count("with_deal", &|lead| !lead.deals.is_empty()),
        won: share(won, decided),
        open,
        lost,
        unknown,
        with_order: count("with_order", &|lead| lead.deals.is_empty() && has_order(lead)),
        with_neither: count("with_neither", &|lead| lead.deals.is_empty() && !has_order(lead)),
    }
}
