//! When each head was first known: so long its events have waited for a view.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rapport_model::Position;

/// Heads that are kept; beyond, the latest ones are taken as one.
const KEPT: usize = 256;
/// Heads that come within so short a time are taken as one, of the time of the first.
const EVERY: Duration = Duration::from_millis(250);

/// Heads as they were seen, ascending, of those that some view has not reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Heads {
    seen: VecDeque<(Instant, Position)>,
}

impl Heads {
    /// The head of this moment, and what every view has reached.
    pub(super) fn see(&mut self, head: Position, least: Position) {
        self.see_at(Instant::now(), head, least);
    }

    pub(super) fn see_at(&mut self, now: Instant, head: Position, least: Position) {
        while self.seen.front().is_some_and(|(_, seen)| *seen <= least) {
            self.seen.pop_front();
        }
        // A ledger that was set back.
        while self.seen.back().is_some_and(|(_, seen)| *seen > head) {
            self.seen.pop_back();
        }
        if head <= least {
            return;
        }
        let is_full = self.seen.len() >= KEPT;
        match self.seen.back_mut() {
            Some((since, last)) if is_full || now.duration_since(*since) < EVERY => *last = head,
            Some((_, last)) if *last == head => {}
            Some(_) | None => self.seen.push_back((now, head)),
        }
    }

    /// Since when there is something that is not at this position; `None` when there is nothing.
    pub(super) fn since(&self, position: Position) -> Option<Instant> {
        let reached = self.seen.partition_point(|(_, seen)| *seen <= position);
        self.seen.get(reached).map(|(since, _)| *since)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn events_wait_from_when_they_were_known_whatever_comes_after() {
        let mut heads = Heads::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        heads.see_at(at(0), Position(10), Position(10));
        assert_eq!(heads.since(Position(10)), None);
        for seconds in 1..=20 {
            // A view that follows two events behind a steady stream.
            heads.see_at(at(seconds), Position(10 + seconds), Position(8 + seconds));
        }
        assert_eq!(heads.since(Position(29)), Some(at(20)));
        assert_eq!(heads.since(Position(28)), Some(at(19)));
        assert_eq!(heads.since(Position(30)), None);
        heads.see_at(at(30), Position(25), Position(0));
        assert_eq!(heads.since(Position(25)), None);
    }

    #[test]
    fn however_many_heads_there_are_the_first_that_waits_is_known() {
        let mut heads = Heads::default();
        let start = Instant::now();
        for number in 1..=10_000_u64 {
            heads.see_at(start + Duration::from_secs(number), Position(number), Position(0));
        }
        assert_eq!(heads.since(Position(0)), Some(start + Duration::from_secs(1)));
        assert!(heads.seen.len() <= KEPT && heads.since(Position(9_999)).is_some());
    }
}
