//! Zeros ahead of what a journal has written, so that its next commits do not make the file longer.
//!
//! Making bytes durable costs about twice as much where the file grows: its new length and the place of its new
//! blocks are written as well (ARCHITECTURE.md, Decisions, has the measurement). So a thread keeps some megabytes of
//! zeros at the file's end. Large commits do without zeros, which would double what is written.
//!
//! **Invariant:** the thread only appends zeros, and the system finds the end of the file in the same step: no zero ever
//! replaces written bytes.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

/// Zeros that are kept ahead.
const AHEAD_BYTES: u64 = 8 << 20;
/// Bytes of zeros that are appended and made durable at once. A commit in that time waits for them.
const STEP_BYTES: usize = 1 << 20;
/// A commit of this size or more does not wake the thread.
const LARGE_COMMIT_BYTES: usize = 256 << 10;

/// See the module.
#[derive(Debug)]
pub(crate) struct Runway {
    /// Where what is written ends.
    written: Arc<AtomicU64>,
    /// Where the file ended when the thread was done.
    laid: Arc<AtomicU64>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Runway {
    /// Begins to lay zeros at the end of a file. If the system refuses a thread, the file grows with each commit instead.
    pub(crate) fn lay(file: &Path, written: u64) -> Self {
        let (wake, woken) = sync_channel(1);
        let (written, laid) = (Arc::new(AtomicU64::new(written)), Arc::default());
        let mut strip = Strip { written: Arc::clone(&written), laid: Arc::clone(&laid) };
        let thread = OpenOptions::new().append(true).open(file).and_then(|file| {
            thread::Builder::new().name("log-runway".to_owned()).spawn(move || strip.work(&file, &woken))
        });
        let thread = thread.inspect_err(warn).ok();
        let runway = Self { written, laid, wake: Some(wake), thread };
        runway.wake();
        runway
    }

    /// Takes note of a commit and of where it ends.
    pub(crate) fn written(&self, end: u64, bytes: usize) {
        self.written.store(end, Ordering::Relaxed);
        if bytes < LARGE_COMMIT_BYTES && end + AHEAD_BYTES / 2 > self.laid.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    fn wake(&self) {
        // A busy thread checks the end again before it waits.
        let _busy = self.wake.as_ref().map(|wake| wake.try_send(()));
    }
}

impl Drop for Runway {
    /// Waits for the thread: it must have stopped writing before the lock of the directory is released.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn warn(error: &io::Error) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "no zeros are kept ahead of the journal; commits take longer"
    );
}

/// The thread's side.
struct Strip {
    written: Arc<AtomicU64>,
    laid: Arc<AtomicU64>,
}

impl Strip {
    fn work(&mut self, file: &File, woken: &Receiver<()>) {
        let zeros = vec![0; STEP_BYTES];
        while woken.recv().is_ok() {
            if let Err(error) = self.extend(file, &zeros) {
                // The appends themselves report a full disk.
                return warn(&error);
            }
        }
    }

    fn extend(&self, mut file: &File, zeros: &[u8]) -> io::Result<()> {
        loop {
            let (len, written) = (file.metadata()?.len(), self.written.load(Ordering::Relaxed));
            self.laid.store(len, Ordering::Relaxed);
            let missing = (written + AHEAD_BYTES).saturating_sub(len);
            if missing == 0 {
                return Ok(());
            }
            let step = usize::try_from(missing).unwrap_or(usize::MAX).min(zeros.len());
            file.write_all(zeros.get(..step).unwrap_or_default())?;
            file.sync_data()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;

    #[test]
    fn zeros_are_kept_ahead_of_what_is_written_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blocks");
        let file = File::create(&path).unwrap();
        let runway = Runway::lay(&path, 0);
        let mut expected = Vec::new();
        for write in 0..2_000_u64 {
            let bytes = vec![u8::try_from(write % 255).unwrap() + 1; 10_000];
            file.write_all_at(&bytes, expected.len() as u64).unwrap();
            expected.extend(bytes);
            runway.written(expected.len() as u64, 10_000);
        }
        drop(runway);
        let found = std::fs::read(&path).unwrap();
        assert!(found.starts_with(&expected), "what was written is there");
        assert!(found.iter().skip(expected.len()).all(|byte| *byte == 0), "what follows are zeros");
        assert!((found.len() - expected.len()) as u64 >= AHEAD_BYTES / 2 - 10_000);
    }

    #[test]
    fn large_commits_make_the_file_longer_by_themselves() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blocks");
        std::fs::write(&path, []).unwrap();
        let runway = Runway::lay(&path, 0);
        while runway.laid.load(Ordering::Relaxed) < AHEAD_BYTES {
            thread::yield_now();
        }
        runway.written(AHEAD_BYTES, LARGE_COMMIT_BYTES);
        drop(runway);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), AHEAD_BYTES);
    }
}
