//! Numbers to texts and back.

use std::{borrow::Cow, hash::BuildHasher as _};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Symbol, storable};

/// Numbers to texts and back. Asked several times for every event and for every row of PostgreSQL: the texts lie one behind
/// the other, and to find one a few bytes of the table and that text alone are looked at.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// With a part of the hash of its text.
    numbers: HashTable<(u32, Symbol)>,
    hasher: DefaultHashBuilder,
    /// The last one asked for: rows in the order of a text have it again and again.
    last: Symbol,
}

impl Symbols {
    /// With the empty text as 0.
    #[must_use]
    pub fn new() -> Self {
        let mut symbols = Self::default();
        symbols.intern("");
        symbols
    }

    /// The number of a text as rows hold it, given now if it has none.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if !self.is_empty() && self.text(self.last) == text {
            return self.last;
        }
        let hash = self.hash(text);
        if let Some(known) = self.find(hash, text) {
            self.last = known;
            return known;
        }
        if let Cow::Owned(text) = storable(text) {
            return self.intern(&text);
        }
        let symbol = Symbol(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        self.numbers.insert_unique(wide(hash), (hash, symbol), |(hash, _)| wide(*hash));
        self.last = symbol;
        symbol
    }

    /// The number of a text, if it has one.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Symbol> {
        let text = storable(text);
        self.find(self.hash(&text), &text)
    }

    fn hash(&self, text: &str) -> u32 {
        u32::try_from(self.hasher.hash_one(text) >> 32).unwrap_or(0)
    }

    fn find(&self, hash: u32, text: &str) -> Option<Symbol> {
        let is_same = |(of, symbol): &(u32, Symbol)| *of == hash && self.text(*symbol) == text;
        self.numbers.find(wide(hash), is_same).map(|(_, symbol)| *symbol)
    }

    /// The text of a number; empty for one that was never given.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        let place = symbol.0 as usize;
        let begin = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let text = begin.zip(self.ends.get(place)).and_then(|(begin, end)| self.texts.get(begin..*end));
        text.unwrap_or_default()
    }

    /// How many texts have numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no text has a number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// The table looks at the first bits of a hash and at the last ones.
const fn wide(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_text_has_one_number_and_a_number_one_text(texts in vec("[ab\u{0}\u{fffd}ā]{0,3}", 0..60)) {
            let (mut symbols, mut expected) = (Symbols::new(), HashMap::from([(String::new(), Symbol(0))]));
            for text in &texts {
                let stored = text.replace('\0', "\u{fffd}");
                prop_assert_eq!(symbols.get(text), expected.get(&stored).copied());
                let next = Symbol(u32::try_from(expected.len()).unwrap());
                let number = *expected.entry(stored.clone()).or_insert(next);
                prop_assert_eq!(symbols.intern(text), number);
                prop_assert_eq!(symbols.text(number), &stored);
            }
            prop_assert_eq!(symbols.len(), expected.len());
            prop_assert_eq!(symbols.text(Symbol(u32::MAX)), "");
        }
    }
}
