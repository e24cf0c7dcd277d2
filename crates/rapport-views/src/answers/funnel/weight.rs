//! The probability of winning, exact, so that weighted sums are.

use rapport_model::Decimal;

use crate::stats::{as_f64, round_half_even};

/// A probability as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    numerator: i128,
    denominator: i128,
    pub(super) source: WeightSource,
}

/// Where a probability comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WeightSource {
    Definition,
    Observed,
}

/// Digits of a defined probability that count: what an `f64` can tell apart below 1.
const DIGITS: u32 = 17;

impl Weight {
    /// The decimal fraction that was written into the definition (0.1 is one tenth), at most 17 digits of it.
    pub(super) fn of_probability(probability: f64) -> Self {
        // Formatting an `f64` gives the shortest decimal that reads back as the same number: the one that was written.
        let text = format!("{probability}");
        let shortest = text.parse::<Decimal>().or_else(|_| format!("{probability:.17}").parse());
        let decimal = shortest.ok().and_then(|decimal| decimal.rounded(DIGITS));
        let numerator = decimal.map_or(0, |decimal| i128::from(decimal.units));
        Self { numerator, denominator: 10_i128.pow(DIGITS), source: WeightSource::Definition }
    }

    /// A share; `None` of nothing.
    pub(super) fn of_share(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then_some(Self {
            numerator: part.into(),
            denominator: whole.into(),
            source: WeightSource::Observed,
        })
    }

    pub(super) fn probability(self) -> f64 {
        as_f64(self.numerator) / as_f64(self.denominator)
    }

    /// A sum of minor units times this, rounded half to even.
    pub(super) fn of_amount(self, minor_units: i64) -> i64 {
        let product = i128::from(minor_units).saturating_mul(self.numerator);
        round_half_even(product, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_defined_probability_is_the_decimal_that_was_written() {
        // 0.15 as a binary fraction is below 15/100: 0.15 × 30 would round to 4 instead of the even neighbour of 4.5.
        assert_eq!(Weight::of_probability(0.15).of_amount(30), 4);
        assert_eq!(Weight::of_probability(0.15).of_amount(50), 8);
        assert_eq!(Weight::of_probability(0.29).of_amount(100), 29);
        assert_eq!(Weight::of_probability(1.0).of_amount(i64::MAX), i64::MAX);
        assert_eq!(Weight::of_probability(1.0 / 3.0).of_amount(3_000_000_000_000), 1_000_000_000_000);
    }

    #[test]
    fn a_share_is_exact() {
        assert_eq!(Weight::of_share(1, 3).unwrap().of_amount(300), 100);
        assert_eq!(Weight::of_share(1, 2).unwrap().of_amount(-5), -2);
        assert_eq!(Weight::of_share(1, 0), None);
    }
}
