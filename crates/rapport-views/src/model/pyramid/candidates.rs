//! Who can step up.

use std::cmp::Ordering;

use rapport_proto::v1::PyramidLevel;

use super::{
    migration::Before,
    ranked::{Buyer, Currency},
};
use crate::stats::as_f64;

/// A customer below the next level, and why it is within reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) buyer: Buyer,
    /// The next level with anybody on it.
    pub(super) next: PyramidLevel,
    /// The lowest revenue there; positive.
    pub(super) border: i128,
    /// The revenue of the earlier period, of those who bought in it.
    pub(super) before: Option<i128>,
    /// Not further below the border than is asked for.
    pub(super) near: bool,
    /// The same growth again reaches the border.
    pub(super) grows: bool,
}

impl Candidate {
    /// What is missing to the border; not negative.
    pub(super) const fn missing(&self) -> i128 {
        self.border - self.buyer.bought.revenue
    }

    /// As a part of the border.
    pub(super) fn missing_share(&self) -> f64 {
        as_f64(self.missing()) / as_f64(self.border)
    }
}

/// The nearest first, then the highest revenue.
pub(super) fn by_nearness(a: &Candidate, b: &Candidate) -> Ordering {
    let near = a.missing_share().total_cmp(&b.missing_share());
    near.then(b.buyer.bought.revenue.cmp(&a.buyer.bought.revenue))
}

/// The candidates of a currency in their order, all levels.
pub(super) fn of(currency: &Currency, before: &Before, within: f64) -> Vec<Candidate> {
    let (mut candidates, mut next, mut above) = (Vec::new(), None, None::<&Buyer>);
    for buyer in &currency.buyers {
        if let Some(above) = above.filter(|above| above.level != buyer.level) {
            // The last one of a level has its lowest revenue.
            next = Some((above.level, above.bought.revenue));
        }
        above = Some(buyer);
        let Some((next, border)) = next else { continue };
        let earlier = before.of(buyer.party, &currency.code).filter(|earlier| earlier.bought.purchases > 0);
        let before = earlier.map(|earlier| earlier.bought.revenue);
        let mut one = Candidate { buyer: *buyer, next, border, before, near: false, grows: false };
        one.near = one.missing_share() <= within;
        let growth = before.map_or(0, |before| buyer.bought.revenue - before);
        one.grows = growth > 0 && growth >= one.missing();
        if one.near || one.grows {
            candidates.push(one);
        }
    }
    candidates.sort_unstable_by(by_nearness);
    candidates
}
