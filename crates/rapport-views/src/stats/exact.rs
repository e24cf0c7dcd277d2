//! Integers: rounding, shares, medians.

/// `numerator / denominator` rounded to the nearest integer, halves to the even one. `denominator` is positive.
#[must_use]
pub fn round_half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    // rest ≥ denominator - rest compares twice the rest without overflow.
    let up = match rest.cmp(&(denominator - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    quotient + i128::from(up)
}

/// A sum as the two fields that answers have for it: in 64 bits, or where it does not fit, as its decimal digits. Both
/// are empty where there is no sum.
#[must_use]
pub fn narrow_or_wide(sum: Option<i128>) -> (Option<i64>, String) {
    let narrow = sum.and_then(|sum| i64::try_from(sum).ok());
    let wide = sum.filter(|_| narrow.is_none()).map(|sum| sum.to_string());
    (narrow, wide.unwrap_or_default())
}

/// The nearest `f64`: exact sums become floating point here, at the very end.
#[must_use]
pub fn as_f64(value: i128) -> f64 {
    value as f64
}

/// `part / whole`; `None` of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| as_f64(part.into()) / as_f64(whole.into()))
}

/// The middle value, of an even number of values the mean of the two in the middle, rounded down. Reorders them.
#[must_use]
pub fn median_i64(values: &mut [i64]) -> Option<i64> {
    // The mean rounded down, without a sum that could be too large.
    middle(values).map(|(lower, upper)| (lower & upper) + ((lower ^ upper) >> 1))
}

/// The same of sums.
#[must_use]
pub fn median_i128(values: &mut [i128]) -> Option<i128> {
    middle(values).map(|(lower, upper)| (lower & upper) + ((lower ^ upper) >> 1))
}

/// The two in the middle, which are one of an odd number.
fn middle<T: Copy + Ord>(values: &mut [T]) -> Option<(T, T)> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, upper, _) = values.select_nth_unstable(middle);
    let lower = if odd { *upper } else { below.iter().max().copied().unwrap_or(*upper) };
    Some((lower, *upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour_on_both_sides_of_zero() {
        let rounded = [5, 7, -5, -7, 4, -4, 0].map(|halves| round_half_even(halves, 2));
        assert_eq!(rounded, [2, 4, -2, -4, 2, -2, 0]);
        assert_eq!([5, -5, 4, -4].map(|thirds| round_half_even(thirds, 3)), [2, -2, 1, -1]);
        assert_eq!(round_half_even(i128::MAX, i128::MAX), 1);
        assert_eq!(round_half_even(i128::MIN, 1), i128::MIN);
    }

    #[test]
    fn the_median_is_the_middle_value_or_the_mean_of_two() {
        assert_eq!(median_i64(&mut []), None);
        assert_eq!(median_i64(&mut [9, 1, 5]), Some(5));
        assert_eq!(median_i64(&mut [9, 1, 5, 2]), Some(3));
        assert_eq!(median_i64(&mut [i64::MAX, i64::MAX - 1]), Some(i64::MAX - 1));
        assert_eq!(
            [[-3, -4], [3, -4], [i64::MIN, i64::MAX]].map(|mut two| median_i64(&mut two)),
            [Some(-4), Some(-1), Some(-1)]
        );
        let wide = i128::from(i64::MAX) * 3;
        assert_eq!(median_i128(&mut [wide + 2, 1, wide, 9]), Some((wide + 9) / 2));
        assert_eq!((median_i128(&mut [wide]), median_i128(&mut [])), (Some(wide), None));
    }

    #[test]
    fn a_sum_is_written_exactly_on_both_sides_of_64_bits() {
        let beyond = i128::from(i64::MAX) + 1;
        assert_eq!(narrow_or_wide(Some(i64::MAX.into())), (Some(i64::MAX), String::new()));
        assert_eq!(narrow_or_wide(Some(beyond)), (None, "9223372036854775808".to_owned()));
        assert_eq!(narrow_or_wide(Some(-beyond)), (Some(i64::MIN), String::new()));
        assert_eq!(narrow_or_wide(Some(-beyond - 1)), (None, "-9223372036854775809".to_owned()));
        assert_eq!(narrow_or_wide(None), (None, String::new()));
    }
}
