//! The rows that answers are made of, as the store hands them over for one moment (T, K): what had happened until T,
//! as believed at K.
//!
//! Texts that repeat (stages, currencies, reasons, waves, …) are symbols: numbers that a [`Symbols`] turns back into
//! texts. Objects (deals, parties) are numbers as well; only a drill-down asks for their names.

mod contract;
mod cost;
mod deal;
mod directory;
mod entry;
mod invoice;
mod lead;
mod parties;
mod party;
mod purchase;
mod standing;
mod survey;
mod touch;

use std::borrow::Cow;

pub use contract::{ContractOp, ContractRow, OfferLine};
pub use cost::{ConcessionKind, ConcessionRow, CostKind, CostRow};
pub use deal::{
    ClosedDealsRow, CompetitorRow, DealCause, DealFactRow, DealHistory, DealOpenedRow, DealSpan,
    DealStateRow, DealStatus, FirstReachedRow, FunnelSums, OpenDealsRow,
};
pub use directory::{ActsForRow, KnownAsRow, KnownBy, KnownWordRow};
pub use entry::EntryRow;
pub use invoice::{InvoiceKind, InvoiceLine, InvoiceRow, PaymentRow};
pub use lead::{LeadRow, LeadStep};
pub use parties::Parties;
pub use party::{ContactRow, DefinitionRow, Identity, MergeRow, UnmergeRow};
pub use purchase::{PurchaseLine, PurchaseOp};
pub use standing::{
    AttributeRow, ConsentDecision, ConsentRow, Lifecycle, LifecycleRow, OwnerRow, PartyIs, PartyRole,
    RegisteredRow, RoleRow,
};
pub use survey::{Instrument, ResponseRow, ScoreRow, SentRow};
pub use touch::{TouchKind, TouchRow};

/// A text that repeats, as a number. 0 is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

/// A party or a deal, as a number that the store gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// The party of rows that name none. Two such rows are not of one party.
    pub const NOBODY: Self = Self(0);
}

/// A text as rows hold it. PostgreSQL's texts cannot hold U+0000, so U+FFFD stands for it in rows and in questions, in
/// every store: two texts that differ in that alone are one.
#[must_use]
pub fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Numbers to texts and back.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    texts: Vec<String>,
    // Asked several times for every event: its hash is a quick one.
    numbers: hashbrown::HashMap<String, Symbol>,
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
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        if let Cow::Owned(text) = storable(text) {
            return self.intern(&text);
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), symbol);
        symbol
    }

    /// The number of a text, if it has one.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(storable(text).as_ref()).copied()
    }

    /// The text of a number; empty for one that was never given.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", String::as_str)
    }

    /// How many texts have numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no text has a number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
