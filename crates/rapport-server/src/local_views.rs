//! Views in files of this process, and the events that they are built of: the log, or a copy of what a source
//! elsewhere has.

use std::{sync::Arc, time::Instant};

use rapport_model::Position;
use rapport_store::{OrderedEvents, Store, View};
use tokio::{sync::watch, task::spawn_blocking};

use crate::{questions::Progress, refusal::Refusal, stopping::Stopping, views::rebuild::Work};

/// The parts. Clones are of the same.
#[derive(Clone)]
pub struct LocalViews {
    /// Where events come from.
    pub events: Arc<dyn OrderedEvents>,
    /// Where the rows go.
    pub store: Store,
    /// The last event that there is, told whenever there are more.
    pub head: watch::Receiver<Position>,
    /// Whether the process stops.
    pub stopping: Stopping,
}

impl LocalViews {
    /// Begins to build views anew beside the live ones; progress and the end are told.
    ///
    /// # Errors
    /// It cannot begin.
    pub fn rebuild(&self, views: &[View], to: Progress) -> Result<(), Refusal> {
        let rebuild = self.store.rebuild(views)?;
        let work = Work { local: self.clone(), to, begun: Instant::now() };
        spawn_blocking(move || {
            if let Err(refusal) = work.run(rebuild) {
                let _ = work.to.blocking_send(Err(refusal.into()));
            }
        });
        Ok(())
    }
}
