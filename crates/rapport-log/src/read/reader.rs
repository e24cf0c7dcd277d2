//! Reads the log; any number of readers beside the appender.

use std::sync::Arc;

use rapport_model::{Direction, EventId, Position, Query, Revision, Timestamp};
use uuid::Uuid;

use crate::{
    counters::LogCounters,
    disk::index::{RevisionPlace, Source},
    error::{Fault, NoSuchStream, ReadError},
    event::recorded::Recorded,
    lock,
    read::iterator::Read,
    shared::{LogHead, Shared},
};

/// Reads the log. Cheap to clone; sees durable events and nothing else.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) shared: Arc<Shared>,
}

/// What to read of everything.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// Which events.
    pub query: Query,
    /// From old to new or from new to old.
    pub direction: Direction,
    /// Where to begin.
    pub from: ReadFrom,
    /// At most so many events; `None` for all.
    pub limit: Option<u64>,
}

/// Where a read begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadFrom {
    /// Where the direction begins: with the first event, or with the last one when backwards.
    #[default]
    Start,
    /// With this position.
    Position(Position),
    /// Forwards with the first event recorded then or later, backwards with the last one recorded then or earlier.
    RecordedAt(Timestamp),
}

impl Reader {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The end of the log.
    #[must_use]
    pub fn head(&self) -> LogHead {
        self.shared.head()
    }

    /// Identifies the ledger for as long as it exists.
    #[must_use]
    pub fn ledger_id(&self) -> Uuid {
        self.shared.ledger.id
    }

    /// Whether `recorded_at` comes from the clients.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.shared.ledger.simulated
    }

    /// Reads what a query selects, up to the head of this moment.
    #[must_use]
    pub fn read(&self, request: ReadRequest) -> Read {
        let from = match (request.from, request.direction) {
            (ReadFrom::Start, Direction::Forwards) => Ok(Position(1)),
            (ReadFrom::Start, Direction::Backwards) => Ok(self.head().position),
            (ReadFrom::Position(position), _) => Ok(position),
            (ReadFrom::RecordedAt(moment), Direction::Forwards) => self.shared.first_recorded_from(moment),
            (ReadFrom::RecordedAt(moment), Direction::Backwards) => {
                let after = Timestamp::from_micros(moment.as_micros().saturating_add(1));
                self.shared.first_recorded_from(after).map(|position| Position(position.0 - 1))
            }
        };
        let source = Source::from(request.query);
        Read::new(Arc::clone(&self.shared), source, request.direction, from, request.limit)
    }

    /// Reads a stream, from a revision or from where the direction begins.
    ///
    /// # Errors
    /// There is no such stream.
    pub fn read_stream(
        &self,
        stream: &str,
        direction: Direction,
        from_revision: Option<Revision>,
        limit: Option<u64>,
    ) -> Result<Read, NoSuchStream> {
        let head = self.head().position;
        if self.stream_revision(stream).is_none() {
            return Err(NoSuchStream { stream: stream.to_owned() });
        }
        let from = match (from_revision, direction) {
            (None, Direction::Forwards) => Position(1),
            (None, Direction::Backwards) => head,
            (Some(revision), Direction::Forwards) => {
                self.position(stream, revision).unwrap_or_else(|| head.next())
            }
            (Some(revision), Direction::Backwards) => self.position(stream, revision).unwrap_or(head),
        };
        let source = Source::Stream(stream.to_owned());
        Ok(Read::new(Arc::clone(&self.shared), source, direction, Ok(from), limit))
    }

    /// An event by its id.
    ///
    /// # Errors
    /// Its bytes cannot be read.
    pub fn by_id(&self, id: EventId) -> Result<Option<Recorded>, ReadError> {
        let head = self.head().position;
        for position in self.shared.candidates(id).into_iter().filter(|position| *position <= head) {
            let Some(recorded) = self.by_position(position)? else { continue };
            let found = recorded.envelope().map_err(|_| self.shared.corrupt(position, Fault::Envelope))?.id;
            if found == id {
                return Ok(Some(recorded));
            }
        }
        Ok(None)
    }

    /// An event by its position.
    ///
    /// # Errors
    /// Its bytes cannot be read.
    pub fn by_position(&self, position: Position) -> Result<Option<Recorded>, ReadError> {
        if position == Position::START || position > self.head().position {
            return Ok(None);
        }
        self.shared.recorded(position).map(Some)
    }

    /// The positions of the events with a tag, ascending. Only the index is asked.
    #[must_use]
    pub fn positions_tagged(&self, tag: &str) -> Vec<Position> {
        let head = self.head().position;
        let mut found = Vec::new();
        for generation in self.shared.generations() {
            let index = lock::read(&generation.index);
            let places = index.tagged(tag).iter().map(|place| generation.position(*place));
            found.extend(places.take_while(|position| *position <= head));
        }
        found
    }

    /// The revision of a stream's last event; `None` when there is no such stream.
    #[must_use]
    pub fn stream_revision(&self, stream: &str) -> Option<Revision> {
        self.shared.last_revision(stream, self.head().position)
    }

    /// Calls back after every commit with the last durable position, on the thread that commits: be quick.
    pub fn on_commit(&self, callback: impl Fn(Position) + Send + Sync + 'static) {
        self.shared.on_commit(Box::new(callback));
    }

    /// What the log counted since it was opened.
    #[must_use]
    pub fn counters(&self) -> LogCounters {
        let generations = self.shared.generations();
        let index_bytes =
            generations.iter().map(|generation| lock::read(&generation.index).bytes() as u64).sum();
        self.shared.counters.read(generations.len() as u64, index_bytes)
    }

    fn position(&self, stream: &str, revision: Revision) -> Option<Position> {
        for generation in self.shared.generations().iter().rev() {
            match lock::read(&generation.index).revision(stream, revision) {
                Some(RevisionPlace::At(place)) => return Some(generation.position(place)),
                Some(RevisionPlace::After) => return None,
                Some(RevisionPlace::Before) | None => {}
            }
        }
        None
    }
}
