//! Many events into several files at once.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use crate::{
    ApplyError, Chunk, EncodedEvent, EventSource, StoreError,
    sqlite::{pace::Pace, view_file::ViewFile},
};

/// Chunks that were read and wait for a file. Files take unequally long and in turn; this much evens out.
const CHUNKS_AHEAD: usize = 16;

/// Reads chunks on this thread and applies them to each file on a thread of its own, at a pace; what is collected is
/// committed at the end. A file that fails keeps no other file back.
pub(super) fn catch_up(
    files: &[Arc<ViewFile>],
    pace: Pace,
    chunks: impl Iterator<Item = Chunk>,
    source: &(impl EventSource + ?Sized),
) -> Result<(), ApplyError> {
    thread::scope(|scope| {
        let (mut queues, mut work) = (Vec::new(), Vec::new());
        for file in files {
            let (queue, waiting) = mpsc::sync_channel::<Arc<[EncodedEvent]>>(CHUNKS_AHEAD);
            queues.push(queue);
            let apply = move || {
                waiting.iter().try_for_each(|chunk| file.apply(&chunk, pace, source))?;
                file.apply(&[], Pace::Following, source)
            };
            work.push((file.view(), scope.spawn(apply)));
        }
        let mut read = Ok(());
        for chunk in chunks {
            match chunk {
                // A file that failed takes no more.
                Ok(chunk) => queues.retain(|queue| queue.send(Arc::clone(&chunk)).is_ok()),
                Err(source) => read = Err(ApplyError::Log { source }),
            }
            if read.is_err() || queues.is_empty() {
                break;
            }
        }
        drop(queues);
        let ended = work.into_iter().map(|(view, thread)| {
            thread.join().unwrap_or_else(|_: Box<dyn std::any::Any + Send>| {
                Err(ApplyError::Store(StoreError::Stopped { view }))
            })
        });
        let applied = ApplyError::of_all(ended);
        read.and(applied)
    })
}
