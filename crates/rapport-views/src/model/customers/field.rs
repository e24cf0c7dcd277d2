//! What is known of a customer, by name: the fields of conditions, of columns and of the order.

use super::condition::Op;
use crate::{
    model::{
        classes::{abc, rfm, xyz},
        consent::{self, Use},
        pyramid,
    },
    rows::{Lifecycle, PartyIs, PartyRole},
};

/// One field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Field {
    Abc,
    Xyz,
    Segment,
    Level,
    Lifecycle,
    Role,
    Owner,
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
    Strength,
    Nps,
    OpenDeals,
    OpenValue,
    Owed,
    Overdue,
    Profit,
    Margin,
    WhiteSpace,
    Alive,
    /// Who is responsible in a role, by its name.
    OwnerIn(String, String),
    /// What was decided about a use of data, by its name.
    Consent(String, Use),
    /// A segment attribute, by its name and its key.
    Attribute(String, String),
}

/// The fields that depend on what a ledger holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Own {
    /// The keys of segment attributes.
    pub(super) attributes: Vec<String>,
    /// What decisions were about.
    pub(super) uses: Vec<Use>,
    /// The roles of those who are responsible for customers.
    pub(super) owner_roles: Vec<String>,
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
    /// A part of 1; a loss is below 0.
    Share,
    /// An amount in the currency of the row.
    Money,
    /// Whole days, by the calendar.
    Length,
    /// A moment of which the day counts.
    Day,
}

/// What stands before the key of an attribute, where it would be taken for another field.
const ATTRIBUTE: &str = "attribute.";
/// What stands before a purpose, or a purpose and a channel.
const CONSENT: &str = "consent.";
/// What stands before a role of who is responsible.
const OWNER: &str = "owner.";

impl Field {
    /// Those that every ledger has, in the order of `docs/views-customers.md`.
    pub(super) const ALL: [Self; 27] = [
        Self::Abc,
        Self::Xyz,
        Self::Segment,
        Self::Level,
        Self::Lifecycle,
        Self::Role,
        Self::Owner,
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
        Self::Strength,
        Self::Nps,
        Self::OpenDeals,
        Self::OpenValue,
        Self::Owed,
        Self::Overdue,
        Self::Profit,
        Self::Margin,
        Self::WhiteSpace,
        Self::Alive,
    ];

    /// The field of a name. `own` gives the fields that depend on the ledger.
    ///
    /// # Errors
    /// There is none: what was expected.
    pub(super) fn of_name<E>(
        name: &str,
        own: impl FnOnce() -> Result<Own, E>,
    ) -> Result<Result<Self, String>, E> {
        let [key, of_use, role] = [ATTRIBUTE, CONSENT, OWNER].map(|prefix| behind(prefix, name));
        let known = Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
        if let (Some(known), None) = (known, key) {
            return Ok(Ok(known));
        }
        let own = own()?;
        if let Some(role) = role.and_then(|role| own.owner_roles.iter().find(|known| *known == role)) {
            return Ok(Ok(Self::OwnerIn(format!("{OWNER}{role}"), role.clone())));
        }
        if let Some(of) = of_use.and_then(|text| own.of_use(text)) {
            return Ok(Ok(Self::Consent(consent_name(&of), of)));
        }
        let wanted = key.unwrap_or(name);
        if let Some(key) = own.attributes.iter().find(|key| *key == wanted) {
            return Ok(Ok(Self::attribute(key)));
        }
        let is_any = key.or(of_use).or(role).is_none();
        let mut there_are = Vec::new();
        if is_any {
            there_are.push(named(Self::ALL.iter().map(Self::name)));
        }
        let mut add = |is_it: bool, none: &str, some: &str, names: Vec<String>| {
            if is_any || is_it {
                let names = named(names.iter().map(String::as_str));
                there_are.push(if names.is_empty() { none.to_owned() } else { format!("{some} {names}") });
            }
        };
        let roles = own.owner_roles.iter().map(|role| format!("{OWNER}{role}")).collect();
        add(role.is_some(), "no owners of customers in a role", "the owners", roles);
        let uses = own.uses.iter().map(consent_name).collect();
        add(of_use.is_some(), "no decisions about uses of data", "the decisions", uses);
        add(key.is_some(), "no attributes of customers", "the attributes", own.attributes);
        Ok(Err(format!("expected a field, found `{name}`; there are {}", there_are.join(" and "))))
    }

