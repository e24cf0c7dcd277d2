//! Numbers for names and texts, within one batch or one snapshot alone: the tables hold the texts.

use rapport_views::{
    rows::{ObjectId, Symbol, Symbols},
    table::{Dictionary, Numbers, PerDictionary},
};

/// The numbers given so far.
pub(super) struct Numbered {
    pub symbols: Symbols,
    names: PerDictionary<Symbols>,
}

impl Numbered {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { symbols: Symbols::new(), names: PerDictionary::new(|_| Symbols::new()) }
    }

    /// The name behind a number; empty for a number that was not given.
    pub(super) fn name_of(&self, of: Dictionary, number: ObjectId) -> &str {
        u32::try_from(number.0).map_or("", |number| self.names.of(of).text(Symbol(number)))
    }

    /// The names of a dictionary that have numbers, but for the empty one.
    pub(super) fn names(&self, of: Dictionary) -> impl Iterator<Item = &str> {
        let names = self.names.of(of);
        let numbers = (1..).map(Symbol).take(names.len().saturating_sub(1));
        numbers.map(|number| names.text(number))
    }
}

impl Numbers for Numbered {
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        ObjectId(self.names.of_mut(of).intern(name).0.into())
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }
}
