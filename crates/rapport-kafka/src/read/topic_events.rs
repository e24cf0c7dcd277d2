//! The events of a topic in the order of the log, for a ledger that was set back and wants them again.

use rapport_model::Position;

use crate::{
    Checkpoint, KafkaOptions, LogEvent, PublishError, Stop, Watermarks,
    client::reader::reader,
    read::merged::{Merged, Stretch},
    topic::{ends, record},
};

/// The committed events behind a position, up to the end of the topic when it was opened, each once and in order.
pub struct TopicEvents {
    merged: Merged,
    /// Read already.
    next: Option<LogEvent>,
    /// The position of the last event that was read, or the position to begin behind.
    at: Position,
    /// The last position that the topic has, as far as checkpoints and the records read so far say.
    end: Position,
    lacking: Lacking,
}

/// What the topic lacks, of what was read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacking {
    /// How many events before the last one of the topic.
    pub events: u64,
    /// The first of these.
    pub first: Option<Position>,
    /// Records that are not events.
    pub unreadable: u64,
}

impl TopicEvents {
    /// Looks for the events behind a position.
    ///
    /// # Errors
    /// No broker answers; the topic does not exist; the topic has no events; or its last event is before the position.
    pub fn open(options: &KafkaOptions, after: Position) -> Result<Self, PublishError> {
        let stop = Stop::new();
        let client = reader(options).map_err(PublishError::kafka("reading the topic"))?;
        let topic = &options.topic;
        let missing = || {
            PublishError::Topic(format!("there is no topic `{topic}`; name it as in kafka://BROKERS/TOPIC"))
        };
        let count = ends::partitions(&client, topic, &stop)?.ok_or_else(missing)?;
        // A checkpoint at or before the position includes no event behind the position.
        let watermarks = Watermarks::open(options, &stop)?;
        let known = watermarks.at_most(after).map(|checkpoint| checkpoint.offsets.clone());
        let known = known.filter(|offsets| offsets.len() == count).unwrap_or_else(|| vec![0; count]);
        let there = ends::decided_up_to(watermarks.last(), options, &client, count, &stop)?;
        let stretches: Vec<_> = known
            .into_iter()
            .zip(there)
            .map(|(known, (low, end))| Stretch { from: known.max(low), end })
            .collect();
        let merged = Merged::open(options, &stretches, Position(u64::MAX), &stop)?;
        let end = watermarks.last().map_or(Position::START, Checkpoint::position);
        let mut events = Self { merged, next: None, at: after, end, lacking: Lacking::default() };
        events.next = events.read()?;
        match events.end {
            Position::START => Err(PublishError::Topic(format!(
                "`{topic}` has no events, so nothing follows position `{after}`; name another topic, as in \
                 kafka://BROKERS/TOPIC"
            ))),
            end if end < after => Err(PublishError::Topic(format!(
                "`{topic}` ends at position `{end}`, so nothing follows position `{after}`; begin at an earlier position"
            ))),
            _ => Ok(events),
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// Kafka cannot be read any more.
    pub fn next_event(&mut self) -> Result<Option<LogEvent>, PublishError> {
        match self.next.take() {
            Some(event) => Ok(Some(event)),
            None => self.read(),
        }
    }

    fn read(&mut self) -> Result<Option<LogEvent>, PublishError> {
        while let Some(front) = self.merged.pop()? {
            let Ok(event) = record::read(&front.record) else {
                self.lacking.unreadable += 1;
                continue;
            };
            self.end = self.end.max(event.position);
            if event.position <= self.at {
                continue;
            }
            self.go_to(event.position.0 - 1);
            self.at = event.position;
            return Ok(Some(event));
        }
        // A checkpoint says what was published up to the end.
        self.go_to(self.end.0);
        Ok(None)
    }

    /// Counts the events that should have come up to a position.
    fn go_to(&mut self, before: u64) {
        let lacking = before.saturating_sub(self.at.0);
        if lacking > 0 {
            self.lacking.events += lacking;
            self.lacking.first.get_or_insert(self.at.next());
            self.at = Position(before);
        }
    }

    /// What the topic lacks.
    #[must_use]
    pub const fn lacking(&self) -> Lacking {
        self.lacking
    }
}
