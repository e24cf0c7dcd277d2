//! The names of figures, and the events behind them.

use super::params::NeedsParams;
use crate::{
    model::figures::Evidence,
    rows::{DealStepRow, NeedRow},
    table::{CUSTOMER, Filter, Row as _},
};

/// Counts of needs that have something in common.
const MEASURES: [&str; 7] = ["identified", "satisfied", "unmet", "obsolete", "open", "closed", "reopened"];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["groups", _, what] => MEASURES.contains(what),
        [
            "now",
            "open"
            | "closed_satisfied"
            | "closed_unmet"
            | "closed_obsolete"
            | "without_identification"
            | "without_customer",
        ]
        | ["satisfied_by", _, _]
        | ["studied", _, "customers" | "studied" | "by_need" | "by_response" | "not_studied"]
        | ["rows", _, "needs" | "open" | "unmet" | "customers"]
        | ["offers", "with_won" | "with_lost" | "without_won" | "without_lost" | "not_offered"] => true,
        _ => false,
    }
}

/// All that was said of needs; of customers what they bought, or the events that the model knows; of deals their steps.
pub(super) fn of(parts: &[&str], params: &NeedsParams) -> Vec<Evidence> {
    match parts {
        ["studied", _, "customers" | "not_studied"] => {
            vec![Evidence::new(params.source.table(), params.source.lines(params.year), CUSTOMER)]
        }
        ["studied", ..] | ["rows", _, "customers"] => Vec::new(),
        ["offers", ..] => vec![Evidence::new(DealStepRow::TABLE, Filter::all(), "deal")],
        _ => vec![Evidence::new(NeedRow::TABLE, Filter::all(), "need_id")],
    }
}
