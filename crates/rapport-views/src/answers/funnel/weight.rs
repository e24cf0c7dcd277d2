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
    pub(super) fn of_amount(self, minor_units: i128) -> i128 {
        // Whole multiples of the denominator apart: the product of a wide sum and a numerator of 17 digits could need
        // more than 128 bits.
        let whole = minor_units.div_euclid(self.denominator) * self.numerator;
        let rest = minor_units.rem_euclid(self.denominator) * self.numerator;
        let (rest_whole, rest) = (rest.div_euclid(self.denominator), rest.rem_euclid(self.denominator));
        let floor = whole + rest_whole;
        // Which neighbour is the even one depends on the whole number: only its last bit is kept to round.
        floor + round_half_even((floor & 1) * self.denominator + rest, self.denominator) - (floor & 1)
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
        let wide = i128::from(i64::MAX) * 1_000_000_007;
        assert_eq!(Weight::of_probability(1.0).of_amount(wide), wide);
        assert_eq!(Weight::of_probability(0.5).of_amount(-2 * wide), -wide);
        assert_eq!(Weight::of_probability(1.0 / 3.0).of_amount(3_000_000_000_000), 1_000_000_000_000);
    }

    #[test]
    fn a_share_is_exact() {
        assert_eq!(Weight::of_share(1, 3).unwrap().of_amount(300), 100);
        let halves = [-7, -5, -3, -1, 1, 3, 5, 7].map(|odd| Weight::of_share(1, 2).unwrap().of_amount(odd));
        assert_eq!(halves, [-4, -2, -2, 0, 0, 2, 2, 4]);
        assert_eq!(Weight::of_share(1, 0), None);
    }
}
