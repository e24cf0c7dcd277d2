//! How often a customer buys: the days between its purchases, and whether it has been longer than usual.
//!
//! Purchases of one day are one occasion, so that a basket in two orders makes no gap of 0 days.

use rapport_model::Timestamp;

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Occasion {
    /// When.
    pub(in crate::model) at: Timestamp,
    /// The number of its day in the ledger's zone.
    pub(in crate::model) day: i32,
}

/// What the purchases of a customer say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Rhythm {
    /// The last of them.
    pub(in crate::model) last: Timestamp,
    /// Days from it to the moment.
    pub(in crate::model) recency_days: u32,
    /// Different days.
    pub(in crate::model) days: u32,
    /// Twice the median of the days between them, which is whole; none of one day.
    pub(in crate::model) gap_doubled: Option<u32>,
}

/// Fewer days with purchases say nothing about what is usual.
const USUAL_MIN: u32 = 3;

impl Rhythm {
    /// Of purchases in order, at the end of a day; `None` of none. `room` is for the gaps.
    pub(in crate::model) fn of(purchases: &[Occasion], on: i32, room: &mut Vec<u32>) -> Option<Self> {
        let last = purchases.last()?;
        let gaps = purchases.iter().zip(purchases.iter().skip(1)).map(|(a, b)| b.day.abs_diff(a.day));
        room.clear();
        room.extend(gaps.filter(|gap| *gap > 0));
        let days = u32::try_from(room.len() + 1).unwrap_or(u32::MAX);
        let recency_days = u32::try_from(on - last.day).unwrap_or(0);
        Some(Self { last: last.at, recency_days, days, gap_doubled: doubled_median(room) })
    }

    /// Whether it is a customer still: its last purchase was at most so many days ago, or three times its median gap.
    pub(in crate::model) fn is_active(&self, inactive_days: u32) -> bool {
        let [recency, policy, doubled] =
            [self.recency_days, inactive_days, self.gap_doubled.unwrap_or(0)].map(u64::from);
        2 * recency <= (2 * policy).max(3 * doubled)
    }

    /// Twice the median gap, where there are purchases enough to call it usual.
    pub(in crate::model) fn usual_doubled(&self) -> Option<u32> {
        self.gap_doubled.filter(|_| self.days >= USUAL_MIN)
    }

    /// Whether its last purchase was more than twice its median gap ago.
    pub(in crate::model) fn is_overdue(&self) -> bool {
        self.usual_doubled().is_some_and(|doubled| self.recency_days > doubled)
    }
}

/// Of an even number of values the two in the middle, added.
fn doubled_median(values: &mut [u32]) -> Option<u32> {
    let middle = values.len() / 2;
    let is_odd = values.len() % 2 == 1;
    if values.is_empty() {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable(middle);
    let lower = if is_odd { *upper } else { below.iter().max().copied().unwrap_or(*upper) };
    Some(lower.saturating_add(*upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm(days: &[i32], on: i32) -> Rhythm {
        let at = |day: i32| Timestamp::from_micros(i64::from(day) * 86_400_000_000);
        let bought: Vec<_> = days.iter().map(|day| Occasion { at: at(*day), day: *day }).collect();
        Rhythm::of(&bought, on, &mut Vec::new()).unwrap()
    }

    #[test]
    fn a_customer_is_inactive_a_day_after_the_policy_or_three_median_gaps() {
        // One purchase, and a rhythm faster than the policy: the policy counts.
        for days in [&[0][..], &[-40, -30, -20, 0], &[-60, 0]] {
            assert!(rhythm(days, 180).is_active(180), "{days:?}");
            assert!(!rhythm(days, 181).is_active(180), "{days:?}");
        }
        // Gaps of 90 and 101 days: a median of 95.5, three of which are 286.5.
        let twice_a_year = [-191, -101, 0];
        assert!(rhythm(&twice_a_year, 286).is_active(180));
        assert!(!rhythm(&twice_a_year, 287).is_active(180));
        assert!(rhythm(&twice_a_year, 287).is_active(287));
    }

    #[test]
    fn purchases_of_one_day_are_one_occasion() {
        let one = rhythm(&[5, 5, 5], 9);
        assert_eq!((one.days, one.gap_doubled, one.recency_days), (1, None, 4));
        let three = rhythm(&[0, 0, 30, 30, 70], 70);
        assert_eq!((three.days, three.gap_doubled), (3, Some(70)));
    }

    #[test]
    fn overdue_is_more_than_twice_the_median_gap_of_three_days_or_more() {
        assert!(!rhythm(&[0, 10], 500).is_overdue());
        assert!(!rhythm(&[0, 0, 10], 500).is_overdue());
        // Gaps of 10 and 15 days: twice their median is 25.
        assert!(!rhythm(&[0, 10, 25], 50).is_overdue());
        assert!(rhythm(&[0, 10, 25], 51).is_overdue());
        assert_eq!(rhythm(&[0, 10], 11).usual_doubled(), None);
    }

    #[test]
    fn without_purchases_there_is_no_rhythm() {
        assert_eq!(Rhythm::of(&[], 7, &mut vec![3]), None);
    }
}
