//! How a projector service is doing: for its pages, its metrics and the questions that wait.
//!
//! **Invariant:** ready means that source and store were heard of a moment ago, that nothing has failed for longer than
//! [`PASSING`] or in a way that does not pass, that no view has more than the source, and that no view has been behind
//! for longer than [`BEHIND_MAX`].

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_store::{View, ViewState};
use tokio::sync::watch;

use super::heads::Heads;
use crate::views::{
    questions::Seen,
    trouble::{Failing, Failure, Trouble, ViewTroubles},
};

/// Behind by more than this, a projector is not caught up.
const CAUGHT_UP_EVENTS: u64 = 1_000;
/// A view that is behind for longer is not caught up, by however few events.
const BEHIND_MAX: Duration = Duration::from_secs(60);
/// A failure that is over within this time passed by itself: a deadlock, a connection that was made again.
const PASSING: Duration = Duration::from_secs(10);
/// A working store answers within this time.
const STORE_SILENT: Duration = Duration::from_secs(10);
/// A working source answers within this time: a ledger without new events is asked every few seconds.
const SOURCE_SILENT: Duration = Duration::from_secs(30);

/// What the follower is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum WaitsFor {
    /// Events.
    #[default]
    Source,
    /// Where rows are kept.
    Store,
}

/// A view has events that its source has not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "view `{}` is at position `{at}` and the source ends at `{head}`: the ledger was set back, or the views are another one's; \
     bring the later ledger back, or drop the views' schemas (or directory) and start again: everything is read anew",
    view.name()
)]
pub(super) struct Ahead {
    view: View,
    at: Position,
    head: Position,
}

/// At one moment.
#[derive(Debug, Clone)]
pub(super) struct Report {
    /// The last position that there is, once it is known.
    pub head: Option<Position>,
    /// What `head` was when it was first known.
    pub began: Option<Position>,
    /// Each view as it was last seen in the store.
    pub views: BTreeMap<View, ViewState>,
    /// Partitions of this process.
    pub partitions: usize,
    /// Events applied by this process.
    pub events: u64,
    heads: Heads,
    /// The trouble of the source, or of all views together.
    trouble: Option<Failing>,
    /// The trouble of each view by itself.
    view_troubles: BTreeMap<View, Failing>,
    waits_for: WaitsFor,
    /// Since when a view has had more than the source.
    ahead_since: Option<Instant>,
    /// Whether the source had as much as the views at some moment since it was opened.
    reached_views: bool,
    /// When the source and the store last answered.
    heard: [Instant; 2],
}

/// The report, shared. Clones are of the same one.
#[derive(Clone)]
pub(super) struct Progress {
    report: Arc<Mutex<Report>>,
    /// Each view as it was last seen in a database.
    seen: Arc<Mutex<BTreeMap<View, Seen>>>,
    trouble: Trouble,
    view_troubles: ViewTroubles,
    told: watch::Sender<Position>,
}

