//! A mean with its interval.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Estimate, as_f64};

/// The mean of values and its spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean, with x̄ ± t·s/√n, t the 97.5 % quantile of Student's distribution with n - 1 degrees of freedom
    /// (Student, The Probable Error of a Mean, Biometrika 6, 1908).
    pub estimate: Estimate,
    /// s, with n - 1 in the denominator; absent for one value.
    pub standard_deviation: Option<f64>,
}

/// Of the values in their order: a sum of floating-point numbers depends on it. `None` of no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<Mean> {
    let n = as_f64(values.len() as i128);
    let value = plain_mean(values)?;
    let estimate = Estimate { value, interval: None, standard_error: None };
    if values.len() == 1 {
        return Some(Mean { estimate, standard_deviation: None });
    }
    let squares: f64 = values.iter().map(|each| (each - value) * (each - value)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    if !deviation.is_finite() {
        // The squares are beyond the largest number, and so is the spread.
        return Some(Mean { estimate, standard_deviation: None });
    }
    let standard_error = deviation / n.sqrt();
    let reach = student_quantile_975(values.len() - 1) * standard_error;
    let estimate = Estimate::with_interval(value, (value - reach, value + reach), standard_error);
    Some(Mean { estimate, standard_deviation: Some(deviation) })
}

/// The mean of one sample less that of another, with the interval of Welch (The Generalization of 'Student's' Problem when Several
/// Different Population Variances Are Involved, Biometrika 34, 1947): d ± t·√(s₁²/n₁ + s₂²/n₂), t the 97.5 % quantile of
/// Student's distribution with the degrees of freedom of Satterthwaite. `None` where a sample has fewer than two values, or a
/// spread beyond the largest number.
#[must_use]
pub fn difference(one: &[f64], other: &[f64]) -> Option<Estimate> {
    let of = |values: &[f64]| {
        let mean = mean(values)?;
        let error = mean.estimate.standard_error?;
        Some((mean.estimate.value, error * error, as_f64(values.len() as i128) - 1.0))
    };
    let ((a, a_squared, a_free), (b, b_squared, b_free)) = (of(one)?, of(other)?);
    let squared = a_squared + b_squared;
    let freedom = squared * squared / (a_squared * a_squared / a_free + b_squared * b_squared / b_free);
    // Samples without any spread have no degrees of freedom: then the interval is the difference.
    let quantile = StudentsT::new(0.0, 1.0, freedom).map_or(super::Z_95, |t| t.inverse_cdf(0.975));
    let (value, error) = (a - b, squared.sqrt());
    let reach = quantile * error;
    (value.is_finite() && reach.is_finite())
        .then(|| Estimate::with_interval(value, (value - reach, value + reach), error))
}

/// Without the spread; between the least and the greatest value. `None` of no values.
#[must_use]
pub fn plain_mean(values: &[f64]) -> Option<f64> {
    let n = as_f64(values.len() as i128);
    let least = values.iter().copied().reduce(f64::min)?;
    let greatest = values.iter().copied().reduce(f64::max)?;
    let sum: f64 = values.iter().sum();
    let mean = if sum.is_finite() { sum / n } else { values.iter().map(|value| value / n).sum() };
    // Rounding may carry the mean of equal values past them. Adding 0 takes the sign off a zero.
    Some(mean.max(least).min(greatest) + 0.0)
}

/// The 97.5 % quantile; that of the normal distribution where there are no degrees of freedom to speak of.
fn student_quantile_975(degrees_of_freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, as_f64(degrees_of_freedom as i128)).map_or(super::Z_95, |t| t.inverse_cdf(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_are_those_of_the_printed_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
        for (degrees, printed) in [
            (1, 12.706),
            (2, 4.303),
            (5, 2.571),
            (10, 2.228),
            (30, 2.042),
            (60, 2.000),
            (100, 1.984),
            (1_000_000, 1.960),
        ] {
            let computed = student_quantile_975(degrees);
            assert!((computed - printed).abs() < 0.000_6, "{degrees}: {computed}");
        }
    }

    #[test]
    fn the_difference_of_two_means_has_the_interval_of_welch() {
        // Variances 1 and 8/3, squared errors 1/3 and 2/3, 4.909 degrees of freedom, t = 2.5850.
        let (a, b) = ([1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 3.0]);
        let difference = difference(&a, &b).unwrap();
        assert!((difference.value + 1.0).abs() < 1e-12);
        let (low, high) = difference.interval.unwrap();
        assert_eq!(format!("{low:.2} {high:.2}"), "-3.58 1.58");
        assert_eq!(super::difference(&[1.0], &b), None);
        let same = super::difference(&[2.0, 2.0], &[1.0, 1.0]).unwrap();
        assert_eq!((same.value, same.interval), (1.0, Some((1.0, 1.0))));
    }

    #[test]
    fn the_spread_is_the_samples() {
        let mean = mean(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert!((mean.standard_deviation.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        let (low, high) = mean.estimate.interval.unwrap();
        // 5 ± 2.3646 · 2.1381 / √8
        assert_eq!(format!("{low:.3} {high:.3}"), "3.213 6.787");
    }

    #[test]
    fn a_mean_is_between_its_values_and_in_its_interval_however_large_or_alike_they_are() {
        let largest = f64::MAX;
        for values in [
            vec![0.1; 3],
            vec![0.7; 49],
            vec![-0.3; 11],
            vec![largest; 4],
            vec![largest, -largest, largest],
            vec![1e200, -1e200],
            vec![-0.0, -0.0],
            vec![-0.04, -0.05, -0.06],
        ] {
            let Mean { estimate, .. } = mean(&values).unwrap();
            let holds = |low: f64, high: f64| low <= estimate.value && estimate.value <= high;
            let ends = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
            assert!(holds(ends.0, ends.1), "{values:?}: {estimate:?}");
            assert!(estimate.interval.is_none_or(|(low, high)| holds(low, high)), "{values:?}: {estimate:?}");
            assert!(estimate.value != 0.0 || estimate.value.is_sign_positive(), "{values:?}");
        }
    }

    #[test]
    fn one_value_has_no_interval_and_none_has_no_mean() {
        assert_eq!(mean(&[3.0]).unwrap().estimate.interval, None);
        assert_eq!(mean(&[]), None);
    }
}
