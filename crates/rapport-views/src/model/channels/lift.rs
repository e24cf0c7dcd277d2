//! Shares with their intervals, and one share against another.

use rapport_proto::v1;
use statrs::function::erf::erfc;

use crate::stats::{self, as_f64, wilson};

/// Fewer than so many expected or not expected on a side are not enough for a test.
const ENOUGH: i128 = 5;

/// A part of so many, 0 to 1, with the ends of its interval.
pub(super) fn ends(part: u64, whole: u64) -> Option<(f64, f64, f64)> {
    let share = stats::share(part, whole)?;
    let (low, high) = wilson::percentage(part, whole)?.interval?;
    // Dividing by 100 may carry an end past the share by a last digit.
    Some((share, (low / 100.0).min(share), (high / 100.0).max(share)))
}

/// The same as answers have it.
pub(super) fn share(customers: Option<v1::Figure>, whole: u64) -> Option<v1::CampaignShare> {
    let found = ends(customers.as_ref().map_or(0, |figure| figure.count), whole);
    Some(v1::CampaignShare {
        customers,
        share: found.map(|(share, _, _)| share),
        low: found.map(|(_, low, _)| low),
        high: found.map(|(_, _, high)| high),
    })
}

/// Compares two shares, each as (part, whole). `None` where the whole of either is 0.
///
/// The interval of the difference is R. G. Newcombe's (*Interval Estimation for the Difference Between Independent
/// Proportions*, Statistics in Medicine 17, 1998, method 10): from the ends of Wilson's intervals. p is of the z of two
/// proportions with their common share, both sides.
pub(super) fn lift(one: (u64, u64), other: (u64, u64)) -> Option<v1::CampaignLift> {
    let (a, a_low, a_high) = ends(one.0, one.1)?;
    let (b, b_low, b_high) = ends(other.0, other.1)?;
    let difference = a - b;
    let [n, m] = [one.1, other.1].map(|whole| as_f64(whole.into()));
    let (part, rest) = (one.0 + other.0, (one.1 - one.0) + (other.1 - other.0));
    let common = as_f64(part.into()) / (n + m);
    let error = (common * (1.0 - common) * (1.0 / n + 1.0 / m)).sqrt();
    // Of the smaller side, what is expected of the rarer outcome.
    let is_enough = i128::from(one.1.min(other.1)) * i128::from(part.min(rest))
        >= ENOUGH * (i128::from(one.1) + i128::from(other.1));
    Some(v1::CampaignLift {
        ratio: (b > 0.0).then(|| a / b),
        difference,
        low: difference - (a - a_low).hypot(b_high - b),
        high: difference + (a_high - a).hypot(b - b_low),
        p: is_enough.then(|| erfc(difference.abs() / error / std::f64::consts::SQRT_2)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_example_of_newcombe() {
        // 56 of 70 against 48 of 80: 0.2, 0.0524 to 0.3339.
        let lift = lift((56, 70), (48, 80)).unwrap();
        assert_eq!(
            format!("{:.4} {:.4} {:.4}", lift.difference, lift.low, lift.high),
            "0.2000 0.0524 0.3339"
        );
        assert_eq!(format!("{:.4}", lift.ratio.unwrap()), "1.3333");
        // z = 0.2 / √(104/150 · 46/150 · (1/70 + 1/80)) = 2.6502.
        assert_eq!(format!("{:.4}", lift.p.unwrap()), "0.0080");
    }

    #[test]
    fn few_are_not_enough_to_tell_and_nobody_is_no_share() {
        let lift = |one, other| super::lift(one, other);
        assert_eq!(lift((3, 10), (1, 10)).unwrap().p, None);
        assert_eq!(lift((3, 10), (0, 10)).unwrap().ratio, None);
        assert_eq!(lift((3, 10), (0, 0)), None);
        let same = lift((0, 10), (0, 10)).unwrap();
        assert_eq!((same.difference, same.p, same.low < 0.0), (0.0, None, true));
    }
}
