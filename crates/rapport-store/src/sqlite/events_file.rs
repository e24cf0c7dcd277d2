//! A copy of the events of a remote source, in the directory of the views that are built from them.
//!
//! Partitions of a topic come in any interleaving, and views need one order. The file keeps each event by its position,
//! and hands events on in that order up to the position that is complete. It also reads single events, as the log does
//! on a server.
//!
//! **Invariant:** checkpoints move in the transaction of the events; a batch that does not begin at its checkpoint
//! changes nothing.

use std::{
    fs::{self, File, TryLockError},
    iter,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use prost::Message;
use rapport_model::{EventId, Position, Timestamp};
use rapport_proto::v1::RecordedEvent;
use rapport_views::projection::recorded_at;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::{
    Store,
    checked::{self, checksum},
    damage::{in_header, is_damage, is_damage_at_open, put_aside, remove},
    schema::{meta, set_meta},
    tagged,
};
use crate::{
    Applied, Checkpoint, Chunk, EncodedEvent, EventSource, OrderedEvents, PartitionBatch, SourceError,
    StoreError,
};

/// In the directory of the views.
const FILE: &str = "events.sqlite";
/// Its name once it was found damaged.
const ASIDE: &str = "events.damaged";
/// Says that the file was found damaged while it was used: the next start puts it aside.
const SUSPECT: &str = "events.suspect";
/// Held by the process that uses the directory.
const LOCK: &str = "lock";
/// The format that this release writes and reads. A file of format 1 has no tags, and one of format 2 no checksums: they get
/// them when they are opened.
const FORMAT: i64 = 3;
/// The first format with tags.
const WITH_TAGS: i64 = 2;
/// Events handed on at once.
const CHUNK_EVENTS: u64 = 2_000;
/// Idle read connections kept.
const IDLE_READERS_MAX: usize = 4;

/// A lost power line may take the last commits, never half of one: what is missing is read again.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;
                       PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;";

/// `id` is NULL when the bytes are not an event; `checksum` only in a file that does not have them yet. `meta` has `format`, and `complete`: the position up to which no
/// event is missing.
const TABLES: &str = "
BEGIN;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (is_the_one INTEGER PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
  position INTEGER PRIMARY KEY, id BLOB UNIQUE, bytes BLOB NOT NULL, checksum INTEGER);
CREATE TABLE IF NOT EXISTS checkpoint (
  partition INTEGER PRIMARY KEY, epoch TEXT NOT NULL, next_offset INTEGER NOT NULL, position INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL);
";

/// All events up to a position, in a file. A handle: clones are of the same file.
#[derive(Clone)]
pub struct EventsFile {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: Mutex<Connection>,
    idle_readers: Mutex<Vec<Connection>>,
    /// Locked for as long as the directory is used.
    _lock: File,
}

impl EventsFile {
    /// Opens the file in a directory of views, which is made when it is missing, and keeps others from it.
    ///
    /// # Errors
    /// The directory cannot be used, another process uses it, or it holds something else.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let failed = |source| StoreError::File { path: dir.to_owned(), source };
        let refused = |reason| StoreError::Directory { path: dir.to_owned(), reason };
        fs::create_dir_all(dir).map_err(failed)?;
        let path = dir.join(FILE);
        let is_new = !path.exists();
        // A ledger's own views are in such a directory too, without events.
        let is_ours = |name: &std::ffi::OsStr| {
            name == LOCK || name == "lost+found" || dir.join(ASIDE).exists() || dir.join(SUSPECT).exists()
        };
        for entry in fs::read_dir(dir).map_err(failed)? {
            if is_new && !is_ours(&entry.map_err(failed)?.file_name()) {
                return Err(refused("holds something else than a projector's views"));
            }
        }
        let lock = File::create(dir.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(refused("is used by another process")),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let writer = open_or_begin_anew(dir, &path)?;
        let shared =
            Shared { path, writer: Mutex::new(writer), idle_readers: Mutex::new(Vec::new()), _lock: lock };
        let file = Self { shared: Arc::new(shared) };
        let found = file.wrong(meta(&file.writer(), "format"))?;
        if found > FORMAT {
            return Err(refused("holds the events of a later release: use that"));
        }
        if found < FORMAT {
            file.complete_format(found)?;
        }
        Ok(file)
    }

    /// Makes a file of an earlier format one of this.
    fn complete_format(&self, found: i64) -> Result<(), StoreError> {
        let place = self.shared.path.display();
        tracing::info!(file = %place, "the copy of the events gets what an earlier release did not keep: tags, checksums");
        let mut writer = self.writer();
        if found < WITH_TAGS {
            self.wrong(tagged::fill(&mut writer))?;
        }
        self.wrong(checked::fill(&mut writer))?;
        self.wrong(set_meta(&writer, "format", FORMAT))
    }

    /// How far each partition is.
    ///
    /// # Errors
    /// The database failed.
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreError> {
        self.wrong(checkpoints(&self.writer()))
    }

    /// Says whose events come; the first ledger that is said keeps the file.
    ///
    /// # Errors
    /// The database failed, or the events are another ledger's.
    pub fn belong_to(&self, ledger_id: &str) -> Result<(), StoreError> {
        let writer = self.writer();
        let owner = || {
            writer.execute("INSERT OR IGNORE INTO ledger (is_the_one, id) VALUES (1, ?1)", [ledger_id])?;
            writer.query_row("SELECT id FROM ledger", [], |row| row.get::<_, String>(0))
        };
        let owner = self.wrong(owner())?;
        if owner == ledger_id {
            return Ok(());
        }
        let place = format!("`{}`", self.shared.path.display());
        Err(StoreError::OtherLedger { place, owner, found: ledger_id.to_owned() })
    }

    /// Keeps events. Those that came before, from another incarnation of the topic, are there already.
    ///
    /// # Errors
    /// The database failed, or an event is not what it was; nothing is changed then.
    pub fn apply(&self, batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        let mut writer = self.writer();
        let transaction = self.wrong(writer.transaction())?;
        for batch in batches {
            if !self.wrong(goes_on(&transaction, batch))? {
                self.wrong(transaction.rollback())?;
                return Ok(Applied::Stale { checkpoints: self.wrong(checkpoints(&writer))? });
            }
            for event in batch.events.iter().filter(|event| event.position() > Position::START) {
                if !self.wrong(insert(&transaction, event))? {
                    let place = format!("`{}`", self.shared.path.display());
                    return Err(StoreError::OtherHistory { place, position: event.position() });
                }
            }
            self.wrong(save(&transaction, batch))?;
        }
        self.wrong(transaction.commit())?;
        Ok(Applied::Done)
    }

    /// Says that nothing is missing up to a position. It never goes back.
    ///
    /// # Errors
    /// The database failed.
    pub fn complete(&self, position: Position) -> Result<(), StoreError> {
        let writer = self.writer();
        if self.wrong(position_of(&writer))? < position {
            self.wrong(set_meta(&writer, "complete", position.0.cast_signed()))?;
        }
        Ok(())
    }

    /// Up to where nothing is missing.
    ///
    /// # Errors
    /// The database failed.
    pub fn position(&self) -> Result<Position, StoreError> {
        self.wrong(position_of(&self.writer()))
    }

    /// The events after a position, so many; what the source did not have is there without a content.
    fn after(&self, position: Position) -> Result<Vec<EncodedEvent>, StoreError> {
        let found = self.read(|connection| {
            let complete = position_of(connection)?;
            let last = complete.0.min(position.0.saturating_add(CHUNK_EVENTS));
            let mut statement = connection.prepare_cached(
                "SELECT position, bytes, checksum FROM event WHERE position > ?1 AND position <= ?2 ORDER BY position",
            )?;
            let rows = statement.query_map((position.0.cast_signed(), last.cast_signed()), event)?;
            Ok((rows.collect::<rusqlite::Result<Vec<_>>>()?, last))
        });
        let (found, last) = found?;
        let mut found = found.into_iter().peekable();
        let numbers = position.0.saturating_add(1)..=last;
        let events = numbers.map(|number| {
            let there = found.next_if(|event| event.position().0 == number);
            there.unwrap_or_else(|| EncodedEvent::new(Position(number), Bytes::new()))
        });
        Ok(events.collect())
    }

    fn read<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = self.shared.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.wrong(Connection::open(&self.shared.path))?,
        };
        let answer = self.wrong(ask(&connection));
        let mut idle = self.shared.idle_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
        answer
    }

    /// A panic leaves no transaction open: it is rolled back on its way.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrong<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        if result.as_ref().is_err_and(is_damage)
            && let Err(error) = File::create(self.shared.path.with_file_name(SUSPECT))
        {
            tracing::warn!(%error, "`{SUSPECT}` cannot be written: the next start has to find the damage again");
        }
        result.map_err(|source| StoreError::Events { path: self.shared.path.clone(), source })
    }
}

