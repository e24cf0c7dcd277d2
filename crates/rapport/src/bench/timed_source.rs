//! A projector's source that tells when it gave out its first partitions. The time for joining a group is not measured:
//! a broker lets a new one wait for some seconds.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_server::{Arrived, OpenSource, PartitionSource, SourceError};
use rapport_store::Checkpoint;

/// When a projector had its first partitions; empty before.
pub(super) type Begun = Arc<OnceLock<Instant>>;

/// The same source, and when it began.
pub(super) fn timed(open: OpenSource) -> (OpenSource, Begun) {
    let begun = Begun::default();
    let told = Arc::clone(&begun);
    let open: OpenSource = Arc::new(move |reading| {
        let source = TimedSource { source: open(reading)?, begun: Arc::clone(&told) };
        Ok(Box::new(source) as Box<dyn PartitionSource>)
    });
    (open, begun)
}

struct TimedSource {
    source: Box<dyn PartitionSource>,
    begun: Begun,
}

impl PartitionSource for TimedSource {
    fn poll(&mut self, patience: Duration) -> Result<Arrived, SourceError> {
        let arrived = self.source.poll(patience)?;
        if !arrived.assigned.is_empty() {
            self.begun.get_or_init(Instant::now);
        }
        Ok(arrived)
    }

    fn place(&mut self, partition: i32, offset: i64) -> Result<(), SourceError> {
        self.source.place(partition, offset)
    }

    fn ledger_id(&self) -> &str {
        self.source.ledger_id()
    }

    fn epoch(&self) -> &str {
        self.source.epoch()
    }

    fn head(&self) -> Option<Position> {
        self.source.head()
    }

    fn heard(&self) -> Instant {
        self.source.heard()
    }

    fn knows(&mut self, checkpoint: &Checkpoint) -> Result<(), SourceError> {
        self.source.knows(checkpoint)
    }

    fn complete(&mut self, offsets: &BTreeMap<i32, i64>) -> Option<Position> {
        self.source.complete(offsets)
    }

    fn applied(&mut self, offsets: &BTreeMap<i32, i64>) {
        self.source.applied(offsets);
    }
}
