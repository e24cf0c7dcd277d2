//! The thread that carries events from the log, or from a copy of one, into the views of this process.
//!
//! It keeps no state: the checkpoints of the views say where it resumes. Far behind the head it reads ahead and gives
//! each view a thread of its own. At the head it applies small batches at once.

use std::{error::Error, io, sync::Arc, thread, time::Duration};

use rapport_model::Position;
use rapport_store::{ApplyError, Chunk, SourceError, View};
use rustix::process::setpriority_process;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::{start_error::StopError, views::local_views::LocalViews};

/// Nearer to the head than this, events are applied without further threads.
const FOLLOW_EVENTS: u64 = 5_000;
/// Nearer than this it takes its time between batches.
const NEAR_EVENTS: u64 = 200_000;
/// A view that has nothing is built as a whole when the log has so many events.
const BUILD_EVENTS: u64 = 200_000;
/// How many times as long as a batch took the projector rests after it. So appends get the CPU, and under load more
/// events share a transaction and the pages that it writes.
const REST: u32 = 4;
/// The shortest rest; an event that comes after a pause is applied at once.
const REST_MIN: Duration = Duration::from_millis(10);
/// The longest rest: how far views may be behind that no query asks.
const REST_MAX: Duration = Duration::from_millis(500);
/// While a question waits.
const REST_WANTED: Duration = Duration::from_millis(2);
/// How far the projector lowers its priority. Clients wait for appends, whereas a view may lag. On Linux the priority
/// applies to the calling thread and to the threads that it starts.
const NICENESS: i32 = 10;
/// How long it waits after a failure (a full disk, say) before it tries again.
const RETRY: Duration = Duration::from_secs(1);
/// How often it looks, while no events come, whether a query found a view's file damaged.
const LOOK: Duration = Duration::from_secs(1);

/// The running thread.
pub(crate) struct Projector {
    thread: thread::JoinHandle<()>,
    applied: watch::Receiver<Position>,
}

struct Work {
    local: LocalViews,
    told: watch::Sender<Position>,
    wanted: Arc<Notify>,
    /// Up to here, events are applied in small steps, to find and set aside the one that a view refused.
    careful_until: Position,
}

/// What to do next.
enum Next {
    /// Go on at once.
    More,
    /// Rest, and wait for the log.
    AtHead,
}

impl Projector {
    /// Starts the thread. Must be called within a tokio runtime. A query that waits for a view notifies `wanted`.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub(crate) fn spawn(local: LocalViews, wanted: Arc<Notify>) -> io::Result<Self> {
        let (told, applied) = watch::channel(local.store.visible());
        let work = Work { local, told, wanted, careful_until: Position::START };
        let runtime = Handle::current();
        let thread = thread::Builder::new().name("projector".to_owned()).spawn(move || work.run(&runtime))?;
        Ok(Self { thread, applied })
    }

    /// The position that every view shows, told after each batch.
    pub(crate) fn applied(&self) -> watch::Receiver<Position> {
        self.applied.clone()
    }

    /// Waits until the thread ends. It ends when the server stops.
    ///
    /// # Errors
    /// It had panicked.
    pub(crate) fn join(self) -> Result<(), StopError> {
        self.thread.join().map_err(|_| StopError::Panicked { what: "the projector" })
    }
}

impl Work {
    fn run(mut self, runtime: &Handle) {
        if let Err(error) = setpriority_process(None, NICENESS) {
            tracing::debug!(%error, "the projector runs at the priority of the appends");
        }
        while !self.local.stopping.is_set() {
            let begun = Instant::now();
            let next = self.step();
            self.told.send_replace(self.local.store.visible());
            let error = next.as_ref().err().map(|error| &**error as &(dyn Error + 'static));
            self.local.troubles.tried(self.local.store.views(), error);
            match next {
                Ok(Next::More) => {}
                Ok(Next::AtHead) => runtime.block_on(async {
                    let rest = (begun.elapsed() * REST).clamp(REST_MIN, REST_MAX);
                    self.until_the_head_moves().await;
                    self.rest(begun, rest).await;
                }),
                Err(error) => {
                    if error.downcast_ref().is_some_and(ApplyError::is_of_content) {
                        self.careful_until = *self.local.head.borrow();
                    }
                    runtime.block_on(async {
                        tokio::select! {
                            () = sleep(RETRY) => {}
                            () = self.local.stopping.clone().wait() => {}
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
            () = self.local.stopping.clone().wait() => {}
        }
    }

    fn step(&mut self) -> Result<Next, SourceError> {
        let head = *self.local.head.borrow_and_update();
        self.local.store.mend(head)?;
        let applied = self.local.store.applied();
        let behind = head.0.saturating_sub(applied.0);
        if behind == 0 {
            return Ok(Next::AtHead);
        }
        if applied < self.careful_until {
            return self.careful_step(applied);
        }
        let empty: Vec<_> = self
            .local
            .store
            .views()
            .iter()
            .copied()
            .filter(|view| self.local.store.is_unbuilt(*view))
            .collect();
        if !empty.is_empty() && head.0 >= BUILD_EVENTS {
            self.build(&empty)?;
            return Ok(Next::More);
        }
        if behind > FOLLOW_EVENTS {
            let going_on = |_: &Chunk| !self.local.stopping.is_set();
            let events = &*self.local.events;
            let chunks = events.chunks_after(applied).take_while(going_on).inspect(|_| {
                self.told.send_replace(self.local.store.visible());
            });
            self.local.store.catch_up(chunks, events)?;
            return Ok(if behind > NEAR_EVENTS { Next::More } else { Next::AtHead });
        }
        let mut events = Vec::new();
        for chunk in self.local.events.chunks_after(applied) {
            events.extend_from_slice(&chunk?);
        }
        self.local.store.apply(&events, &*self.local.events)?;
        Ok(Next::AtHead)
    }

    /// A few events, each of which a view may set aside.
    fn careful_step(&self, applied: Position) -> Result<Next, SourceError> {
        let mut events = Vec::new();
        for chunk in self.local.events.chunks_after(applied) {
            events.extend_from_slice(&chunk?);
            if events.len() as u64 >= FOLLOW_EVENTS {
                break;
            }
        }
        self.local.store.apply(&events, &*self.local.events)?;
        Ok(Next::More)
    }

    /// Builds views that have nothing, which is quicker than following; cut off, they are empty as before.
    fn build(&self, views: &[View]) -> Result<(), SourceError> {
        let mut rebuild = self.local.store.rebuild(views)?;
        tracing::info!(views = views.len(), "views are built from the beginning of the log");
        loop {
            let going_on = |_: &Chunk| !self.local.stopping.is_set();
            let events = &*self.local.events;
            rebuild.catch_up(events.chunks_after(rebuild.applied()).take_while(going_on), events)?;
            if self.local.stopping.is_set() {
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
            () = sleep(LOOK) => {}
            changed = self.local.head.changed() => {
                if changed.is_err() {
                    // The log is closed: the server is about to stop.
                    self.local.stopping.clone().wait().await;
                }
            }
            () = self.local.stopping.clone().wait() => {}
        }
    }
}
