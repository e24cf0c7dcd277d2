//! What more retention is worth: the lines of an answer, and what each customer would be worth.

use rapport_proto::{
    v1,
    v1::{retention_request::what_if::Move, retention_what_if},
};

use super::{MEASURED_MIN, params::RetentionParams, worth::Worth};
use crate::{
    model::figures::{Counted, Figures},
    rows::Symbols,
    stats::{as_f64, round_half_even},
};

/// Whole numbers beyond it are not exact.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The lines of an answer, in their order.
const MOVES: [Move; 3] = [Move::Unspecified, Move::Points, Move::Relative];

/// The answer. `churn` is that of the window, of customers.
pub(super) fn answer(
    churn: &v1::Churn,
    worth: &Worth,
    params: &RetentionParams,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::RetentionWhatIf {
    let asked = &params.what_if;
    let measured_of = churn.at_start.as_ref().map_or(0, |figure| figure.count);
    let measured = churn.rate.filter(|_| measured_of >= MEASURED_MIN).map(|rate| 1.0 - rate);
    let retention = asked.retention.or(measured);
    let lines = MOVES.map(|by| asked.line(retention, by));
    let mut values = Vec::new();
    match &asked.mean {
        Some((mean, currency)) => values.extend(of_currency(currency, None, Some(*mean), &lines)),
        None => {
            for (code, all) in worth.by_currency(symbols) {
                let buyers: Vec<_> = all.into_iter().filter(|(_, value)| value.bought).collect();
                if buyers.is_empty() {
                    continue;
                }
                let sum: i128 = buyers.iter().map(|(_, value)| value.within).sum();
                let mean = i64::try_from(round_half_even(sum, buyers.len() as i128)).ok();
                let buyers = buyers.iter().map(|(party, _)| Counted::party(*party));
                let customers = figures.count(&["what_if", code, "customers"], buyers);
                values.extend(of_currency(code, customers, mean, &lines));
            }
        }
    }
    v1::RetentionWhatIf {
        retention,
        retention_is_measured: asked.retention.is_none() && measured.is_some(),
        measured_of,
        discount: asked.discount,
        change: asked.change,
        lines: lines.to_vec(),
        values,
    }
}

fn of_currency(
    code: &str,
    customers: Option<v1::Figure>,
    mean: Option<i64>,
    lines: &[retention_what_if::Line],
) -> Vec<retention_what_if::Value> {
    let value = |(place, line): (usize, &retention_what_if::Line)| retention_what_if::Value {
        currency: code.to_owned(),
        r#move: line.r#move,
        customers: customers.clone().filter(|_| place == 0),
        mean_minor_units: mean,
        at_end_minor_units: times(mean, line.at_end),
        at_once_minor_units: times(mean, line.at_once),
    };
    lines.iter().enumerate().map(value).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "the number is whole and within 53 bits")]
fn times(mean: Option<i64>, multiple: Option<f64>) -> Option<i64> {
    let value = (as_f64(mean?.into()) * multiple?).round();
    (value.abs() <= EXACT_MAX).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_that_would_not_be_exact_is_absent() {
        assert_eq!(times(Some(1_000), Some(2.6666)), Some(2_667));
        assert_eq!(times(Some(-1_000), Some(0.5)), Some(-500));
        assert_eq!(
            [times(Some(i64::MAX), Some(3.0)), times(None, Some(1.0)), times(Some(1), None)],
            [None; 3]
        );
    }
}
