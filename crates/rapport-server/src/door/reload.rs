//! Files that are renewed while the server runs: looked at once a second, and loaded again when they changed.
//!
//! A file that cannot be used changes nothing: what was loaded before stays, and the log says why.

use std::{error::Error, fs::metadata, os::unix::fs::MetadataExt, path::PathBuf, time::Duration};

use tokio::{task::spawn_blocking, time::sleep};

use crate::stopping::Stopping;

/// How often files are looked at. A look is one `stat` a file.
const EVERY: Duration = Duration::from_secs(1);

/// What differs when a file was written, replaced, or is another one behind a link.
type Stamp = (u64, u64, u64, i64, i64);

/// Files, and what they were when last loaded.
pub(crate) struct Files {
    what: &'static str,
    paths: Vec<PathBuf>,
    loaded: Vec<Option<Stamp>>,
    failed: bool,
}

impl Files {
    /// As they are. Call it before they are loaded: what is written in between is then seen as a change.
    pub(crate) fn new(what: &'static str, paths: Vec<PathBuf>) -> Self {
        let loaded = stamps(&paths);
        Self { what, paths, loaded, failed: false }
    }

    /// Loads them whenever they changed, until the server stops.
    pub(crate) fn follow<E: Error + 'static>(
        mut self,
        stopping: Stopping,
        load: impl Fn() -> Result<(), E> + Clone + Send + 'static,
    ) {
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = sleep(EVERY) => {}
                    () = stopping.clone().wait() => return,
                }
                let load = load.clone();
                // Disks may be slow; a panic in there would be a fault of the program, told by the runtime.
                let looked = spawn_blocking(move || {
                    self.look(load);
                    self
                });
                let Ok(files) = looked.await else { return };
                self = files;
            }
        });
    }

    fn look<E: Error + 'static>(&mut self, load: impl Fn() -> Result<(), E>) {
        let now = stamps(&self.paths);
        let changed = now != self.loaded;
        // A file that was half written when it was read may be whole now, with the same stamp.
        if !changed && !self.failed {
            return;
        }
        self.loaded = now;
        let what = self.what;
        match load() {
            Ok(()) => {
                self.failed = false;
                tracing::info!(what, "loaded again: the files changed");
            }
            Err(error) => {
                self.failed = true;
                if changed {
                    let error: &(dyn Error + 'static) = &error;
                    tracing::error!(
                        what,
                        error,
                        "the changed files cannot be used; what was loaded before stays"
                    );
                }
            }
        }
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Option<Stamp>> {
    let stamp = |path: &PathBuf| {
        let found = metadata(path).ok()?;
        Some((found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec()))
    };
    paths.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, fs, io};

    use super::*;

    #[test]
    fn files_are_loaded_when_they_change_and_again_until_they_can_be_used() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "1").unwrap();
        let mut files = Files::new("test", vec![path.clone()]);
        let (loads, works) = (Cell::new(0), Cell::new(true));
        let load = || {
            loads.set(loads.get() + 1);
            if works.get() { Ok(()) } else { Err(io::Error::other("no")) }
        };
        files.look(load);
        assert_eq!(loads.get(), 0);

        fs::write(&path, "22").unwrap();
        files.look(load);
        files.look(load);
        assert_eq!(loads.get(), 1);

        // Another file in its place, of the same length.
        works.set(false);
        fs::write(dir.path().join("b"), "33").unwrap();
        fs::rename(dir.path().join("b"), &path).unwrap();
        files.look(load);
        files.look(load);
        assert_eq!(loads.get(), 3);
        works.set(true);
        files.look(load);
        files.look(load);
        assert_eq!(loads.get(), 4);
    }
}
