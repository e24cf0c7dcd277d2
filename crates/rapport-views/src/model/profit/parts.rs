//! What profit is made of.

use rapport_proto::v1::ProfitPartKind;

use crate::rows::{ConcessionKind, CostKind};

/// One part of profit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Revenue,
    Goods,
    Service,
    Delivery,
    Retention,
    Discounts,
    Terms,
    FreeServices,
    Acquisition,
}

/// How many events a part has, and their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) events: u64,
    pub(super) sum: i128,
}

/// All parts, of a customer or of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Parts([Tally; Part::ALL.len()]);

impl Part {
    /// As answers list them.
    pub(super) const ALL: [Self; 9] = [
        Self::Revenue,
        Self::Goods,
        Self::Service,
        Self::Delivery,
        Self::Retention,
        Self::Discounts,
        Self::Terms,
        Self::FreeServices,
        Self::Acquisition,
    ];
    /// What was allocated to customers.
    pub(super) const COSTS: [Self; 5] =
        [Self::Goods, Self::Service, Self::Delivery, Self::Retention, Self::Acquisition];
    /// What it costs to serve a customer.
    pub(super) const TO_SERVE: [Self; 3] = [Self::Service, Self::Delivery, Self::Retention];
    /// What was granted to customers.
    pub(super) const CONCESSIONS: [Self; 3] = [Self::Discounts, Self::Terms, Self::FreeServices];

    /// As figures write it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Goods => "goods",
            Self::Service => "service",
            Self::Delivery => "delivery",
            Self::Retention => "retention",
            Self::Discounts => "discounts",
            Self::Terms => "terms",
            Self::FreeServices => "free_services",
            Self::Acquisition => "acquisition",
        }
    }

    /// The part with that key.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.key() == key)
    }

    /// As answers say it.
    pub(super) const fn wire(self) -> ProfitPartKind {
        match self {
            Self::Revenue => ProfitPartKind::Revenue,
            Self::Goods => ProfitPartKind::Goods,
            Self::Service => ProfitPartKind::Service,
            Self::Delivery => ProfitPartKind::Delivery,
            Self::Retention => ProfitPartKind::Retention,
            Self::Discounts => ProfitPartKind::Discounts,
            Self::Terms => ProfitPartKind::Terms,
            Self::FreeServices => ProfitPartKind::FreeServices,
            Self::Acquisition => ProfitPartKind::Acquisition,
        }
    }

    /// Where a cost counts.
    pub(super) const fn of_cost(kind: CostKind) -> Self {
        match kind {
            CostKind::Goods => Self::Goods,
            CostKind::Service => Self::Service,
            CostKind::Acquisition => Self::Acquisition,
            CostKind::Retention => Self::Retention,
            CostKind::Delivery => Self::Delivery,
        }
    }

    /// Where a concession counts.
    pub(super) const fn of_concession(kind: ConcessionKind) -> Self {
        match kind {
            ConcessionKind::Discount => Self::Discounts,
            ConcessionKind::Terms => Self::Terms,
            ConcessionKind::Service => Self::FreeServices,
        }
    }
}

impl Parts {
    /// One part.
    pub(super) fn of(&self, part: Part) -> Tally {
        self.0.get(part as usize).copied().unwrap_or_default()
    }

    /// With more of a part.
    pub(super) fn add(&mut self, part: Part, more: Tally) {
        if let Some(tally) = self.0.get_mut(part as usize) {
            tally.events += more.events;
            tally.sum += more.sum;
        }
    }

    /// Several parts as one.
    pub(super) fn several(&self, parts: &[Part]) -> Tally {
        parts.iter().map(|part| self.of(*part)).fold(Tally::default(), |all, one| Tally {
            events: all.events + one.events,
            sum: all.sum + one.sum,
        })
    }

    /// Those of all.
    pub(super) fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for one in all {
            for part in Part::ALL {
                sum.add(part, one.of(part));
            }
        }
        sum
    }

    /// Revenue less all else; discounts only when the price does not have them.
    pub(super) fn profit(&self, discounts_in_price: bool) -> i128 {
        let spent = self.several(&Part::COSTS).sum + self.conceded(discounts_in_price);
        self.of(Part::Revenue).sum - spent
    }

    /// What the concessions that are taken off are worth.
    pub(super) fn conceded(&self, discounts_in_price: bool) -> i128 {
        let discounts = if discounts_in_price { self.of(Part::Discounts).sum } else { 0 };
        self.several(&Part::CONCESSIONS).sum - discounts
    }

    /// Whether anything happened.
    pub(super) fn is_any(&self) -> bool {
        self.0.iter().any(|tally| tally.events > 0) || self.of(Part::Revenue).sum != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_own_place_key_and_number() {
        let mut parts = Parts::default();
        for (part, n) in Part::ALL.into_iter().zip(1..) {
            parts.add(part, Tally { events: n, sum: i128::from(n) });
        }
        for (part, n) in Part::ALL.into_iter().zip(1..) {
            assert_eq!(parts.of(part), Tally { events: n, sum: i128::from(n) });
            assert_eq!((Part::of_key(part.key()), part.wire() as u64), (Some(part), n));
        }
        assert_eq!(Part::of_key("profit"), None);
        // 1 - (2 + 3 + 4 + 5 + 9) - (6 + 7 + 8).
        assert_eq!((parts.profit(false), parts.profit(true)), (-43, -37));
    }
}
