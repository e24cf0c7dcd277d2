//! The thread that carries events from the log into the views.
//!
//! It keeps nothing: where it is, the views' checkpoints say. Far behind it reads ahead and gives each view a thread
//! of its own, at the head it applies small batches at once.

use std::{io, sync::Arc, thread, time::Duration};

use rapport_log::Reader;
use rapport_model::Position;
use rapport_store::{Chunk, SourceError, Store, View};
use rustix::process::setpriority_process;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::{log_source::LogSource, start_error::StopError, stopping::Stopping};

/// Nearer to the head than this, events are applied without further threads.
const FOLLOW_EVENTS: u64 = 5_000;
/// Nearer than this it takes its time between batches.
const NEAR_EVENTS: u64 = 200_000;
/// A view that has nothing is built as a whole when the log has so many events.
const BUILD_EVENTS: u64 = 200_000;
/// After a batch it rests for so many times as long as that took: the processor is for the appends, and the longer it
/// rests under load, the more events share a transaction and the pages that it writes.
const REST: u32 = 4;
/// At least; an event that comes after a pause is applied at once.
const REST_MIN: Duration = Duration::from_millis(10);
/// At most: so far views nobody asks may be behind.
const REST_MAX: Duration = Duration::from_millis(500);
/// While a question waits.
const REST_WANTED: Duration = Duration::from_millis(2);
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
    wanted: Arc<Notify>,
    stopping: Stopping,
}

/// What to do next.
enum Next {
    /// Go on at once.
    More,
    /// Rest, and wait for the log.
    AtHead,
}

impl Projector {
    /// Starts it. Must be called within a tokio runtime. Who waits for a view notifies `wanted`.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn spawn(
        reader: Reader,
        store: Store,
        head: watch::Receiver<Position>,
        wanted: Arc<Notify>,
        stopping: Stopping,
    ) -> io::Result<Self> {
        let (told, applied) = watch::channel(visible(&store));
        let work = Work { source: LogSource(reader), store, head, told, wanted, stopping };
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
            let begun = Instant::now();
            let next = self.step();
            self.told.send_replace(visible(&self.store));
            match next {
                Ok(Next::More) => {}
                Ok(Next::AtHead) => runtime.block_on(async {
                    let rest = (begun.elapsed() * REST).clamp(REST_MIN, REST_MAX);
                    self.until_the_head_moves().await;
                    self.rest(begun, rest).await;
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

    /// Until so long after the beginning of the last batch, or until a question waits.
    async fn rest(&self, begun: Instant, rest: Duration) {
        let wanted = async {
            self.wanted.notified().await;
            sleep_until(begun + REST_WANTED).await;
        };
        tokio::select! {
            () = sleep_until(begun + rest) => {}
            () = wanted => {}
            () = self.stopping.clone().wait() => {}
        }
    }

    fn step(&mut self) -> Result<Next, SourceError> {
        let head = *self.head.borrow_and_update();
        let applied = self.store.applied();
        let behind = head.0.saturating_sub(applied.0);
        if behind == 0 {
            return Ok(Next::AtHead);
        }
        let empty: Vec<_> = View::ALL.into_iter().filter(|view| self.is_empty(*view)).collect();
        if !empty.is_empty() && head.0 >= BUILD_EVENTS {
            self.build(&empty)?;
            return Ok(Next::More);
        }
        if behind > FOLLOW_EVENTS {
            let going_on = |_: &Chunk| !self.stopping.is_set();
            let chunks = self.source.chunks_after(applied).take_while(going_on).inspect(|_| {
                self.told.send_replace(visible(&self.store));
            });
            self.store.catch_up(chunks, &self.source)?;
            return Ok(if behind > NEAR_EVENTS { Next::More } else { Next::AtHead });
        }
        let events: Vec<_> = self.source.after(applied).collect::<Result<_, _>>()?;
        self.store.apply(&events, &self.source)?;
        Ok(Next::AtHead)
    }

    fn is_empty(&self, view: View) -> bool {
        let state = self.store.state(view);
        state.position == Position::START && !state.rebuilding
    }

    /// Builds views that have nothing, which is quicker than following; cut off, they are empty as before.
    fn build(&self, views: &[View]) -> Result<(), SourceError> {
        let mut rebuild = self.store.rebuild(views)?;
        tracing::info!(views = views.len(), "views are built from the beginning of the log");
        loop {
            let going_on = |_: &Chunk| !self.stopping.is_set();
            rebuild
                .catch_up(self.source.chunks_after(rebuild.applied()).take_while(going_on), &self.source)?;
            if self.stopping.is_set() {
                return Ok(());
            }
            match rebuild.finish()? {
                Some(unfinished) => rebuild = unfinished,
                None => return Ok(()),
            }
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