impl EventSource for EventsFile {
    fn event(&self, position: Position) -> Result<Option<RecordedEvent>, SourceError> {
        let found = self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT position, bytes, checksum FROM event WHERE position = ?1")?;
            statement.query_row([position.0.cast_signed()], checked::read).optional()
        })?;
        decode(found)
    }

    fn event_by_id(&self, id: &str) -> Result<Option<RecordedEvent>, SourceError> {
        let Ok(id) = id.parse::<EventId>() else { return Ok(None) };
        let found = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT position, bytes, checksum FROM event WHERE id = ?1")?;
            statement.query_row([blob(id)], checked::read).optional()
        })?;
        decode(found)
    }
    fn positions_tagged(&self, tag: &str) -> Result<Vec<Position>, SourceError> {
        Ok(self.read(|connection| tagged::find(connection, tag))?)
    }
}

impl OrderedEvents for EventsFile {
    fn chunks_after(&self, position: Position) -> Box<dyn Iterator<Item = Chunk> + '_> {
        let mut position = position;
        Box::new(iter::from_fn(move || match self.after(position) {
            Ok(events) => {
                position = events.last()?.position();
                Some(Ok(Arc::from(events)))
            }
            Err(error) => Some(Err(error.into())),
        }))
    }
}

/// Opens the file. One that is damaged is put aside, and with it the views go that were built of it: everything is read
/// again from the source.
fn open_or_begin_anew(dir: &Path, path: &Path) -> Result<Connection, StoreError> {
    let failed = |source| StoreError::Events { path: path.to_owned(), source };
    let suspect = dir.join(SUSPECT);
    let why = match connect(path) {
        Ok(connection) if !suspect.exists() => return Ok(connection),
        Ok(_) => "a part of it could not be read".to_owned(),
        Err(error) if let Some(why) = in_header(path) => format!("{why}: {error}"),
        Err(error) if is_damage_at_open(&error) => error.to_string(),
        Err(error) => return Err(failed(error)),
    };
    let aside = dir.join(ASIDE);
    let kept = put_aside(path, &aside)?;
    Store::delete(dir)?;
    remove(&suspect).map_err(|source| StoreError::File { path: suspect, source })?;
    tracing::warn!(
        file = %path.display(),
        why,
        damaged_file = %format_args!("{} as {}", kept.as_str(), aside.display()),
        "the copy of the events is damaged: it is put aside, and everything is read again from the source"
    );
    connect(path).map_err(failed)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(PRAGMAS)?;
    // A process that was killed may have left a file without them.
    connection.execute_batch(&[TABLES, tagged::TABLE, "COMMIT;"].concat())?;
    connection.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('format', ?1)", [FORMAT])?;
    Ok(connection)
}

