//! Zeros ahead of what a store has written, so that its next writes do not make the file longer.
//!
//! Making bytes durable costs about twice as much where the file grows: its new length and the place of its new
//! blocks go through the file system's journal (ARCHITECTURE.md, Decisions, has the measurement). So a thread keeps
//! some segments of zeros at the file's end while the store fills those before them. To the store they are segments
//! that were never used.
//!
//! **Invariant:** zeros are only ever appended, in one step with finding the end of the file: what the store wrote
//! is never written over.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

/// Segments that are kept ahead.
const SEGMENTS_AHEAD: u64 = 2;
/// Bytes that are appended and made durable at once: a commit meanwhile waits for as many.
const STEP_BYTES: usize = 1 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct Runway {
    segment_bytes: u64,
    /// Bytes written since the thread was last woken.
    spent: AtomicU64,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Runway {
    /// Begins to lay zeros ahead of a store's file. Where no thread can be had the file grows as it would.
    pub(crate) fn lay(file: &Path, segment_bytes: u64) -> Self {
        let (wake, woken) = sync_channel(1);
        let laid = Strip::open(file, segment_bytes).and_then(|strip| {
            thread::Builder::new().name("log-runway".to_owned()).spawn(move || strip.work(&woken))
        });
        let mut runway = Self { segment_bytes, spent: AtomicU64::new(0), wake: Some(wake), thread: None };
        match laid {
            Ok(thread) => runway.thread = Some(thread),
            Err(error) => warn(&error),
        }
        runway.spend(segment_bytes);
        runway
    }

    /// Takes note of bytes that the store is about to write.
    pub(crate) fn spend(&self, bytes: u64) {
        let spent = self.spent.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if spent >= self.segment_bytes / 4 {
            self.spent.store(0, Ordering::Relaxed);
            // A thread that is busy looks again when it is done.
            let _busy = self.wake.as_ref().map(|wake| wake.try_send(()));
        }
    }
}

impl Drop for Runway {
    /// Waits, so that nothing is written into a directory that is no longer locked.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn warn(error: &io::Error) {
    tracing::warn!(error = error as &dyn std::error::Error, "no room is prepared ahead; commits take longer");
}

/// The file's end.
struct Strip {
    read: File,
    append: File,
    segment_bytes: u64,
    /// Segments before this one are in use.
    used: u64,
}

impl Strip {
    fn open(file: &Path, segment_bytes: u64) -> io::Result<Self> {
        let (read, append) = (File::open(file)?, OpenOptions::new().append(true).open(file)?);
        Ok(Self { read, append, segment_bytes, used: 0 })
    }

    fn work(mut self, woken: &Receiver<()>) {
        let zeros = vec![0; STEP_BYTES];
        while woken.recv().is_ok() {
            if let Err(error) = self.extend(&zeros) {
                // A disk that is full is reported by the appends themselves.
                return warn(&error);
            }
        }
    }

    fn extend(&mut self, zeros: &[u8]) -> io::Result<()> {
        let mut len = self.read.metadata()?.len();
        while self.used * self.segment_bytes < len && self.is_used(self.used)? {
            self.used += 1;
        }
        let wanted = (self.used + SEGMENTS_AHEAD) * self.segment_bytes;
        while len < wanted {
            let missing = usize::try_from(wanted - len).unwrap_or(usize::MAX).min(zeros.len());
            self.append.write_all(zeros.get(..missing).unwrap_or_default())?;
            self.append.sync_data()?;
            len = self.read.metadata()?.len();
        }
        Ok(())
    }

    /// A segment that is or was in use begins with its header.
    fn is_used(&self, segment: u64) -> io::Result<bool> {
        let mut header = [0; 16];
        match self.read.read_exact_at(&mut header, segment * self.segment_bytes) {
            Ok(()) => Ok(header != [0; 16]),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = 64 << 10;

    #[test]
    fn zeros_are_kept_ahead_of_what_is_used_and_nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        std::fs::write(&path, []).unwrap();
        let store = OpenOptions::new().write(true).open(&path).unwrap();
        let runway = Runway::lay(&path, SEGMENT);
        let mut expected = Vec::new();
        for write in 0..100_u64 {
            let bytes = vec![u8::try_from(write).unwrap() + 1; 10_000];
            store.write_all_at(&bytes, expected.len() as u64).unwrap();
            expected.extend(bytes);
            runway.spend(10_000);
        }
        runway.spend(SEGMENT);
        drop(runway);
        let found = std::fs::read(&path).unwrap();
        assert!(found.starts_with(&expected), "what was written is there");
        assert!(found.iter().skip(expected.len()).all(|byte| *byte == 0), "what follows are zeros");
        let ahead = found.len() as u64 - (expected.len() as u64).next_multiple_of(SEGMENT);
        assert_eq!(ahead, SEGMENTS_AHEAD * SEGMENT);
    }

    #[test]
    fn a_file_that_is_cut_is_laid_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        std::fs::write(&path, [7; 20]).unwrap();
        drop(Runway::lay(&path, SEGMENT));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), (1 + SEGMENTS_AHEAD) * SEGMENT);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(20).unwrap();
        drop(Runway::lay(&path, SEGMENT));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len() as u64, bytes.first()), ((1 + SEGMENTS_AHEAD) * SEGMENT, Some(&7)));
    }
}
