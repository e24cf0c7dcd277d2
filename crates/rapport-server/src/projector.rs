//! The thread that carries events from the log into the views.
//!
//! It keeps nothing: where it is, the views' checkpoints say. Far behind it applies large batches, at the head small
//! ones at once.

use std::{io, thread, time::Duration};

use rapport_log::Reader;
use rapport_model::Position;
use rapport_store::{Pace, SourceError, Store, View};
use rustix::process::setpriority_process;
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use crate::{log_source::LogSource, start_error::StopError, stopping::Stopping};

/// Events read at once while far behind.
pub const CATCH_UP_EVENTS: u64 = 50_000;
/// Nearer to the head than this, events are made visible at once.
const FOLLOW_EVENTS: u64 = 5_000;
/// At the head, batches begin at least so far apart: under load a batch holds what came meanwhile, and the views'
/// transactions leave the processor to the appends. An event that comes after a pause is applied at once.
const BATCH_INTERVAL: Duration = Duration::from_millis(10);
/// How far the projector steps back when processors are short: an append is waited for, a view may be behind. On
/// Linux the priority is that of the calling thread and of the threads that it starts.
const NICENESS: i32 = 10;
/// After a failure (a full disk, say) it tries again so much later.
const RETRY: Duration = Duration::from_secs(1);

/// The running thread.
pub struct Projector {
    thread: thread::JoinHandle<()>,
    applied: watch::Receiver<Position>,
}

struct Work {
    source: LogSource,
    store: Store,
    head: watch::Receiver<Position>,
    told: watch::Sender<Position>,
    stopping: Stopping,
}

/// What to do next.
enum Next {
    /// Go on at once.
    More,
    /// Wait for the log.
    AtHead,
}

impl Projector {
    /// Starts it. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn spawn(
        reader: Reader,
        store: Store,
        head: watch::Receiver<Position>,
        stopping: Stopping,
    ) -> io::Result<Self> {
        let (told, applied) = watch::channel(visible(&store));
        let work = Work { source: LogSource(reader), store, head, told, stopping };
        let runtime = Handle::current();
        let thread = thread::Builder::new().name("projector".to_owned()).spawn(move || work.run(&runtime))?;
        Ok(Self { thread, applied })
    }

    /// The position that every view shows, told after each batch.
    pub fn applied(&self) -> watch::Receiver<Position> {
        self.applied.clone()
    }

    /// Waits for its end, which comes when the server stops.
    ///
    /// # Errors
    /// It had panicked.
    pub fn join(self) -> Result<(), StopError> {
        self.thread.join().map_err(|_| StopError::Panicked { what: "the projector" })
    }
}

/// The last event that can be seen in every view.
fn visible(store: &Store) -> Position {
    View::ALL.into_iter().map(|view| store.position(view)).min().unwrap_or_default()
}

impl Work {
    fn run(mut self, runtime: &Handle) {
        if let Err(error) = setpriority_process(None, NICENESS) {
            tracing::debug!(%error, "the projector runs at the priority of the appends");
        }
        while !self.stopping.is_set() {
            let next_batch = Instant::now() + BATCH_INTERVAL;
            let next = self.step();
            self.told.send_replace(visible(&self.store));
            match next {
                Ok(Next::More) => {}
                Ok(Next::AtHead) => runtime.block_on(async {
                    self.until_the_head_moves().await;
                    tokio::select! {
                        () = sleep_until(next_batch) => {}
                        () = self.stopping.clone().wait() => {}
                    }
                }),
                Err(error) => {
                    tracing::error!(
                        error = &*error as &dyn std::error::Error,
                        "the views cannot be brought up to date; trying again"
                    );
                    runtime.block_on(async {
                        tokio::select! {
                            () = sleep(RETRY) => {}
                            () = self.stopping.clone().wait() => {}
                        }
                    });
                }
            }
        }
    }

    fn step(&mut self) -> Result<Next, SourceError> {
        let head = *self.head.borrow_and_update();
        let applied = self.store.applied();
        let behind = head.0.saturating_sub(applied.0);
        if behind == 0 {
            // What a catch-up has collected becomes visible now.
            if visible(&self.store) < applied {
                self.store.apply(&[], Pace::Following, &self.source)?;
            }
            return Ok(Next::AtHead);
        }
        let pace = if behind > FOLLOW_EVENTS { Pace::CatchingUp } else { Pace::Following };
        let events = self.source.after(applied, behind.min(CATCH_UP_EVENTS))?;
        self.store.apply(&events, pace, &self.source)?;
        match pace {
            Pace::CatchingUp => Ok(Next::More),
            Pace::Following => Ok(Next::AtHead),
        }
    }

    async fn until_the_head_moves(&mut self) {
        tokio::select! {
            changed = self.head.changed() => {
                if changed.is_err() {
                    // The log is closed: the server is about to stop.
                    self.stopping.clone().wait().await;
                }
            }
            () = self.stopping.clone().wait() => {}
        }
    }
}