fn position_of(connection: &Connection) -> rusqlite::Result<Position> {
    Ok(Position(meta(connection, "complete")?.cast_unsigned()))
}

fn checkpoints(connection: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    let mut statement = connection.prepare_cached(
        "SELECT partition, epoch, next_offset, position, recorded_at FROM checkpoint ORDER BY partition",
    )?;
    statement.query_map([], checkpoint)?.collect()
}

fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        partition: row.get(0)?,
        epoch: row.get(1)?,
        next_offset: row.get(2)?,
        position: Position(row.get::<_, i64>(3)?.cast_unsigned()),
        recorded_at: Timestamp::from_micros(row.get(4)?),
    })
}

/// Whether a batch goes on where its partition stands; a new incarnation of the topic begins at 0.
fn goes_on(transaction: &Transaction<'_>, batch: &PartitionBatch) -> rusqlite::Result<bool> {
    let mut statement =
        transaction.prepare_cached("SELECT epoch, next_offset FROM checkpoint WHERE partition = ?1")?;
    let stands: Option<(String, i64)> =
        statement.query_row([batch.partition], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(match stands {
        Some((epoch, next_offset)) if epoch == batch.epoch => next_offset == batch.from_offset,
        Some(_) | None => batch.from_offset == 0,
    })
}

/// `false` when another event is at its place, or it has another place.
fn insert(transaction: &Transaction<'_>, event: &EncodedEvent) -> rusqlite::Result<bool> {
    let id = event.parse().ok().and_then(|event| event.id.parse().ok()).map(blob);
    let mut statement = transaction.prepare_cached(
        "INSERT OR IGNORE INTO event (position, id, bytes, checksum) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let (position, bytes) = (event.position().0.cast_signed(), event.bytes().as_ref());
    if statement.execute((position, id, bytes, checksum(position, bytes)))? == 1 {
        tagged::insert(transaction, event)?;
        return Ok(true);
    }
    // The same event may be written otherwise when the topic's format was changed.
    let mut statement = transaction
        .prepare_cached("SELECT count(*) FROM event WHERE position = ?1 AND (id = ?2 OR bytes = ?3)")?;
    Ok(statement.query_row((position, id, bytes), |row| row.get::<_, i64>(0))? == 1)
}

const fn blob(id: EventId) -> [u8; 16] {
    id.as_u128().to_be_bytes()
}

fn save(transaction: &Transaction<'_>, batch: &PartitionBatch) -> rusqlite::Result<()> {
    let last = batch.events.iter().map(EncodedEvent::position).max().unwrap_or_default();
    let known = batch.events.iter().filter_map(|event| event.parse().ok()).map(|event| recorded_at(&event));
    let mut statement = transaction.prepare_cached(
        "INSERT INTO checkpoint (partition, epoch, next_offset, position, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (partition) DO UPDATE SET
           epoch = excluded.epoch, next_offset = excluded.next_offset,
           position = max(position, excluded.position), recorded_at = max(recorded_at, excluded.recorded_at)",
    )?;
    let known = known.max().unwrap_or(Timestamp::MIN).as_micros();
    let row = (batch.partition, &batch.epoch, batch.next_offset, last.0.cast_signed(), known);
    statement.execute(row).map(drop)
}

fn event(row: &Row<'_>) -> rusqlite::Result<EncodedEvent> {
    let (position, bytes) = checked::read(row)?;
    Ok(EncodedEvent::new(Position(position.cast_unsigned()), Bytes::from(bytes)))
}

fn decode(found: Option<(i64, Vec<u8>)>) -> Result<Option<RecordedEvent>, SourceError> {
    Ok(found.map(|(_, bytes)| RecordedEvent::decode(Bytes::from(bytes))).transpose()?)
}
