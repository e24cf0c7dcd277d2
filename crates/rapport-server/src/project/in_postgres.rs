//! Views in a PostgreSQL database, which several projectors share.

use std::{mem, sync::Arc, time::Duration};

use rapport_model::{Position, Timestamp};
use rapport_proto::v1::RecordedEvent;
use rapport_store::{
    Applied, Checkpoint, EventSource, PartitionBatch, ReadError, ReadModels, SourceError, StoreError, View,
    postgres::{PostgresOptions, PostgresStore},
};
use tokio::{sync::Notify, task::spawn_blocking, time::sleep};

use super::{
    follower::{Follower, Target},
    parts::{Parts, ProjectConfig, ProjectError},
    progress::Progress,
    rebuild::Work,
    source::{OpenSource, Reading},
};
use crate::{
    door::refusal::Refusal,
    start_error::StartError,
    stopping::Stopping,
    views::{
        questions::{self, Origin, Seen},
        trouble::{Failing, with_causes},
    },
};

/// Between two tries to reach the database at the start.
const RETRY: Duration = Duration::from_secs(2);

/// Opens the views and begins to follow. While the database cannot be reached it waits.
///
/// # Errors
/// The database refuses, or the system has no thread left.
pub(super) async fn start(
    options: &PostgresOptions,
    config: &ProjectConfig,
    progress: &Progress,
    stopping: &Stopping,
) -> Result<Parts, ProjectError> {
    let store = open(options).await?;
    // Its connections must not be closed on an async thread, and any thread may drop the store last. So the connections
    // end with the process, as this service does.
    mem::forget(store.clone());
    let target = InPostgres { store: store.clone(), views: config.views.clone(), progress: progress.clone() };
    let source = config.source.clone();
    let follower = Follower::new(target, progress.clone(), stopping.clone())
        .spawn(move || source(Reading::Shared))
        .map_err(StartError::Thread)?;
    let origin = Shared {
        progress: progress.clone(),
        store: store.clone(),
        open: config.source.clone(),
        stopping: stopping.clone(),
    };
    Ok(Parts {
        models: Arc::new(store),
        events: Arc::new(NoEvents),
        origin: Arc::new(origin),
        applied: progress.applied(),
        wanted: Arc::new(Notify::new()),
        follower,
        projector: None,
    })
}

/// The database may come later than this process; what it refuses is told at once.
async fn open(options: &PostgresOptions) -> Result<PostgresStore, ProjectError> {
    let mut told = String::new();
    loop {
        let trying = options.clone();
        let opened = spawn_blocking(move || PostgresStore::open(&trying)).await;
        match opened.map_err(|_| StartError::Panicked)? {
            Ok(store) => return Ok(store),
            Err(error) if error.is_passing() => {
                let why = with_causes(&error);
                // Logged once, not at every try.
                if why != told {
                    let seconds = RETRY.as_secs();
                    tracing::warn!("the database cannot be reached; trying again every {seconds} s: {why}");
                    told = why;
                }
                sleep(RETRY).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Each view has rows and checkpoints of its own.
struct InPostgres {
    store: PostgresStore,
    views: Vec<View>,
    progress: Progress,
}

impl Target for InPostgres {
    type Part = View;

    fn parts(&self) -> Vec<View> {
        self.views.clone()
    }

    fn view(&self, view: View) -> Option<View> {
        Some(view)
    }

    fn belong_to(&self, view: View, ledger_id: &str) -> Result<(), StoreError> {
        self.store.belong_to(view, ledger_id)
    }

    fn checkpoints(&self, view: View) -> Result<Vec<Checkpoint>, StoreError> {
        self.store.checkpoints(view)
    }

    fn apply(&self, view: View, batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        self.store.apply(view, batches)
    }

    fn complete(&self, view: View, position: Position) -> Result<(), StoreError> {
        self.store.complete(view, position)?;
        self.progress.reached(view, position);
        Ok(())
    }

    fn look(&self, view: View) -> Result<(), ReadError> {
        let state = self.store.state(view)?;
        let aside = if state.set_aside == 0 { Vec::new() } else { self.store.last_set_aside(view)? };
        self.progress.saw(Seen { state, aside });
        Ok(())
    }
}

/// The source of a projector service, as questions see it.
struct Shared {
    progress: Progress,
    store: PostgresStore,
    open: OpenSource,
    stopping: Stopping,
}

impl Origin for Shared {
    fn head(&self) -> Position {
        self.progress.report().head.unwrap_or_default()
    }

    fn is_reached(&self) -> bool {
        self.progress.report().head.is_some()
    }

    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }

    fn began(&self, _: View) -> Position {
        self.progress.report().began()
    }

    fn position(&self, view: View) -> Position {
        self.progress.report().position(view)
    }

    fn trouble(&self, view: View) -> Option<Failing> {
        self.progress.report().trouble(view)
    }

    fn store_trouble(&self, view: View) -> Option<String> {
        self.progress.report().store_trouble(view)
    }

    fn seen(&self, view: View) -> Option<Seen> {
        self.progress.seen(view)
    }

    fn rebuild(&self, views: &[View], to: questions::Progress) -> Result<(), Refusal> {
        let (store, open) = (self.store.clone(), self.open.clone());
        let (views, stopping) = (views.to_vec(), self.stopping.clone());
        spawn_blocking(move || {
            let begun = store.rebuild(&views).map_err(Refusal::from);
            let opened = open(Reading::All).map_err(|error| Refusal::source(&*error));
            match begun.and_then(|rebuild| Ok((rebuild, opened?))) {
                Ok((rebuild, source)) => Work { views, source, to, stopping }.run(rebuild),
                Err(refusal) => drop(to.blocking_send(Err(refusal.into()))),
            }
        });
        Ok(())
    }
}

/// PostgreSQL's views keep the events that they need: nothing else is asked.
struct NoEvents;

impl EventSource for NoEvents {
    fn event(&self, _: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(None)
    }

    fn event_by_id(&self, _: &str) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(None)
    }

    fn positions_tagged(&self, _: &str) -> Result<Vec<Position>, SourceError> {
        Ok(Vec::new())
    }
}
