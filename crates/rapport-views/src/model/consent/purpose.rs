//! What belongs to a purpose under another name.

use crate::rows::{AddressedRow, Symbol, Symbols};

/// The purpose of a request that names none.
pub(super) const MARKETING: &str = "marketing";

/// Objections against these scopes count against a purpose as well: GDPR article 21 calls `direct_marketing` what consents
/// call `marketing`.
const ALSO_AGAINST: [(&str, &str); 1] = [("direct_marketing", MARKETING)];

/// A purpose, as rows name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Purpose {
    /// None where no row has it.
    pub(super) own: Option<Symbol>,
    /// Scopes whose objections count against it, beside its own.
    pub(super) scopes: Vec<Symbol>,
    is_marketing: bool,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// This purpose.
    This,
    /// Neither a purpose nor a campaign is said.
    Unsaid,
    /// Another purpose.
    Other,
}

impl Purpose {
    pub(super) fn of(name: &str, symbols: &Symbols) -> Self {
        let scopes = ALSO_AGAINST.iter().filter(|(_, purpose)| *purpose == name);
        Self {
            own: symbols.get(name),
            scopes: scopes.filter_map(|(scope, _)| symbols.get(scope)).collect(),
            is_marketing: name == MARKETING,
        }
    }

    /// What a message or a call is for. One of a campaign that names no purpose is marketing.
    pub(super) fn of_message(&self, row: &AddressedRow) -> For {
        let none = Symbol::default();
        if row.purpose != none {
            return if Some(row.purpose) == self.own { For::This } else { For::Other };
        }
        match (row.campaign == none, self.is_marketing) {
            (true, _) => For::Unsaid,
            (false, true) => For::This,
            (false, false) => For::Other,
        }
    }
}
