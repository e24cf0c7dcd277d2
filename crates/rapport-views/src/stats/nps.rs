//! Net Promoter Score with an interval that works for few responses.

use super::{Estimate, Z_95, as_f64};

/// The score of so many promoters and detractors among `responses`, in points from -100 to 100; `None` of no responses.
///
/// The interval is the adjusted Wald of Rocks, Interval Estimation for the "Net Promoter Score" (2016,
/// arXiv 1601.07235): n' = n + 3, P' = P + ¾, D' = D + ¾, Δ = (P' - D')/n', SE = √((P' + D')/n' - Δ²)/√n',
/// Δ ± 1.96·SE, cut at ±100. The point is the plain score, so that the interval is not symmetrical around it. The
/// interval of one answer would not hold its score, and is widened to it.
#[must_use]
pub fn net_promoter_score(promoters: u64, detractors: u64, responses: u64) -> Option<Estimate> {
    if responses == 0 {
        return None;
    }
    let [promoters, detractors, responses] =
        [promoters, detractors, responses].map(|count| as_f64(count.into()));
    let adjusted = responses + 3.0;
    let (promoting, detracting) = (promoters + 0.75, detractors + 0.75);
    let delta = (promoting - detracting) / adjusted;
    let standard_error = ((promoting + detracting) / adjusted - delta * delta).sqrt() / adjusted.sqrt();
    let bound = |side: f64| (100.0 * (delta + side * Z_95 * standard_error)).clamp(-100.0, 100.0);
    let value = 100.0 * (promoters - detractors) / responses;
    Some(Estimate::with_interval(value, (bound(-1.0), bound(1.0)), 100.0 * standard_error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(promoters: u64, detractors: u64, responses: u64) -> (String, String, String) {
        let score = net_promoter_score(promoters, detractors, responses).unwrap();
        let (low, high) = score.interval.unwrap();
        (format!("{:.1}", score.value), format!("{low:.1}"), format!("{high:.1}"))
    }

    #[test]
    fn fifty_promoters_and_twenty_detractors_of_a_hundred() {
        assert_eq!(rounded(50, 20, 100), ("30.0".into(), "14.1".into(), "44.2".into()));
    }

    #[test]
    fn three_promoters_of_three_are_no_certainty() {
        assert_eq!(rounded(3, 0, 3), ("100.0".into(), "-6.6".into(), "100.0".into()));
    }

    #[test]
    fn the_interval_holds_the_score_of_every_small_survey_and_of_large_ones() {
        let small = (1..=80_u64).flat_map(|n| (0..=n).flat_map(move |p| (0..=n - p).map(move |d| (p, d, n))));
        let large = [1_000, 123_457, 10_000_000_u64].into_iter().flat_map(|n| {
            let parts = [0, 1, n / 3, n / 2, n - 1, n];
            parts.into_iter().flat_map(move |p| parts.into_iter().map(move |d| (p, d.min(n - p), n)))
        });
        for (promoters, detractors, responses) in small.chain(large) {
            let score = net_promoter_score(promoters, detractors, responses).unwrap();
            let (low, high) = score.interval.unwrap();
            let within = -100.0 <= low && low <= score.value && score.value <= high && high <= 100.0;
            assert!(within, "{promoters} {detractors} {responses}: {score:?}");
        }
    }

    #[test]
    fn nobody_has_no_score() {
        assert_eq!(net_promoter_score(0, 0, 0), None);
    }
}
