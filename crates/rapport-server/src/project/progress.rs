//! How a projector service is doing: for its pages, its metrics and the questions that wait.
//!
//! **Invariant:** ready means that source and store were heard of a moment ago, that nothing has failed for longer than
//! [`PASSING`], and that no view has been behind for longer than [`BEHIND_MAX`].

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rapport_model::Position;
use rapport_store::{View, ViewState};
use tokio::sync::watch;

use super::heads::Heads;
use crate::trouble::Trouble;

/// Behind by more than this, a projector is not caught up.
const CAUGHT_UP_EVENTS: u64 = 1_000;
/// Behind by less, it is not either after so long.
const BEHIND_MAX: Duration = Duration::from_secs(60);
/// What fails for less than this, a deadlock or a connection made anew, is nobody's concern.
const PASSING: Duration = Duration::from_secs(10);
/// The store answers sooner when all is well.
const STORE_SILENT: Duration = Duration::from_secs(10);
/// And so does the source: a ledger that has nothing new is asked every few seconds.
const SOURCE_SILENT: Duration = Duration::from_secs(30);

/// Whom the follower is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitsFor {
    /// Events.
    #[default]
    Source,
    /// Where rows are kept.
    Store,
}

/// At one moment.
#[derive(Debug, Clone)]
pub struct Report {
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
    /// What is wrong with everything; empty when nothing is.
    trouble: Option<(String, Duration)>,
    /// What is wrong with single views.
    view_troubles: BTreeMap<View, (String, Duration)>,
    waits_for: WaitsFor,
    ahead_since: Option<Instant>,
    /// When there was a word from the source, and from the store.
    heard: [Instant; 2],
}

/// The report, shared. Clones are of the same one.
#[derive(Clone)]
pub struct Progress {
    report: Arc<Mutex<Report>>,
    trouble: Trouble,
    view_troubles: Arc<BTreeMap<View, Trouble>>,
    /// Of whoever carries events on to files.
    files_trouble: Trouble,
    told: watch::Sender<Position>,
}

