//! `Rebuild`: a view built anew beside the live one.

use std::time::{Duration, Instant};

use rapport_model::Position;
use rapport_proto::{time, v1};
use rapport_store::{ApplyError, Chunk, Rebuild, View};
use tokio::{sync::mpsc, task::spawn_blocking};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    door::refusal::Refusal,
    views::{
        local_views::LocalViews,
        questions::{Progress, Questions},
    },
};

/// Progress messages that wait for a slow client; more are left out.
const MESSAGES_AHEAD: usize = 8;

/// How often progress is told.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Begins a rebuild; it is given up when the client goes away or the server stops.
pub(crate) fn rebuild(
    questions: &Questions,
    request: &v1::RebuildRequest,
) -> Result<impl Stream<Item = Result<v1::RebuildProgress, Status>> + Send + use<>, Refusal> {
    let views = match request.view.as_str() {
        "" => questions.views.clone(),
        name => vec![View::of_name(name).ok_or_else(|| {
            let names: Vec<_> = View::ALL.into_iter().map(|view| format!("`{}`", view.name())).collect();
            Refusal::field("view", format!("expected one of {}, found `{name}`", names.join(", ")))
        })?],
    };
    views.iter().try_for_each(|view| questions.has(*view))?;
    let (to, messages) = mpsc::channel(MESSAGES_AHEAD);
    // Before the first message, so that a rebuild that cannot begin is refused and not broken off.
    questions.origin.rebuild(&views, to)?;
    Ok(ReceiverStream::new(messages))
}

/// Begins to build views in files of this process anew, beside the live ones.
pub(crate) fn begin(local: &LocalViews, views: &[View], to: Progress) -> Result<(), Refusal> {
    let rebuild = local.store.rebuild(views)?;
    let work = Work { local: local.clone(), to, begun: Instant::now() };
    let views = views.to_vec();
    spawn_blocking(move || {
        let run = match work.run(rebuild) {
            // The file was built as a whole: what it refuses is found and set aside in small steps.
            Err(Failed::Apply(error)) if error.is_of_content() => {
                let stepping = work.local.store.rebuild_step_by_step(&views).map_err(Refusal::from);
                stepping.map_err(Failed::Refused).and_then(|rebuild| work.run(rebuild))
            }
            run => run,
        };
        if let Err(failed) = run {
            let _ = work.to.blocking_send(Err(Refusal::from(failed).into()));
        }
    });
    Ok(())
}

/// Why a rebuild ended.
enum Failed {
    Apply(ApplyError),
    Refused(Refusal),
}

impl From<ApplyError> for Failed {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

impl From<Failed> for Refusal {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Apply(error) => error.into(),
            Failed::Refused(refusal) => refusal,
        }
    }
}

struct Work {
    local: LocalViews,
    to: Progress,
    begun: Instant,
}

impl Work {
    /// Works until the new views are live, or the client went away, or the server stops.
    fn run(&self, mut rebuild: Rebuild) -> Result<(), Failed> {
        loop {
            if self.local.stopping.is_set() {
                return Err(Failed::Refused(Refusal::stopping()));
            }
            if self.to.is_closed() {
                tracing::info!("a rebuild is given up: its client went away");
                return Ok(());
            }
            let (applied, head) = (rebuild.applied(), *self.local.head.borrow());
            if applied >= head {
                match rebuild.finish()? {
                    Some(unfinished) => rebuild = unfinished,
                    None => break,
                }
            } else {
                self.catch_up(&rebuild, head)?;
            }
        }
        let reached = self.local.store.visible();
        let done =
            v1::RebuildProgress { done: true, ..progress(reached, *self.local.head.borrow(), self.begun) };
        let _ = self.to.blocking_send(Ok(done));
        Ok(())
    }

    /// Applies the events that exist now, unless the rebuild was given up.
    fn catch_up(&self, rebuild: &Rebuild, head: Position) -> Result<(), ApplyError> {
        let mut told = Instant::now();
        let wanted = |_: &Chunk| !self.local.stopping.is_set() && !self.to.is_closed();
        let events = &*self.local.events;
        let chunks = events.chunks_after(rebuild.applied()).take_while(wanted).inspect(|_| {
            if told.elapsed() >= PROGRESS_INTERVAL {
                told = Instant::now();
                // A client that is slow misses a message, and nothing else.
                let _ = self.to.try_send(Ok(progress(rebuild.applied(), head, self.begun)));
            }
        });
        rebuild.catch_up(chunks, events)?;
        Ok(())
    }
}

/// How far a rebuild is, and what is left of it at the pace so far.
pub(crate) fn progress(position: Position, head: Position, begun: Instant) -> v1::RebuildProgress {
    let events_per_second = position.0 as f64 / begun.elapsed().as_secs_f64().max(f64::EPSILON);
    let left = head.0.saturating_sub(position.0) as f64 / events_per_second.max(1.0);
    let micros = i64::try_from(Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX).as_micros());
    v1::RebuildProgress {
        position: position.0,
        head_position: head.0,
        events_per_second,
        remaining: Some(time::duration_to_proto(micros.unwrap_or(i64::MAX))),
        done: false,
    }
}
