//! What a customer is worth who stays for another period with the chance r, and what more retention would add.
//!
//! With m a period, r and the discount d, paid at the end of each period: V = Σ m·rᵗ/(1+d)ᵗ from t = 1 on = m·r/(1+d-r).
//! Paid at the beginning, the sum is from t = 0 on: V = m·(1+d)/(1+d-r). (S. Gupta, D. R. Lehmann, "Customers as Assets",
//! Journal of Interactive Marketing 17, 2003.)

use rapport_proto::{
    v1,
    v1::{retention_request::what_if::Move, retention_what_if},
};

use crate::{answers::AskError, model::currency};

const DISCOUNT: f64 = 0.1;
const DISCOUNT_MAX: f64 = 1.0;
const CHANGE: f64 = 5.0;
/// What is asked, in bounds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WhatIf {
    pub(super) retention: Option<f64>,
    pub(super) discount: f64,
    pub(super) mean: Option<(i64, String)>,
    pub(super) change: f64,
    meant: Move,
}

impl WhatIf {
    pub(super) fn of(asked: Option<&v1::retention_request::WhatIf>) -> Result<Self, AskError> {
        let asked = asked.cloned().unwrap_or_default();
        let field = |field, expected: String| Err(AskError::Field { field, expected });
        let within =
            |value: Option<f64>, low: f64, high: f64| value.is_none_or(|it| (low..=high).contains(&it));
        if !within(asked.retention, 0.0, 1.0) {
            let found = asked.retention.unwrap_or_default();
            return field("what_if.retention", format!("expected a share from 0 to 1, found `{found}`"));
        }
        if !within(asked.discount, 0.0, DISCOUNT_MAX) {
            let found = asked.discount.unwrap_or_default();
            let expected = format!("expected a share from 0 to {DISCOUNT_MAX}, such as 0.1, found `{found}`");
            return field("what_if.discount", expected);
        }
        if !within(asked.change, -100.0, 100.0) || asked.change == Some(0.0) {
            let found = asked.change.unwrap_or_default();
            let expected = format!("expected percent from -100 to 100 that are not 0, found `{found}`");
            return field("what_if.change", expected);
        }
        if asked.mean_minor_units.is_some() == asked.currency.is_empty() {
            let expected =
                "expected a currency with `mean_minor_units`, and neither without the other; give both";
            return field("what_if.currency", expected.to_owned());
        }
        currency::asked(&asked.currency, "what_if.currency")?;
        let unknown = |_| AskError::Field {
            field: "what_if.move",
            expected: format!(
                "expected a value of its enum in the contract (`proto/rapport/v1`), found `{}`",
                asked.r#move
            ),
        };
        Ok(Self {
            retention: asked.retention,
            discount: asked.discount.unwrap_or(DISCOUNT),
            mean: asked.mean_minor_units.map(|mean| (mean, asked.currency.clone())),
            change: asked.change.unwrap_or(CHANGE),
            meant: Move::try_from(asked.r#move).map_err(unknown)?,
        })
    }

    /// Retention with this moved; `None` outside 0 to 1.
    fn moved(&self, retention: f64, by: Move) -> Option<f64> {
        let part = self.change / 100.0;
        let moved = match by {
            Move::Unspecified => retention,
            Move::Points => retention + part,
            Move::Relative => 1.0 - (1.0 - retention) * (1.0 - part),
        };
        // A last digit is not outside.
        let near = moved.clamp(0.0, 1.0);
        ((moved - near).abs() < 1e-12).then_some(near)
    }

    /// What one line of an answer says, with `retention` as it is.
    pub(super) fn line(&self, retention: Option<f64>, by: Move) -> retention_what_if::Line {
        let base = retention.map(|base| multiples(base, self.discount));
        let retention = retention.and_then(|base| self.moved(base, by));
        let multiples = retention.map(|moved| multiples(moved, self.discount));
        let more = |nth: usize| {
            let (new, old) = (multiples?.get(nth).copied()??, base?.get(nth).copied()??);
            (by != Move::Unspecified && old > 0.0).then(|| new / old - 1.0)
        };
        let [at_end, at_once] = multiples.unwrap_or_default();
        retention_what_if::Line {
            r#move: by.into(),
            is_meant: by != Move::Unspecified && by == self.meant,
            retention,
            at_end,
            at_end_change: more(0),
            at_once,
            at_once_change: more(1),
        }
    }
}

/// V / m by both conventions; without an end where nobody leaves and money keeps its worth.
fn multiples(retention: f64, discount: f64) -> [Option<f64>; 2] {
    let leaves = 1.0 + discount - retention;
    [retention, 1.0 + discount].map(|paid| (leaves > 0.0).then(|| paid / leaves))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much more V is, in percent with one decimal: by points and by less churn, each paid at the end and at once.
    fn more(retention: f64, change: f64) -> [String; 4] {
        let asked = v1::retention_request::WhatIf { change: Some(change), ..Default::default() };
        let asked = WhatIf::of(Some(&asked)).unwrap();
        let [points, relative] = [Move::Points, Move::Relative].map(|by| asked.line(Some(retention), by));
        let shown =
            [points.at_end_change, points.at_once_change, relative.at_end_change, relative.at_once_change];
        shown.map(|more| more.map_or("-".to_owned(), |more| format!("{:+.1}", 100.0 * more)))
    }

    #[test]
    fn the_golden_changes_are_reproduced_to_the_printed_digit() {
        // 80 % → 85 % at a discount of 10 %, paid at the end and at once; 20 % → 19 % churn.
        assert_eq!(more(0.8, 5.0)[..3], ["+27.5", "+20.0", "+4.7"]);
        assert_eq!(more(0.9, 5.0)[0], "+40.7");
    }

    #[test]
    fn what_would_be_more_than_everybody_is_no_retention() {
        assert_eq!(more(0.97, 5.0)[..2], ["-", "-"]);
        assert_eq!(more(0.95, 5.0)[0], "+57.9");
        assert_eq!(more(0.0, -5.0)[0], "-");
        // Without retention V is 0 by the first convention, of which nothing is a part.
        assert_eq!(more(0.0, 5.0)[..2], ["-".to_owned(), "+4.8".to_owned()]);
    }

    #[test]
    fn a_value_without_an_end_is_none() {
        assert_eq!(multiples(1.0, 0.0), [None, None]);
        assert_eq!(multiples(0.5, 0.0), [Some(1.0), Some(2.0)]);
    }
}
