//! The thread that brings what is durable in the journal into sled.
//!
//! The log answers a commit when the journal has it. sled follows some hundred milliseconds later, many commits with
//! one flush, so its writing and syncing delay no commit; what it lacks after a crash is in the journal. Damage to either
//! can be mended from the other.
//!
//! **Invariant:** sled is given only what is durable, in the order of positions; a generation is closed when its
//! sled has all of it.

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rustix::process::setpriority_process;

use crate::{error::ReadError, lock, shared::Shared};

/// After a turn the thread rests this many times as long as the turn took: the longer, the more commits share a flush.
const REST: u32 = 4;
/// The shortest rest.
const REST_MIN: Duration = Duration::from_millis(10);
/// The longest rest, and so the time by which sled may be behind.
const REST_MAX: Duration = Duration::from_millis(250);
/// Bytes of blocks that sled gets with one flush. A commit in that time waits for the disk.
const STEP_BYTES: usize = 1 << 20;
/// The thread's priority is lower by this much: appends have waiting callers, sled has none. On Linux the priority is
/// that of the calling thread.
const NICENESS: i32 = 10;

/// The running thread. Dropped, it first brings everything durable into sled and marks the log as settled.
#[derive(Debug)]
pub(crate) struct Settler {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The thread waits for a commit.
    idle: bool,
    closing: bool,
}

impl Settler {
    /// Starts the thread; sled has everything up to `settled`, and all generations but the last are closed.
    pub(crate) fn spawn(shared: Arc<Shared>, settled: Position) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let ended = shared.generations().len().saturating_sub(1);
        let work = Work { shared, settled, ended, desk: Arc::clone(&desk) };
        let thread = thread::Builder::new().name("log-settler".to_owned()).spawn(move || work.run())?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// Tells the thread of commits.
    pub(crate) fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.desk))
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        lock::mutex(&self.desk.state).closing = true;
        self.desk.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that brings events into sled panicked; they are in the journal");
        }
    }
}

/// Tells the thread that there is something durable.
#[derive(Debug, Clone)]
pub(crate) struct Bell(Arc<Desk>);

impl Bell {
    pub(crate) fn ring(&self) {
        let idle = std::mem::take(&mut lock::mutex(&self.0.state).idle);
        if idle {
            self.0.changed.notify_all();
        }
    }
}

struct Work {
    shared: Arc<Shared>,
    settled: Position,
    /// Generations that are closed.
    ended: usize,
    desk: Arc<Desk>,
}

impl Work {
    fn run(mut self) {
        if let Err(error) = setpriority_process(None, NICENESS) {
            tracing::debug!(%error, "sled follows at the priority of the appends");
        }
        loop {
            let closing = self.until_there_is_something();
            let begun = Instant::now();
            if let Err(error) = self.settle() {
                self.shared.poison(&error);
                return;
            }
            if closing {
                return self.mark();
            }
            self.rest((begun.elapsed() * REST).clamp(REST_MIN, REST_MAX));
        }
    }

    /// Whether the log is being closed; what is durable then is all that will be.
    fn until_there_is_something(&self) -> bool {
        let mut state = lock::mutex(&self.desk.state);
        while !state.closing && self.shared.head().position == self.settled {
            state.idle = true;
            state = self.wait(state);
        }
        state.idle = false;
        state.closing
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.desk.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self, rest: Duration) {
        let state = lock::mutex(&self.desk.state);
        drop(self.desk.changed.wait_timeout_while(state, rest, |state| !state.closing));
    }

    /// Brings everything that is durable now into sled.
    fn settle(&mut self) -> Result<(), ReadError> {
        let durable = self.shared.head().position;
        let generations = self.shared.generations();
        for (nth, generation) in generations.iter().enumerate().skip(self.ended) {
            let end = generation.last().min(durable);
            while self.settled < end {
                let (mut blocks, mut bytes) = (Vec::new(), 0);
                while self.settled < end && bytes < STEP_BYTES {
                    let block = generation.block(self.settled.next())?;
                    bytes += block.len();
                    self.settled = block.last_position();
                    blocks.push((block.first_position(), block.bytes().clone()));
                }
                generation.settle(&blocks)?;
                self.shared.settled(self.settled);
            }
            if nth + 1 < generations.len() && generation.last() == self.settled {
                generation.end()?;
                self.ended += 1;
            }
        }
        Ok(())
    }

    /// The log is closed and settled.
    fn mark(&self) {
        for generation in self.shared.generations().iter().skip(self.ended) {
            // Opening the log checks what could not be made durable.
            if generation.last() != self.settled {
                return;
            }
            if let Err(error) = generation.mark_settled() {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the log is whole, but could not be marked as closed; its end is looked for when it is opened"
                );
            }
        }
    }
}
