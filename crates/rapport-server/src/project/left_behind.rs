//! Views that failed while others did not, and when each is tried again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Between two tries: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// The parts that are left behind.
pub(super) struct LeftBehind<P> {
    parts: BTreeMap<P, Waits>,
}

struct Waits {
    pause: Duration,
    due: Instant,
    /// It is tried now.
    is_tried: bool,
}

impl<P> Default for LeftBehind<P> {
    fn default() -> Self {
        Self { parts: BTreeMap::new() }
    }
}

impl<P: Ord> LeftBehind<P> {
    /// It failed, perhaps again: the pause grows.
    pub(super) fn add(&mut self, part: P) {
        let pause = self.parts.get(&part).map_or(RETRY.0, |waits| (waits.pause * 2).min(RETRY.1));
        self.parts.insert(part, Waits { pause, due: Instant::now() + pause, is_tried: false });
    }

    /// It works.
    pub(super) fn remove(&mut self, part: P) {
        self.parts.remove(&part);
    }

    /// Whether a part is to be given events.
    pub(super) fn is_followed(&self, part: P) -> bool {
        self.parts.get(&part).is_none_or(|waits| waits.is_tried)
    }

    /// Begins to try the parts whose pause is over; whether there are any.
    pub(super) fn is_due(&mut self) -> bool {
        let mut is_due = false;
        for waits in self.parts.values_mut().filter(|waits| !waits.is_tried && waits.due <= Instant::now()) {
            waits.is_tried = true;
            is_due = true;
        }
        is_due
    }

    /// Begins to try all of them.
    pub(super) fn try_all(&mut self) {
        self.parts.values_mut().for_each(|waits| waits.is_tried = true);
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.parts.values().filter(|waits| !waits.is_tried).count()
    }
}
