//! A ledger that was set back: it was restored from a backup, and other places have later events of it.
//!
//! The ledger would give the positions of these events to new events, and readers that have the old ones would never read
//! the new ones. The ledger therefore refuses appends until an operator starts it with `--accept-set-back`.
//!
//! The ledger learns this from two sources: the publisher of this process, which finds it in the topic; and a subscriber
//! that names this ledger and a position beyond its end, as projectors and `rapport publish` do. A subscriber that does not
//! name the ledger is not believed.

use std::sync::atomic::{AtomicU64, Ordering};

use rapport_kafka::PublisherReport;
use rapport_model::{ErrorClass, Position};

use crate::door::refusal::Refusal;

/// Which places have more than the ledger, as far as they told.
#[derive(Debug)]
pub(crate) struct SetBack {
    accepted: bool,
    /// The last position that a subscriber had; 0 when none had too much.
    subscribed: AtomicU64,
}

/// A place that has more, or another history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// Such as `topic rapport.events`.
    pub place: String,
    /// The last position that it has.
    pub position: Position,
}

impl SetBack {
    /// No place has told yet. With `accepted` appends go on, whatever a place tells.
    pub(crate) const fn new(accepted: bool) -> Self {
        Self { accepted, subscribed: AtomicU64::new(0) }
    }

    /// A subscriber has events of this ledger up to a position beyond its end.
    pub(crate) fn subscriber_has(&self, position: Position) {
        if self.subscribed.fetch_max(position.0, Ordering::Relaxed) == 0 {
            tracing::warn!(
                position = position.0,
                "a subscriber has events of this ledger that are not here: it was set back"
            );
        }
    }

    /// The places that have more.
    pub(crate) fn elsewhere(&self, publisher: Option<&PublisherReport>) -> Vec<Elsewhere> {
        let topic = publisher
            .and_then(|report| report.known_elsewhere.as_ref())
            .map(|known| Elsewhere { place: format!("topic {}", known.topic), position: known.position });
        let subscribed = Position(self.subscribed.load(Ordering::Relaxed));
        let subscriber = (subscribed > Position::START)
            .then(|| Elsewhere { place: "a projector or publisher".to_owned(), position: subscribed });
        topic.into_iter().chain(subscriber).collect()
    }

    /// The places and what to do; `None` when there are none.
    pub(crate) fn trouble(&self, elsewhere: &[Elsewhere], head: Position) -> Option<String> {
        if elsewhere.is_empty() {
            return None;
        }
        let places: Vec<_> = elsewhere
            .iter()
            .map(|known| format!("{} has it up to position `{}`", known.place, known.position))
            .collect();
        let so = if self.accepted {
            "appends are accepted as you said"
        } else {
            "appends are refused; bring the later ledger back, or give it a new topic and projectors a new database and \
             start it with --accept-set-back (docs/operations.md, Restore)"
        };
        Some(format!("the ledger was set back: it ends at `{head}`, and {}; {so}", places.join(", and ")))
    }

    /// Refuses an append while a place has more and no operator has accepted that.
    pub(crate) fn check(&self, publisher: Option<&PublisherReport>, head: Position) -> Result<(), Refusal> {
        if self.accepted {
            return Ok(());
        }
        match self.trouble(&self.elsewhere(publisher), head) {
            Some(trouble) => Err(Refusal::new(ErrorClass::ConditionFailed, "SET_BACK", trouble)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rapport_kafka::KnownElsewhere;

    use super::*;

    #[test]
    fn appends_are_refused_as_soon_as_another_place_has_more_and_until_that_is_accepted() {
        let topic = PublisherReport {
            known_elsewhere: Some(KnownElsewhere { topic: "t".to_owned(), position: Position(1_010) }),
            ..PublisherReport::default()
        };
        let (head, unknown) = (Position(10), PublisherReport::default());
        let set_back = SetBack::new(false);
        assert!(set_back.check(None, head).is_ok() && set_back.check(Some(&unknown), head).is_ok());
        let refused = set_back.check(Some(&topic), head).unwrap_err();
        assert_eq!((refused.class, refused.reason), (ErrorClass::ConditionFailed, "SET_BACK"));
        for said in ["ends at `10`", "topic t has it up to position `1010`", "--accept-set-back"] {
            assert!(refused.message.contains(said), "{}", refused.message);
        }
        // A session that began takes back what the topic said.
        assert!(set_back.check(Some(&unknown), head).is_ok());

        set_back.subscriber_has(Position(700));
        set_back.subscriber_has(Position(500));
        let refused = set_back.check(Some(&unknown), head).unwrap_err();
        assert!(
            refused.message.contains("a projector or publisher has it up to position `700`"),
            "{}",
            refused.message
        );
        let accepted = SetBack::new(true);
        accepted.subscriber_has(Position(700));
        assert!(accepted.check(Some(&topic), head).is_ok());
        assert_eq!(accepted.elsewhere(Some(&topic)).len(), 2, "it is said all the same");
    }
}
