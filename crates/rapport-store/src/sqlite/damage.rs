//! Files that can be built again: what says that one is damaged, and where it goes then.
//!
//! **Invariant:** a full disk, a missing right, a lock and a later format are not damage: such a file stays in its place.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, ffi};

use super::schema::meta;
use crate::StoreError;

/// A file of SQLite, and what SQLite keeps beside it.
const FILES: [&str; 3] = ["", "-wal", "-shm"];

/// What became of a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It has another name.
    Aside,
    /// The disk has no room for it and for the one that is built in its place, or it was not there.
    Not,
}

impl Kept {
    /// As the log says it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Aside => "kept",
            Self::Not => "not kept",
        }
    }
}

/// Whether an error says that what is in a file is damaged.
pub(super) fn is_damage(error: &Error) -> bool {
    match error.sqlite_error() {
        Some(error) => {
            matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || error.extended_code == ffi::SQLITE_IOERR_SHORT_READ
        }
        // Only what we wrote ourselves is read from these files.
        None => matches!(
            error,
            Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..)
        ),
    }
}

/// The same while a file is opened: there a missing table is damage too.
pub(super) fn is_damage_at_open(error: &Error) -> bool {
    is_damage(error) || error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_ERROR)
}

/// The fault in the header of a file. SQLite opens a file whose header names an unknown write version for reading
/// alone, and reports that it may not write.
pub(super) fn in_header(path: &Path) -> Option<&'static str> {
    let mut header = [0; 19];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).ok()?;
    (!matches!(header, [.., 1 | 2])).then_some("its header names a write version that does not exist")
}

/// The position that the file has without its write-ahead log, where there is one. A log that gives less has lost
/// commits whose pages are in the file already.
pub(super) fn position_without_log(path: &Path) -> Option<i64> {
    if !beside(path, "-wal").exists() {
        return None;
    }
    let name = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags).ok()?;
    meta(&connection, "position").ok()
}

/// Renames a damaged file to `aside`, in the place of an earlier one. It is deleted where the disk would have less room
/// left than it takes: the new file needs that room.
pub(super) fn put_aside(path: &Path, aside: &Path) -> Result<Kept, StoreError> {
    let failed = |source| StoreError::File { path: path.to_owned(), source };
    let bytes = match fs::metadata(path) {
        Ok(file) => file.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::Not),
        Err(error) => return Err(failed(error)),
    };
    for suffix in FILES {
        remove(&beside(aside, suffix)).map_err(failed)?;
    }
    let kept = if bytes > 0 && bytes < free_bytes(path) { Kept::Aside } else { Kept::Not };
    for suffix in FILES {
        let (from, to) = (beside(path, suffix), beside(aside, suffix));
        let moved = match kept {
            Kept::Aside => fs::rename(&from, &to),
            Kept::Not => fs::remove_file(&from),
        };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(kept)
}

/// A name that begins with a file's.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What the disk of a file has left; nothing where it does not say.
fn free_bytes(path: &Path) -> u64 {
    let disk = rustix::fs::statvfs(path);
    disk.map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}
