//! Numbers for names and texts, within one batch or one snapshot alone: the tables hold the texts.

use rapport_views::{
    rows::{ObjectId, Symbol, Symbols},
    table::{Dictionary, Numbers},
};

/// The numbers given so far.
#[derive(Default)]
pub(super) struct Numbered {
    pub symbols: Symbols,
    names: [Symbols; Dictionary::ALL.len()],
}

impl Numbered {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { symbols: Symbols::new(), names: Dictionary::ALL.map(|_| Symbols::new()) }
    }

    /// The number of a party.
    pub(super) fn party(&mut self, name: &str) -> ObjectId {
        self.name(Dictionary::Party, name)
    }

    /// The number of a deal.
    pub(super) fn deal(&mut self, name: &str) -> ObjectId {
        self.name(Dictionary::Deal, name)
    }

    /// The name behind a number; empty for a number that was not given.
    pub(super) fn name_of(&self, of: Dictionary, number: ObjectId) -> &str {
        let [parties, deals, surveys, orders] = &self.names;
        let names = match of {
            Dictionary::Party => parties,
            Dictionary::Deal => deals,
            Dictionary::Survey => surveys,
            Dictionary::Order => orders,
        };
        u32::try_from(number.0).map_or("", |number| names.text(Symbol(number)))
    }
}

impl Numbers for Numbered {
    fn name(&mut self, of: Dictionary, name: &str) -> ObjectId {
        let [parties, deals, surveys, orders] = &mut self.names;
        let names = match of {
            Dictionary::Party => parties,
            Dictionary::Deal => deals,
            Dictionary::Survey => surveys,
            Dictionary::Order => orders,
        };
        ObjectId(names.intern(name).0.into())
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }
}
