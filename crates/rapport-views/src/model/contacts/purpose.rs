//! Whether a contact asked something of the customer, or gave something. The lists are Rapport's own.

/// Purposes by which something is asked of a customer.
pub(super) const ASKS: [&str; 14] = [
    "appeal",
    "ask",
    "collection",
    "cross_sell",
    "donation",
    "dunning",
    "fundraising",
    "offer",
    "payment",
    "prospecting",
    "renewal",
    "sales",
    "selling",
    "upsell",
];
/// Purposes by which something is given to a customer.
pub(super) const GIVES: [&str; 14] = [
    "advice",
    "care",
    "education",
    "gift",
    "give",
    "greeting",
    "help",
    "information",
    "invitation",
    "onboarding",
    "service",
    "support",
    "thanks",
    "training",
];

/// Which of the two a purpose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Ask,
    Give,
    Neither,
}

/// What a purpose aims at; case, spaces and hyphens do not matter.
pub(super) fn aim(purpose: &str) -> Aim {
    let word = purpose.trim().to_lowercase().replace([' ', '-'], "_");
    if ASKS.contains(&word.as_str()) {
        Aim::Ask
    } else if GIVES.contains(&word.as_str()) {
        Aim::Give
    } else {
        Aim::Neither
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_whatever_their_writing() {
        let aims = ["Cross-sell", " thanks ", "", "survey"].map(aim);
        assert_eq!(aims, [Aim::Ask, Aim::Give, Aim::Neither, Aim::Neither]);
        assert!(
            ASKS.iter().all(|word| aim(word) == Aim::Ask) && GIVES.iter().all(|word| aim(word) == Aim::Give)
        );
    }
}
