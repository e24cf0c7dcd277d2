//! The names of figures, and the events behind those whose events are not contacts of the window.

use super::params::ContactsParams;
use crate::{
    model::{figures::Evidence, met},
    table::CUSTOMER,
};

/// Counts of contacts that have something in common.
const MEASURES: [&str; 12] = [
    "contacts",
    "two_way",
    "customers",
    "reached",
    "directed",
    "outbound",
    "timed",
    "asks",
    "gives",
    "meetings",
    "no_shows",
    "without_customer",
];

/// The names that figures of this model have.
pub(super) fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["total", what] | ["rows", _, what] => MEASURES.contains(what),
        ["coverage", departments] => departments.parse::<u32>().is_ok(),
        ["signals", what] | ["signals", what, _] => ["recorded", "answered", "waiting"].contains(what),
        ["ahead" | "planned"]
        | ["executives", "customers" | "reached" | "by_executives"]
        | ["classes", _, "customers" | "contacts" | "reached"]
        | ["classes", _, "contacts" | "reached", _]
        | ["silence", "met" | "usual" | "longer_than_usual" | "promised" | "longer_than_promised"] => true,
        _ => false,
    }
}

/// Rows of customers that are classed, also by what they returned alone, or met at any time.
pub(super) fn of(parts: &[&str], params: &ContactsParams) -> Vec<Evidence> {
    match parts {
        ["executives", "customers"] | ["classes", _, "customers"] => {
            let source = params.source;
            vec![Evidence::new(source.table(), source.lines(params.window), CUSTOMER)]
        }
        ["silence", ..] => vec![met::evidence()],
        _ => Vec::new(),
    }
}
