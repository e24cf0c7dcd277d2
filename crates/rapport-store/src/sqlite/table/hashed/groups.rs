//! The groups that rows have had so far.

use hashbrown::HashMap;

use super::places::{NONE, Places};

/// Groups by their keys, numbered from 0 on.
#[derive(Debug)]
pub(super) struct Groups<const N: usize> {
    len: u32,
    /// Those of one small number.
    places: Places,
    others: HashMap<[i64; N], u32>,
}

impl<const N: usize> Default for Groups<N> {
    fn default() -> Self {
        Self { len: 0, places: Places::default(), others: HashMap::new() }
    }
}

impl<const N: usize> Groups<N> {
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The number of a group, and whether it is given now.
    pub(super) fn number(&mut self, keys: [i64; N]) -> (u32, bool) {
        let place = if let [only] = keys.as_slice() { self.places.of(*only) } else { None };
        let number = match place {
            Some(place) => place,
            None => self.others.entry(keys).or_insert(NONE),
        };
        let is_new = *number == NONE;
        if is_new {
            *number = self.len;
            self.len += 1;
        }
        (*number, is_new)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = ([i64; N], u32)> {
        let placed = self.places.filled().map(|(number, group)| ([number; N], group));
        placed.chain(self.others.iter().map(|(keys, group)| (*keys, *group)))
    }
}
