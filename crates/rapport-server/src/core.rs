//! What all services of a server share.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use rapport_kafka::{PublisherReport, PublisherStatus};
use rapport_log::{Reader, Writer};
use rapport_model::{Position, Timestamp};
use rapport_store::{ReadModels, Store, View};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};

use crate::{
    budget::Budget,
    calls::Calls,
    config::Config,
    metrics::{Metrics, Readings},
    publishing::lag,
    refusal::Refusal,
    stopping::Stopping,
};

/// A client that reads has its last answers so soon, also on a machine that is busy.
const ANSWERS_ARRIVE: Duration = Duration::from_secs(2);

/// The parts of a running server.
pub struct Core {
    pub config: Config,
    pub zone: TimeZone,
    pub reader: Reader,
    pub writer: Writer,
    pub store: Store,
    pub budget: Budget,
    pub metrics: Arc<Metrics>,
    /// The end of the log when the server started. A view that has not reached it is being caught up or built anew.
    pub began: Position,
    /// The last position of the log, told at every commit.
    pub head: watch::Receiver<Position>,
    /// The position that every view has reached, told at every batch.
    pub applied: watch::Receiver<Position>,
    /// Notified by who waits for a view.
    pub wanted: Arc<Notify>,
    /// What the publisher says of itself, where there is one.
    pub publisher: Option<PublisherStatus>,
    pub started: Instant,
    pub stopping: Stopping,
    pub calls: Calls,
}

impl Core {
    /// Where questions about views are asked.
    pub fn read_models(&self) -> Arc<dyn ReadModels> {
        Arc::new(self.store.clone())
    }

    /// Does what blocks (disk, databases) away from the async threads.
    pub async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _under_way = self.calls.begin();
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Refusal::internal(what)))
    }

    /// Until everything under way is answered and the answers had a moment to arrive; no longer than `patience`.
    pub async fn answered(&self, patience: Duration) {
        let answered = async {
            self.calls.none().await;
            sleep(ANSWERS_ARRIVE).await;
        };
        // Out of patience or not: what is left is cut off.
        let _ = timeout(patience, answered).await;
    }

    /// The present: on a simulated ledger, that of its story. Never before what is recorded.
    pub fn now(&self) -> Timestamp {
        let recorded = self.reader.head().recorded_at.unwrap_or_default();
        if self.reader.is_simulated() { recorded } else { recorded.max(jiff::Timestamp::now().into()) }
    }

    /// What the publisher says, and how long events have waited for it.
    pub fn published(&self) -> Option<(PublisherReport, Duration)> {
        let report = self.publisher.as_ref()?.report();
        let lag = lag(&report, *self.head.borrow(), self.started.elapsed());
        Some((report, lag))
    }

    /// The figures of this moment.
    pub fn readings(&self) -> Readings {
        let view = |view: View| {
            let state = self.store.state(view);
            (view.name(), state.position.0, state.set_aside)
        };
        Readings {
            head_position: self.head.borrow().0,
            publisher: self.published(),
            queue_bytes: self.budget.used(),
            log: self.reader.counters(),
            views: View::ALL.into_iter().map(view).collect(),
        }
    }
}
