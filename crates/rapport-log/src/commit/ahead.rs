//! The next generation, made by a thread of its own while the live one still has room.

use std::{
    path::PathBuf,
    thread::{self, JoinHandle},
};

use crate::{
    disk::{journal::Journal, sled::Sled},
    error::StorageError,
};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    making: Option<JoinHandle<Result<(Sled, Journal), StorageError>>>,
}

impl Ahead {
    /// Begins to make it, unless that began before.
    pub(crate) fn make(&mut self, dir: PathBuf, block_bytes_max: usize) {
        if self.making.is_none() {
            self.making = Some(thread::spawn(move || {
                let sled = Sled::create(&dir, block_bytes_max)?;
                let journal = Journal::open(&dir, sled.ready.salt)?;
                journal.lay_runway(&dir, 0);
                Ok((sled, journal))
            }));
        }
    }

    /// The new sled and journal; waits for them when they are not ready.
    pub(crate) fn take(&mut self) -> Result<(Sled, Journal), StorageError> {
        let panicked = || StorageError::panicked("creating a generation");
        self.making.take().ok_or_else(panicked)?.join().map_err(|_| panicked())?
    }
}

impl Drop for Ahead {
    /// Waits for the thread: it must have stopped writing before the lock of the directory is released.
    fn drop(&mut self) {
        if let Some(making) = self.making.take() {
            drop(making.join());
        }
    }
}
