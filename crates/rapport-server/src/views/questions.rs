//! What queries of views need, in a ledger and in a projector service alike.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use rapport_model::{ErrorClass, Position, Timestamp};
use rapport_proto::v1;
use rapport_store::{EventSource, ReadModels, SetAside, View, ViewState};
use rapport_views::answers::Kept;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{sleep, timeout},
};
use tonic::Status;

use crate::{
    door::{calls::Calls, refusal::Refusal},
    pages::metrics::Metrics,
    stopping::Stopping,
    views::trouble::Failing,
};

/// How long the last answers take to reach a client that reads, also on a busy machine.
const ANSWERS_ARRIVE: Duration = Duration::from_secs(2);

/// How often a query that waits looks whether its store is in trouble.
const STORE_ANSWERS: Duration = Duration::from_secs(2);

/// Where progress of a rebuild goes.
pub(crate) type Progress = mpsc::Sender<Result<v1::RebuildProgress, Status>>;

/// How a view was when this process last looked at it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub state: ViewState,
    /// The latest events that it set aside, the latest first.
    pub aside: Vec<SetAside>,
}

/// Where the events of the views come from: the log of this process, or a source elsewhere. Nothing here
/// waits for another process.
pub(crate) trait Origin: Send + Sync {
    /// The last position that there is.
    fn head(&self) -> Position;

    /// Whether the source has ever been reached, so that [`Self::head`] says something.
    fn is_reached(&self) -> bool {
        true
    }

    /// The present: on a simulated ledger, that of its story. Never before what is recorded.
    fn now(&self) -> Timestamp;

    /// What a view must have reached to answer at all: the end of the log when the process started, or when the view's
    /// file was found damaged, so that half a view answers nothing.
    fn began(&self, view: View) -> Position;

    /// The position that a view has reached.
    fn position(&self, view: View) -> Position;

    /// What keeps a view from advancing.
    fn trouble(&self, view: View) -> Option<Failing>;

    /// How a view is, as far as this process knows: no database is asked. `None` before anything is known.
    fn seen(&self, view: View) -> Option<Seen>;

    /// Why a view's store may never answer, as far as this process knows; files of this process always do.
    fn store_trouble(&self, _: View) -> Option<String> {
        None
    }

    /// Begins to build views anew beside the live ones; progress and the end are told.
    ///
    /// # Errors
    /// It cannot begin.
    fn rebuild(&self, views: &[View], to: Progress) -> Result<(), Refusal>;
}

/// The parts that answer questions.
pub(crate) struct Questions {
    pub zone: TimeZone,
    pub models: Arc<dyn ReadModels>,
    /// Where the text of a timeline comes from, unless the store keeps it.
    pub events: Arc<dyn EventSource + Send>,
    pub origin: Arc<dyn Origin>,
    /// What answers about now may take from answers before.
    pub kept: Kept,
    /// The views of this process.
    pub views: Vec<View>,
    pub metrics: Arc<Metrics>,
    /// Told whenever views have advanced.
    pub applied: watch::Receiver<Position>,
    /// A query that waits for a view notifies it.
    pub wanted: Arc<Notify>,
    pub started: Instant,
    pub stopping: Stopping,
    pub calls: Calls,
}

impl Questions {
    /// Runs blocking work (disk, databases) away from the async threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _under_way = self.calls.begin();
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Refusal::internal(what)))
    }

    /// Asks the store of a view. A query may take long. When the store is in trouble, the trouble is the answer,
    /// because a database that hangs never answers.
    ///
    /// # Errors
    /// The work's, or the store's trouble.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        view: View,
        what: &'static str,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut answer = pin!(self.blocking(what, work));
        loop {
            if let Ok(answer) = timeout(STORE_ANSWERS, &mut answer).await {
                return answer;
            }
            if let Some(why) = self.origin.store_trouble(view) {
                let message = format!("view `{}` cannot be read: {why}; try again", view.name());
                return Err(Refusal::new(ErrorClass::Unavailable, "STORAGE", message));
            }
        }
    }

    /// Until everything under way is answered and the answers had a moment to arrive; no longer than `patience`.
    pub(crate) async fn answered(&self, patience: Duration) {
        let answered = async {
            self.calls.none().await;
            sleep(ANSWERS_ARRIVE).await;
        };
        // Out of patience or not: what is left is cut off.
        let _ = timeout(patience, answered).await;
    }

    /// Whether this process has a view.
    ///
    /// # Errors
    /// It has not.
    pub(crate) fn has(&self, view: View) -> Result<(), Refusal> {
        if self.views.contains(&view) {
            return Ok(());
        }
        let message = format!(
            "this projector has no view `{}`; ask one that has, or start it without --only",
            view.name()
        );
        Err(Refusal::new(ErrorClass::NotFound, "NO_SUCH_VIEW", message))
    }
}