impl Progress {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        let report = Report {
            head: None,
            began: None,
            views: BTreeMap::new(),
            partitions: 0,
            events: 0,
            heads: Heads::default(),
            trouble: None,
            view_troubles: BTreeMap::new(),
            waits_for: WaitsFor::Source,
            ahead_since: None,
            reached_views: false,
            heard: [Instant::now(); 2],
        };
        Self {
            report: Arc::new(Mutex::new(report)),
            seen: Arc::default(),
            trouble: Trouble::of("the views"),
            view_troubles: ViewTroubles::new(),
            told: watch::Sender::new(Position::START),
        }
    }

    /// The report of this moment.
    pub(super) fn report(&self) -> Report {
        let mut report = self.lock().clone();
        report.trouble = self.trouble.now();
        let of_view = |view| Some((view, self.view_troubles.now(view)?));
        report.view_troubles = View::ALL.into_iter().filter_map(of_view).collect();
        report
    }

    /// Told whenever views may have advanced.
    pub(super) fn applied(&self) -> watch::Receiver<Position> {
        self.told.subscribe()
    }

    /// The source was opened, perhaps again: it may be another one than before.
    pub(super) fn source_opened(&self) {
        self.lock().reached_views = false;
    }

    /// The last position that there is.
    pub(super) fn head(&self, head: Option<Position>) {
        let Some(head) = head else { return };
        let mut report = self.lock();
        report.head = Some(head);
        report.began.get_or_insert(head);
        let least = report.views.values().map(|state| state.position).min().unwrap_or_default();
        report.heads.see(head, least);
        report.compare();
    }

    /// When the source last said anything.
    pub(super) fn heard_of_source(&self, at: Instant) {
        let mut report = self.lock();
        report.waits_for = WaitsFor::Store;
        // From here on it is the store that has to answer.
        let asked = Instant::now();
        let [_, store] = &mut report.heard;
        *store = asked;
        let [source, _] = &mut report.heard;
        *source = at.max(*source);
    }

    /// The store answered.
    pub(super) fn heard_of_store(&self) {
        let [_, store] = &mut self.lock().heard;
        *store = Instant::now();
    }

    /// Nothing is asked of the store from here on.
    pub(super) fn waits_for_source(&self) {
        self.lock().waits_for = WaitsFor::Source;
    }

    /// A view that has had more than the source for longer than another projector may be ahead in reading it.
    pub(super) fn ahead(&self) -> Option<Ahead> {
        self.lock().ahead_for(PASSING)
    }

    /// Events were applied, or none are left.
    pub(super) fn works(&self) {
        self.trouble.over();
    }

    /// The source failed, or all views at once.
    pub(super) fn failed(&self, failure: Failure<'_>) {
        self.trouble.failed(self.counted(failure));
    }

    /// A view takes events again.
    pub(super) fn view_works(&self, view: View) {
        if let Some(trouble) = self.view_troubles.of(view) {
            trouble.over();
        }
    }

    /// A view takes none.
    pub(super) fn view_failed(&self, view: View, failure: Failure<'_>) {
        if let Some(trouble) = self.view_troubles.of(view) {
            trouble.failed(self.counted(failure));
        }
    }

    /// A store had been silent before its connection was given up: the failure counts from there.
    fn counted<'a>(&self, failure: Failure<'a>) -> Failure<'a> {
        let report = self.lock();
        let [_, store] = report.heard;
        match report.waits_for {
            WaitsFor::Store => Failure { since: store, ..failure },
            WaitsFor::Source => failure,
        }
    }

    /// The troubles of the views, for the thread that carries events on to files.
    pub(super) fn view_troubles(&self) -> ViewTroubles {
        self.view_troubles.clone()
    }

    /// How many partitions this process has.
    pub(super) fn partitions(&self, partitions: usize) {
        self.lock().partitions = partitions;
    }

    /// Events were applied.
    pub(super) fn took(&self, events: usize) {
        self.lock().events += events as u64;
    }

    /// The state of a view, whichever process brought it there.
    pub(super) fn view(&self, state: ViewState) {
        self.lock().views.insert(state.view, state);
        self.reached(state.view, state.position);
    }

    /// The same with what it set aside, for answers that do not ask the database.
    pub(super) fn saw(&self, seen: Seen) {
        let state = seen.state;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(state.view, seen);
        self.view(state);
    }

    /// A view as it was last seen in the database; `None` before it was.
    pub(super) fn seen(&self, view: View) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&view).cloned()
    }

    /// How far a view is.
    pub(super) fn reached(&self, view: View, position: Position) {
        let mut report = self.lock();
        if let Some(state) = report.views.get_mut(&view) {
            state.position = state.position.max(position);
        }
        report.compare();
        drop(report);
        self.told.send_replace(position);
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// The position of a view; the beginning while nothing is known of it.
    pub(super) fn position(&self, view: View) -> Position {
        self.views.get(&view).map(|state| state.position).unwrap_or_default()
    }

    /// The position that a view must have reached to answer. While the head is not known, a view must have at least one
    /// event: its events are then from before, and an empty view is not an answer.
    pub(super) fn began(&self) -> Position {
        self.began.unwrap_or(Position(1))
    }

    /// How long nothing was heard of the source, or of a store that was asked, whichever is longer.
    pub(super) fn silence(&self) -> Duration {
        let [source, store] = self.heard.map(|at| at.elapsed());
        match self.waits_for {
            WaitsFor::Source => source,
            WaitsFor::Store => source.max(store),
        }
    }

    fn compare(&mut self) {
        let Some(head) = self.head.filter(|_| !self.views.is_empty()) else { return };
        if self.views.values().any(|state| state.position > head) {
            self.ahead_since.get_or_insert_with(Instant::now);
        } else {
            self.ahead_since = None;
            self.reached_views = true;
        }
    }

    fn ahead_for(&self, longer_than: Duration) -> Option<Ahead> {
        let (head, since) = (self.head?, self.ahead_since?);
        let state = self.views.values().find(|state| state.position > head)?;
        (since.elapsed() >= longer_than).then_some(Ahead { view: state.view, at: state.position, head })
    }

    /// A view that has more than the source. Another projector may be ahead in reading the source for a moment. A
    /// source that has had less than the views since it was opened does not get more by itself.
    fn ahead(&self) -> Option<Ahead> {
        self.ahead_for(if self.reached_views { PASSING } else { Duration::ZERO })
    }

    /// How many events a view has that the source has not.
    pub(super) fn ahead_by(&self, view: View) -> u64 {
        let head = self.ahead().map(|ahead| ahead.head.0);
        head.map_or(0, |head| self.position(view).0.saturating_sub(head))
    }

    /// How long events have waited for a view. A silent source may have events, so its silence counts. A view that has
    /// more than its source waits for an operator's decision: the time since this was found counts.
    pub(super) fn lag(&self, view: View) -> Duration {
        if self.ahead_by(view) > 0 {
            return self.ahead_since.map(|since| since.elapsed()).unwrap_or_default();
        }
        let waited = self.heads.since(self.position(view)).map(|since| since.elapsed()).unwrap_or_default();
        let [source, _] = self.heard;
        let unheard = source.elapsed();
        if unheard > SOURCE_SILENT { waited.max(unheard) } else { waited }
    }

    /// What keeps a view from advancing; `None` when nothing does.
    pub(super) fn trouble(&self, view: View) -> Option<Failing> {
        let failing = self.view_troubles.get(&view).or(self.trouble.as_ref()).cloned();
        let ahead = || {
            let why = self.ahead()?.to_string();
            Some(Failing { why, since: self.ahead_since?.elapsed(), lasts: true })
        };
        let silent = || Some(Failing { why: self.silent()?, since: self.silence(), lasts: false });
        failing.or_else(ahead).or_else(silent)
    }

    /// Why the store of a view may never answer.
    pub(super) fn store_trouble(&self, view: View) -> Option<String> {
        self.view_troubles.get(&view).map(|failing| failing.why.clone()).or_else(|| self.store_silent())
    }

    /// Why it is not to be asked; `None` when it may be.
    pub(super) fn not_ready(&self, views: &[View]) -> Option<String> {
        let Some(head) = self.head else {
            let why = views.iter().find_map(|view| self.trouble(*view)).map(|failing| failing.why);
            return Some(why.unwrap_or_else(|| "starting".to_owned()));
        };
        let counts = |failing: &&Failing| failing.lasts || failing.since > PASSING;
        if let Some(failing) = self.trouble.as_ref().filter(counts) {
            return Some(format!(
                "the views do not advance, for {} s: {}",
                failing.since.as_secs(),
                failing.why
            ));
        }
        if let Some(ahead) = self.ahead() {
            return Some(ahead.to_string());
        }
        for view in views {
            let name = view.name();
            if let Some(failing) = self.view_troubles.get(view).filter(counts) {
                let seconds = failing.since.as_secs();
                return Some(format!("view `{name}` does not advance, for {seconds} s: {}", failing.why));
            }
            if self.views.get(view).is_some_and(|state| state.damaged) {
                return Some(format!("the file of view `{name}` was damaged: it is built again"));
            }
            let behind = head.0.saturating_sub(self.position(*view).0);
            if behind > CAUGHT_UP_EVENTS {
                let why = self.trouble(*view).map(|failing| format!(": {}", failing.why)).unwrap_or_default();
                return Some(format!("view `{name}` is {behind} events behind{why}"));
            }
            let lag = self.lag(*view);
            if behind > 0 && lag > BEHIND_MAX {
                return Some(format!(
                    "view `{name}` has been behind for {} s, by {behind} events",
                    lag.as_secs()
                ));
            }
        }
        self.silent()
    }

    fn store_silent(&self) -> Option<String> {
        let [_, store] = self.heard.map(|at| at.elapsed());
        (self.waits_for == WaitsFor::Store && store > STORE_SILENT)
            .then(|| format!("the views' store has not answered for {} s", store.as_secs()))
    }

    fn silent(&self) -> Option<String> {
        let [source, _] = self.heard.map(|at| at.elapsed());
        self.store_silent().or_else(|| {
            (source > SOURCE_SILENT)
                .then(|| format!("nothing was heard of the source for {} s", source.as_secs()))
        })
    }
}

#[cfg(test)]
mod tests;
