//! XYZ: how even the purchases are from period to period, by the coefficient of variation (the companion of ABC in
//! materials management).

use rapport_proto::definition::classes::Xyz;

use crate::stats::as_f64;

/// The classes in order; N is what has no purchases in these periods.
pub const CLASSES: [&str; 4] = ["X", "Y", "Z", "N"];

/// Fewer periods say nothing about how even purchases are.
pub const PERIODS_MIN: u32 = 3;

/// The purchases of one customer or product by period, added up; periods without any need not be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evenness {
    sum: i128,
    squares: i128,
}

impl Evenness {
    /// With the purchases of one more period.
    pub fn add(&mut self, purchases: u64) {
        let purchases = i128::from(purchases);
        self.sum += purchases;
        self.squares = self.squares.saturating_add(purchases.saturating_mul(purchases));
    }

    /// The mean over so many periods; `None` of none.
    #[must_use]
    pub fn mean(self, periods: u32) -> Option<f64> {
        (periods > 0).then(|| as_f64(self.sum) / f64::from(periods))
    }

    /// Population standard deviation / mean; `None` without purchases.
    #[must_use]
    pub fn variation(self, periods: u32) -> Option<f64> {
        (self.sum > 0).then(|| as_f64(self.spread(periods)).sqrt() / as_f64(self.sum))
    }

    /// One of [`CLASSES`], or `None` of too few periods. (σ/μ)² = (n·Σx² − (Σx)²) / (Σx)² is compared with the square of
    /// the cut in integers: what is exactly on a cut belongs to the better class.
    #[must_use]
    pub fn class(self, periods: u32, cuts: Xyz) -> Option<&'static str> {
        let within = |hundredths: u32| {
            let cut = i128::from(hundredths);
            let (spread, sum) = (self.spread(periods), self.sum.saturating_mul(self.sum));
            spread.saturating_mul(100_000_000) <= sum.saturating_mul(cut * cut)
        };
        if periods < PERIODS_MIN {
            return None;
        }
        Some(if self.sum == 0 {
            "N"
        } else if within(cuts.x) {
            "X"
        } else if within(cuts.y) {
            "Y"
        } else {
            "Z"
        })
    }

    /// n²·σ²: not negative, by Cauchy and Schwarz.
    fn spread(self, periods: u32) -> i128 {
        i128::from(periods).saturating_mul(self.squares) - self.sum.saturating_mul(self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(purchases: &[u64]) -> (Option<&'static str>, Option<f64>) {
        let mut evenness = Evenness::default();
        purchases.iter().filter(|each| **each > 0).for_each(|each| evenness.add(*each));
        let periods = u32::try_from(purchases.len()).unwrap();
        (evenness.class(periods, Xyz::default()), evenness.variation(periods))
    }

    #[test]
    fn the_golden_year_varies_by_six_percent() {
        let (class, variation) = of(&[100, 110, 90, 105, 95, 100, 100, 110, 90, 100, 105, 95]);
        assert_eq!((class, format!("{:.4}", variation.unwrap())), (Some("X"), "0.0645".to_owned()));
    }

    #[test]
    fn an_exact_quarterly_buyer_is_z_by_months_and_x_by_quarters() {
        let (class, variation) = of(&[1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
        assert_eq!((class, format!("{:.2}", variation.unwrap())), (Some("Z"), "1.41".to_owned()));
        assert_eq!(of(&[1, 1, 1, 1]), (Some("X"), Some(0.0)));
    }

    #[test]
    fn a_variation_that_is_exactly_on_a_cut_belongs_to_the_better_class() {
        // μ 10, σ 1: exactly 10 %. μ 4, σ 1: exactly 25 %.
        assert_eq!(of(&[9, 11, 9, 11]), (Some("X"), Some(0.1)));
        assert_eq!(of(&[3, 5, 3, 5]), (Some("Y"), Some(0.25)));
        assert_eq!(of(&[899, 1_101, 899, 1_101]).0, Some("Y"));
        assert_eq!(of(&[2_999, 5_001, 2_999, 5_001]).0, Some("Z"));
    }

    #[test]
    fn without_purchases_it_is_n_and_of_too_few_periods_nothing_is_said() {
        assert_eq!(of(&[0, 0, 0]), (Some("N"), None));
        assert_eq!(of(&[5, 5]).0, None);
        assert_eq!(Evenness::default().mean(0), None);
    }
}
