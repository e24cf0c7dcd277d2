//! A set of positions, as ranges.

use std::collections::BTreeMap;

use rapport_model::Position;

/// Positions, added in ascending order.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// The first of each range, and its last.
    ranges: BTreeMap<u64, u64>,
    count: u64,
}

impl Ranges {
    /// Adds one that is behind all others.
    pub(super) fn add(&mut self, position: Position) {
        self.count += 1;
        match self.ranges.last_entry() {
            Some(mut range) if range.get() + 1 == position.0 => *range.get_mut() = position.0,
            Some(_) | None => {
                self.ranges.insert(position.0, position.0);
            }
        }
    }

    /// Takes one out; `false` when it is not in it.
    pub(super) fn remove(&mut self, position: Position) -> bool {
        let range = self.ranges.range(..=position.0).next_back().map(|(first, last)| (*first, *last));
        let Some((first, last)) = range.filter(|(_, last)| *last >= position.0) else { return false };
        self.ranges.remove(&first);
        if first < position.0 {
            self.ranges.insert(first, position.0 - 1);
        }
        if position.0 < last {
            self.ranges.insert(position.0 + 1, last);
        }
        self.count -= 1;
        true
    }

    /// How many positions.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// The ranges, first and last.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Position, Position)> {
        self.ranges.iter().map(|(first, last)| (Position(*first), Position(*last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range_and_what_is_taken_out_splits_it() {
        let mut ranges = Ranges::default();
        [1, 2, 3, 4, 7].into_iter().for_each(|position| ranges.add(Position(position)));
        assert!(ranges.remove(Position(2)) && ranges.remove(Position(7)));
        assert!(!ranges.remove(Position(2)) && !ranges.remove(Position(9)) && !ranges.remove(Position(5)));
        let found: Vec<_> = ranges.iter().map(|(first, last)| (first.0, last.0)).collect();
        assert_eq!((found, ranges.count()), (vec![(1, 1), (3, 4)], 3));
    }
}
