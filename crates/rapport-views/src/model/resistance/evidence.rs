//! The names of figures, and the events behind them.

use crate::{
    model::figures::Evidence,
    rows::{DealStepRow, ObjectionRow},
    table::{Filter, Row as _},
};

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    matches!(
        parts,
        ["total", "won" | "lost" | "named" | "without_customer" | "without_deal" | "left_out" | "said_later"]
            | ["rows" | "factors" | "barriers" | "competitors", _, "won" | "lost"]
            | ["gaps", _, _]
            | ["approaches", _, "with_won" | "with_lost" | "without_won" | "without_lost"]
    )
}

/// The way that deals went, with what was said of them where that makes them count; objections.
pub(super) fn of(parts: &[&str]) -> Vec<Evidence> {
    let steps = || Evidence::new(DealStepRow::TABLE, Filter::all(), "deal");
    let objections = || Evidence::new(ObjectionRow::TABLE, Filter::all(), "deal_id");
    match parts {
        ["total", "without_deal" | "left_out"] | ["gaps", ..] => vec![objections()],
        ["total", "named"] | ["factors" | "barriers" | "competitors", ..] => vec![steps(), objections()],
        _ => vec![steps()],
    }
}
