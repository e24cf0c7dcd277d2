//! Sets of parties.

use std::collections::BTreeSet;

use super::ObjectId;

/// Numbers below this have a bit, in 8 MiB at most. Stores number parties from 1 on.
const BITS_MAX: u64 = 1 << 26;

/// A set of parties, a bit for each number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    words: Vec<u64>,
    /// Those without a bit.
    others: BTreeSet<ObjectId>,
}

impl Parties {
    /// Adds a party; whether it was not there before.
    pub fn insert(&mut self, party: ObjectId) -> bool {
        let Some((word, bit)) = place(party) else { return self.others.insert(party) };
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let Some(word) = self.words.get_mut(word) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a party is in it.
    #[must_use]
    pub fn contains(&self, party: ObjectId) -> bool {
        match place(party) {
            Some((word, bit)) => self.words.get(word).is_some_and(|word| word & bit != 0),
            None => self.others.contains(&party),
        }
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = ObjectId> {
        let of_word = |(place, word): (usize, &u64)| {
            let (first, word) = (place as u64 * 64, *word);
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| ObjectId(first + bit))
        };
        let words = self.words.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(of_word).chain(self.others.iter().copied())
    }
}

fn place(party: ObjectId) -> Option<(usize, u64)> {
    let word = usize::try_from(party.0 / 64).ok()?;
    (party.0 < BITS_MAX).then_some((word, 1 << (party.0 % 64)))
}

impl Extend<ObjectId> for Parties {
    fn extend<I: IntoIterator<Item = ObjectId>>(&mut self, parties: I) {
        for party in parties {
            self.insert(party);
        }
    }
}

impl FromIterator<ObjectId> for Parties {
    fn from_iter<I: IntoIterator<Item = ObjectId>>(parties: I) -> Self {
        let mut set = Self::default();
        set.extend(parties);
        set
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_parties_is_a_set(
            parties in vec(prop_oneof![0..200_u64, BITS_MAX - 3..BITS_MAX + 3, Just(u64::MAX)], 0..60),
            asked in 0..200_u64,
        ) {
            let (mut set, mut expected) = (Parties::default(), BTreeSet::new());
            for party in parties.into_iter().map(ObjectId) {
                prop_assert_eq!(set.insert(party), expected.insert(party));
                prop_assert!(set.contains(party));
            }
            prop_assert_eq!(set.contains(ObjectId(asked)), expected.contains(&ObjectId(asked)));
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), expected.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(&expected.into_iter().collect::<Parties>(), &set);
        }
    }
}
