//! How long things last, some of which have not ended: the median, and the share that lasts longer.
//!
//! Kaplan, Meier: Nonparametric Estimation from Incomplete Observations, JASA 53 (1958): S(t) = Π over tᵢ ≤ t of
//! 1 - dᵢ/nᵢ, with dᵢ stays ending at tᵢ of the nᵢ that lasted so long; a stay cut off at tᵢ counts as lasting beyond.

use std::{iter::Peekable, slice};

use super::Z_95;

/// How long something lasted, in microseconds, and whether it is over.
///
/// Ordered by length, the ended before the cut off of one length. Kept in 8 bytes, since there is one for every visit
/// of a deal to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stay(u64);

impl Stay {
    /// One that is over.
    #[must_use]
    pub fn ended(micros: i64) -> Self {
        Self(Self::length(micros) << 1)
    }

    /// One that was still going on after so long.
    #[must_use]
    pub fn censored(micros: i64) -> Self {
        Self((Self::length(micros) << 1) | 1)
    }

    /// Negative lengths count as none; 146,000 years as the longest.
    fn length(micros: i64) -> u64 {
        micros.clamp(0, i64::MAX >> 1).unsigned_abs()
    }

    fn micros(self) -> i64 {
        (self.0 >> 1).cast_signed()
    }

    fn is_censored(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The shortest length that at most half outlast, in microseconds; `None` when the curve does not come down to a half.
/// The stays are those of both lists, each in order.
#[must_use]
pub fn median(some: &[Stay], others: &[Stay]) -> Option<i64> {
    // A curve without rounding: between two censored stays the product telescopes to (lasting now) / (lasting then).
    // The tolerance is for the products at the censored ones.
    const HALF: f64 = 0.5 + 1e-12;
    let all = some.len() + others.len();
    let mut curve = Curve { survival: 1.0, lasting_then: all, lasting: all };
    let (mut some, mut others) = (some.iter().peekable(), others.iter().peekable());
    while let Some(stay) = earlier(&mut some, &mut others) {
        if curve.pass(*stay) <= HALF {
            return Some(stay.micros());
        }
    }
    None
}

/// The curve at one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lasting {
    /// The share that lasts longer.
    pub survival: f64,
    /// Its 95 % interval; absent while nothing has ended, and where nothing lasts longer.
    pub interval: Option<(f64, f64)>,
}

/// The curve at these lengths, which ascend. The stays are in order.
///
/// The interval is that of log(-log S) with Greenwood's variance Σ d/(n·(n - d)) (Kalbfleisch, Prentice, The Statistical
/// Analysis of Failure Time Data, 1980, section 1.3): S^exp(±z·√Σ / log S), which stays between 0 and 1.
#[must_use]
pub fn survival(stays: &[Stay], at: &[i64]) -> Vec<Lasting> {
    let (mut rest, mut lasting) = (stays, stays.len());
    let (mut survival, mut variance) = (1.0_f64, 0.0_f64);
    let mut curve = Vec::with_capacity(at.len());
    for length in at {
        while let Some(first) = rest.first().filter(|stay| stay.micros() <= *length) {
            let same = rest.partition_point(|stay| stay.micros() <= first.micros());
            let (of_it, later) = rest.split_at(same);
            let ended = of_it.iter().filter(|stay| !stay.is_censored()).count();
            if ended > 0 {
                let (n, d) = (lasting as f64, ended as f64);
                survival *= (n - d) / n;
                variance += d / (n * (n - d));
            }
            (rest, lasting) = (later, later.len());
        }
        curve.push(Lasting { survival, interval: interval(survival, variance) });
    }
    curve
}

fn interval(survival: f64, variance: f64) -> Option<(f64, f64)> {
    if survival <= 0.0 || survival >= 1.0 {
        return None;
    }
    let reach = Z_95 * variance.sqrt() / survival.ln();
    // log S is negative: the larger exponent is the lower end.
    Some((survival.powf((-reach).exp()), survival.powf(reach.exp())))
}

fn earlier<'a>(
    some: &mut Peekable<slice::Iter<'a, Stay>>,
    others: &mut Peekable<slice::Iter<'a, Stay>>,
) -> Option<&'a Stay> {
    match (some.peek(), others.peek()) {
        (Some(this), Some(that)) if this <= that => some.next(),
        (_, Some(_)) => others.next(),
        (_, None) => some.next(),
    }
}

