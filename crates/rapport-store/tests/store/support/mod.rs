//! A log in memory, random histories, and answers computed the slow and simple way.

#![allow(dead_code, reason = "the crash tests use a part")]
#![allow(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

pub(crate) mod around;
pub(crate) mod brute_force;
pub(crate) mod declared;
pub(crate) mod kinds;
pub(crate) mod models;
pub(crate) mod objects;
pub(crate) mod postgresql;
pub(crate) mod script;
pub(crate) mod service;

use std::{collections::HashMap, path::Path};

use jiff::tz::TimeZone;
use prost::Message;
use rapport_model::{EventId, Position, Timestamp};
use rapport_proto::{
    event_type, time,
    v1::{Actor, Custom, Payload, RecordedEvent, TimelineRequest, TimelineResponse, payload::Kind},
};
use rapport_store::{
    Chunk, EncodedEvent, EventSource, ReadError, Rows, SourceError, Store, TypedRows as _, View,
};
use rapport_views::{
    answers::AsOf,
    model::{self, AskError, Model as _, Timeline},
    rows::{FunnelSums, LeadRow, ObjectId, ResponseRow, SentRow},
    table::{Dictionary, Field as _, Filter},
};

/// So many seconds after the beginning of these stories.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_600_000_000 + seconds) * 1_000_000)
}

/// The same on the wire.
pub(crate) fn wire(seconds: i64) -> prost_types::Timestamp {
    time::to_proto(at(seconds))
}

/// Everything that happened, and everything known.
pub(crate) const NOW: Timestamp = Timestamp::MAX;

/// The events in order, as a ledger has them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Log {
    pub events: Vec<RecordedEvent>,
    /// What each says, as recorded.
    pub contents: Vec<Kind>,
    by_id: HashMap<String, usize>,
}

impl Log {
    /// Appends an event and gives its id.
    pub(crate) fn add(&mut self, customer: &str, occurred: i64, recorded: i64, kind: Kind) -> String {
        self.add_event(RecordedEvent {
            customer: customer.to_owned(),
            occurred_at: Some(wire(occurred)),
            recorded_at: Some(wire(recorded)),
            payload: Payload { kind: Some(kind) }.encode_to_vec().into(),
            ..RecordedEvent::default()
        })
    }

    /// Appends an event; what is not given is filled in.
    pub(crate) fn add_event(&mut self, mut event: RecordedEvent) -> String {
        event.position = self.events.len() as u64 + 1;
        event.id = EventId::from_u128(0x1234_5678 << 64 | u128::from(event.position)).to_string();
        if event.r#type.is_empty() {
            let number = event_type::payload_field(&event.payload).unwrap();
            event.r#type = event_type::name_of_field(number).unwrap().to_owned();
        }
        self.by_id.insert(event.id.clone(), self.events.len());
        let content = Payload::decode(event.payload.clone()).ok().and_then(|payload| payload.kind);
        self.contents.push(content.unwrap_or_else(|| Kind::Custom(Custom::default())));
        self.events.push(event.clone());
        event.id
    }

    /// The last event, to be completed.
    pub(crate) fn last(&mut self) -> &mut RecordedEvent {
        self.events.last_mut().unwrap()
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<usize> {
        self.by_id.get(&id.to_lowercase()).copied()
    }

    /// A store with all of it, in the given directory.
    pub(crate) fn project(&self, dir: &Path) -> Store {
        let store = Store::open(dir).unwrap();
        store.apply(&encoded(&self.events), self).unwrap();
        store
    }
}

impl EventSource for Log {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(position.0.checked_sub(1).and_then(|index| self.events.get(index as usize)).cloned())
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(self.index_of(id).map(|index| self.events[index].clone()))
    }

    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError> {
        let tagged = self.events.iter().filter(|event| event.tags.iter().any(|one| one == tag));
        Ok(tagged.map(|event| Position(event.position)).collect())
    }
}

/// T and K.
pub(crate) const fn as_of(occurred_until: Timestamp, recorded_until: Timestamp) -> AsOf {
    AsOf { occurred_until, recorded_until }
}

