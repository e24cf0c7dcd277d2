//! The rows of the directory: by what customers are found. They alone hold texts that identify people.

use rapport_model::Timestamp;

use super::{ObjectId, PartyIs};
use crate::{
    table,
    table::{Index, Layout},
    words,
};

words! {
    /// What a text is to a customer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum KnownBy {
        /// A name.
        Name = "name",
        /// An e-mail address.
        Email = "email",
        /// A telephone number.
        Phone = "phone",
        /// A registration number.
        Registration = "registration_number",
        /// An id in another system, or of a scheme of the organisation's own.
        External = "external_id",
        /// Another address: of the post, of the web.
        Address = "address",
    }
}

impl KnownBy {
    /// What the column `search` begins with.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Name => 'n',
            Self::Email => 'e',
            Self::Phone => 'p',
            Self::Registration => 'r',
            Self::External => 'x',
            Self::Address => 'a',
        }
    }
}

table! {
    /// What a customer is called, or by what it is reached or registered. Personal data.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct KnownAsRow in "known_as": Layout::OfLog, key [],
        indexes [Index::Everywhere(&["customer"]), Index::Everywhere(&["search", "position"])];
    {
        /// The customer, as recorded.
        pub customer: ObjectId,
        /// What the text is.
        pub what: KnownBy,
        /// Of an address or number: whether it leads to the customer from then on, or no longer does.
        pub linked: bool,
        /// Of a registration: what the customer is.
        pub kind: PartyIs,
        /// As it was recorded; at most 300 characters.
        pub said: String,
        /// As it is compared, behind a letter for what it is; empty where nothing is left of it.
        pub search: String,
    }
}

table! {
    /// A word of a name. Personal data.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct KnownWordRow in "known_word": Layout::OfLog, key ["place"],
        indexes [Index::Everywhere(&["word", "position", "customer", "occurred_at", "known_to"])];
    {
        /// Which word of the name, from 0.
        pub place: u32,
        /// The customer, as recorded.
        pub customer: ObjectId,
        /// The word, as it is compared.
        pub word: String,
    }
}

table! {
    /// For whom a person acts: the table contact, which is found by the organisation, by the person.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ActsForRow in "acts_for": Layout::OfLog, key [], indexes [Index::Everywhere(&["customer"])];
    {
        /// Who acts.
        pub customer: ObjectId,
        /// For whom.
        pub organisation: ObjectId,
        /// From when, inclusive.
        pub begins: Timestamp,
        /// Until when, exclusive; infinity while it lasts.
        pub ends: Timestamp,
    }
}
