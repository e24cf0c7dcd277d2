//! ABC: which few make most of the value (after Pareto; H. Ford Dickie, "ABC Inventory Analysis Shoots for Dollars, not
//! Pennies", 1951).

use rapport_proto::definition::classes::Abc;

/// The classes in order.
pub const CLASSES: [&str; 3] = ["A", "B", "C"];

/// Where one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// One of [`CLASSES`].
    pub class: &'static str,
    /// The positive values before it, added.
    pub before: i128,
}

/// Where each of these values stands; they come in descending order. A, while those before it make less than `cuts.a` of
/// all positive values, B while less than `cuts.b`, else C. What is not positive is C.
///
/// Shares are compared by cross-multiplication: one that is exactly on a cut is not below it.
#[must_use]
pub fn standings(descending: &[i128], cuts: Abc) -> Vec<Standing> {
    debug_assert!(descending.is_sorted_by(|a, b| a >= b), "values come in descending order");
    let total = sum_of_positive(descending.iter().copied());
    let mut before = 0_i128;
    let standing = |value: &i128| {
        let below = |hundredths: u32| before * 10_000 < total * i128::from(hundredths);
        let class = if *value <= 0 {
            "C"
        } else if below(cuts.a) {
            "A"
        } else if below(cuts.b) {
            "B"
        } else {
            "C"
        };
        let standing = Standing { class, before };
        before += (*value).max(0);
        standing
    };
    descending.iter().map(standing).collect()
}

/// What shares are shares of.
#[must_use]
pub fn sum_of_positive(values: impl Iterator<Item = i128>) -> i128 {
    values.map(|value| value.max(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(values: &[i128], cuts: Abc) -> String {
        standings(values, cuts).iter().map(|standing| standing.class).collect()
    }

    #[test]
    fn the_golden_ten_are_three_a_three_b_and_four_c() {
        assert_eq!(classes(&[500, 200, 100, 80, 50, 30, 20, 10, 6, 4], Abc::default()), "AAABBBCCCC");
    }

    #[test]
    fn a_share_that_is_exactly_on_a_cut_is_not_below_it() {
        // Before the third are exactly 80 %, before the fourth exactly 95 %.
        assert_eq!(classes(&[50, 30, 15, 5], Abc::default()), "AABC");
        assert_eq!(classes(&[50, 30, 15, 5], Abc { a: 8_001, b: 9_501 }), "AAAB");
        // In floating point 3 × 0.1 is more than 0.3.
        let tenths = [1; 10];
        assert_eq!(classes(&tenths, Abc { a: 3_000, b: 7_000 }), "AAABBBBCCC");
    }

    #[test]
    fn what_is_not_positive_is_c_and_makes_nobody_elses_share_smaller() {
        assert_eq!(classes(&[100, 0, -1], Abc::default()), "ACC");
        assert_eq!(classes(&[-1, -7], Abc::default()), "CC");
        assert_eq!(classes(&[60, 30, 10, -1_000], Abc::default()), "AABC");
        assert_eq!(classes(&[], Abc::default()), "");
        // A hair below 80 %, which floating point does not see.
        let beyond = i128::from(i64::MAX);
        assert_eq!(classes(&[beyond * 4, beyond, 1], Abc::default()), "AAC");
    }
}
