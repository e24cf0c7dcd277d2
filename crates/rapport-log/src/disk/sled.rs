//! The only module that names sled: blocks of one generation, by their first position.
//!
//! Three things about sled 0.34.7 decide what is here:
//! * Its `flush` ends in `sync_file_range`, which on Linux makes neither the file's new length nor the device's
//!   cache durable. So every write ends in an `fdatasync` of its file.
//! * A tree node larger than a quarter of a segment is written to a file of its own that is never synced. Nodes
//!   hold at most 17 values, so segments are 72 times the size of a block, and where an event was larger than a
//!   block those files are synced here.
//! * Its cache forgets nothing before some thousand reads. So generations that are no longer appended to are
//!   closed after a while (see `generation`), and the cache is left small.

mod trees;

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{Mutex, RwLock},
    thread,
    time::Duration,
};

use bytes::Bytes;
use rapport_model::Position;

use self::trees::Trees;
use crate::{
    disk::{directory::sync_directory, ready::Ready},
    error::StorageError,
    lock,
};

/// sled's folder in that of a generation, and the name of a damaged one.
pub(crate) const FOLDER: &str = "sled";
pub(crate) const ASIDE: &str = "sled.damaged";
const CACHE_BYTES: u64 = 16 << 20;
/// Values in a node before it is split, with those that come while it is; four nodes in a segment.
const BLOCKS_A_SEGMENT: usize = 72;
/// After it is dropped, sled releases its file from another thread.
const REOPEN_TRIES: u32 = 200;

/// One sled directory.
#[derive(Debug)]
pub(crate) struct Sled {
    pub(crate) ready: Ready,
    db: sled::Db,
    trees: RwLock<Trees>,
    file: File,
    blobs: PathBuf,
    /// Node files that are durable; `None` as long as no value can have caused one.
    synced_blobs: Mutex<Option<HashSet<OsString>>>,
}

impl Sled {
    /// Makes a new, empty sled, durable with its directory; what a crash left of an earlier try is deleted.
    pub(crate) fn create(dir: &Path, block_bytes_max: usize) -> Result<Self, StorageError> {
        remove(dir)?;
        let segment_bytes =
            (block_bytes_max * BLOCKS_A_SEGMENT).next_power_of_two().clamp(512 << 10, 16 << 20);
        let make = || -> io::Result<()> { fs::create_dir_all(dir) };
        make().map_err(StorageError::io("creating a generation"))?;
        let sled = Self::open_with(dir, Ready::new(segment_bytes))?;
        sled.db.flush().map_err(StorageError::sled("creating a generation"))?;
        sync_all(dir, sled.ready).map_err(StorageError::io("creating a generation"))?;
        Ok(sled)
    }

    /// Opens sled's folder; `None` when its creation was never finished.
    pub(crate) fn open(dir: &Path) -> Result<Option<Self>, StorageError> {
        Ready::read(dir)?.map(|ready| Self::open_with(dir, ready)).transpose()
    }

    /// Opens sled's folder as `ready` describes it. On some damaged files sled panics; that is an error like others.
    pub(crate) fn open_with(dir: &Path, ready: Ready) -> Result<Self, StorageError> {
        // After a panic nothing that the closure touched is used again.
        panic::catch_unwind(AssertUnwindSafe(|| Self::open_unguarded(dir, ready)))
            .unwrap_or_else(|_| Err(StorageError::panicked("opening a generation")))
    }

