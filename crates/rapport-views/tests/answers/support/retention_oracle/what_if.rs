//! What more retention is worth, as the sum of a series.

use std::collections::BTreeSet;

use rapport_proto::v1::{
    self,
    retention_request::{WhatIf, what_if::Move},
    retention_what_if,
};

use super::{Asked, Part};
use crate::support::{exact::nearest, funnel_oracle::count};

const MOVES: [Move; 3] = [Move::Unspecified, Move::Points, Move::Relative];

pub(super) fn what_if(of: &Asked<'_>) -> v1::RetentionWhatIf {
    let asked = of.request.what_if.clone().unwrap_or_default();
    let churn = of.overview().churn.unwrap();
    let measured_of = churn.at_start.as_ref().unwrap().count;
    // Too few customers for a measured one: those tests are by hand.
    assert!(measured_of < 10);
    let (discount, change) = (asked.discount.unwrap_or(0.1), asked.change.unwrap_or(5.0));
    let moved = |by: Move| {
        let kept = asked.retention?;
        let moved = match by {
            Move::Unspecified => kept,
            Move::Points => kept + change / 100.0,
            // To the last digit as the model has it: amounts are rounded at halves.
            Move::Relative => 1.0 - (1.0 - kept) * (1.0 - change / 100.0),
        };
        (moved > -1e-9 && moved < 1.0 + 1e-9).then(|| moved.clamp(0.0, 1.0))
    };
    let line = |by: Move| {
        let (base, retention) = (asked.retention, moved(by));
        let more = |worth: fn(f64, f64) -> f64| {
            let (now, then) = (worth(base?, discount), worth(retention?, discount));
            (by != Move::Unspecified && now > 0.0).then(|| (then - now) / now)
        };
        retention_what_if::Line {
            r#move: by.into(),
            is_meant: by != Move::Unspecified && asked.r#move == i32::from(by),
            retention,
            at_end: retention.map(|kept| at_end(kept, discount)),
            at_end_change: more(at_end),
            at_once: retention.map(|kept| 1.0 + at_end(kept, discount)),
            at_once_change: more(|kept, discount| 1.0 + at_end(kept, discount)),
        }
    };
    let lines = MOVES.map(line);
    v1::RetentionWhatIf {
        retention: asked.retention,
        retention_is_measured: false,
        measured_of,
        discount,
        change,
        lines: lines.to_vec(),
        values: values(of, &asked, &lines),
    }
}

fn values(
    of: &Asked<'_>,
    asked: &WhatIf,
    lines: &[retention_what_if::Line],
) -> Vec<retention_what_if::Value> {
    let discount = asked.discount.unwrap_or(0.1);
    let mut values = Vec::new();
    let mut add = |code: &str, customers: Option<usize>, mean: i64| {
        for line in lines {
            let (by, kept) = (line.r#move(), line.retention);
            let amount = |times: Option<f64>| times.map(|times| (mean as f64 * times).round() as i64);
            values.push(retention_what_if::Value {
                currency: code.to_owned(),
                r#move: by.into(),
                customers: customers.filter(|_| by == Move::Unspecified).and_then(count),
                mean_minor_units: Some(mean),
                at_end_minor_units: amount(kept.map(|kept| kept / (1.0 + discount - kept))),
                at_once_minor_units: amount(kept.map(|kept| (1.0 + discount) / (1.0 + discount - kept))),
            });
        }
    };
    if let Some(mean) = asked.mean_minor_units {
        add(&asked.currency, None, mean);
    } else {
        for code in ["EUR", "USD"] {
            let is_in = |part: &&Part| {
                part.is_purchase && part.currency == code && part.at >= of.from && part.at < of.to
            };
            let buyers: BTreeSet<&str> =
                of.parts.iter().filter(is_in).map(|part| part.customer.as_str()).collect();
            let buyers: Vec<&str> = buyers.into_iter().filter(|name| !name.is_empty()).collect();
            if !buyers.is_empty() {
                let sum: i128 = buyers.iter().map(|name| of.charged(name, code, of.from, of.to)).sum();
                add(code, Some(buyers.len()), nearest(sum, buyers.len() as i128) as i64);
            }
        }
    }
    values
}

/// Paid at the end of each period: the sum of (r / (1 + d))ᵗ.
fn at_end(kept: f64, discount: f64) -> f64 {
    let (mut sum, mut term) = (0.0, kept / (1.0 + discount));
    while term > 1e-14 {
        sum += term;
        term *= kept / (1.0 + discount);
    }
    sum
}
