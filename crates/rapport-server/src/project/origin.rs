//! A source elsewhere, as questions see it.

use rapport_model::{Position, Timestamp};
use rapport_proto::v1::RecordedEvent;
use rapport_store::{EventSource, SourceError, View, postgres::PostgresStore};
use tokio::task::spawn_blocking;

use super::{OpenSource, Reading, progress::Progress, rebuild::Work};
use crate::{
    questions::{self, Origin},
    refusal::Refusal,
    stopping::Stopping,
};

/// The source of a projector service.
pub struct Elsewhere {
    pub progress: Progress,
    pub store: PostgresStore,
    pub open: OpenSource,
    pub stopping: Stopping,
}

impl Origin for Elsewhere {
    fn head(&self) -> Position {
        self.progress.report().head.unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }

    fn began(&self) -> Position {
        self.progress.report().began.unwrap_or_default()
    }

    fn position(&self, view: View) -> Position {
        self.progress.report().position(view)
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
pub struct NoEvents;

impl EventSource for NoEvents {
    fn event(&self, _: Position) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(None)
    }

    fn event_by_id(&self, _: &str) -> Result<Option<RecordedEvent>, SourceError> {
        Ok(None)
    }
}
