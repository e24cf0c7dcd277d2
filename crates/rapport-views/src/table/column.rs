//! A column of a table, and what it holds.

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in both stores.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What its cells hold.
    pub holds: Holds,
    /// Whether a cell may be [`super::Cell::Null`].
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A thing by its id, as a number of a dictionary; 0 stands for none.
    Name(Dictionary),
    /// A text that repeats, as a [`crate::rows::Symbol`].
    Symbol,
    /// Several texts that repeat, each once: a [`super::Cell::Text`] of their symbols with blanks between them.
    Symbols,
    /// One of these words, as its place among them.
    Word(&'static [&'static str]),
    /// A text of its own.
    Text,
    /// The id of an event.
    EventId,
    /// Microseconds since 1970.
    Moment,
    /// A whole number that fits 64 bits.
    Integer,
    /// A whole number that fits 16 bits.
    Small,
    /// A floating-point number.
    Real,
    /// Yes or no.
    Flag,
}

/// What names are names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dictionary {
    /// Customers and whoever else has a role.
    Party,
    /// Deals.
    Deal,
    /// Surveys.
    Survey,
    /// Orders.
    Order,
    /// Invoices and credit notes.
    Invoice,
    /// Contracts.
    Contract,
    /// Offers.
    Offer,
    /// Tickets.
    Ticket,
    /// Documents.
    Document,
    /// Needs.
    Need,
    /// Whatever else is named by a tag, such as the objects that go through a process: the tag.
    Object,
}

impl Dictionary {
    /// Every dictionary.
    pub const ALL: [Self; 11] = [
        Self::Party,
        Self::Deal,
        Self::Survey,
        Self::Order,
        Self::Invoice,
        Self::Contract,
        Self::Offer,
        Self::Ticket,
        Self::Document,
        Self::Need,
        Self::Object,
    ];

    /// Its name, which is that of its table in SQLite.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Deal => "deal",
            Self::Survey => "survey",
            Self::Order => "order_name",
            Self::Invoice => "invoice_name",
            Self::Contract => "contract_name",
            Self::Offer => "offer_name",
            Self::Ticket => "ticket_name",
            Self::Document => "document_name",
            Self::Need => "need_name",
            Self::Object => "object_name",
        }
    }

    /// With which tags name its objects, such as `order:` in `order:17`.
    #[must_use]
    pub const fn tag_prefix(self) -> &'static str {
        match self {
            Self::Party => "party:",
            Self::Deal => "deal:",
            Self::Survey => "survey:",
            Self::Order => "order:",
            Self::Invoice => "invoice:",
            Self::Contract => "contract:",
            Self::Offer => "offer:",
            Self::Ticket => "ticket:",
            Self::Document => "document:",
            Self::Need => "need:",
            Self::Object => "",
        }
    }
}

/// One of a kind for each dictionary.
#[derive(Debug, Clone)]
pub struct PerDictionary<T>([T; Dictionary::ALL.len()]);

impl<T> PerDictionary<T> {
    /// Made one by one.
    pub fn new(of: impl Fn(Dictionary) -> T) -> Self {
        Self(Dictionary::ALL.map(of))
    }

    /// That of a dictionary.
    pub const fn of(&self, dictionary: Dictionary) -> &T {
        let [party, deal, survey, order, invoice, contract, offer, ticket, document, need, object] = &self.0;
        match dictionary {
            Dictionary::Party => party,
            Dictionary::Deal => deal,
            Dictionary::Survey => survey,
            Dictionary::Order => order,
            Dictionary::Invoice => invoice,
            Dictionary::Contract => contract,
            Dictionary::Offer => offer,
            Dictionary::Ticket => ticket,
            Dictionary::Document => document,
            Dictionary::Need => need,
            Dictionary::Object => object,
        }
    }

    /// That of a dictionary, to be changed.
    pub const fn of_mut(&mut self, dictionary: Dictionary) -> &mut T {
        let [party, deal, survey, order, invoice, contract, offer, ticket, document, need, object] =
            &mut self.0;
        match dictionary {
            Dictionary::Party => party,
            Dictionary::Deal => deal,
            Dictionary::Survey => survey,
            Dictionary::Order => order,
            Dictionary::Invoice => invoice,
            Dictionary::Contract => contract,
            Dictionary::Offer => offer,
            Dictionary::Ticket => ticket,
            Dictionary::Document => document,
            Dictionary::Need => need,
            Dictionary::Object => object,
        }
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}
