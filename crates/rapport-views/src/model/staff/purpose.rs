//! What contacts are for: the one list of the words that mean selling or service.

/// The purposes of contacts that sell.
const SELLING: [&str; 18] = [
    "sales",
    "selling",
    "sale",
    "prospecting",
    "acquisition",
    "lead",
    "qualification",
    "offer",
    "quote",
    "demo",
    "demonstration",
    "presentation",
    "negotiation",
    "closing",
    "follow_up",
    "upsell",
    "cross_sell",
    "renewal",
];
/// The purposes of contacts that serve.
const SERVICE: [&str; 15] = [
    "service",
    "support",
    "care",
    "complaint",
    "ticket",
    "advice",
    "question",
    "delivery",
    "installation",
    "maintenance",
    "repair",
    "training",
    "onboarding",
    "warranty",
    "claim",
];

/// What a contact is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Selling,
    Service,
    /// All other words, and none.
    Other,
}

impl Purpose {
    pub(super) const ALL: [Self; 3] = [Self::Selling, Self::Service, Self::Other];

    /// Of a word as events have it, in capitals or not.
    pub(super) fn of(word: &str) -> Self {
        let word = word.trim().to_lowercase().replace(['-', ' '], "_");
        if SELLING.contains(&word.as_str()) {
            Self::Selling
        } else if SERVICE.contains(&word.as_str()) {
            Self::Service
        } else {
            Self::Other
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Selling => "selling",
            Self::Service => "service",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_selling_service_or_neither() {
        let all = ["sales", "Cross-sell", " Follow up", "SUPPORT", "complaint", "survey", ""];
        let words: Vec<_> = all.map(|word| Purpose::of(word).word()).into();
        assert_eq!(words, ["selling", "selling", "selling", "service", "service", "other", "other"]);
        assert!(SELLING.iter().all(|word| !SERVICE.contains(word)));
    }
}
