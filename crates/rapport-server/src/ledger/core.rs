//! What all services of a server share.

use std::{path::Path, sync::Arc, time::Duration};

use rapport_kafka::{PublisherReport, PublisherStatus};
use rapport_log::{Reader, Writer};
use rapport_model::{Position, Timestamp};
use rapport_store::View;
use rustix::fs::statvfs;
use tokio::sync::watch;

use crate::{
    config::Config,
    door::{budget::Budget, calls::Calls, refusal::Refusal},
    ledger::{
        publishing::lag,
        set_back::{Elsewhere, SetBack},
    },
    pages::{
        metrics::{Metrics, Readings},
        view_metrics::ViewReading,
    },
    stopping::Stopping,
    views::{
        local_views::LocalViews,
        questions::{Origin, Progress, Questions, Seen},
        rebuild,
        trouble::Failing,
    },
};

/// The parts of a running ledger.
pub(crate) struct Core {
    pub config: Config,
    pub reader: Reader,
    pub writer: Writer,
    pub budget: Budget,
    pub metrics: Arc<Metrics>,
    /// What answers questions about views.
    pub questions: Arc<Questions>,
    /// The last position of the log, told at every commit.
    pub head: watch::Receiver<Position>,
    /// What the publisher says of itself, where there is one.
    pub publisher: Option<PublisherStatus>,
    /// What other places have of this ledger.
    pub set_back: SetBack,
    pub stopping: Stopping,
    pub calls: Calls,
}

impl Core {
    /// Runs blocking work (disk, databases) away from the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.questions.blocking(what, work).await
    }

    /// What the publisher says, and how long events have waited for it.
    pub(crate) fn published(&self) -> Option<(PublisherReport, Duration)> {
        let report = self.publisher.as_ref()?.report();
        let lag = lag(&report, *self.head.borrow(), self.questions.started.elapsed());
        Some((report, lag))
    }

    /// Refuses appends of a ledger that was set back.
    pub(crate) fn check_set_back(&self) -> Result<(), Refusal> {
        let report = self.publisher.as_ref().map(PublisherStatus::report);
        self.set_back.check(report.as_ref(), *self.head.borrow())
    }

    /// What other places have of this ledger and it has not.
    pub(crate) fn elsewhere(&self) -> Vec<Elsewhere> {
        let report = self.publisher.as_ref().map(PublisherStatus::report);
        self.set_back.elsewhere(report.as_ref())
    }

    /// The space of the disk, all and free, in bytes.
    pub(crate) fn disk(&self) -> Option<(u64, u64)> {
        disk(&self.config.data)
    }

    /// The figures of this moment.
    pub(crate) fn readings(&self) -> Readings {
        Readings {
            head_position: self.head.borrow().0,
            publisher: self.published(),
            source: None,
            disk: self.disk(),
            queue_bytes: self.budget.used(),
            log: self.reader.counters(),
            views: view_readings(&self.questions),
        }
    }
}

/// Bytes of the disk that a directory is on, and those that are free for us.
fn disk(directory: &Path) -> Option<(u64, u64)> {
    let disk = statvfs(directory).ok()?;
    Some((disk.f_blocks.saturating_mul(disk.f_frsize), disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// How each view is doing.
pub(crate) fn view_readings(questions: &Questions) -> Vec<ViewReading> {
    let reading = |view: &View| {
        let state = questions.models.state(*view).ok()?;
        Some(ViewReading {
            view: view.name(),
            position: state.position.0,
            set_aside: state.set_aside,
            last_set_aside: state.last_set_aside.0,
            ahead: 0,
            failing: questions.origin.trouble(*view).map(|failing| failing.since).unwrap_or_default(),
        })
    };
    questions.views.iter().filter_map(reading).collect()
}

/// The log of this process and its views.
pub(crate) struct OwnLog {
    pub reader: Reader,
    pub local: LocalViews,
    /// The end of the log when the server started.
    pub began: Position,
}

impl Origin for OwnLog {
    fn head(&self) -> Position {
        self.reader.head().position
    }

    fn now(&self) -> Timestamp {
        let recorded = self.reader.head().recorded_at.unwrap_or_default();
        if self.reader.is_simulated() { recorded } else { recorded.max(jiff::Timestamp::now().into()) }
    }

    fn began(&self, view: View) -> Position {
        self.began.max(self.local.store.mending(view, self.head()))
    }

    fn position(&self, view: View) -> Position {
        self.local.store.position(view)
    }

    fn trouble(&self, view: View) -> Option<Failing> {
        self.local.troubles.now(view)
    }

    fn seen(&self, view: View) -> Option<Seen> {
        Some(self.local.seen(view))
    }

    fn rebuild(&self, views: &[View], to: Progress) -> Result<(), Refusal> {
        rebuild::begin(&self.local, views, to)
    }
}
