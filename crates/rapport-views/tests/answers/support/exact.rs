//! Rounding and medians by the book, in exact fractions.

use std::collections::BTreeSet;

/// Halves to the even neighbour.
pub(crate) fn nearest(part: i128, whole: i128) -> i128 {
    let below = part.div_euclid(whole);
    let twice = 2 * (part - below * whole);
    let up = twice > whole || (twice == whole && below.rem_euclid(2) == 1);
    below + i128::from(up)
}

/// Kaplan and Meier's product in exact fractions, one factor for each time at which a stay ends.
pub(crate) fn product_limit_median(stays: &[(i64, bool)]) -> Option<i64> {
    let times: BTreeSet<_> = stays.iter().filter(|(_, ended)| *ended).map(|(length, _)| *length).collect();
    let (mut part, mut whole) = (1_u128, 1_u128);
    for time in times {
        let lasting = stays.iter().filter(|(length, _)| *length >= time).count() as u128;
        let ending = stays.iter().filter(|(length, ended)| *ended && *length == time).count() as u128;
        (part, whole) = (part * (lasting - ending), whole * lasting);
        let common = divisor(part, whole);
        (part, whole) = (part / common, whole / common);
        if 2 * part <= whole {
            return Some(time);
        }
    }
    None
}

fn divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { divisor(b, a % b) }
}

/// A sum in 64 bits if it fits, else in decimal digits; nothing without a currency.
pub(crate) fn written(sum: i128, currency: &str) -> (Option<i64>, String) {
    if currency.is_empty() {
        (None, String::new())
    } else if (i128::from(i64::MIN)..=i128::from(i64::MAX)).contains(&sum) {
        (Some(sum as i64), String::new())
    } else {
        (None, format!("{sum}"))
    }
}
