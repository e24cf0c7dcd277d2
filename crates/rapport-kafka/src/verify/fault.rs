//! What is wrong with a topic.

use std::collections::BTreeMap;

use rapport_model::Position;

use super::ranges::Ranges;

/// Faults of one kind that are listed; the others are counted.
const LISTED_MAX: u64 = 20;

/// How a topic differs from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicFaultKind {
    /// Events that are not in the topic.
    Missing,
    /// A record of an event that was there before.
    Twice,
    /// A record behind one that it should be before.
    OutOfOrder,
    /// A record whose key, value, headers or partition are not the event's.
    Different,
    /// A record that is no event of this ledger.
    Foreign,
}

impl TopicFaultKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Twice, Self::OutOfOrder, Self::Different, Self::Foreign];

    /// As it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Twice => "twice",
            Self::OutOfOrder => "out of order",
            Self::Different => "different",
            Self::Foreign => "foreign",
        }
    }
}

/// One fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFault {
    /// Which kind.
    pub kind: TopicFaultKind,
    /// The first event that it is about, where it is about one.
    pub first: Option<Position>,
    /// The last one.
    pub last: Option<Position>,
    /// Where the record is.
    pub partition: Option<i32>,
    /// Where in the partition.
    pub offset: Option<i64>,
    /// More of it; never content.
    pub detail: String,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicVerification {
    /// The position up to which the topic was compared: that of the last committed checkpoint.
    pub until: Position,
    /// Records compared.
    pub records: u64,
    /// Events that were in the topic and are deleted: its settings keep records for a time, or up to a size.
    pub deleted: u64,
    /// The last one of these.
    pub deleted_until: Position,
    /// The first faults of each kind.
    pub faults: Vec<TopicFault>,
    pub(super) totals: BTreeMap<TopicFaultKind, u64>,
}

impl TopicVerification {
    /// How many of a kind: events for what is missing, records for the others.
    #[must_use]
    pub fn total(&self, kind: TopicFaultKind) -> u64 {
        self.totals.get(&kind).copied().unwrap_or_default()
    }

    /// Whether the topic is the log, but for what the topic's own settings deleted.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.totals.is_empty()
    }

    pub(super) fn add(&mut self, fault: TopicFault) {
        let total = self.totals.entry(fault.kind).or_default();
        *total += 1;
        if *total <= LISTED_MAX {
            self.faults.push(fault);
        }
    }

    /// What was never found.
    pub(super) fn take_ranges(&mut self, missing: &Ranges, deleted: &Ranges) {
        if missing.count() > 0 {
            self.totals.insert(TopicFaultKind::Missing, missing.count());
        }
        let listed = usize::try_from(LISTED_MAX).unwrap_or_default();
        self.faults.extend(missing.iter().take(listed).map(|(first, last)| TopicFault {
            kind: TopicFaultKind::Missing,
            first: Some(first),
            last: Some(last),
            partition: None,
            offset: None,
            detail: "the topic does not have it".to_owned(),
        }));
        self.deleted = deleted.count();
        self.deleted_until = deleted.iter().last().map_or(Position::START, |(_, last)| last);
        // By kind, each kind in the order of the topic.
        self.faults.sort_by_key(|fault| fault.kind);
    }
}
