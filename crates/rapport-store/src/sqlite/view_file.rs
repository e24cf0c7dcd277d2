//! One generation of one view: its file, its writer, its readers.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rapport_model::Position;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    ApplyError, EncodedEvent, EventSource, Forgotten, SetAside, StoreError, View,
    by_halves::ByHalves,
    error::InView,
    read::SET_ASIDE_TOLD,
    sqlite::{damage::is_damage, generation, pace::Pace, schema, writer::Writer},
};

/// Idle read connections kept; each holds up to 2 MB of pages.
const IDLE_READERS_MAX: usize = 8;

/// Below so many events a question takes some milliseconds, and starting a thread a part of that.
const SHARED_FROM: u64 = 300_000;

/// A lost power line may take the last commits, never half of one: the events are in the log and come again.
const LIVE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;
                    PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;";

/// An interrupted build starts again from the first event: it needs no journal, and waits for the disk only at the end.
pub(super) const BUILDING: &str =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;
                        PRAGMA temp_store = MEMORY;";

/// What is deleted is overwritten: a page that is free again holds nothing of it.
const NO_RESIDUE: &str = "PRAGMA secure_delete = ON;";

/// A view's file in use. The file is deleted with the last user when it was replaced by another.
pub(crate) struct ViewFile {
    view: View,
    path: PathBuf,
    writer: Mutex<Option<Writer>>,
    aside: Mutex<ByHalves>,
    idle_readers: Mutex<Vec<Connection>>,
    committed: AtomicU64,
    taken: AtomicU64,
    /// How many, and the position of the last.
    set_aside: [AtomicU64; 2],
    /// From how many events on a question may use several processors.
    shared_from: AtomicU64,
    is_building: AtomicBool,
    has_failed: AtomicBool,
    replaced: AtomicBool,
    /// What was found damaged in it.
    damage: OnceLock<String>,
}

impl ViewFile {
    /// Opens a generation, and makes its tables when it is new.
    pub(crate) fn open(dir: &Path, view: View, generation: u64) -> Result<Self, StoreError> {
        let path = generation::path(dir, view, generation);
        let is_new = !path.exists();
        let connection = connect(&path, view, LIVE)?;
        if is_new {
            schema::create(&connection, view)?;
        } else {
            schema::check(&connection, view)?;
        }
        Self::with_writer_of(Writer::new(connection, view)?, view, path, false)
    }

    /// Makes a new generation, which is written as a whole: [`ViewFile::end_build`] must come before it is read.
    pub(crate) fn build(dir: &Path, view: View, generation: u64) -> Result<Self, StoreError> {
        let path = generation::path(dir, view, generation);
        generation::delete(&path);
        let connection = connect(&path, view, BUILDING)?;
        schema::create(&connection, view)?;
        let writer = Writer::building(connection, view, &generation::runs_path(&path))?;
        Self::with_writer_of(writer, view, path, true)
    }

    fn with_writer_of(
        writer: Writer,
        view: View,
        path: PathBuf,
        is_building: bool,
    ) -> Result<Self, StoreError> {
        let file = Self {
            view,
            path,
            committed: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            set_aside: [const { AtomicU64::new(0) }; 2],
            shared_from: AtomicU64::new(SHARED_FROM),
            is_building: AtomicBool::new(is_building),
            has_failed: AtomicBool::new(false),
            replaced: AtomicBool::new(false),
            damage: OnceLock::new(),
            writer: Mutex::new(None),
            aside: Mutex::new(ByHalves::new(view)),
            idle_readers: Mutex::new(Vec::new()),
        };
        file.publish(&writer)?;
        *file.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
        Ok(file)
    }

    /// The view that it is of.
    pub(crate) const fn view(&self) -> View {
        self.view
    }

    /// From which position on a question may use several processors.
    pub(crate) fn shared_from(&self) -> Position {
        Position(self.shared_from.load(Ordering::Relaxed))
    }

    pub(crate) fn share_from(&self, position: Position) {
        self.shared_from.store(position.0, Ordering::Relaxed);
    }

    /// The last event whose rows can be read.
    pub(crate) fn committed(&self) -> Position {
        Position(self.committed.load(Ordering::Acquire))
    }

    /// The last event taken.
    pub(crate) fn taken(&self) -> Position {
        Position(self.taken.load(Ordering::Acquire))
    }

    /// How many events could not be read or stored, at the last commit, and the last of them.
    pub(crate) fn set_aside(&self) -> (u64, Position) {
        let [count, last] = &self.set_aside;
        (count.load(Ordering::Acquire), Position(last.load(Ordering::Acquire)))
    }

