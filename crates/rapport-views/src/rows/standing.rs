//! The rows of who a customer is: no text of a person, but codes and classes.

use rapport_model::Timestamp;

use super::{ObjectId, Symbol};
use crate::{table, table::Layout, words};

words! {
    /// What a party is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum PartyIs {
        /// A person.
        Person = "person",
        /// An organisation.
        Organisation = "organisation",
        /// The event does not say it.
        Unsaid = "",
    }
}

words! {
    /// What a party is to the organisation.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum PartyRole {
        /// A customer.
        Customer = "customer",
        /// A supplier.
        Supplier = "supplier",
        /// A partner.
        Partner = "partner",
        /// An employee.
        Employee = "employee",
        /// Who acts for another party.
        ContactOf = "contact_of",
    }
}

words! {
    /// How far the relation is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Lifecycle {
        /// Known, no contact.
        Suspect = "suspect",
        /// In contact, no purchase.
        Prospect = "prospect",
        /// A customer.
        Active = "active",
        /// A customer who no longer buys.
        Inactive = "inactive",
        /// A customer who left.
        Lost = "lost",
    }
}

words! {
    /// A decision about being written to.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ConsentDecision {
        /// Yes.
        Granted = "granted",
        /// No longer.
        Withdrawn = "withdrawn",
        /// An objection.
        Objected = "objected",
    }
}

table! {
    /// A party was registered.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct RegisteredRow in "registered": Layout::OfLog, key [], indexes [], for people "registrations";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// person or organisation; empty when it is not said.
        pub kind: PartyIs,
        /// ISO 3166; empty when it is not said.
        pub country: Symbol,
        /// BCP 47; empty when it is not said.
        pub language: Symbol,
    }
}

table! {
    /// A party was given a role.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct RoleRow in "party_role": Layout::OfLog, key [], indexes [], for people "roles";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// customer, supplier, partner, employee or contact_of.
        pub role: PartyRole,
        /// Of a contact: for whom.
        pub related: ObjectId,
        /// From when, inclusive.
        pub begins: Timestamp,
        /// Until when, exclusive; infinity while it lasts.
        pub ends: Timestamp,
    }
}

table! {
    /// The relation with a party changed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct LifecycleRow in "lifecycle": Layout::OfLog, key [], indexes [], for people "lifecycles";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// suspect, prospect, active, inactive or lost.
        pub state: Lifecycle,
    }
}

table! {
    /// A segment attribute of a party, unless it is recorded as personal or special.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct AttributeRow in "attribute": Layout::OfLog, key [], indexes [], for people "attributes";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// Which attribute.
        pub key: Symbol,
        /// The class.
        pub value: Symbol,
        /// From when, inclusive.
        pub begins: Timestamp,
        /// Until when, exclusive; infinity while it lasts.
        pub ends: Timestamp,
    }
}

table! {
    /// A sign that something changes at a party; none of a special category of personal data, where the key alone would tell it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SignalRow in "change_signal": Layout::OfLog, key [], indexes [], for people "change_signals";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// What changes, as a code.
        pub key: Symbol,
    }
}

table! {
    /// A decision of a party about being written to.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ConsentRow in "consent": Layout::OfLog, key [], indexes [], for people "consents";
    {
        /// The party, as recorded.
        pub customer: ObjectId,
        /// granted, withdrawn or objected.
        pub decision: ConsentDecision,
        /// For what; of an objection its scope.
        pub purpose: Symbol,
        /// By which channel; empty for all.
        pub channel: Symbol,
        /// Until when a grant holds, exclusive; infinity without an end.
        pub expires: Timestamp,
        /// Of a grant: the topics it is limited to; none for all.
        pub topics: Box<[Symbol]>,
        /// Of a grant: the version of the text that was shown.
        pub text_version: Symbol,
        /// Of a grant: the SHA-256 of that text, in hexadecimal digits.
        pub text_hash: Symbol,
        /// How it was given or withdrawn.
        pub method: Symbol,
        /// Who recorded it, by id.
        pub staff: Symbol,
    }
}

table! {
    /// Who of the organisation is responsible for something from then on.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct OwnerRow in "owner": Layout::OfLog, key [], indexes [], for people "owners";
    {
        /// Of a party that party, as recorded; otherwise the customer of the event.
        pub customer: ObjectId,
        /// What it is for: party, deal, ticket, …
        pub kind: Symbol,
        /// The same with its id, as a tag.
        pub object: String,
        /// In which role, such as account_manager.
        pub role: Symbol,
        /// Who, by id.
        pub staff: Symbol,
    }
}