    fn open_unguarded(dir: &Path, ready: Ready) -> Result<Self, StorageError> {
        let path = dir.join(FOLDER);
        let config = sled::Config::new()
            .path(&path)
            .cache_capacity(CACHE_BYTES)
            .segment_size(ready.segment_bytes)
            .mode(sled::Mode::HighThroughput)
            .flush_every_ms(None);
        let mut opened = config.open();
        for _ in 0..REOPEN_TRIES {
            match &opened {
                Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                    thread::sleep(Duration::from_millis(5));
                    opened = config.open();
                }
                Ok(_) | Err(_) => break,
            }
        }
        let db = opened.map_err(StorageError::sled("opening a generation"))?;
        let trees =
            Trees::open(&db, ready.segment_bytes).map_err(StorageError::sled("opening a generation"))?;
        let file = File::open(path.join("db")).map_err(StorageError::io("opening a generation"))?;
        let blobs = path.join("blobs");
        let known = names(&blobs).map_err(StorageError::io("opening a generation"))?;
        let synced_blobs = Mutex::new((!known.is_empty()).then_some(known));
        Ok(Self { ready, trees: RwLock::new(trees), db, file, blobs, synced_blobs })
    }

    /// Stores blocks that come after all others; durable when it returns. A crash before can leave the first of them
    /// without the rest: what sled finds again is always what was written first.
    pub(crate) fn write(&self, blocks: &[(Position, Bytes)]) -> Result<(), StorageError> {
        if blocks.iter().any(|(_, block)| block.len() > self.ready.segment_bytes / BLOCKS_A_SEGMENT) {
            lock::mutex(&self.synced_blobs).get_or_insert_default();
        }
        for (first, block) in blocks {
            self.insert(*first, block).map_err(StorageError::sled("writing a block"))?;
        }
        self.sync()
    }

    fn insert(&self, first: Position, block: &[u8]) -> sled::Result<()> {
        let tree = lock::write(&self.trees).take_next(&self.db, first, block.len())?;
        tree.insert(first.0.to_be_bytes(), block).map(|_before| ())
    }

    /// Removes a block; durable when it returns.
    pub(crate) fn remove(&self, first: Position) -> Result<(), StorageError> {
        let removed = lock::read(&self.trees).tree_of(first, &self.db).remove(first.0.to_be_bytes());
        removed.map_err(StorageError::sled("removing a block"))?;
        self.sync()
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.db.flush().map_err(StorageError::sled("flushing a block"))?;
        self.sync_blobs().map_err(StorageError::io("flushing a block"))?;
        self.file.sync_data().map_err(StorageError::io("flushing a block"))
    }

    fn sync_blobs(&self) -> io::Result<()> {
        let mut synced = lock::mutex(&self.synced_blobs);
        let Some(synced) = synced.as_mut() else { return Ok(()) };
        let now = names(&self.blobs)?;
        if now.is_subset(synced) {
            return Ok(());
        }
        for name in now.difference(synced) {
            match File::open(self.blobs.join(name)) {
                Ok(file) => file.sync_all()?,
                // Replaced meanwhile, so nothing depends on it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        *synced = now;
        sync_directory(&self.blobs)
    }

    /// The bytes of the block that begins with a position; shared with sled's cache.
    pub(crate) fn block(&self, first: Position) -> Result<Option<Bytes>, StorageError> {
        let value = lock::read(&self.trees).tree_of(first, &self.db).get(first.0.to_be_bytes());
        let value = value.map_err(StorageError::sled("reading a block"))?;
        Ok(value.map(Bytes::from_owner))
    }

    /// The last block and the position of its key.
    pub(crate) fn last(&self) -> Result<Option<(Position, Bytes)>, StorageError> {
        for tree in lock::read(&self.trees).backwards() {
            let entry = tree.last().map_err(StorageError::sled("reading a block"))?;
            if let Some((key, value)) = entry {
                return Ok(Some((position(&key), Bytes::from_owner(value))));
            }
        }
        Ok(None)
    }

    /// The blocks from a key on, ascending, with the positions of their keys; a key that is no position counts as 0.
    pub(crate) fn blocks_from(
        &self,
        key: Position,
    ) -> impl Iterator<Item = Result<(Position, Bytes), StorageError>> + use<> {
        let trees = lock::read(&self.trees).from(key);
        trees.into_iter().flat_map(move |tree| tree.range(key.0.to_be_bytes()..)).map(|entry| {
            let (key, value) = entry.map_err(StorageError::sled("reading a block"))?;
            Ok((position(&key), Bytes::from_owner(value)))
        })
    }
}

/// Whether a generation has sled's file, with something in it: `ready` is written after that.
pub(crate) fn is_there(dir: &Path) -> bool {
    fs::metadata(dir.join(FOLDER).join("db")).is_ok_and(|file| file.len() > 0)
}

fn position(key: &[u8]) -> Position {
    key.try_into().map_or(Position::START, |key| Position(u64::from_be_bytes(key)))
}

/// Renames a folder of sled that cannot be used, in the place of one that was set aside before; durable when it
/// returns. From then on the generation has an empty sled.
pub(crate) fn set_aside(dir: &Path) -> Result<(), StorageError> {
    let (sled, aside) = (dir.join(FOLDER), dir.join(ASIDE));
    let set_aside = || -> io::Result<()> {
        let_go_of(&sled)?;
        match fs::remove_dir_all(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::rename(&sled, &aside)?;
        sync_directory(dir)
    };
    set_aside().map_err(StorageError::io("setting sled's damaged folder aside"))
}

/// Waits until no thread of sled has the folder open any more: it would go on writing to its path.
fn let_go_of(sled: &Path) -> io::Result<()> {
    let file = match File::open(sled.join("db")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for _ in 0..REOPEN_TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Deletes what is left of a generation.
pub(crate) fn remove(dir: &Path) -> Result<(), StorageError> {
    let remove = || -> io::Result<()> {
        // Without `ready` a folder is not a generation, whatever else a crash leaves in it.
        match fs::remove_file(dir.join("ready")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        if !dir.exists() {
            return Ok(());
        }
        sync_directory(dir)?;
        fs::remove_dir_all(dir)
    };
    remove().map_err(StorageError::io("deleting an unfinished generation"))
}

/// Makes a new generation durable: its files, the names of them, and last the mark that it may be used.
fn sync_all(dir: &Path, ready: Ready) -> io::Result<()> {
    let sled = dir.join(FOLDER);
    for name in names(&sled)? {
        File::open(sled.join(name))?.sync_all()?;
    }
    sync_directory(&sled)?;
    dir.parent().map_or(Ok(()), sync_directory)?;
    ready.write(dir)
}

fn names(dir: &Path) -> io::Result<HashSet<OsString>> {
    fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name())).collect()
}