struct Curve {
    /// At the last censored stay.
    survival: f64,
    lasting_then: usize,
    lasting: usize,
}

impl Curve {
    /// The share that outlasts this stay.
    fn pass(&mut self, stay: Stay) -> f64 {
        if stay.is_censored() {
            self.survival = self.now();
            self.lasting -= 1;
            self.lasting_then = self.lasting.max(1);
            return self.survival;
        }
        self.lasting -= 1;
        self.now()
    }

    fn now(&self) -> f64 {
        self.survival * self.lasting as f64 / self.lasting_then as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ended: &[i64], censored: &[i64]) -> Option<i64> {
        let ended = ended.iter().map(|micros| Stay::ended(*micros));
        let mut stays: Vec<_> = ended.chain(censored.iter().map(|micros| Stay::censored(*micros))).collect();
        stays.sort_unstable();
        // However they are dealt out to the two lists.
        let (even, odd): (Vec<_>, Vec<_>) = stays.iter().zip(0..).partition(|(_, at)| at % 2 == 0);
        let [even, odd] =
            [even, odd].map(|dealt| dealt.into_iter().map(|(stay, _)| *stay).collect::<Vec<_>>());
        let whole = median(&stays, &[]);
        assert_eq!([median(&[], &stays), median(&even, &odd)], [whole; 2]);
        whole
    }

    #[test]
    fn the_remission_times_of_freireich_have_the_published_median() {
        // 6-mercaptopurine against placebo, Freireich et al. 1963 as in Kleinbaum and Klein, Survival Analysis,
        // table 1.1: medians of 23 and 8 weeks.
        let treated = of(&[6, 6, 6, 7, 10, 13, 16, 22, 23], &[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]);
        let placebo = of(&[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], &[]);
        assert_eq!((treated, placebo), (Some(23), Some(8)));
    }

    #[test]
    fn the_remission_times_of_freireich_have_the_published_curve() {
        // Kleinbaum and Klein, table 2.1: S of the treated at 6, 7, 10, 13, 16, 22, 23 weeks; the same weeks between the
        // events. The interval at 10 weeks by hand: S = 0.7529, Σ = 3/(21·18) + 1/(17·16) + 1/(15·14).
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(Stay::ended);
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(Stay::censored);
        let mut stays = [ended.as_slice(), &censored].concat();
        stays.sort_unstable();
        let curve = survival(&stays, &[0, 5, 6, 7, 9, 10, 13, 16, 22, 23, 99]);
        let shown: Vec<_> = curve.iter().map(|point| format!("{:.4}", point.survival)).collect();
        let published = [
            "1.0000", "1.0000", "0.8571", "0.8067", "0.8067", "0.7529", "0.6902", "0.6275", "0.5378",
            "0.4482", "0.4482",
        ];
        assert_eq!(shown, published);
        assert_eq!((curve[0].interval, curve[1].interval), (None, None));
        let (low, high) = curve[5].interval.unwrap();
        assert_eq!(format!("{low:.3} {high:.3}"), "0.503 0.889");
        let alone = survival(&[Stay::ended(3)], &[2, 3]);
        assert_eq!([alone[0].survival, alone[1].survival], [1.0, 0.0]);
        assert_eq!(alone[1].interval, None);
        assert!(survival(&[], &[]).is_empty());
    }

    #[test]
    fn a_curve_that_stays_above_a_half_has_no_median() {
        assert_eq!(of(&[1], &[2, 3]), None);
        assert_eq!(of(&[], &[5, 6]), None);
        assert_eq!(of(&[], &[]), None);
    }

    #[test]
    fn a_stay_cut_off_where_another_ends_counts_as_outlasting_it() {
        assert_eq!(of(&[3, 3], &[3, 3]), Some(3));
        assert_eq!(of(&[3], &[3, 3]), None);
    }

    #[test]
    fn many_stays_are_met_in_order() {
        let ended: Vec<_> = (0..100_000).map(|at| (at * 7_919) % 100_000).collect();
        assert_eq!(of(&ended, &[]), Some(49_999));
        // With the first half cut off at the start, the median is that of the others.
        let late: Vec<_> = ended.iter().map(|micros| micros + 1).collect();
        assert_eq!(of(&late, &vec![0; 100_000]), Some(50_000));
    }
}
