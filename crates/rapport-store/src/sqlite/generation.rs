//! Which file is a view's live one.
//!
//! A view's file is `VIEW-N.sqlite`; `VIEW.live` holds the N that counts. A rebuild writes N + 1 and then replaces
//! `VIEW.live` by a rename. Files of other numbers are leftovers of a rebuild that was interrupted or replaced.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{StoreError, View, sqlite::damage};

const RUNS: &str = "-runs";

/// The file of a generation.
pub(super) fn path(dir: &Path, view: View, generation: u64) -> PathBuf {
    dir.join(format!("{}-{generation}.sqlite", view.name()))
}

/// The live generation; `None` when the view has none yet.
pub(super) fn live(dir: &Path, view: View) -> Result<Option<u64>, StoreError> {
    let pointer = pointer(dir, view);
    match fs::read_to_string(&pointer) {
        Ok(text) => match text.trim().parse() {
            Ok(generation) => Ok(Some(generation)),
            Err(_) => {
                Err(StoreError::Damaged { view, path: pointer, why: "it does not hold a number".to_owned() })
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(StoreError::Damaged { view, path: pointer, why: error.to_string() })
        }
        Err(error) => Err(failed(&pointer, error)),
    }
}

/// The file of the live generation, or of the first one when there is none yet.
///
/// # Errors
/// The file that names the generation cannot be read.
pub fn live_path(dir: &Path, view: View) -> Result<PathBuf, StoreError> {
    Ok(path(dir, view, live(dir, view)?.unwrap_or(1)))
}

/// Makes a generation the live one. Its file is whole and on disk by then.
pub(super) fn make_live(dir: &Path, view: View, generation: u64) -> Result<(), StoreError> {
    let pointer = pointer(dir, view);
    let next = pointer.with_extension("next");
    let write = || {
        let mut file = File::create(&next)?;
        file.write_all(generation.to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &pointer)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|error| failed(&pointer, error))
}

/// Deletes the files of all generations but one.
pub(super) fn delete_others(dir: &Path, view: View, keep: Option<u64>) -> Result<(), StoreError> {
    for (number, path) in files(dir, view)? {
        if Some(number) != keep {
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(())
}

/// A number that no file has.
pub(super) fn next(dir: &Path, view: View) -> Result<u64, StoreError> {
    let last = files(dir, view)?.into_iter().map(|(number, _)| number).max();
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// Where a damaged file of a view is kept.
pub(super) fn damaged_path(dir: &Path, view: View) -> PathBuf {
    dir.join(format!("{}.damaged", view.name()))
}

/// Deletes the files of every view.
pub(super) fn delete_all(dir: &Path) -> Result<(), StoreError> {
    for view in View::ALL {
        let pointer = pointer(dir, view);
        damage::remove(&pointer).map_err(|error| failed(&pointer, error))?;
        delete_others(dir, view, None)?;
    }
    Ok(())
}

/// The files of all generations, with those that SQLite keeps beside them.
fn files(dir: &Path, view: View) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let prefix = format!("{}-", view.name());
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| failed(dir, error))? {
        let entry = entry.map_err(|error| failed(dir, error))?;
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else { continue };
        let number = rest.split_once(".sqlite").and_then(|(number, _)| number.parse::<u64>().ok());
        files.extend(number.map(|number| (number, entry.path())));
    }
    Ok(files)
}

/// Deletes the files of one generation, as far as they are there.
pub(super) fn delete(path: &Path) {
    for suffix in ["", "-wal", "-shm", RUNS] {
        match fs::remove_file(damage::beside(path, suffix)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // The next start deletes it.
            Err(error) => {
                tracing::warn!(%error, "an old view file could not be deleted; the next start deletes it")
            }
        }
    }
}

/// Where a build keeps rows for a time: see `writer::runs`.
pub(super) fn runs_path(path: &Path) -> PathBuf {
    damage::beside(path, RUNS)
}

fn pointer(dir: &Path, view: View) -> PathBuf {
    dir.join(format!("{}.live", view.name()))
}

fn failed(path: &Path, source: io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), source }
}
