//! Events that a store refuses, found and set aside, so that one never stops a view.
//!
//! The search tries the halves of a refused batch until one event is left. It tries that event a few times more, with a
//! pause, and then hands it over to be set aside, which moves the checkpoint past it. A failure of the store itself (it
//! is away, full, locked, damaged, or refuses its user) ends the search at once and sets no event aside.
//!
//! **Invariant:** an event is set aside only after the store refused it by itself [`TRIES`] times for what it holds.

use std::{thread, time::Duration};

use crate::{EncodedEvent, View, reads::concerns};

/// How often an event is tried by itself.
const TRIES: u32 = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(100);
/// After so many in a row, with none taken between them that makes rows of the view, the fault is the store's.
const IN_A_ROW_MAX: u32 = 100;

/// Why events were not applied.
pub(crate) trait Refusal {
    /// The reason to keep when the content of an event may have caused the failure; never the content itself.
    fn of_content(&self) -> Option<String>;
}

/// Sets events of one view aside.
#[derive(Debug)]
pub(crate) struct ByHalves {
    view: View,
    pause: Duration,
    in_a_row: u32,
}

impl ByHalves {
    /// None yet.
    pub(crate) const fn new(view: View) -> Self {
        Self { view, pause: PAUSE, in_a_row: 0 }
    }

    /// The view.
    pub(crate) const fn view(&self) -> View {
        self.view
    }

    /// These were taken. If one makes rows of the view, the store takes rows.
    pub(crate) fn took<'a>(&mut self, mut events: impl Iterator<Item = &'a EncodedEvent>) {
        if events.any(|event| event.refused().is_none() && concerns(self.view, event)) {
            self.in_a_row = 0;
        }
    }

    /// Applies events that follow each other. `apply` gets parts of them in their order, each after it has applied the
    /// parts before.
    ///
    /// # Errors
    /// The store's own trouble, or it refuses one event after the other.
    pub(crate) fn apply<E: Refusal>(
        &mut self,
        events: &[EncodedEvent],
        apply: &mut impl FnMut(&[EncodedEvent]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Err(error) = apply(events) else {
            self.took(events.iter());
            return Ok(());
        };
        if error.of_content().is_none() {
            return Err(error);
        }
        match events {
            [] => Err(error),
            [event] => self.set_aside(event, error, apply),
            _ => {
                let (first, second) = events.split_at(events.len() / 2);
                self.apply(first, apply)?;
                self.apply(second, apply)
            }
        }
    }

    fn set_aside<E: Refusal>(
        &mut self,
        event: &EncodedEvent,
        mut error: E,
        apply: &mut impl FnMut(&[EncodedEvent]) -> Result<(), E>,
    ) -> Result<(), E> {
        for _ in 1..TRIES {
            thread::sleep(self.pause);
            match apply(std::slice::from_ref(event)) {
                Ok(()) => {
                    self.took(std::iter::once(event));
                    return Ok(());
                }
                Err(again) => error = again,
            }
        }
        let Some(why) = error.of_content().filter(|_| self.in_a_row < IN_A_ROW_MAX) else {
            return Err(error);
        };
        let reason = format!("the store refuses it: {why}");
        apply(&[event.refused_for(&reason)])?;
        self.in_a_row += 1;
        tracing::error!(
            view = self.view.name(),
            position = event.position().0,
            offset = event.offset(),
            reason,
            "an event is set aside: the view goes on without it"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rapport_model::Position;

    use super::*;

    fn by_halves() -> ByHalves {
        ByHalves { pause: Duration::ZERO, ..ByHalves::new(View::Timeline) }
    }

    #[derive(Debug, PartialEq)]
    enum Fails {
        ForContent(u64),
        Away,
    }

    impl Refusal for Fails {
        fn of_content(&self) -> Option<String> {
            matches!(self, Self::ForContent(_)).then(|| "too long".to_owned())
        }
    }

    fn events(count: u64) -> Vec<EncodedEvent> {
        (1..=count).map(|position| EncodedEvent::new(Position(position), Bytes::new())).collect()
    }

    /// What was taken and what was set aside, in order, by a store that refuses some positions.
    fn applied(count: u64, refuses: impl Fn(u64) -> bool) -> (Result<(), Fails>, Vec<u64>, Vec<u64>) {
        let (mut taken, mut aside) = (Vec::new(), Vec::new());
        let mut apply = |events: &[EncodedEvent]| {
            let refused = events.iter().find(|e| e.refused().is_none() && refuses(e.position().0));
            if let Some(refused) = refused {
                return Err(Fails::ForContent(refused.position().0));
            }
            for event in events {
                let to = if event.refused().is_some() { &mut aside } else { &mut taken };
                to.push(event.position().0);
            }
            Ok(())
        };
        let done = by_halves().apply(&events(count), &mut apply);
        (done, taken, aside)
    }

    #[test]
    fn whatever_events_are_refused_they_alone_are_set_aside() {
        for refused in [vec![], vec![1], vec![7], vec![1, 2, 13], vec![3, 4, 5, 6]] {
            let (done, taken, aside) = applied(13, |position| refused.contains(&position));
            assert_eq!((done, &aside), (Ok(()), &refused));
            assert_eq!(taken, (1..=13).filter(|position| !refused.contains(position)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_store_that_refuses_one_after_the_other_is_not_believed() {
        let (done, taken, aside) = applied(150, |position| position > 20);
        assert_eq!(done, Err(Fails::ForContent(121)));
        assert_eq!((taken.len(), aside.len()), (20, 100));
    }

    #[test]
    fn the_stores_own_trouble_is_no_events_fault() {
        let mut tries = 0;
        let mut apply = |_: &[EncodedEvent]| {
            tries += 1;
            Err(Fails::Away)
        };
        let done = by_halves().apply(&events(8), &mut apply);
        assert_eq!((done, tries), (Err(Fails::Away), 1));
    }

    #[test]
    fn what_is_refused_once_and_taken_later_is_kept() {
        let mut tries = 0;
        let mut taken = Vec::new();
        let mut apply = |events: &[EncodedEvent]| {
            tries += 1;
            if tries < 3 {
                return Err(Fails::ForContent(1));
            }
            taken.extend(events.iter().map(|event| (event.position().0, event.refused().is_some())));
            Ok(())
        };
        assert_eq!(by_halves().apply(&events(1), &mut apply), Ok(()));
        assert_eq!(taken, [(1, false)]);
    }
}
