//! The names of figures, and the events behind them.

use crate::{
    model::figures::Evidence,
    rows::{DeliveryRow, MilestoneRow, PurchaseLine},
    table::{Filter, Row as _},
};

/// Counts of orders that have something in common.
const MEASURES: [&str; 16] = [
    "orders",
    "on_time",
    "on_time_by_last",
    "in_full",
    "on_time_in_full",
    "on_time_in_full_by_last",
    "requested",
    "on_time_by_requested",
    "late",
    "early",
    "rescheduled",
    "with_condition",
    "damaged",
    "without_promise",
    "unknown",
    "overdue",
];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["groups" | "reasons", _, what] => MEASURES.contains(what),
        ["milestones", "planned" | "reached" | "late" | "overdue" | "without_plan"]
        | ["causes", _]
        | ["satisfaction", "late" | "punctual"]
        | ["others", "orders"] => true,
        _ => false,
    }
}

/// What was ordered, promised and delivered; of a milestone all that was said of it.
pub(super) fn of(parts: &[&str]) -> Vec<Evidence> {
    match parts {
        ["milestones" | "causes", ..] => vec![Evidence::new(MilestoneRow::TABLE, Filter::all(), "project")],
        _ => [PurchaseLine::TABLE, DeliveryRow::TABLE]
            .map(|table| Evidence::new(table, Filter::all(), "order_id"))
            .into(),
    }
}
