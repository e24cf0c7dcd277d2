//! Days between what was committed and what became of it.

use jiff::civil::Date;
use rapport_proto::v1;

use crate::stats::as_f64;

/// Days from one to the other, by the calendar; negative where the other is earlier.
pub(super) fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// The middle, the nearest rank of nine in ten (the smallest value that as many do not exceed), and the mean.
pub(super) fn slip(mut days: Vec<i32>) -> Option<v1::DeliverySlip> {
    days.sort_unstable();
    let n = days.len();
    let at = |place: usize| days.get(place).copied();
    let middle = || Some(f64::midpoint(at((n - 1) / 2)?.into(), at(n / 2)?.into()));
    let sum: i128 = days.iter().map(|day| i128::from(*day)).sum();
    Some(v1::DeliverySlip {
        n: n as u64,
        median_days: if n == 0 { None } else { middle() },
        p90_days: (9 * n).div_ceil(10).checked_sub(1).and_then(at),
        mean_days: (n > 0).then(|| as_f64(sum) / as_f64(n as i128)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_of_ten_slip_by_no_more() {
        let of = |days: &[i32]| {
            let slip = slip(days.to_vec()).unwrap();
            (slip.n, slip.median_days, slip.p90_days, slip.mean_days)
        };
        assert_eq!(of(&[]), (0, None, None, None));
        assert_eq!(of(&[-3]), (1, Some(-3.0), Some(-3), Some(-3.0)));
        assert_eq!(of(&[4, 1]), (2, Some(2.5), Some(4), Some(2.5)));
        assert_eq!(of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (10, Some(5.5), Some(9), Some(5.5)));
        assert_eq!(of(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), (11, Some(6.0), Some(10), Some(6.0)));
    }
}
