//! The names of figures, and the events behind them.

use super::{campaigns::responses, params::ChannelsParams};
use crate::{
    model::figures::Evidence,
    rows::{AddressedRow, MemberRow, ReactionRow, Symbols},
    table::{CUSTOMER, Field as _, Filter, Row as _},
};

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        [
            "totals",
            _,
            "conversions"
                | "with_path"
                | "without_touchpoint"
                | "purchases"
                | "purchases_without_customer"
                | "new_customers"
                | "existing_customers"
        ] | ["credits", _, _, "conversions" | "without_touchpoint"]
            | ["left_out", "touchpoints"]
            | ["spend", _, _, _, "events"]
            | ["quarters", _, _, "new_customers" | "existing_customers"]
            | ["kinds", "personalised" | "other", "reach" | "responded"]
            | [
                "campaigns",
                _,
                "targeted"
                    | "addressed"
                    | "reach"
                    | "responded"
                    | "responded_beyond"
                    | "control"
                    | "target_bought"
                    | "control_bought"
                    | "control_responded"
            ]
    )
}

/// Of purchases all their lines; of customers of campaigns their selection, messages, responses and purchases. The events of
/// other figures are known without a look at rows.
pub(super) fn of(parts: &[&str], params: &ChannelsParams, symbols: &Symbols) -> Vec<Evidence> {
    let source = params.source;
    let within = || Filter::all().occurred(params.window.from, params.window.to);
    let own = |id: &str| within().and("campaign", vec![symbols.get(id).unwrap_or_default().cell()]);
    let (filter, what) = match parts {
        ["campaigns", id, what] => (own(id), *what),
        ["kinds", _, what] => (within(), *what),
        ["totals", _, "new_customers" | "existing_customers"] | ["quarters" | "spend" | "left_out", ..] => {
            return Vec::new();
        }
        _ => return vec![Evidence::new(source.table(), Filter::all(), source.id())],
    };
    let selected = || Evidence::new(MemberRow::TABLE, filter.clone(), CUSTOMER);
    let addressed = || Evidence::new(AddressedRow::TABLE, filter.clone(), CUSTOMER);
    let responded = || Evidence::new(ReactionRow::TABLE, responses(filter.clone()), CUSTOMER);
    match what {
        "addressed" => vec![addressed()],
        "reach" => vec![selected(), addressed()],
        "targeted" | "control" => vec![selected()],
        "target_bought" | "control_bought" => {
            let purchases = source.purchases(params.window);
            vec![selected(), Evidence::new(source.table(), purchases, CUSTOMER)]
        }
        _ => vec![selected(), addressed(), responded()],
    }
}
