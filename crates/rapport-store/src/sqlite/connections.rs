//! The connections of one snapshot: all of them see the same commit.

use std::{
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hashbrown::{HashMap, HashSet};
use rapport_model::Position;
use rusqlite::Connection;

use crate::sqlite::{schema::meta, view_file::ViewFile};

/// No question takes more processors than this.
const HELPERS_MAX: usize = 3;

/// Helpers at work, of all questions: together they leave one processor to everything else.
static HELPERS: AtomicUsize = AtomicUsize::new(0);

/// A snapshot's own connection, and those of helpers, which are made when a large table is read for the first time.
pub(crate) struct Connections {
    file: Arc<ViewFile>,
    own: Connection,
    /// `None` until they are made.
    beside: Mutex<Option<Vec<Connection>>>,
    excluded: Mutex<HashMap<String, Arc<HashSet<i64>>>>,
}

impl Connections {
    pub(crate) fn begin(file: Arc<ViewFile>) -> Result<Self, crate::ReadError> {
        let own = file.reader()?;
        file.asked(own.execute_batch("BEGIN"))?;
        Ok(Self { file, own, beside: Mutex::new(None), excluded: Mutex::default() })
    }

    /// What filters of this snapshot have excluded so far, by what they say.
    pub(crate) const fn excluded(&self) -> &Mutex<HashMap<String, Arc<HashSet<i64>>>> {
        &self.excluded
    }

    pub(crate) const fn own(&self) -> &Connection {
        &self.own
    }

    /// Lends connections beside the own one, as many as there are processors to spare; none where the view has fewer
    /// events than pay for it, or was written since the snapshot began.
    pub(crate) fn helpers(&self) -> Helpers<'_> {
        let mut beside = self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = beside.get_or_insert_with(|| self.make().unwrap_or_default());
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let spare = processors.saturating_sub(1).min(HELPERS_MAX);
        let mut lent = Vec::new();
        while HELPERS.fetch_add(1, Ordering::AcqRel) < spare {
            match idle.pop() {
                Some(connection) => lent.push(connection),
                None => break,
            }
        }
        HELPERS.fetch_sub(1, Ordering::AcqRel);
        Helpers { of: self, lent }
    }

    /// One that cannot be had is missed by nobody: the own connection reads everything then.
    fn make(&self) -> Result<Vec<Connection>, crate::ReadError> {
        let commit = |connection: &Connection| -> rusqlite::Result<[i64; 2]> {
            Ok([meta(connection, "position")?, meta(connection, "recorded_max")?])
        };
        let own = self.file.asked(commit(&self.own))?;
        let [position, _] = own;
        let mut made = Vec::new();
        if Position(position.cast_unsigned()) < self.file.shared_from() {
            return Ok(made);
        }
        for _ in 0..HELPERS_MAX {
            let connection = self.file.reader()?;
            self.file.asked(connection.execute_batch("BEGIN"))?;
            if self.file.asked(commit(&connection))? != own {
                end(&self.file, connection);
                break;
            }
            made.push(connection);
        }
        Ok(made)
    }
}

impl Connections {
    /// Ends the transactions, and keeps the connections for other snapshots.
    pub(crate) fn end(self) {
        end(&self.file, self.own);
        let beside = self.beside.into_inner().unwrap_or_else(PoisonError::into_inner);
        beside.into_iter().flatten().for_each(|connection| end(&self.file, connection));
    }
}

fn end(file: &ViewFile, connection: Connection) {
    if connection.execute_batch("ROLLBACK").is_ok() {
        file.give_back(connection);
    }
}

/// Connections on loan.
pub(crate) struct Helpers<'a> {
    of: &'a Connections,
    lent: Vec<Connection>,
}

impl Helpers<'_> {
    pub(crate) const fn len(&self) -> usize {
        self.lent.len()
    }

    /// One a thread.
    pub(crate) fn each(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.lent.iter_mut()
    }
}

impl Drop for Helpers<'_> {
    fn drop(&mut self) {
        HELPERS.fetch_sub(self.lent.len(), Ordering::AcqRel);
        let mut beside = self.of.beside.lock().unwrap_or_else(PoisonError::into_inner);
        beside.get_or_insert_default().append(&mut self.lent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::View;

    /// How many help one of two snapshots, of which the first lends; tries again while other tests have the helpers.
    fn most_lent(connections: &Connections) -> usize {
        (0..1_000)
            .map(|_| {
                thread::yield_now();
                connections.helpers().len()
            })
            .max()
            .unwrap_or_default()
    }

    #[test]
    fn helpers_leave_a_processor_and_come_to_large_views_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = Arc::new(ViewFile::open(dir.path(), View::Facts, 1).unwrap());
        let spare = thread::available_parallelism().map_or(1, NonZero::get) - 1;
        let spare = spare.min(HELPERS_MAX);
        assert_eq!(most_lent(&Connections::begin(Arc::clone(&file)).unwrap()), 0, "the view is small");
        file.share_from(Position(0));
        let connections = Connections::begin(Arc::clone(&file)).unwrap();
        assert_eq!(most_lent(&connections), spare);
        let other = Connections::begin(Arc::clone(&file)).unwrap();
        if spare > 0 {
            let lent = loop {
                let lent = connections.helpers();
                if lent.len() == spare {
                    break lent;
                }
            };
            assert_eq!(other.helpers().len(), 0, "all helpers are at work");
            drop(lent);
        }
        assert_eq!(most_lent(&other), spare);
        connections.end();
        other.end();
    }
}
