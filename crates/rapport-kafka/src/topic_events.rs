//! The events of a topic in the order of the log: what gives back a log that was set back.

use rapport_model::Position;
use rdkafka::consumer::Consumer;

use crate::{
    KafkaOptions, LogEvent, PublishError, Stop, Watermarks,
    checkpoint::{explained, reader},
    merged::{Merged, Stretch},
    record, topic,
};

/// The committed events behind a position, up to the end of the topic when it was opened, each once.
pub struct TopicEvents {
    merged: Merged,
    at: Position,
    lacking: Lacking,
}

/// What was not there, of what was read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacking {
    /// So many events before one that is there.
    pub events: u64,
    /// The first of these.
    pub first: Option<Position>,
    /// Records that are no events.
    pub unreadable: u64,
}

impl TopicEvents {
    /// Looks for what follows a position.
    ///
    /// # Errors
    /// Kafka cannot be reached, or there is no such topic.
    pub fn open(options: &KafkaOptions, after: Position) -> Result<Self, PublishError> {
        let stop = Stop::new();
        let client = reader(options).map_err(PublishError::kafka("reading the topic"))?;
        let heard = |error| explained(&client, error);
        let missing = || {
            PublishError::Topic(format!(
                "there is no topic `{}`; name it as in kafka://BROKERS/TOPIC",
                options.topic
            ))
        };
        let count = topic::partitions(client.client(), &options.topic, &stop).map_err(heard)?;
        let count = count.ok_or_else(missing)?;
        // What follows the position is behind what a checkpoint up to there includes.
        let watermarks = Watermarks::open(options, &stop)?;
        let known = watermarks.at_most(after).map(|checkpoint| checkpoint.offsets.clone());
        let known = known.filter(|offsets| offsets.len() == count).unwrap_or_else(|| vec![0; count]);
        let there = topic::watermarks(client.client(), &options.topic, count, &stop).map_err(heard)?;
        let stretches: Vec<_> = known
            .into_iter()
            .zip(there)
            .map(|(known, (low, end))| Stretch { from: known.max(low), end })
            .collect();
        let merged = Merged::open(options, &stretches, Position(u64::MAX), &stop)?;
        Ok(Self { merged, at: after, lacking: Lacking::default() })
    }

    /// The next event.
    ///
    /// # Errors
    /// Kafka cannot be read any more.
    pub fn next_event(&mut self) -> Result<Option<LogEvent>, PublishError> {
        while let Some(head) = self.merged.pop()? {
            let Ok(event) = record::read(&head.record) else {
                self.lacking.unreadable += 1;
                continue;
            };
            if event.position <= self.at {
                continue;
            }
            let lacking = event.position.0 - self.at.next().0;
            if lacking > 0 {
                self.lacking.events += lacking;
                self.lacking.first.get_or_insert(self.at.next());
            }
            self.at = event.position;
            return Ok(Some(event));
        }
        Ok(None)
    }

    /// What was not there.
    #[must_use]
    pub const fn lacking(&self) -> Lacking {
        self.lacking
    }
}
