//! The file `settled` of a generation: nothing is appended to it, and its sled has everything up to a position.
//!
//! The file exists after a generation has ended and after a log was closed, and not while a log is appended to. So after
//! a clean stop it tells where a generation must end, even if other files are damaged.

use std::{fs, io, path::Path};

use rapport_model::Position;

use crate::{
    disk::directory::{sync_directory, write_whole},
    error::StorageError,
};

/// What the file of a generation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// There is none: the generation is being appended to, or was when a crash came.
    Unknown,
    /// Its last event.
    Until(Position),
    /// The file is damaged.
    Unreadable,
}

/// Writes the file, unless it says so already.
pub(crate) fn mark(dir: &Path, last: Position) -> Result<(), StorageError> {
    if read(dir)? == Settled::Until(last) {
        return Ok(());
    }
    write_whole(&path(dir), &text(last)).map_err(StorageError::io("closing a generation"))
}

/// Deletes the file; durable when it returns.
pub(crate) fn forget(dir: &Path) -> Result<(), StorageError> {
    let deleted = match fs::remove_file(path(dir)) {
        Ok(()) => sync_directory(dir),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    deleted.map_err(StorageError::io("opening a generation"))
}

/// Reads the file.
pub(crate) fn read(dir: &Path) -> Result<Settled, StorageError> {
    match fs::read(path(dir)) {
        Ok(bytes) => Ok(parse(&bytes).map_or(Settled::Unreadable, Settled::Until)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settled::Unknown),
        Err(error) => Err(StorageError::io("opening a generation")(error)),
    }
}

/// Where the file of a generation is.
pub(crate) fn path(dir: &Path) -> std::path::PathBuf {
    dir.join("settled")
}

fn text(last: Position) -> String {
    let said = format!("settled {last}");
    format!("{said}\ncrc32c {:08x}\n", crc32c::crc32c(said.as_bytes()))
}

fn parse(bytes: &[u8]) -> Option<Position> {
    let found = str::from_utf8(bytes).ok()?;
    let last = Position(found.lines().next()?.strip_prefix("settled ")?.parse().ok()?);
    (found == text(last)).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_and_any_other_text_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), Settled::Unknown);
        forget(dir.path()).unwrap();
        mark(dir.path(), Position(41)).unwrap();
        mark(dir.path(), Position(42)).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Settled::Until(Position(42)));
        let whole = fs::read(path(dir.path())).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(path(dir.path()), bytes).unwrap();
            assert_eq!(read(dir.path()).unwrap(), Settled::Unreadable, "byte {place}");
        }
        forget(dir.path()).unwrap();
        assert_eq!(read(dir.path()).unwrap(), Settled::Unknown);
    }
}
