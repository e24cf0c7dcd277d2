//! How a publisher goes on after the broker has refused a record.
//!
//! The broker refuses a batch as a whole and does not name the record. So the next session writes one record a batch and
//! finds the refused event. The session after it publishes the events before that one, and then tries that one alone.
//! Each step begins a new session, because the publisher must not use a producer again after it gave up a transaction
//! (see `behind`).

use rapport_model::Position;

use crate::LogEvent;

/// The largest number of events in a transaction that sends every record in a separate batch.
const CAREFUL_EVENTS_MAX: usize = 500;

/// What a session tells the next one about refused records.
#[derive(Debug, Default)]
pub(super) struct Care(Option<Careful>);

#[derive(Debug)]
struct Careful {
    /// The end of the transaction that was refused first.
    until: Position,
    /// The event that is refused, once it is known.
    refused: Option<Position>,
}

impl Care {
    /// Whether the session must send every record in a separate batch.
    pub(super) const fn is_careful(&self) -> bool {
        self.0.is_some()
    }

    /// How many of these events make the next transaction: those before the refused one, or that one alone.
    pub(super) fn fitting(&self, events: &[LogEvent]) -> usize {
        let Some(careful) = &self.0 else { return events.len() };
        let is_before = |event: &&LogEvent| careful.refused.is_none_or(|refused| event.position < refused);
        events.iter().take_while(is_before).count().clamp(1, CAREFUL_EVENTS_MAX).min(events.len())
    }

    /// Takes note that `position` was refused in a transaction from `first` to `last`. Returns whether another session can
    /// publish more. Otherwise no event precedes the refused one, and an operator has to act.
    pub(super) fn refused(&mut self, first: Position, last: Position, position: Position) -> bool {
        match &mut self.0 {
            None => {
                self.0 = Some(Careful { until: last, refused: None });
                true
            }
            Some(careful) => {
                careful.refused = Some(position);
                position > first
            }
        }
    }

    /// Takes note that everything up to `last` is published.
    pub(super) fn published(&mut self, last: Position) {
        if let Some(careful) = &mut self.0 {
            careful.refused = careful.refused.filter(|refused| *refused > last);
            if last >= careful.until {
                self.0 = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn events(from: u64, to: u64) -> Vec<LogEvent> {
        (from..=to).map(|position| LogEvent { position: Position(position), bytes: Bytes::new() }).collect()
    }

    #[test]
    fn what_precedes_a_refused_event_goes_first_and_it_is_tried_alone() {
        let mut care = Care::default();
        assert_eq!(care.fitting(&events(1, 900)), 900);
        assert!(care.refused(Position(1), Position(900), Position(3)), "it may be another one of the batch");
        assert_eq!(care.fitting(&events(1, 900)), CAREFUL_EVENTS_MAX);
        assert!(care.refused(Position(1), Position(500), Position(7)));
        assert_eq!(care.fitting(&events(1, 900)), 6);
        care.published(Position(6));
        assert_eq!(care.fitting(&events(7, 900)), 1);
        assert!(!care.refused(Position(7), Position(7), Position(7)), "nothing precedes it");
        care.published(Position(7));
        assert_eq!(care.fitting(&events(8, 900)), CAREFUL_EVENTS_MAX);
        assert!(care.is_careful());
        care.published(Position(900));
        assert!(!care.is_careful());
    }
}