impl Progress {
    /// Nothing is known yet.
    pub fn new() -> Self {
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
            heard: [Instant::now(); 2],
        };
        let of_view = |view: View| (view, Trouble::of(format!("view `{}`", view.name())));
        Self {
            report: Arc::new(Mutex::new(report)),
            trouble: Trouble::of("the views"),
            view_troubles: Arc::new(View::ALL.into_iter().map(of_view).collect()),
            files_trouble: Trouble::of("the files of the views"),
            told: watch::Sender::new(Position::START),
        }
    }

    /// The report of this moment.
    pub fn report(&self) -> Report {
        let mut report = self.lock().clone();
        report.trouble = self.trouble.now().or_else(|| self.files_trouble.now());
        let of_views = self.view_troubles.iter();
        report.view_troubles = of_views.filter_map(|(view, of)| Some((*view, of.now()?))).collect();
        report
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
        let least = report.views.values().map(|state| state.position).min().unwrap_or_default();
        report.heads.see(head, least);
    }

    /// When the source last said anything.
    pub fn heard_of_source(&self, at: Instant) {
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
    pub fn heard_of_store(&self) {
        let [_, store] = &mut self.lock().heard;
        *store = Instant::now();
    }

    /// Nothing is asked of the store from here on.
    pub fn waits_for_source(&self) {
        self.lock().waits_for = WaitsFor::Source;
    }

    /// A view that has more than the source, and for longer than another projector may be ahead in reading it.
    pub fn ahead(&self) -> Option<(View, Position, Position)> {
        let mut report = self.lock();
        let head = report.head?;
        let ahead = report
            .views
            .values()
            .find(|state| state.position > head)
            .map(|state| (state.view, state.position));
        let Some((view, position)) = ahead else {
            report.ahead_since = None;
            return None;
        };
        let since = *report.ahead_since.get_or_insert_with(Instant::now);
        (since.elapsed() > PASSING).then_some((view, position, head))
    }

    /// Events were applied, or none are left.
    pub fn works(&self) {
        self.trouble.over();
    }

    /// Nothing goes on.
    pub fn failed(&self, error: &dyn Error) {
        let (waits_for, [_, store]) = {
            let report = self.lock();
            (report.waits_for, report.heard)
        };
        // A store that is given up had been silent before: the next try is not a new beginning.
        let since = match waits_for {
            WaitsFor::Store => store,
            WaitsFor::Source => Instant::now(),
        };
        self.trouble.failed_since(error, since);
    }

    /// A view takes events again.
    pub fn view_works(&self, view: View) {
        if let Some(trouble) = self.view_troubles.get(&view) {
            trouble.over();
        }
    }

    /// A view takes none, while others do.
    pub fn view_failed(&self, view: View, error: &dyn Error) {
        if let Some(trouble) = self.view_troubles.get(&view) {
            trouble.failed(error);
        }
    }

    /// For whoever carries events on to files.
    pub fn files_trouble(&self) -> Trouble {
        self.files_trouble.clone()
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
        if let Some(state) = self.lock().views.get_mut(&view) {
            state.position = state.position.max(position);
        }
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

    /// How long nothing was heard of the source, or of a store that was asked, whichever is longer.
    pub fn silence(&self) -> Duration {
        let [source, store] = self.heard.map(|at| at.elapsed());
        match self.waits_for {
            WaitsFor::Source => source,
            WaitsFor::Store => source.max(store),
        }
    }

    /// How long events have waited for a view. Of a source that says nothing it is not known whether it has any: they
    /// may have waited for as long as it was silent.
    pub fn lag(&self, view: View) -> Duration {
        let waited = self.heads.since(self.position(view)).map(|since| since.elapsed()).unwrap_or_default();
        let [source, _] = self.heard;
        let unheard = source.elapsed();
        if unheard > SOURCE_SILENT { waited.max(unheard) } else { waited }
    }

    /// What keeps a view from coming on, and for how long; `None` when nothing does.
    pub fn trouble(&self, view: View) -> Option<(String, Duration)> {
        let failing = self.view_troubles.get(&view).or(self.trouble.as_ref()).cloned();
        failing.or_else(|| Some((self.silent()?, self.silence())))
    }

    /// Why it is not to be asked; `None` when it may be.
    pub fn not_ready(&self, views: &[View]) -> Option<String> {
        let Some(head) = self.head else {
            return Some(self.trouble.as_ref().map_or("starting", |(text, _)| text).to_owned());
        };
        let lasts = |trouble: &&(String, Duration)| trouble.1 > PASSING;
        if let Some((text, since)) = self.trouble.as_ref().filter(lasts) {
            return Some(format!("the views do not come on, for {} s: {text}", since.as_secs()));
        }
        for view in views {
            let name = view.name();
            if let Some((text, since)) = self.view_troubles.get(view).filter(lasts) {
                return Some(format!("view `{name}` does not come on, for {} s: {text}", since.as_secs()));
            }
            let behind = head.0.saturating_sub(self.position(*view).0);
            if behind > CAUGHT_UP_EVENTS {
                let why = self.trouble(*view).map(|(why, _)| format!(": {why}")).unwrap_or_default();
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

    fn silent(&self) -> Option<String> {
        let [source, store] = self.heard.map(|at| at.elapsed());
        if self.waits_for == WaitsFor::Store && store > STORE_SILENT {
            return Some(format!(
                "the views' store has not taken what it was given for {} s",
                store.as_secs()
            ));
        }
        (source > SOURCE_SILENT)
            .then(|| format!("nothing was heard of the source for {} s", source.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const VIEWS: [View; 1] = [View::Funnel];

    /// One that is at `position` of `head`.
    fn at(position: u64, head: u64) -> Progress {
        let progress = Progress::new();
        progress.head(Some(Position(head)));
        let position = Position(position);
        progress.view(ViewState {
            view: View::Funnel,
            position,
            set_aside: 0,
            last_set_aside: Position::START,
            waiting: 0,
            rebuilding: false,
        });
        progress
    }

    fn ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn a_few_events_behind_is_ready_for_a_while_and_not_for_ever() {
        let progress = at(5, 6);
        let mut report = progress.report();
        assert_eq!(report.not_ready(&VIEWS), None);
        report.heads = Heads::default();
        report.heads.see_at(ago(61), Position(6), Position(5));
        assert!(report.not_ready(&VIEWS).unwrap().contains("has been behind for 61 s, by 1 events"));
        report.views.get_mut(&View::Funnel).unwrap().position = Position(6);
        assert_eq!(report.not_ready(&VIEWS), None);
        assert!(at(5, 2_000).report().not_ready(&VIEWS).unwrap().contains("1995 events behind"));
    }

    #[test]
    fn what_fails_at_every_try_is_not_ready_however_little_is_behind() {
        let progress = at(5, 6);
        progress.failed(&io::Error::other("the disk is full"));
        let mut report = progress.report();
        assert_eq!(report.not_ready(&VIEWS), None, "it may pass");
        report.trouble.as_mut().unwrap().1 = Duration::from_secs(11);
        assert!(report.not_ready(&VIEWS).unwrap().ends_with("for 11 s: the disk is full"));
        progress.works();
        progress.view_failed(View::Funnel, &io::Error::other("no right"));
        report = progress.report();
        report.view_troubles.get_mut(&View::Funnel).unwrap().1 = Duration::from_secs(12);
        assert!(
            report.not_ready(&VIEWS).unwrap().contains("view `funnel` does not come on, for 12 s: no right")
        );
        assert_eq!(report.not_ready(&[]), None);
    }

    #[test]
    fn a_store_that_was_silent_until_it_was_given_up_is_not_ready_while_it_is_tried_again() {
        let progress = at(6, 6);
        progress.heard_of_source(Instant::now());
        progress.lock().heard = [Instant::now(), ago(16)];
        assert!(progress.report().not_ready(&VIEWS).is_some());
        progress.failed(&io::Error::other("connection closed"));
        progress.heard_of_source(Instant::now());
        let why = progress.report().not_ready(&VIEWS).unwrap();
        assert!(why.ends_with("for 16 s: connection closed"), "{why}");
        progress.works();
        assert_eq!(progress.report().not_ready(&VIEWS), None);
    }

    #[test]
    fn silence_is_told_with_whose_and_how_long_and_is_a_lag() {
        let progress = at(6, 6);
        let mut report = progress.report();
        assert_eq!((report.not_ready(&VIEWS), report.lag(View::Funnel)), (None, Duration::ZERO));
        report.heard = [ago(31), ago(0)];
        assert_eq!(report.not_ready(&VIEWS).unwrap(), "nothing was heard of the source for 31 s");
        assert_eq!(report.lag(View::Funnel).as_secs(), 31);
        report.heard = [ago(0), ago(12)];
        assert_eq!(report.not_ready(&VIEWS), None, "nobody asks it");
        report.waits_for = WaitsFor::Store;
        assert!(report.not_ready(&VIEWS).unwrap().starts_with("the views' store has not"));
    }
}
