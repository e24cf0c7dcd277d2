//! Shares as answers have them, and two of them compared.

use statrs::function::erf::erfc;

use super::{Estimate, as_f64, share, wilson};

/// A part of a whole, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Part {
    /// The share; absent of nothing.
    pub share: Option<f64>,
    /// The lower end of its 95 % interval (Wilson).
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Part {
    /// So many of so many.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        let share = share(part, whole);
        let interval = wilson::percentage(part, whole).and_then(|percentage| percentage.interval);
        // Dividing by 100 may carry an end past the share by a last digit.
        let ends =
            interval.zip(share).map(|((low, high), at)| ((low / 100.0).min(at), (high / 100.0).max(at)));
        let (low, high) = ends.unzip();
        Self { share, low, high }
    }
}

/// The share of one sample less that of another, with the interval of Newcombe (Interval Estimation for the Difference between
/// Independent Proportions, Statistics in Medicine 17, 1998, method 10): d − √((p₁−l₁)² + (u₂−p₂)²) to
/// d + √((u₁−p₁)² + (p₂−l₂)²), with the ends l and u of Wilson's intervals. `None` where a sample is empty.
#[must_use]
pub fn difference((part, whole): (u64, u64), (other_part, other_whole): (u64, u64)) -> Option<Estimate> {
    let (one, other) = (Part::of(part, whole), Part::of(other_part, other_whole));
    let (p, low, high) = (one.share?, one.low?, one.high?);
    let (q, other_low, other_high) = (other.share?, other.low?, other.high?);
    let value = p - q;
    let (below, above) = ((p - low).hypot(other_high - q), (high - p).hypot(q - other_low));
    Some(Estimate { value, interval: Some((value - below, value + above)), standard_error: None })
}

/// The test of two proportions: z = (p₁ − p₂)/√(p(1 − p)(1/n₁ + 1/n₂)) with the pooled share p, and the probability of a |z| at
/// least as large where there is no difference. `None` where one of the four expected counts is less than 5 (Cochran, Some
/// Methods for Strengthening the Common χ² Tests, Biometrics 10, 1954): the normal curve does not say it then.
#[must_use]
pub fn z_test((part, whole): (u64, u64), (other_part, other_whole): (u64, u64)) -> Option<(f64, f64)> {
    let [x, n, y, m] = [part, whole, other_part, other_whole].map(i128::from);
    let (parts, all) = (x + y, n + m);
    let is_enough = |n: i128, k: i128| n * k >= 5 * all;
    let counts = [(n, parts), (n, all - parts), (m, parts), (m, all - parts)];
    if all == 0 || !counts.into_iter().all(|(n, k)| is_enough(n, k)) {
        return None;
    }
    let [x, n, y, m, parts, all] = [x, n, y, m, parts, all].map(as_f64);
    let pooled = parts / all;
    let z = (x / n - y / m) / (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    Some((z, erfc(z.abs() / std::f64::consts::SQRT_2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_of_newcombe_are_those_of_the_paper() {
        // Table II, method 10, of contrasts (a), (d), (e) and (h).
        for (one, other, printed) in [
            ((56, 70), (48, 80), "0.0524 0.3339"),
            ((9, 10), (3, 10), "0.1705 0.8090"),
            ((5, 56), (0, 29), "-0.0381 0.1926"),
            ((10, 10), (0, 10), "0.6075 1.0000"),
        ] {
            let (low, high) = difference(one, other).unwrap().interval.unwrap();
            let found = format!("{low:.4} {high:.4}");
            assert_eq!(found, printed, "{one:?} {other:?}");
        }
        assert_eq!(difference((0, 0), (1, 2)), None);
    }

    #[test]
    fn two_proportions_are_tested_with_their_pooled_share() {
        // By hand: p = 104/150, √(p(1−p)(1/70 + 1/80)) = 0.075467, z = 0.2/0.075467.
        let (z, p) = z_test((56, 70), (48, 80)).unwrap();
        assert_eq!(format!("{z:.3} {p:.4}"), "2.650 0.0080");
        // Four of the twenty are won: of ten, two are expected.
        assert_eq!(z_test((3, 10), (1, 10)), None);
        assert_eq!(z_test((0, 0), (0, 0)), None);
        assert_eq!(z_test((10, 20), (10, 20)), Some((0.0, 1.0)));
    }
}
