//! The directory of a ledger: its lock, its description, the names in it.
//!
//! ```text
//! lock                     held by the process that has the ledger open
//! ledger                   format, id and clock; written once
//! generations/0000000001/  journal and sled of a part of history, and `ready` once it may be written to
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::error::{OpenError, StorageError};

const FORMAT_LINE: &str = "rapport ledger 1";

/// What a ledger keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) id: Uuid,
    pub(crate) simulated: bool,
}

/// A locked directory; the lock goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Creates the directory where it is missing, and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, OpenError> {
        let create = || -> io::Result<()> {
            if !path.join("generations").exists() {
                fs::create_dir_all(path.join("generations"))?;
                // The names of the parents become durable as well; a relative path of one name has none.
                let parents = path.ancestors().filter(|parent| !parent.as_os_str().is_empty());
                parents.take(3).try_for_each(sync_directory)?;
            }
            Ok(())
        };
        create().map_err(StorageError::io("creating the ledger's directory"))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"));
        let lock = lock.map_err(StorageError::io("opening the lock file"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked { directory: path.to_owned() }),
            Err(TryLockError::Error(error)) => {
                Err(StorageError::io("locking the ledger's directory")(error).into())
            }
        }
    }

    /// Locks an existing directory.
    pub(crate) fn lock_existing(path: &Path) -> Result<Self, OpenError> {
        if path.join("generations").is_dir() { Self::lock(path) } else { Err(OpenError::NotThere) }
    }

    /// Whether the file `ledger` is the description of a ledger.
    pub(crate) fn is_described(&self) -> Result<bool, StorageError> {
        match fs::read_to_string(self.path.join("ledger")) {
            Ok(text) => Ok(parse(&text).is_some()),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                Ok(false)
            }
            Err(error) => Err(StorageError::io("reading the ledger's description")(error)),
        }
    }

    /// The ledger's description; written now when there is none.
    pub(crate) fn ledger(&self, simulated: bool) -> Result<Ledger, OpenError> {
        let path = self.path.join("ledger");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let ledger = parse(&text).ok_or(OpenError::NoLedger { path })?;
                if ledger.simulated == simulated {
                    Ok(ledger)
                } else {
                    Err(OpenError::OtherClock { simulated: ledger.simulated })
                }
            }
            // A missing description means a new ledger, unless generations show that the file was deleted.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.has_ready_generation() => {
                let ledger = Ledger { id: Uuid::new_v4(), simulated };
                self.write_ledger(&path, ledger)
                    .map_err(StorageError::io("writing the ledger's description"))?;
                Ok(ledger)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                Err(OpenError::NoLedger { path })
            }
            Err(error) => Err(StorageError::io("reading the ledger's description")(error).into()),
        }
    }

    /// The numbers of all generations, ascending.
    pub(crate) fn generations(&self) -> Result<Vec<u64>, StorageError> {
        let listing = StorageError::io("listing the generations");
        let entries =
            fs::read_dir(self.path.join("generations")).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let names =
            entries.map_err(listing)?.into_iter().filter_map(|entry| entry.file_name().into_string().ok());
        let mut numbers: Vec<_> = names.filter_map(|name| name.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Where a generation is.
    pub(crate) fn generation(&self, number: u64) -> PathBuf {
        self.path.join("generations").join(format!("{number:010}"))
    }

    fn has_ready_generation(&self) -> bool {
        let numbers = self.generations().unwrap_or_default();
        numbers.iter().any(|number| self.generation(*number).join("ready").exists())
    }

    fn write_ledger(&self, path: &Path, ledger: Ledger) -> io::Result<()> {
        let clock = if ledger.simulated { "simulated" } else { "system" };
        write_whole(path, &format!("{FORMAT_LINE}\nid {}\nclock {clock}\n", ledger.id))
    }
}

/// Writes a file that is there with all its content or not at all, whatever happens meanwhile.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parse(text: &str) -> Option<Ledger> {
    let mut lines = text.lines();
    lines.next().filter(|line| *line == FORMAT_LINE)?;
    let id = lines.next()?.strip_prefix("id ")?.parse().ok()?;
    let simulated = match lines.next()?.strip_prefix("clock ")? {
        "system" => false,
        "simulated" => true,
        _ => return None,
    };
    Some(Ledger { id, simulated })
}
