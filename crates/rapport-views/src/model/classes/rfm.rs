//! RFM: recency, frequency, monetary value, in scores from 1 to 5 (A. M. Hughes, "Strategic Database Marketing", 1994).

use rapport_proto::definition::classes::{Borders, Rfm};

/// The segments, from the best to those that are gone.
///
/// The names are those in common use (Putler's and others' tables of R against the mean of F and M). Such tables overlap;
/// this one is a grid, so that each pair of scores has one name.
pub const SEGMENTS: [&str; 10] = [
    "champions",
    "loyal",
    "potential_loyal",
    "new",
    "promising",
    "need_attention",
    "fading",
    "cannot_lose",
    "at_risk",
    "hibernating",
];

/// Fewer cannot be put into five parts.
pub const QUINTILES_MIN: usize = 5;

/// What one is scored by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// Days since the last purchase.
    pub recency_days: u32,
    /// Purchases.
    pub frequency: u64,
    /// Their value; `None` where amounts are not known.
    pub monetary: Option<i128>,
}

/// 1 to 5; `None` where there are too few to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scores {
    /// 5 bought last.
    pub recency: Option<u32>,
    /// 5 bought most often.
    pub frequency: Option<u32>,
    /// 5 is worth most.
    pub monetary: Option<u32>,
}

impl Scores {
    /// One of [`SEGMENTS`]: by recency, and the mean of frequency and monetary value rounded up; without amounts by
    /// frequency alone.
    #[must_use]
    pub fn segment(self) -> Option<&'static str> {
        let frequency = self.frequency?;
        let weight = self.monetary.map_or(frequency, |monetary| (frequency + monetary).div_ceil(2));
        Some(match (self.recency?, weight) {
            (5.., 4..) => "champions",
            (3..=4, 4..) => "loyal",
            (4.., 2..=3) => "potential_loyal",
            (5.., 0..=1) => "new",
            (4, 0..=1) => "promising",
            (3, 3) => "need_attention",
            (3, 0..=2) => "fading",
            (0..=2, 5..) => "cannot_lose",
            (0..=2, 3..=4) => "at_risk",
            (0..=2, 0..=2) => "hibernating",
        })
    }
}

/// The scores of each, in their order. Equal values have equal scores.
#[must_use]
pub fn scores(all: &[Bought], currency: &str, cuts: &Rfm) -> Vec<Scores> {
    let monetary = cuts.monetary.iter().find(|(of, _)| of == currency).map(|(_, borders)| *borders);
    // Reversed: the days that have passed count down.
    let recency = Scale::of(
        all.iter().map(|one| Some(-i128::from(one.recency_days))),
        cuts.recency_days.map(|[a, b, c, d]| [-d, -c, -b, -a]),
    );
    let frequency = Scale::of(all.iter().map(|one| Some(i128::from(one.frequency))), cuts.frequency);
    let money = Scale::of(all.iter().map(|one| one.monetary), monetary);
    let of = |one: &Bought| Scores {
        recency: recency.score(-i128::from(one.recency_days)),
        frequency: frequency.score(i128::from(one.frequency)),
        monetary: one.monetary.and_then(|value| money.score(value)),
    };
    all.iter().map(of).collect()
}

/// Gives a value its score.
enum Scale {
    /// From each border on, one more.
    Borders(Borders),
    /// Quintiles of these values, ascending.
    Quintiles(Vec<i128>),
}

impl Scale {
    fn of(values: impl Iterator<Item = Option<i128>>, borders: Option<Borders>) -> Self {
        if let Some(borders) = borders {
            return Self::Borders(borders);
        }
        let mut values: Vec<_> = values.flatten().collect();
        values.sort_unstable();
        Self::Quintiles(values)
    }

    /// Quintiles: 1 + ⌊5 · (how many are less) / n⌋. So equal values are equal, and what many share is the lowest score
    /// that any of them would have.
    fn score(&self, value: i128) -> Option<u32> {
        let steps = match self {
            Self::Borders(borders) => borders.iter().filter(|border| value >= i128::from(**border)).count(),
            Self::Quintiles(values) if values.len() < QUINTILES_MIN => return None,
            Self::Quintiles(values) => 5 * values.partition_point(|other| *other < value) / values.len(),
        };
        u32::try_from(steps + 1).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn bought(recency_days: u32, frequency: u64, monetary: i128) -> Bought {
        Bought { recency_days, frequency, monetary: Some(monetary) }
    }

    fn shown(all: &[Bought], cuts: &Rfm) -> Vec<String> {
        let digit = |score: Option<u32>| score.map_or("-".to_owned(), |score| score.to_string());
        let one = |of: &Scores| [of.recency, of.frequency, of.monetary].map(digit).concat();
        scores(all, "EUR", cuts).iter().map(one).collect()
    }

    #[test]
    fn five_are_one_to_five_and_who_bought_last_is_five() {
        let all =
            [bought(1, 9, 10), bought(2, 8, 40), bought(30, 7, 30), bought(90, 2, 20), bought(365, 1, 50)];
        assert_eq!(shown(&all, &Rfm::default()), ["551", "444", "333", "222", "115"]);
    }

    #[test]
    fn equal_values_have_equal_scores_the_lowest_of_them() {
        // Seven of ten bought once: they fill the first three quintiles and half of the fourth.
        let all: Vec<_> = (0..10).map(|nth| bought(5, if nth < 7 { 1 } else { 2 + nth }, 7)).collect();
        let shown = shown(&all, &Rfm::default());
        assert!(shown[..7].iter().all(|scores| scores == "111"), "{shown:?}");
        assert_eq!(shown[7..], ["141", "151", "151"]);
    }

    #[test]
    fn of_fewer_than_five_nothing_is_said_but_by_borders() {
        let all = [bought(10, 1, -5), bought(31, 3, 0), bought(30, 10, 999), bought(400, 2, 1_000)];
        assert_eq!(shown(&all, &Rfm::default()), ["---"; 4]);
        let cuts = Rfm {
            recency_days: Some([30, 90, 180, 365]),
            frequency: Some([2, 3, 5, 10]),
            monetary: vec![("USD".into(), [1, 2, 3, 4]), ("EUR".into(), [0, 1, 999, 1_000])],
        };
        assert_eq!(shown(&all, &cuts), ["511", "432", "554", "125"]);
        let unpriced = Bought { monetary: None, ..all[0] };
        assert_eq!(shown(&[unpriced], &cuts), ["51-"]);
    }

    #[test]
    fn every_pair_of_scores_has_a_segment_and_every_segment_a_pair() {
        let segment = |recency, frequency, monetary| {
            Scores { recency: Some(recency), frequency: Some(frequency), monetary }.segment().unwrap()
        };
        let grid = |recency| [1, 2, 3, 4, 5].map(|weight| segment(recency, weight, None));
        let found: BTreeSet<_> = (1..=5).flat_map(grid).collect();
        assert_eq!(found, BTreeSet::from(SEGMENTS));
        assert_eq!(grid(5), ["new", "potential_loyal", "potential_loyal", "champions", "champions"]);
        assert_eq!(grid(3), ["fading", "fading", "need_attention", "loyal", "loyal"]);
        assert_eq!(grid(1), ["hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"]);
        // 3 and 4 are nearer to 4 than to 3.
        assert_eq!(segment(5, 3, Some(4)), "champions");
        assert_eq!(segment(5, 3, Some(3)), "potential_loyal");
        assert_eq!(Scores { recency: Some(5), ..Scores::default() }.segment(), None);
    }
}