    /// The field of an attribute: its key, behind `attribute.` where it would be taken for another field.
    fn attribute(key: &str) -> Self {
        let is_other = Self::ALL.iter().any(|field| field.name().eq_ignore_ascii_case(key))
            || [ATTRIBUTE, CONSENT, OWNER].iter().any(|prefix| behind(prefix, key).is_some());
        let name = if is_other { format!("{ATTRIBUTE}{key}") } else { key.to_owned() };
        Self::Attribute(name, key.to_owned())
    }

    /// The field of a name in an answer.
    pub(super) fn of_answer(name: &str) -> Self {
        if let Some(known) = Self::ALL.into_iter().find(|field| field.name() == name) {
            return known;
        }
        if behind(CONSENT, name).is_some() {
            return Self::Consent(name.to_owned(), Use::default());
        }
        if let Some(role) = behind(OWNER, name) {
            return Self::OwnerIn(name.to_owned(), role.to_owned());
        }
        Self::Attribute(name.to_owned(), behind(ATTRIBUTE, name).unwrap_or(name).to_owned())
    }

    /// As requests, answers and exports have it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Attribute(name, _) | Self::Consent(name, _) | Self::OwnerIn(name, _) => name,
            known => known.column(),
        }
    }

    /// The key of its column: attributes have one together, and so have decisions about uses of data.
    pub(super) const fn column(&self) -> &'static str {
        match self {
            Self::Abc => "abc",
            Self::Xyz => "xyz",
            Self::Segment => "segment",
            Self::Level => "level",
            Self::Lifecycle => "lifecycle",
            Self::Role => "role",
            Self::Owner => "owner",
            Self::OwnerIn(..) => "owners",
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
            Self::Strength => "strength",
            Self::Nps => "nps",
            Self::OpenDeals => "open_deals",
            Self::OpenValue => "open_value",
            Self::Owed => "owed",
            Self::Overdue => "overdue",
            Self::Profit => "profit",
            Self::Margin => "margin",
            Self::WhiteSpace => "white_space",
            Self::Alive => "alive",
            Self::Consent(..) => "consents",
            Self::Attribute(..) => "attributes",
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
            Self::Role => Holds::Word(PartyRole::WORDS),
            Self::Kind => Holds::Word(PartyIs::WORDS),
            Self::Consent(..) => Holds::Word(&consent::WORDS),
            Self::Country
            | Self::Language
            | Self::Currency
            | Self::Owner
            | Self::OwnerIn(..)
            | Self::Attribute(..) => Holds::Text,
            Self::Revenue
            | Self::OpenValue
            | Self::Owed
            | Self::Overdue
            | Self::Profit
            | Self::WhiteSpace => Holds::Money,
            Self::Purchases | Self::OpenDeals => Holds::Count,
            Self::Recency | Self::Silence => Holds::Length,
            Self::LastPurchase | Self::LastContact => Holds::Day,
            Self::Nps | Self::Strength => Holds::Score,
            Self::Margin | Self::Alive => Holds::Share,
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
            Holds::Share => "a share of 1, such as `0.8`".to_owned(),
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
            | Holds::Share
            | Holds::Money
            | Holds::Length
            | Holds::Day => Ok(()),
        }
    }
}

impl Own {
    /// The use of a text such as `marketing` or `marketing.email`: of a purpose and a channel about which anybody decided
    /// anything.
    fn of_use(&self, text: &str) -> Option<Use> {
        if self.uses.iter().any(|(purpose, _)| purpose == text) {
            return Some((text.to_owned(), String::new()));
        }
        self.uses.iter().find_map(|(purpose, _)| {
            let channel = text.strip_prefix(purpose.as_str())?.strip_prefix('.')?;
            let is_known = self.uses.iter().any(|(_, known)| known == channel);
            is_known.then(|| (purpose.clone(), channel.to_owned()))
        })
    }
}

/// `consent.marketing.email`; without a channel it is about every one.
fn consent_name((purpose, channel): &Use) -> String {
    let of_channel = if channel.is_empty() { String::new() } else { format!(".{channel}") };
    format!("{CONSENT}{purpose}{of_channel}")
}

/// What follows a prefix, in any case.
fn behind<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    let is_it = name.get(..prefix.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(prefix));
    is_it.then(|| name.get(prefix.len()..)).flatten()
}

fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
