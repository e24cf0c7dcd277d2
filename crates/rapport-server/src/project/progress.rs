//! How a projector service is doing: for its pages, its metrics and the questions that wait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_store::{View, ViewState};
use tokio::sync::watch;

/// Behind by no more than this, a projector counts as caught up.
const CAUGHT_UP_EVENTS: u64 = 1_000;
/// Not told anything new for so long, it does not count as working.
const SILENT: Duration = Duration::from_secs(10);

/// At one moment.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The last position that there is, once it is known.
    pub head: Option<Position>,
    /// What `head` was when it was first known.
    pub began: Option<Position>,
    /// Each view as it was last seen in the store.
    pub views: BTreeMap<View, ViewState>,
    /// When each view was last at the head.
    pub at_head: BTreeMap<View, Instant>,
    /// Partitions of this process.
    pub partitions: usize,
    /// Events applied by this process.
    pub events: u64,
    /// What is wrong; empty when nothing is.
    pub trouble: String,
    /// When it last worked.
    pub worked: Option<Instant>,
}

/// The report, shared. Clones are of the same one.
#[derive(Clone)]
pub struct Progress {
    report: Arc<Mutex<Report>>,
    told: watch::Sender<Position>,
}

impl Progress {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self { report: Arc::default(), told: watch::Sender::new(Position::START) }
    }

    /// The report of this moment.
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    /// Told whenever views may have come on.
    pub fn applied(&self) -> watch::Receiver<Position> {
        self.told.subscribe()
    }

    /// The last position that there is.
    pub fn head(&self, head: Option<Position>) {
        let Some(head) = head else { return };
        let mut report = self.lock();
        report.head = Some(head);
        report.began.get_or_insert(head);
    }

    /// Source and store answered.
    pub fn works(&self) {
        let mut report = self.lock();
        report.worked = Some(Instant::now());
        if !report.trouble.is_empty() {
            report.trouble.clear();
            tracing::info!("the views are brought up to date again");
        }
    }

    /// It was not.
    pub fn failed(&self, error: &dyn std::error::Error) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        let mut report = self.lock();
        // Once, not at every try.
        if report.trouble != text {
            tracing::warn!("the views cannot be brought up to date, trying again: {text}");
            report.trouble = text;
        }
    }

    /// How many partitions this process has.
    pub fn partitions(&self, partitions: usize) {
        self.lock().partitions = partitions;
    }

    /// Events were applied.
    pub fn took(&self, events: usize) {
        self.lock().events += events as u64;
    }

    /// What state a view is in, whoever brought it there.
    pub fn view(&self, state: ViewState) {
        self.lock().views.insert(state.view, state);
        self.reached(state.view, state.position);
    }

    /// How far a view is.
    pub fn reached(&self, view: View, position: Position) {
        let mut report = self.lock();
        if let Some(state) = report.views.get_mut(&view) {
            state.position = state.position.max(position);
        }
        if report.head.is_none_or(|head| position >= head) {
            report.at_head.insert(view, Instant::now());
        }
        drop(report);
        self.told.send_replace(position);
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// The position of a view; the beginning while nothing is known of it.
    pub fn position(&self, view: View) -> Position {
        self.views.get(&view).map(|state| state.position).unwrap_or_default()
    }

    /// What a view must have reached to be asked. While nobody knows how much there is, something: what it has is then
    /// from before, and nothing is no answer.
    pub fn began(&self) -> Position {
        self.began.unwrap_or(Position(1))
    }

    /// How long nothing was heard of the source or the store.
    pub fn silence(&self, since_start: Duration) -> Duration {
        self.worked.map_or(since_start, |worked| worked.elapsed())
    }

    /// How long events have waited for a view.
    pub fn lag(&self, view: View, since_start: Duration) -> Duration {
        match self.head {
            Some(head) if self.position(view) < head => {
                self.at_head.get(&view).map_or(since_start, Instant::elapsed)
            }
            Some(_) | None => Duration::ZERO,
        }
    }

    /// Why it is not to be asked; `None` when it may be.
    pub fn not_ready(&self, views: &[View]) -> Option<String> {
        let Some(head) = self.head else {
            return Some(if self.trouble.is_empty() { "starting".to_owned() } else { self.trouble.clone() });
        };
        if let Some(view) = views.iter().find(|view| head.0 > self.position(**view).0 + CAUGHT_UP_EVENTS) {
            let behind = head.0 - self.position(*view).0;
            return Some(format!("view `{}` is {behind} events behind", view.name()));
        }
        let is_silent = self.worked.is_none_or(|worked| worked.elapsed() > SILENT);
        is_silent.then(|| format!("nothing was read for a while: {}", self.trouble))
    }
}
