//! What is wrong with a topic.

use std::collections::BTreeMap;

use rapport_model::Position;
use rdkafka::Message;

use super::ranges::Ranges;
use crate::read::merged::Front;

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
    /// A record that is not an event of this ledger.
    Foreign,
    /// The last checkpoint is before what the publisher says to have published.
    Checkpoint,
}

impl TopicFaultKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Missing, Self::Twice, Self::OutOfOrder, Self::Different, Self::Foreign, Self::Checkpoint];

    /// As it is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Twice => "twice",
            Self::OutOfOrder => "out of order",
            Self::Different => "different",
            Self::Foreign => "foreign",
            Self::Checkpoint => "checkpoint",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Missing => {
                "publish to another topic (--kafka-topic), whose readers begin anew: in this one they would come after \
                 events that follow them"
            }
            Self::Twice => {
                "readers that drop what is not above the last `rapport_position` of its partition are safe; the others \
                 begin anew with another topic (--kafka-topic)"
            }
            Self::OutOfOrder => {
                "publish to another topic (--kafka-topic), whose readers begin anew: no record of a topic can be moved"
            }
            Self::Different => {
                "find out which program wrote the record, and take from it the permission to write; publish to another \
                 topic (--kafka-topic), whose readers begin anew"
            }
            Self::Foreign => {
                "find out which program writes to the topic, and take from it the permission; readers skip what has no \
                 `rapport_position`"
            }
            Self::Checkpoint => {
                "restart the publisher: it looks at what is in the topic and goes on from there; then compare again"
            }
        }
    }
}

/// The fault of a checkpoint that is before what is said to be published.
pub(super) fn behind(checkpoint: Position, published: Position) -> TopicFault {
    TopicFault {
        kind: TopicFaultKind::Checkpoint,
        first: Some(checkpoint.next()),
        last: Some(published),
        partition: None,
        offset: None,
        detail: format!("the publisher says position {published}, the last checkpoint {checkpoint}"),
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

impl Front {
    /// A fault of this record.
    pub(crate) fn fault(&self, kind: TopicFaultKind, detail: String) -> TopicFault {
        let position = self.position.ok();
        TopicFault {
            kind,
            first: position,
            last: position,
            partition: Some(self.record.partition()),
            offset: Some(self.record.offset()),
            detail,
        }
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicVerification {
    /// The position up to which nothing may be missing: that of the last committed checkpoint.
    pub until: Position,
    /// The end of the log when the comparison began.
    pub head: Position,
    /// Events of the log up to there that are behind the checkpoint and not in the topic: yet to be published.
    pub unpublished: u64,
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

    /// Whether the topic is the log up to the checkpoint, and nothing else, but for what the topic's own settings deleted.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.totals.is_empty()
    }

    /// How many of all kinds.
    #[must_use]
    pub fn faults_total(&self) -> u64 {
        self.totals.values().sum()
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
