//! Which stages a deal has reached, as a number: sets are few, deals are many.

use std::collections::HashMap;

use super::{
    bitemporal::{Fact, Row, rows},
    deal::{DealFact, DealState, step},
    settled::settled,
};
use crate::rows::{DealStatus, Symbol};

/// A set of stages, numbered by [`StageSets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageSet(u32);

impl StageSet {
    /// No stage.
    pub const NONE: Self = Self(0);
    /// Every stage there is: a deal that was ever won has reached all of them.
    pub const EVERY: Self = Self(1);
    /// That of a deal that was won before any event named a stage: every stage as soon as one is named, none until then.
    pub const WON: Self = Self(2);
}

/// Sets to numbers and back.
#[derive(Debug, Clone)]
pub struct StageSets {
    /// Each ascending.
    sets: Vec<Box<[Symbol]>>,
    numbers: HashMap<Box<[Symbol]>, StageSet>,
    joined: HashMap<(StageSet, Symbol), StageSet>,
}

impl Default for StageSets {
    fn default() -> Self {
        let none: Box<[Symbol]> = Box::default();
        Self {
            sets: vec![none.clone(), Box::default(), Box::default()],
            numbers: HashMap::from([(none, StageSet::NONE)]),
            joined: HashMap::new(),
        }
    }
}

impl StageSets {
    /// The set of these stages, whatever their order.
    pub fn of(&mut self, stages: &[Symbol]) -> StageSet {
        stages.iter().fold(StageSet::NONE, |set, stage| self.with(set, *stage))
    }

    /// A set and one stage more.
    pub fn with(&mut self, set: StageSet, stage: Symbol) -> StageSet {
        if set == StageSet::EVERY || set == StageSet::WON {
            return StageSet::EVERY;
        }
        if let Some(known) = self.joined.get(&(set, stage)) {
            return *known;
        }
        let mut stages = self.stages(set).to_vec();
        if let Err(at) = stages.binary_search(&stage) {
            stages.insert(at, stage);
        }
        let stages = stages.into_boxed_slice();
        let next = StageSet(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        let number = *self.numbers.entry(stages.clone()).or_insert(next);
        if number == next {
            self.sets.push(stages);
        }
        self.joined.insert((set, stage), number);
        number
    }

    /// The stages of a set, ascending; none of [`StageSet::EVERY`] and [`StageSet::WON`].
    #[must_use]
    pub fn stages(&self, set: StageSet) -> &[Symbol] {
        self.sets.get(set.0 as usize).map_or(&[], |stages| stages)
    }
}

/// A deal's state with what sums over deals have to know of its past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackedState {
    /// What its events until then add up to.
    pub deal: DealState,
    /// Whether its stage counts as reached: there is one, and it was not first named by a repeated outcome.
    pub in_stage: bool,
    /// The stages reached until then.
    pub reached: StageSet,
}

/// The state after a fact, from the state before it: [`step`], and the stages reached.
pub fn step_tracked(before: Option<&TrackedState>, fact: &DealFact, sets: &mut StageSets) -> TrackedState {
    let deal = step(before.map(|state| &state.deal), fact);
    let repeats =
        deal.status != DealStatus::Open && before.is_some_and(|state| state.deal.status == deal.status);
    let in_stage = deal.stage != Symbol::default() && !repeats;
    let reached = before.map_or(StageSet::NONE, |state| state.reached);
    let reached = match (in_stage, deal.status) {
        (false, DealStatus::Won) if reached == StageSet::NONE => StageSet::WON,
        (false, _) => reached,
        (true, DealStatus::Won) => StageSet::EVERY,
        (true, DealStatus::Open | DealStatus::Lost) => sets.with(reached, deal.stage),
    };
    TrackedState { deal, in_stage, reached }
}

/// The rows of a deal on both clocks, from its facts in the order of (occurred_at, position).
pub fn tracked_rows(facts: &[Fact<DealFact>], sets: &mut StageSets) -> Vec<Row<TrackedState>> {
    rows(&settled(facts), |before, fact| step_tracked(before, fact, sets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_one_number_in_whatever_order_its_stages_come() {
        let mut sets = StageSets::default();
        let [a, b, c] = [Symbol(7), Symbol(3), Symbol(5)];
        let one = sets.of(&[a, b, c]);
        assert_eq!(sets.of(&[c, a, b, a]), one);
        assert_eq!(sets.stages(one), [b, c, a]);
        assert_ne!(sets.of(&[a, b]), one);
        assert_eq!(sets.of(&[]), StageSet::NONE);
        assert_eq!(sets.with(StageSet::EVERY, a), StageSet::EVERY);
        assert_eq!(sets.with(StageSet::WON, a), StageSet::EVERY);
    }
}
