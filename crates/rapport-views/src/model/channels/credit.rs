//! How one whole is divided among the touchpoints of a path.

use rapport_model::Timestamp;
use rapport_proto::v1::AttributionModel;

use super::params::DAY;
use crate::stats::{as_f64, round_half_even};

/// What one part of a whole is counted in: weights are whole numbers, so that a division is the same everywhere.
const ONE: f64 = 1_099_511_627_776.0;

/// The weights of the touchpoints of a path, by when they were; none of a model that does not look at one path alone.
///
/// Linear: 1 each. U-shaped: 40 % to the first and to the last, the rest to those between, in equal parts; half each of two.
/// Time decay: 2^(−Δ/h), with Δ to the last touchpoint and the half-life h in days, to the 40th binary place.
pub(super) fn weights(model: AttributionModel, path: &[Timestamp], half_life_days: f64) -> Vec<i128> {
    let n = path.len();
    let place = |nth: usize, of_it: usize| i128::from(nth == of_it);
    let weight = |(nth, at): (usize, &Timestamp)| match model {
        AttributionModel::First => place(nth, 0),
        AttributionModel::Unspecified | AttributionModel::Last => place(nth + 1, n),
        AttributionModel::Linear => 1,
        AttributionModel::UShaped if n <= 2 => 1,
        // 40 % of 5 (n − 2) parts, of which each in the middle has one.
        AttributionModel::UShaped if nth == 0 || nth + 1 == n => 2 * (n as i128 - 2),
        AttributionModel::UShaped => 1,
        AttributionModel::TimeDecay => {
            let last = path.last().map_or(0, |last| last.as_micros());
            let earlier = as_f64(i128::from(last) - i128::from(at.as_micros())) / as_f64(DAY.into());
            part((-earlier / half_life_days).exp2())
        }
        AttributionModel::Markov => 0,
    };
    path.iter().enumerate().map(weight).collect()
}

/// A share, 0 to 1, as a weight.
#[expect(clippy::cast_possible_truncation, reason = "the number is whole and within 53 bits")]
pub(super) fn part(share: f64) -> i128 {
    (share.clamp(0.0, 1.0) * ONE).round() as i128
}

/// A whole, divided by weights: up to each place, what is divided is the weight so far, rounded half to even, so that the parts
/// add up to the whole. Nothing is divided by weights that add up to 0.
pub(super) fn divide(whole: i128, weights: &[i128]) -> Vec<i128> {
    let all: i128 = weights.iter().sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let (mut so_far, mut given) = (0, 0);
    let part = |weight: &i128| {
        so_far += weight;
        let until = whole.checked_mul(so_far).map_or(whole, |product| round_half_even(product, all));
        let part = until - given;
        given = until;
        part
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn on(days: &[i64]) -> Vec<Timestamp> {
        days.iter().map(|day| Timestamp::from_micros(day * DAY)).collect()
    }

    fn credit(model: AttributionModel, days: &[i64]) -> Vec<i128> {
        divide(1_000_000, &weights(model, &on(days), 7.0))
    }

    #[test]
    fn a_path_of_four_has_the_credit_of_its_model() {
        let days = [0, 7, 14, 21];
        assert_eq!(credit(AttributionModel::First, &days), [1_000_000, 0, 0, 0]);
        assert_eq!(credit(AttributionModel::Last, &days), [0, 0, 0, 1_000_000]);
        assert_eq!(credit(AttributionModel::Linear, &days), [250_000; 4]);
        assert_eq!(credit(AttributionModel::UShaped, &days), [400_000, 100_000, 100_000, 400_000]);
        // 1, 2, 4 and 8 fifteenths.
        assert_eq!(credit(AttributionModel::TimeDecay, &days), [66_667, 133_333, 266_667, 533_333]);
    }

    #[test]
    fn a_u_of_one_is_all_of_two_half_each_and_of_three_two_two_and_one_fifth() {
        let u = |days: &[i64]| credit(AttributionModel::UShaped, days);
        assert_eq!(u(&[1]), [1_000_000]);
        assert_eq!(u(&[1, 2]), [500_000, 500_000]);
        assert_eq!(u(&[1, 2, 3]), [400_000, 200_000, 400_000]);
    }

    #[test]
    fn three_of_a_hundred_cents_are_thirty_three_thirty_four_and_thirty_three() {
        assert_eq!(divide(100, &[1, 1, 1]), [33, 34, 33]);
        assert_eq!(divide(-100, &[1, 1, 1]), [-33, -34, -33]);
        assert_eq!(divide(1, &[1, 1]), [0, 1]);
        assert_eq!(divide(5, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            whole in -1_000_000_000_000_000_i128..1_000_000_000_000_000,
            days in prop::collection::vec(0..4_000_i64, 1..30),
            half_life in 0.1..50.0,
        ) {
            let mut days = days;
            days.sort_unstable();
            for model in [
                AttributionModel::First, AttributionModel::Last, AttributionModel::Linear,
                AttributionModel::UShaped, AttributionModel::TimeDecay,
            ] {
                let weights = weights(model, &on(&days), half_life);
                prop_assert_eq!(divide(whole, &weights).iter().sum::<i128>(), whole);
            }
        }
    }
}
