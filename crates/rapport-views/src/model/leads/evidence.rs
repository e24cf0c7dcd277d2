//! The names of figures, and the events behind them.

use super::{deals::Deals, lead::Lead, times::is_measured};
use crate::model::figures::Figures;

/// Counts of leads that have something in common.
const MEASURES: [&str; 13] = [
    "captured",
    "captured_opened",
    "captured_untraceable",
    "leads",
    "untraceable",
    "accepted",
    "converted",
    "rejected",
    "open",
    "not_judged",
    "won",
    "judged",
    "judged_automatically",
];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["groups", _, what] => MEASURES.contains(what),
        ["cohorts", _, "leads" | "converted"]
        | ["scores", "1" | "2" | "3" | "4" | "5", "leads" | "converted"]
        | ["reasons", _]
        | ["beside", "without_customer" | "not_opened" | "left_out"]
        | ["outcomes", "with_deal" | "won" | "open" | "lost" | "unknown" | "with_order" | "with_neither"] => {
            true
        }
        ["times", from, to, "leads" | "done"] => is_measured(from, to),
        _ => false,
    }
}

/// All steps of the leads; of figures of deals that are won or lost also what closed these.
pub(super) fn tell(leads: &[Lead], deals: &Deals, figures: &mut Figures) {
    let is_of_deals = matches!(
        figures.parts().as_slice(),
        ["total", "won"] | ["groups", _, "won"] | ["outcomes", "won" | "lost"]
    );
    for lead in leads {
        let closed = deals.closed_by(lead).filter(|_| is_of_deals);
        let events = lead.events.iter().copied().chain(closed);
        figures.beside(events.map(|event| (lead.thing(), lead.customer(), event)));
    }
}
