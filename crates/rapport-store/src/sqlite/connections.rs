//! The connections of one snapshot: all of them see the same commit.

use std::{
    cell::RefCell,
    num::NonZero,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hashbrown::HashSet;
use rapport_model::Position;
use rapport_views::{
    answers::AsOf,
    table::{Condition, Without},
};
use rusqlite::Connection;

use crate::{
    ReadError,
    sqlite::{schema::meta, view_file::ViewFile},
};

/// No question takes more helpers than this.
const HELPERS_MAX: usize = 3;

/// The most helpers of all questions together, which leaves one processor to everything else.
static SPARE: LazyLock<usize> = LazyLock::new(|| {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    processors.saturating_sub(1).min(HELPERS_MAX)
});

/// Helpers at work, of all questions.
static HELPERS: AtomicUsize = AtomicUsize::new(0);

/// A snapshot's own connection, those of its helpers, and what its filters exclude.
pub(crate) struct Connections {
    file: Arc<ViewFile>,
    own: Connection,
    /// `None` until a large table is read for the first time.
    beside: RefCell<Option<Vec<Connection>>>,
    collected: RefCell<Vec<Collected>>,
}

/// What a filter excludes as of a moment.
struct Collected {
    column: &'static str,
    table: &'static str,
    condition: Condition,
    as_of: AsOf,
    these: Arc<HashSet<i64>>,
}

impl Connections {
    pub(crate) fn begin(file: Arc<ViewFile>) -> Result<Self, ReadError> {
        let own = file.reader()?;
        file.asked(own.execute_batch("BEGIN"))?;
        Ok(Self { file, own, beside: RefCell::default(), collected: RefCell::default() })
    }

    pub(crate) const fn own(&self) -> &Connection {
        &self.own
    }

    /// What was collected before for the same.
    pub(crate) fn collected(&self, of: &Without, as_of: AsOf) -> Option<Arc<HashSet<i64>>> {
        let all = self.collected.borrow();
        let is_same = |one: &&Collected| {
            (one.column, one.table, one.as_of) == (of.column, of.table.name, as_of)
                && one.condition == of.condition
        };
        all.iter().find(is_same).map(|one| Arc::clone(&one.these))
    }

    /// Keeps what was collected until the snapshot ends.
    pub(crate) fn collect(&self, of: &Without, as_of: AsOf, these: HashSet<i64>) -> Arc<HashSet<i64>> {
        let (column, table, condition) = (of.column, of.table.name, of.condition.clone());
        let these = Arc::new(these);
        self.collected.borrow_mut().push(Collected {
            column,
            table,
            condition,
            as_of,
            these: Arc::clone(&these),
        });
        these
    }

    /// Lends connections beside the own one, as many as there are idle processors; none where the view has fewer events
    /// than pay for it, or was written since the snapshot began.
    pub(crate) fn helpers(&self) -> Helpers<'_> {
        let mut beside = self.beside.borrow_mut();
        // Without them the own connection reads alone, and meets what they met.
        let idle = beside.get_or_insert_with(|| self.make().unwrap_or_default());
        let mut lent = Vec::new();
        while !idle.is_empty() && HELPERS.fetch_add(1, Ordering::AcqRel) < *SPARE {
            lent.extend(idle.pop());
        }
        if !idle.is_empty() {
            // The last one counted has no processor.
            HELPERS.fetch_sub(1, Ordering::AcqRel);
        }
        Helpers { of: self, lent }
    }

    fn make(&self) -> Result<Vec<Connection>, ReadError> {
        let commit = |connection: &Connection| -> rusqlite::Result<[i64; 2]> {
            Ok([meta(connection, "position")?, meta(connection, "recorded_max")?])
        };
        let own = self.file.asked(commit(&self.own))?;
        let [position, _] = own;
        let is_large = Position(position.cast_unsigned()) >= self.file.shared_from();
        // Forgetting commits without another position, so that two commits would look the same.
        if !is_large || self.file.view().is_personal() {
            return Ok(Vec::new());
        }
        let mut made = Vec::new();
        for _ in 0..*SPARE {
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

    /// Ends the transactions, and keeps the connections for other snapshots.
    pub(crate) fn end(self) {
        end(&self.file, self.own);
        let beside = self.beside.into_inner().unwrap_or_default();
        beside.into_iter().for_each(|connection| end(&self.file, connection));
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
        self.of.beside.borrow_mut().get_or_insert_default().append(&mut self.lent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::View;

    /// How many help at most; asks again, since other tests may have the helpers.
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
        let spare = (thread::available_parallelism().unwrap().get() - 1).min(HELPERS_MAX);
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
        let directory = Arc::new(ViewFile::open(dir.path(), View::Directory, 1).unwrap());
        directory.share_from(Position(0));
        assert_eq!(most_lent(&Connections::begin(directory).unwrap()), 0, "a personal view is read alone");
        connections.end();
        other.end();
    }
}
