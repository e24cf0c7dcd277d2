//! How a publisher is doing, for metrics and status.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use rapport_model::Position;

use crate::KnownElsewhere;

/// What a publisher does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PublisherState {
    /// It looks for its checkpoint.
    #[default]
    Starting,
    /// It publishes what comes.
    Publishing,
    /// Kafka, or the log, cannot be reached; it tries again by itself.
    Waiting,
    /// Another publisher took over: this one has ended.
    Fenced,
    /// Kafka refuses it, or a topic has wrong settings; it tries again now and then.
    Refused,
}

impl PublisherState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Starting, Self::Publishing, Self::Waiting, Self::Fenced, Self::Refused];

    /// As it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Publishing => "publishing",
            Self::Waiting => "waiting",
            Self::Fenced => "fenced",
            Self::Refused => "refused",
        }
    }
}

/// A publisher at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublisherReport {
    /// What it does.
    pub state: PublisherState,
    /// The last event that is committed in the topic, as far as is known.
    pub position: Position,
    /// Events committed by this process.
    pub events: u64,
    /// Transactions committed by this process.
    pub committed: u64,
    /// Transactions given up by this process.
    pub aborted: u64,
    /// What is wrong, with what to do; empty when nothing is.
    pub trouble: String,
    /// What is not as it should be in the topics' settings.
    pub warnings: Vec<String>,
    /// When everything was last published.
    pub caught_up: Option<Instant>,
    /// Events that the topic has and the ledger does not have, because the ledger was set back. A session finds this when
    /// it begins; a session that begins to publish clears it.
    pub known_elsewhere: Option<KnownElsewhere>,
    /// The outcomes of the regular comparisons of the topic with the log.
    pub comparisons: Comparisons,
}

/// How the comparisons of a publisher ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparisons {
    /// How many found that the topic is the log.
    pub sound: u64,
    /// How many found faults.
    pub unsound: u64,
    /// How many failed.
    pub failed: u64,
    /// How many faults the last one found.
    pub faults: u64,
    /// These faults in words, with what to do; empty when there are none.
    pub trouble: String,
}

impl PublisherReport {
    /// What is not as it should be: the topics' settings, and what the last comparison found.
    #[must_use]
    pub fn all_warnings(&self) -> Vec<String> {
        let found = Some(&self.comparisons.trouble).filter(|trouble| !trouble.is_empty());
        self.warnings.iter().chain(found).cloned().collect()
    }

    pub(crate) fn publishing(&mut self) {
        self.state = PublisherState::Publishing;
        self.trouble.clear();
    }
}

/// A publisher's report, shared between threads. All clones share one report.
#[derive(Debug, Clone, Default)]
pub struct PublisherStatus(Arc<Mutex<PublisherReport>>);

impl PublisherStatus {
    /// The report of this moment.
    #[must_use]
    pub fn report(&self) -> PublisherReport {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that the log cannot be reached, before the publisher knows which log it is.
    pub fn waiting(&self, trouble: String) {
        self.change(|report| {
            report.state = PublisherState::Waiting;
            report.trouble = trouble;
        });
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut PublisherReport)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
