//! How much more often lost deals have a factor, a barrier or a competitor than won ones.

use std::collections::{BTreeMap, BTreeSet};

use rapport_proto::v1;

use super::said::Said;
use crate::{
    model::{
        closed_deals::{Deal, Tally, count},
        figures::Figures,
    },
    rows::{ObjectionRow, Symbols},
    stats::{Z_95, as_f64, mean::plain_mean},
};

/// What deals are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Factor,
    Barrier,
    Competitor,
}

impl Of {
    /// What the names of its figures begin with.
    const fn list(self) -> &'static str {
        match self {
            Self::Factor => "factors",
            Self::Barrier => "barriers",
            Self::Competitor => "competitors",
        }
    }

    /// Empty where the row names none.
    pub(super) fn key(self, row: &ObjectionRow, symbols: &Symbols) -> String {
        match self {
            Self::Factor => symbols.text(row.factor).to_owned(),
            Self::Barrier => row.barrier.word().to_owned(),
            Self::Competitor => symbols.text(row.competitor).to_owned(),
        }
    }
}

#[derive(Debug, Default)]
struct Found {
    /// Each once, by its place.
    deals: BTreeSet<usize>,
    strengths: Vec<f64>,
}

/// ln[((L_f+½)/(L+1))/((W_f+½)/(W+1))] with the ends of its 95 % interval: the logarithm of a ratio of two shares, whose
/// variance is 1/(L_f+½) − 1/(L+1) + 1/(W_f+½) − 1/(W+1) (Katz, Baptista, Azen, Pike, Obtaining Confidence Intervals for the Risk
/// Ratio in Cohort Studies, Biometrics 34, 1978, with the ½ of Pettigrew, Gart and Thomas 1986). `None` unless deals of both kinds
/// were closed.
fn weight(with: Tally, all: Tally) -> Option<[f64; 3]> {
    if all.won == 0 || all.lost == 0 {
        return None;
    }
    let half = |n: u64| as_f64(n.into()) + 0.5;
    let one = |n: u64| as_f64(n.into()) + 1.0;
    let weight = ((half(with.lost) / one(all.lost)) / (half(with.won) / one(all.won))).ln();
    let of = |with, all| 1.0 / half(with) - 1.0 / one(all);
    let reach = Z_95 * (of(with.lost, all.lost) + of(with.won, all.won)).max(0.0).sqrt();
    Some([weight, weight - reach, weight + reach])
}

/// The heaviest first, then those by which most deals were lost, then those with which most were won, then by key.
pub(super) fn factors(
    of: Of,
    said: &Said,
    deals: &[Deal],
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::ResistanceFactor> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for (place, row) in &said.all {
        let key = of.key(row, symbols);
        if !key.is_empty() {
            let found = found.entry(key).or_default();
            found.deals.insert(*place);
            found.strengths.extend(row.strength);
        }
    }
    let all = Tally::of(deals.iter());
    let one = |(key, found): (String, Found)| {
        let own: Vec<&Deal> = found.deals.iter().filter_map(|place| deals.get(*place)).collect();
        let with = Tally::of(own.iter().copied());
        let weight = weight(with, all);
        let message = v1::ResistanceFactor {
            lost: count(figures, &[of.list(), &key, "lost"], &own, false),
            won: count(figures, &[of.list(), &key, "won"], &own, true),
            weight: weight.map(|[weight, _, _]| weight),
            low: weight.map(|[_, low, _]| low),
            high: weight.map(|[_, _, high]| high),
            strength_n: found.strengths.len() as u64,
            strength_mean: plain_mean(&found.strengths),
            key,
        };
        (with, message)
    };
    let mut factors: Vec<_> = found.into_iter().map(one).collect();
    // The ratio by whole numbers: of two that are equal, rounding would put either first.
    let odds = |of: Tally| (2 * u128::from(of.lost) + 1, 2 * u128::from(of.won) + 1);
    factors.sort_by(|(one, _), (other, _)| {
        let ((a, b), (c, d)) = (odds(*one), odds(*other));
        let by_weight = if all.won == 0 || all.lost == 0 { 0.cmp(&0) } else { (c * b).cmp(&(a * d)) };
        by_weight.then_with(|| (other.lost, other.won).cmp(&(one.lost, one.won)))
    });
    factors.into_iter().map(|(_, message)| message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_the_logarithm_of_the_ratio_of_two_shares() {
        // ((6+½)/(10+1)) / ((2+½)/(20+1)) = 0.590909/0.119048 = 4.963636; its logarithm is 1.60214. The variance is
        // 1/6.5 − 1/11 + 1/2.5 − 1/21 = 0.415318; 1.96·√0.415318 = 1.26312.
        let all = Tally { won: 20, lost: 10 };
        let [weight, low, high] = weight(Tally { won: 2, lost: 6 }, all).unwrap();
        assert_eq!(format!("{weight:.4} {low:.4} {high:.4}"), "1.6021 0.3390 2.8653");
        assert_eq!(super::weight(Tally::default(), Tally { won: 3, lost: 0 }), None);
    }
}
