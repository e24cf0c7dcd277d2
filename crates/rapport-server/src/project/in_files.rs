//! Views in SQLite files of this process alone, with a copy of the events beside them.
//!
//! Events are first kept in the order of their positions. From there on it is as in a ledger: one thread brings the
//! views up to date from the copy, and rebuilds read the copy.

use std::{path::Path, sync::Arc};

use rapport_model::{Position, Timestamp};
use rapport_store::{Applied, Checkpoint, EventsFile, PartitionBatch, ReadError, Store, StoreError, View};
use tokio::sync::{Notify, watch};

use super::{
    follower::{Follower, Target},
    parts::{Parts, ProjectConfig, ProjectError},
    progress::Progress,
    source::Reading,
};
use crate::{
    door::refusal::Refusal,
    start_error::StartError,
    stopping::Stopping,
    views::{
        local_views::LocalViews,
        projector::Projector,
        questions::{self, Origin, Seen},
        rebuild,
        trouble::Failing,
    },
};

/// Opens the files of a directory and begins to follow.
///
/// # Errors
/// The directory cannot be used, or the system has no thread left.
pub(super) fn start(
    dir: &Path,
    config: &ProjectConfig,
    progress: &Progress,
    stopping: &Stopping,
) -> Result<Parts, ProjectError> {
    let file = EventsFile::open(dir)?;
    let mut store = Store::open_only(dir, &config.views)?;
    let position = file.position()?;
    if position == Position::START && config.views.iter().any(|view| store.position(*view) > position) {
        tracing::warn!(directory = %dir.display(), "the copy of the events is empty: the views are built again with it");
        drop(store);
        Store::delete(dir)?;
        store = Store::open_only(dir, &config.views)?;
    }
    let (told, head) = watch::channel(position);
    let target = InFiles { file: file.clone(), store: store.clone(), told, progress: progress.clone() };
    let (events, troubles) = (Arc::new(file), progress.view_troubles());
    let local = LocalViews { events, store, head, stopping: stopping.clone(), troubles };
    let wanted = Arc::new(Notify::new());
    let projector = Projector::spawn(local.clone(), Arc::clone(&wanted)).map_err(StartError::Thread)?;
    let source = config.source.clone();
    let follower = Follower::new(target, progress.clone(), stopping.clone())
        .spawn(move || source(Reading::All))
        .map_err(StartError::Thread)?;
    Ok(Parts {
        models: Arc::new(local.store.clone()),
        events: local.events.clone(),
        applied: projector.applied(),
        origin: Arc::new(Copied { progress: progress.clone(), local }),
        wanted,
        follower,
        projector: Some(projector),
    })
}

/// The copy of the events; the views follow it by themselves.
struct InFiles {
    file: EventsFile,
    store: Store,
    told: watch::Sender<Position>,
    progress: Progress,
}

impl Target for InFiles {
    type Part = ();

    fn parts(&self) -> Vec<()> {
        vec![()]
    }

    fn view(&self, (): ()) -> Option<View> {
        None
    }

    fn belong_to(&self, (): (), ledger_id: &str) -> Result<(), StoreError> {
        self.file.belong_to(ledger_id)
    }

    fn checkpoints(&self, (): ()) -> Result<Vec<Checkpoint>, StoreError> {
        self.file.checkpoints()
    }

    fn apply(&self, (): (), batches: &[PartitionBatch]) -> Result<Applied, StoreError> {
        self.file.apply(batches)
    }

    fn complete(&self, (): (), position: Position) -> Result<(), StoreError> {
        self.file.complete(position)?;
        self.told.send_if_modified(|told| {
            let is_new = position > *told;
            *told = position.max(*told);
            is_new
        });
        Ok(())
    }

    fn look(&self, (): ()) -> Result<(), ReadError> {
        for view in self.store.views() {
            self.progress.view(self.store.state(*view));
        }
        Ok(())
    }
}

/// The source of the copy, as questions see it.
struct Copied {
    progress: Progress,
    local: LocalViews,
}

impl Origin for Copied {
    fn head(&self) -> Position {
        self.progress.report().head.unwrap_or_default().max(*self.local.head.borrow())
    }

    fn is_reached(&self) -> bool {
        self.progress.report().head.is_some()
    }

    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }

    fn began(&self, view: View) -> Position {
        self.progress.report().began().max(self.local.store.mending(view, self.head()))
    }

    fn position(&self, view: View) -> Position {
        self.local.store.position(view)
    }

    fn trouble(&self, view: View) -> Option<Failing> {
        self.progress.report().trouble(view)
    }

    fn seen(&self, view: View) -> Option<Seen> {
        Some(self.local.seen(view))
    }

    fn rebuild(&self, views: &[View], to: questions::Progress) -> Result<(), Refusal> {
        rebuild::begin(&self.local, views, to)
    }
}