/// The answer to a request for a timeline.
pub(crate) fn ask(
    rows: &dyn Rows,
    request: &TimelineRequest,
    occurred_until: Timestamp,
    recorded_until: Timestamp,
    log: &Log,
) -> Result<TimelineResponse, ReadError> {
    let (as_of, events) = (as_of(occurred_until, recorded_until), rows.own_events().unwrap_or(log));
    let asked =
        model::Asked { as_of, zone: &TimeZone::UTC, figure: None, skip: 0, events, beside: &[], kept: None };
    match Timeline::answer(request, rows, &asked) {
        Ok(answered) => Ok(answered.response),
        Err(AskError::Read(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

/// Makes a store whose kept sums have blocks and chunks of so many changes.
pub(crate) fn small_blocks(dir: &Path, block: usize, chunk: usize) -> Store {
    drop(Store::open(dir).unwrap());
    let live = std::fs::read_to_string(dir.join("funnel.live")).unwrap();
    let connection = rusqlite::Connection::open(dir.join(format!("funnel-{live}.sqlite"))).unwrap();
    let sizes = [("sum_block", block), ("sum_chunk", chunk)];
    for (name, size) in sizes.map(|(name, size)| (name, i64::try_from(size).unwrap())) {
        connection.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", (name, size)).unwrap();
    }
    drop(connection);
    Store::open(dir).unwrap()
}

/// Events as the log stores them.
pub(crate) fn encoded(events: &[RecordedEvent]) -> Vec<EncodedEvent> {
    let encoded =
        |event: &RecordedEvent| EncodedEvent::new(Position(event.position), event.encode_to_vec().into());
    events.iter().map(encoded).collect()
}

/// Events as the log is read, so many at once.
pub(crate) fn chunks(events: &[RecordedEvent], at_once: usize) -> impl Iterator<Item = Chunk> {
    events.chunks(at_once).map(|events| Ok(encoded(events).into()))
}

/// An actor of this id.
pub(crate) fn actor(id: &str) -> Option<Actor> {
    Some(Actor {
        id: id.to_owned(),
        role: format!("role of {id}"),
        department: format!("department of {id}"),
        branch: format!("branch of {id}"),
        ..Actor::default()
    })
}

/// Every row of every table of a store, as text; ids of views' generations left out. How the kept sums are cut into
/// blocks depends on the batches: they are checked against the deals instead.
pub(crate) fn dump(dir: &Path) -> Vec<String> {
    assert!(Store::open(dir).unwrap().rows(View::Funnel).unwrap().sums_are_right().unwrap());
    let mut lines = Vec::new();
    for view in View::ALL.map(View::name) {
        let live = std::fs::read_to_string(dir.join(format!("{view}.live"))).unwrap();
        let path = dir.join(format!("{view}-{live}.sqlite"));
        let connection = rusqlite::Connection::open(path).unwrap();
        let mut tables = connection
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 4) <> 'sum_' ORDER BY 1")
            .unwrap();
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        for table in tables {
            let mut rows = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = rows.column_count();
            let found = rows.query_map([], |row| {
                let values: Vec<_> =
                    (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect();
                Ok(format!("{view} {table} {values:?}"))
            });
            lines.extend(found.unwrap().map(Result::unwrap));
        }
    }
    lines.sort();
    lines
}

/// What tests ask of rows, in one call each.
pub(crate) trait Asked: Rows {
    fn answers(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<ResponseRow>, ReadError> {
        match self.of_survey(survey)? {
            Some(filter) => self.all(&filter, as_of),
            None => Ok(Vec::new()),
        }
    }

    fn sents(&self, as_of: AsOf, survey: Option<&str>) -> Result<Vec<SentRow>, ReadError> {
        match self.of_survey(survey)? {
            Some(filter) => self.all(&filter, as_of),
            None => Ok(Vec::new()),
        }
    }

    fn of_survey(&self, survey: Option<&str>) -> Result<Option<Filter>, ReadError> {
        let Some(survey) = survey else { return Ok(Some(Filter::all())) };
        let number = self.number(Dictionary::Survey, survey)?;
        Ok(number.map(|number| Filter::all().and("survey", vec![number.cell()])))
    }

    fn leads(&self, as_of: AsOf) -> Result<Vec<LeadRow>, ReadError> {
        self.all(&Filter::all(), as_of)
    }

    fn sums(&self, as_of: AsOf) -> Result<FunnelSums, ReadError> {
        self.deal_sums(as_of)
    }

    fn deal_name(&self, deal: ObjectId) -> Result<String, ReadError> {
        self.name(Dictionary::Deal, deal)
    }

    fn party(&self, name: &str) -> Result<Option<ObjectId>, ReadError> {
        self.number(Dictionary::Party, name)
    }
}

impl<T: Rows + ?Sized> Asked for T {}
