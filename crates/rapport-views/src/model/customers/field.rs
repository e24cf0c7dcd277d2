//! What is known of a customer, by name: the fields of conditions, of columns and of the order.

use super::condition::Op;
use crate::{
    model::{
        classes::{abc, rfm, xyz},
        pyramid,
    },
    rows::{Lifecycle, PartyIs},
};

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Abc,
    Xyz,
    Segment,
    Level,
    Lifecycle,
    Kind,
    Country,
    Language,
    Currency,
    Revenue,
    Purchases,
    LastPurchase,
    Recency,
    LastContact,
    Silence,
    Nps,
    OpenDeals,
    OpenValue,
    Owed,
    Overdue,
    /// A segment attribute, by its key.
    Attribute(String),
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// One of these.
    Word(&'static [&'static str]),
    /// A code or a class.
    Text,
    Count,
    /// A point on a scale.
    Score,
    /// An amount in the currency of the row.
    Money,
    /// Whole days, by the calendar.
    Length,
    /// A moment of which the day counts.
    Day,
}

/// What stands before the key of an attribute, where it would be taken for another field.
const ATTRIBUTE: &str = "attribute.";

impl Field {
    /// Those that every ledger has, in the order of `docs/views-customers.md`.
    pub(super) const ALL: [Self; 20] = [
        Self::Abc,
        Self::Xyz,
        Self::Segment,
        Self::Level,
        Self::Lifecycle,
        Self::Kind,
        Self::Country,
        Self::Language,
        Self::Currency,
        Self::Revenue,
        Self::Purchases,
        Self::LastPurchase,
        Self::Recency,
        Self::LastContact,
        Self::Silence,
        Self::Nps,
        Self::OpenDeals,
        Self::OpenValue,
        Self::Owed,
        Self::Overdue,
    ];

    /// The field of a name. `attributes` gives the keys that there are.
    ///
    /// # Errors
    /// There is none: what was expected.
    pub(super) fn of_name<E>(
        name: &str,
        attributes: impl FnOnce() -> Result<Vec<String>, E>,
    ) -> Result<Result<Self, String>, E> {
        let key = name.get(..ATTRIBUTE.len()).filter(|prefix| prefix.eq_ignore_ascii_case(ATTRIBUTE));
        let key = key.and_then(|_| name.get(ATTRIBUTE.len()..));
        let known = Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
        if let (Some(known), None) = (known, key) {
            return Ok(Ok(known));
        }
        let keys = attributes()?;
        let wanted = key.unwrap_or(name);
        if let Some(key) = keys.iter().find(|key| *key == wanted) {
            return Ok(Ok(Self::Attribute(key.clone())));
        }
        let mut expected = format!("expected a field, found `{name}`; there are ");
        if key.is_none() {
            expected.push_str(&Self::ALL.map(|field| format!("`{}`", field.name())).join(", "));
            expected.push_str(" and ");
        }
        expected.push_str(&if keys.is_empty() {
            "no attributes of customers".to_owned()
        } else {
            let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("the attributes {}", keys.join(", "))
        });
        Ok(Err(expected))
    }

    /// As requests, answers and exports have it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Attribute(key) => key,
            known => known.column(),
        }
    }

    /// The key of its column: attributes have one together.
    pub(super) const fn column(&self) -> &'static str {
        match self {
            Self::Abc => "abc",
            Self::Xyz => "xyz",
            Self::Segment => "segment",
            Self::Level => "level",
            Self::Lifecycle => "lifecycle",
            Self::Kind => "kind",
            Self::Country => "country",
            Self::Language => "language",
            Self::Currency => "currency",
            Self::Revenue => "revenue",
            Self::Purchases => "purchases",
            Self::LastPurchase => "last_purchase",
            Self::Recency => "recency",
            Self::LastContact => "last_contact",
            Self::Silence => "silence",
            Self::Nps => "nps",
            Self::OpenDeals => "open_deals",
            Self::OpenValue => "open_value",
            Self::Owed => "owed",
            Self::Overdue => "overdue",
            Self::Attribute(_) => "attributes",
        }
    }

    /// What it holds.
    pub(super) const fn holds(&self) -> Holds {
        match self {
            Self::Abc => Holds::Word(&abc::CLASSES),
            Self::Xyz => Holds::Word(&xyz::CLASSES),
            Self::Segment => Holds::Word(&rfm::SEGMENTS),
            Self::Level => Holds::Word(&pyramid::LEVELS),
            Self::Lifecycle => Holds::Word(Lifecycle::WORDS),
            Self::Kind => Holds::Word(PartyIs::WORDS),
            Self::Country | Self::Language | Self::Currency | Self::Attribute(_) => Holds::Text,
            Self::Revenue | Self::OpenValue | Self::Owed | Self::Overdue => Holds::Money,
            Self::Purchases | Self::OpenDeals => Holds::Count,
            Self::Recency | Self::Silence => Holds::Length,
            Self::LastPurchase | Self::LastContact => Holds::Day,
            Self::Nps => Holds::Score,
        }
    }

    pub(super) const fn is_money(&self) -> bool {
        matches!(self.holds(), Holds::Money)
    }

    /// What a fault says of its values.
    pub(super) fn example(&self) -> String {
        match self.holds() {
            Holds::Word(words) => {
                let words = words.iter().filter(|word| !word.is_empty());
                words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
            Holds::Text => "a value, such as `LV` or `\"two words\"`".to_owned(),
            Holds::Count => "a whole number".to_owned(),
            Holds::Score => "a number".to_owned(),
            Holds::Money => "an amount with its currency, such as `1500 EUR` or `99.90 EUR`".to_owned(),
            Holds::Length => "a length of time: `60d`, `8w`, `3m` or `2y`".to_owned(),
            Holds::Day => "a day, such as `2026-01-31`".to_owned(),
        }
    }

    /// Whether its values can be compared so.
    ///
    /// # Errors
    /// They cannot: what was expected.
    pub(super) fn allows(&self, op: Op) -> Result<(), String> {
        match self.holds() {
            Holds::Word(_) | Holds::Text if !op.is_of_equality() => {
                Err(format!("expected `=`, `!=` or `in`: `{}` is not a quantity", self.name()))
            }
            Holds::Word(_)
            | Holds::Text
            | Holds::Count
            | Holds::Score
            | Holds::Money
            | Holds::Length
            | Holds::Day => Ok(()),
        }
    }
}
