//! How much of what values differ by lies between groups.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::{as_f64, mean::plain_mean};

/// A one-way analysis of variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variance {
    /// η² = SSB / (SSB + SSW), the part of the sum of squares between groups (Fisher, Statistical Methods for Research
    /// Workers, 1925).
    pub eta_squared: f64,
    /// ε² = 1 − (1 − η²)·(n − 1)/(n − k), which is 0 on average where groups do not differ; never below 0 (Kelley, An Unbiased
    /// Correlation Ratio Measure, PNAS 21, 1935).
    pub epsilon_squared: f64,
    /// F = (SSB / (k − 1)) / (SSW / (n − k)); absent where nothing differs within groups.
    pub f: Option<f64>,
    /// The probability of such an F or a larger one of groups that do not differ.
    pub p: Option<f64>,
}

/// Of groups, none of them empty, with the values of each in their order. `None` of fewer than two groups, where no group has
/// two values, where all values are equal, and where squares are beyond the largest number.
#[must_use]
pub fn one_way(groups: &[&[f64]]) -> Option<Variance> {
    let all: Vec<f64> = groups.concat();
    let (n, k) = (as_f64(all.len() as i128), as_f64(groups.len() as i128));
    if groups.len() < 2 || all.len() <= groups.len() {
        return None;
    }
    let grand = plain_mean(&all)?;
    let (mut between, mut within) = (0.0, 0.0);
    for group in groups {
        let mean = plain_mean(group)?;
        between += as_f64(group.len() as i128) * (mean - grand) * (mean - grand);
        within += group.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    }
    let total = between + within;
    if total <= 0.0 || !total.is_finite() {
        return None;
    }
    let eta_squared = between / total;
    let (between_free, within_free) = (k - 1.0, n - k);
    let f = (within > 0.0).then(|| (between / between_free) / (within / within_free));
    let p = f.and_then(|f| FisherSnedecor::new(between_free, within_free).ok().map(|of| of.sf(f)));
    Some(Variance {
        eta_squared,
        epsilon_squared: (1.0 - (1.0 - eta_squared) * (n - 1.0) / within_free).max(0.0),
        f: f.filter(|f| f.is_finite()),
        p: p.filter(|p| p.is_finite()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_of_a_textbook() {
        // Three groups of six: means 5, 9 and 10, SSB = 84, SSW = 68, F(2, 15) = 9.26, p = 0.0024.
        let groups: [&[f64]; 3] = [
            &[6.0, 8.0, 4.0, 5.0, 3.0, 4.0],
            &[8.0, 12.0, 9.0, 11.0, 6.0, 8.0],
            &[13.0, 9.0, 11.0, 8.0, 7.0, 12.0],
        ];
        let variance = one_way(&groups).unwrap();
        let close = |a: f64, b: f64, by: f64| (a - b).abs() < by;
        assert!(close(variance.eta_squared, 84.0 / 152.0, 1e-12), "{variance:?}");
        assert!(close(variance.epsilon_squared, 1.0 - 68.0 / 152.0 * 17.0 / 15.0, 1e-12), "{variance:?}");
        assert!(close(variance.f.unwrap(), 42.0 / (68.0 / 15.0), 1e-12), "{variance:?}");
        assert!(close(variance.p.unwrap(), 0.0024, 5e-5), "{variance:?}");
    }

    #[test]
    fn what_has_nothing_to_compare_has_no_answer() {
        let cases: [&[&[f64]]; 5] = [
            &[],
            &[&[1.0, 2.0]],
            &[&[1.0], &[2.0]],
            &[&[3.0, 3.0], &[3.0]],
            &[&[f64::MAX, -f64::MAX], &[1.0]],
        ];
        for groups in cases {
            assert_eq!(one_way(groups), None, "{groups:?}");
        }
        let apart = one_way(&[&[1.0, 1.0], &[5.0]]).unwrap();
        assert_eq!((apart.eta_squared, apart.f, apart.p), (1.0, None, None));
        let alike = one_way(&[&[1.0, 5.0], &[1.0, 5.0]]).unwrap();
        assert_eq!((alike.eta_squared, alike.epsilon_squared, alike.f), (0.0, 0.0, Some(0.0)));
    }
}
