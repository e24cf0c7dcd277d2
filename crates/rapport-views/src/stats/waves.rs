//! Whether two scores differ.

use super::Estimate;

/// (this - previous) / √(SE² + SE²), of independent estimates; `None` without spread. An error of rounding is not a
/// spread.
#[must_use]
pub fn z(this: &Estimate, previous: &Estimate) -> Option<f64> {
    let (a, b) = (this.standard_error?, previous.standard_error?);
    let spread = (a * a + b * b).sqrt();
    let rounding = 16.0 * f64::EPSILON * (this.value.abs() + previous.value.abs());
    (spread > rounding).then(|| (this.value - previous.value) / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_of_two_standard_errors_of_the_difference_is_two() {
        let estimate = |value, error| Estimate { value, interval: None, standard_error: Some(error) };
        assert_eq!(z(&estimate(40.0, 3.0), &estimate(30.0, 4.0)), Some(2.0));
        assert_eq!(z(&estimate(40.0, 0.0), &estimate(30.0, 0.0)), None);
        assert_eq!(
            z(&estimate(6.0, 1e-15), &estimate(4.0, 0.0)),
            None,
            "the last digit of a mean is no spread"
        );
    }
}