    /// Applies the events that it does not have. A build that failed takes no more events. At [`Pace::Following`] an
    /// event that the file refuses for its content is set aside.
    pub(crate) fn apply(
        &self,
        events: &[EncodedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<(), ApplyError> {
        if pace == Pace::CatchingUp || self.is_building.load(Ordering::Acquire) {
            return self.take(events, pace, source);
        }
        let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
        aside.apply(events, &mut |events: &[EncodedEvent]| self.take(events, pace, source))
    }

    fn take(
        &self,
        events: &[EncodedEvent],
        pace: Pace,
        source: &(impl EventSource + ?Sized),
    ) -> Result<(), ApplyError> {
        let mut guard = self.writer.lock().map_err(|_| self.stopped())?;
        let writer = guard.as_mut().ok_or_else(|| self.stopped())?;
        // After a panic it goes back to its last commit, as after a failure.
        let applied = catch_unwind(AssertUnwindSafe(|| writer.apply(events, pace, source)));
        let applied = applied.unwrap_or_else(|_| {
            writer.give_up();
            Err(self.stopped().into())
        });
        let published = self.publish(writer);
        if applied.is_err() && self.is_building.load(Ordering::Acquire) {
            *guard = None;
            self.has_failed.store(true, Ordering::Release);
        }
        applied.map_err(|error| match error {
            ApplyError::Store(error) => ApplyError::Store(self.seen_in(error)),
            ApplyError::Source { .. }
            | ApplyError::Log { .. }
            | ApplyError::Gap { .. }
            | ApplyError::Several(_) => error,
        })?;
        Ok(published.map_err(|error| self.seen_in(error))?)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What was found damaged in it.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    /// The result of asking the database; damage is remembered.
    pub(crate) fn asked<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.in_view(self.view).map_err(|error| self.seen_in(error))
    }

    fn seen_in(&self, error: StoreError) -> StoreError {
        if let StoreError::Database { view, source } = &error
            && is_damage(source)
        {
            let why = self.damage.get_or_init(|| source.to_string()).clone();
            return StoreError::Damaged { view: *view, path: self.path.clone(), why };
        }
        error
    }

    /// Whether it is a build that came to nothing.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// Ends a build: the file is whole and on disk, and from now on written as a live one. Does nothing later.
    pub(crate) fn end_build(&self) -> Result<(), ApplyError> {
        if !self.is_building.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut guard = self.writer.lock().map_err(|_| self.stopped())?;
        guard.take().ok_or_else(|| self.stopped())?.finish()?;
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|source| StoreError::File { path: self.path.clone(), source })?;
        let writer = Writer::new(connect(&self.path, self.view, LIVE)?, self.view)?;
        self.publish(&writer)?;
        *guard = Some(writer);
        self.is_building.store(false, Ordering::Release);
        Ok(())
    }

    /// Moves everything into the one file, which is then whole without its write-ahead log.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        let guard = self.writer.lock().map_err(|_| self.stopped())?;
        guard.as_ref().ok_or_else(|| self.stopped())?.checkpoint()
    }

    /// Forgets what customers are known by; see [`Writer::forget`].
    pub(crate) fn forget(&self, ids: &[&str]) -> Result<Forgotten, ApplyError> {
        // Readers that wait for a question would hold the write-ahead log.
        self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut guard = self.writer.lock().map_err(|_| self.stopped())?;
        guard.as_mut().ok_or_else(|| self.stopped())?.forget(ids)
    }

    /// The file is no longer the live one.
    pub(crate) fn replace(&self) {
        self.replaced.store(true, Ordering::Release);
    }

    /// A connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = self.asked(Connection::open_with_flags(&self.path, flags))?;
        connection.set_prepared_statement_cache_capacity(64);
        self.asked(compile_once(&connection))?;
        self.asked(connection.execute_batch("PRAGMA temp_store = MEMORY"))?;
        Ok(connection)
    }

    /// The latest events that were set aside, the latest first.
    pub(crate) fn last_set_aside(&self) -> Result<Vec<SetAside>, StoreError> {
        let connection = self.reader()?;
        let ask = || -> rusqlite::Result<Vec<SetAside>> {
            let select = "SELECT position, reason FROM set_aside ORDER BY position DESC LIMIT ?1";
            let mut statement = connection.prepare_cached(select)?;
            let aside = statement.query_map([SET_ASIDE_TOLD], |row| {
                Ok(SetAside {
                    position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
                    reason: row.get(1)?,
                })
            })?;
            aside.collect()
        };
        let found = self.asked(ask())?;
        self.give_back(connection);
        Ok(found)
    }

    /// Takes a reading connection back.
    pub(crate) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS_MAX {
            idle.push(connection);
        }
    }

    const fn stopped(&self) -> StoreError {
        StoreError::Stopped { view: self.view }
    }

    fn publish(&self, writer: &Writer) -> Result<(), StoreError> {
        let was = self.committed.swap(writer.committed().0, Ordering::AcqRel);
        self.taken.store(writer.taken().0, Ordering::Release);
        if was != writer.committed().0 {
            let (count, last) = writer.set_aside()?;
            for (gauge, value) in self.set_aside.iter().zip([count, last.0]) {
                gauge.store(value, Ordering::Release);
            }
        }
        Ok(())
    }
}

/// Plans never depend on the values of parameters. SQLite otherwise compiles a statement anew each time that another
/// value is bound to a parameter that an index or an estimate could use: a third of the time of a timeline's page.
fn compile_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Opens a file for writing, or makes it.
pub(super) fn connect(path: &Path, view: View, pragmas: &str) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).in_view(view)?;
    compile_once(&connection).in_view(view)?;
    connection.execute_batch(pragmas).in_view(view)?;
    if view.is_personal() {
        connection.execute_batch(NO_RESIDUE).in_view(view)?;
    }
    Ok(connection)
}

impl Drop for ViewFile {
    fn drop(&mut self) {
        if !self.replaced.load(Ordering::Acquire) {
            return;
        }
        // Connections close before their file goes.
        *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        generation::delete(&self.path);
    }
}
