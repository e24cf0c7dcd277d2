//! A share with its interval.

use super::{Estimate, Z_95, as_f64};

/// The percentage `part` is of `whole`, 0 to 100; `None` of nothing.
///
/// The interval is Wilson's (Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927):
/// (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n). The standard error is half its width over z, so that it is not 0
/// when all answers agree.
#[must_use]
pub fn percentage(part: u64, whole: u64) -> Option<Estimate> {
    if whole == 0 {
        return None;
    }
    let n = as_f64(whole.into());
    let share = as_f64(part.into()) / n;
    let z_squared = Z_95 * Z_95;
    let shrink = 1.0 + z_squared / n;
    let centre = (share + z_squared / (2.0 * n)) / shrink;
    let standard_error = (share * (1.0 - share) / n + z_squared / (4.0 * n * n)).sqrt() / shrink;
    let bound = |side: f64| (100.0 * (centre + side * Z_95 * standard_error)).clamp(0.0, 100.0);
    Some(Estimate::with_interval(100.0 * share, (bound(-1.0), bound(1.0)), 100.0 * standard_error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_three_of_fifty() {
        let csat = percentage(43, 50).unwrap();
        let (low, high) = csat.interval.unwrap();
        assert_eq!(format!("{:.1} {low:.1} {high:.1}", csat.value), "86.0 73.8 93.0");
    }

    #[test]
    fn the_interval_holds_the_share_of_every_part() {
        let parts = (1..=400_u64).flat_map(|n| (0..=n).map(move |part| (part, n)));
        for (part, whole) in parts.chain([(0, 10_000_000), (10_000_000, 10_000_000), (1, 10_000_000)]) {
            let estimate = percentage(part, whole).unwrap();
            let (low, high) = estimate.interval.unwrap();
            let within = 0.0 <= low && low <= estimate.value && estimate.value <= high && high <= 100.0;
            assert!(within, "{part} of {whole}: {estimate:?}");
        }
    }

    #[test]
    fn all_and_nobody_stay_within_the_scale_and_uncertain() {
        // (0, z²/(n + z²)) for none of ten, mirrored for all of them.
        for (part, expected) in [(0, "0.0 27.8"), (10, "72.2 100.0")] {
            let estimate = percentage(part, 10).unwrap();
            let (low, high) = estimate.interval.unwrap();
            assert_eq!(format!("{low:.1} {high:.1}"), expected);
            assert!(estimate.standard_error.unwrap() > 5.0);
        }
        assert_eq!(percentage(0, 0), None);
    }
}
