//! What calls have in common.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::Timestamp;
use rapport_proto::v1::{self, calls_request::By};

use super::{call::Call, measures::measures, params::CallsParams};
use crate::{
    model::{figures::Figures, occurred::count},
    rows::Symbols,
};

/// Those with the most calls first, then by key; hours, days and months by key.
pub(super) fn groups(
    all: &[Call],
    params: &CallsParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::CallGroup> {
    let mut found: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
    for one in all {
        let key = match params.by {
            By::Unspecified | By::Hour => written("%H", one.row.occurred_at, params),
            By::Weekday => written("%u", one.row.occurred_at, params),
            By::Day => written("%Y-%m-%d", one.row.occurred_at, params),
            By::Month => written("%Y-%m", one.row.occurred_at, params),
            By::Direction => one.row.direction.word().to_owned(),
            By::Purpose => symbols.text(one.row.purpose).to_owned(),
            By::Staff => symbols.text(one.row.staff).to_owned(),
            By::Branch => symbols.text(one.row.branch).to_owned(),
        };
        found.entry(key).or_default().push(one);
    }
    let group = |(key, own): (String, Vec<&Call>)| v1::CallGroup {
        of: Some(measures(&own, &["rows", &key], figures)),
        key,
    };
    let mut rows: Vec<v1::CallGroup> = found.into_iter().map(group).collect();
    if matches!(params.by, By::Direction | By::Purpose | By::Staff | By::Branch) {
        // What is equal stays ordered by its key.
        rows.sort_by_key(|row| Reverse(count(row.of.as_ref().and_then(|of| of.calls.as_ref()))));
    }
    rows
}

/// A moment in the ledger's zone; `%u` is the day of the week, 1 for Monday.
fn written(format: &str, at: Timestamp, params: &CallsParams) -> String {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    at.to_zoned(params.zone.clone()).strftime(format).to_string()
}
