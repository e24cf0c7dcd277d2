//! How many different values each group has.

use hashbrown::{HashMap, HashSet};
use rusqlite::types::ValueRef;

use super::places::{NONE, Places};

/// The values that groups have had.
///
/// Most values are of one group alone: an order of its customer. It is remembered once for each of these, and beside it
/// the pairs of a value and a further group.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    /// By number, the first group that had it.
    first: Places,
    /// The same of other values.
    first_of_others: HashMap<Box<[u8]>, u32>,
    further: HashSet<(u32, i64)>,
    further_of_others: HashSet<(u32, Box<[u8]>)>,
}

impl Distinct {
    /// Whether a group has a value for the first time. A null is not counted, as in SQL.
    pub(super) fn is_new(&mut self, group: u32, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Null => false,
            ValueRef::Integer(number) => match self.first.of(number) {
                Some(first) if *first == NONE => {
                    *first = group;
                    true
                }
                Some(first) if *first == group => false,
                Some(_) | None => self.further.insert((group, number)),
            },
            ValueRef::Real(number) => self.is_other_new(group, &number.to_bits().to_le_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => self.is_other_new(group, bytes),
        }
    }

    /// Hands over each group with each of its values, once.
    pub(super) fn each(&self, mut take: impl FnMut(u32, ValueRef<'_>)) {
        let placed = self.first.filled().map(|(number, group)| (group, number));
        for (group, number) in placed.chain(self.further.iter().copied()) {
            take(group, ValueRef::Integer(number));
        }
        let firsts = self.first_of_others.iter().map(|(bytes, group)| (*group, bytes));
        let further = self.further_of_others.iter().map(|(group, bytes)| (*group, bytes));
        for (group, bytes) in firsts.chain(further) {
            take(group, ValueRef::Blob(bytes));
        }
    }

    fn is_other_new(&mut self, group: u32, bytes: &[u8]) -> bool {
        match self.first_of_others.get(bytes) {
            None => self.first_of_others.insert(bytes.into(), group).is_none(),
            Some(first) if *first == group => false,
            Some(_) => self.further_of_others.insert((group, bytes.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{super::places::PLACES_MAX, *};

    fn values() -> impl Strategy<Value = ValueRef<'static>> {
        let big = i64::try_from(PLACES_MAX).unwrap();
        prop_oneof![
            Just(ValueRef::Null),
            prop_oneof![-2..3_i64, big - 1..=big, Just(i64::MAX)].prop_map(ValueRef::Integer),
            prop_oneof![Just(1.0), Just(2.0)].prop_map(ValueRef::Real),
            prop_oneof![Just(b"".as_slice()), Just(b"1".as_slice())].prop_map(ValueRef::Text),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn each_group_counts_a_value_once_whatever_it_is(rows in prop::collection::vec((0..4_u32, values()), 0..200)) {
            let (mut distinct, mut seen) = (Distinct::default(), BTreeSet::new());
            for (group, value) in rows {
                let is_new = value != ValueRef::Null && seen.insert((group, format!("{value:?}")));
                prop_assert_eq!(distinct.is_new(group, value), is_new, "{} {:?}", group, value);
            }
        }
    }

    proptest! {
        // Each looks at every place up to the highest number.
        #![proptest_config(ProptestConfig::with_cases(6))]

        #[test]
        fn of_two_halves_the_values_are_those_of_the_whole(
            rows in prop::collection::vec((0..4_u32, values()), 0..200), middle in 0..200_usize,
        ) {
            let mut halves = [Distinct::default(), Distinct::default()];
            for (n, (group, value)) in rows.iter().enumerate() {
                halves[usize::from(n < middle)].is_new(*group, *value);
            }
            let [mut all, other] = halves;
            other.each(|group, value| {
                all.is_new(group, value);
            });
            for (group, value) in rows {
                prop_assert!(!all.is_new(group, value), "{} {:?}", group, value);
            }
            let mut count = 0;
            other.each(|_, _| count += 1);
            let mut again = Distinct::default();
            other.each(|group, value| count -= i32::from(again.is_new(group, value)));
            prop_assert_eq!(count, 0);
        }
    }
}
