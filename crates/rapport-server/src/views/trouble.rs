//! Why work that is retried fails, for pages, answers and the log.
//!
//! The log has a line when the trouble begins or changes and one when it is over, not one for each try. Trouble that
//! comes and goes all the time, or changes its words, has a few lines a minute at most.

use std::{
    collections::VecDeque,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rapport_store::{ApplyError, StoreError, View};

/// Log lines of one trouble within [`WINDOW`] at most: that it began, and that it is over.
const LINES_MAX: usize = 2;
/// Log lines within [`WINDOW`] at most, when several troubles take turns.
const LINES_OF_ALL_MAX: usize = 6;
/// The time within which log lines are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// A trouble at one moment, for pages and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failing {
    /// The cause; never content.
    pub why: String,
    /// For how long.
    pub since: Duration,
    /// Whether a retry cannot succeed until an operator changes something.
    pub lasts: bool,
}

/// A try that failed.
#[derive(Clone, Copy)]
pub(crate) struct Failure<'a> {
    pub error: &'a dyn Error,
    /// Since when there was no success.
    pub since: Instant,
    /// As in [`Failing`].
    pub lasts: bool,
}

impl<'a> Failure<'a> {
    /// One that may be gone with the next try.
    pub(crate) fn passing(error: &'a dyn Error) -> Self {
        Self { error, since: Instant::now(), lasts: false }
    }
}

/// The trouble of one thing. Clones are of the same.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    /// The name of the work: that of a view, say.
    what: Arc<str>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    now: Option<Now>,
    /// The last trouble that the log has.
    logged: String,
    /// Whether the last line was that it is over.
    logged_over: bool,
    /// When the latest lines were written.
    lines: VecDeque<Instant>,
}

#[derive(Debug)]
struct Now {
    why: String,
    since: Instant,
    lasts: bool,
}

impl Trouble {
    /// None yet.
    pub(crate) fn of(what: impl Into<Arc<str>>) -> Self {
        Self { what: what.into(), state: Arc::default() }
    }

    /// A try failed. The text holds no content: errors here never do. It counts from the first failure in a row.
    pub(crate) fn failed(&self, failure: Failure<'_>) {
        let why = with_causes(failure.error);
        let mut state = self.lock();
        let since = state.now.as_ref().map_or(failure.since, |before| before.since);
        let is_new = without_numbers(&state.logged) != without_numbers(&why);
        if (is_new || state.logged_over) && state.may_log(is_new) {
            tracing::warn!("{}: cannot be brought up to date, trying again: {why}", self.what);
            state.logged.clone_from(&why);
            state.logged_over = false;
        }
        state.now = Some(Now { why, since, lasts: failure.lasts });
    }

    /// It works.
    pub(crate) fn over(&self) {
        let mut state = self.lock();
        state.now = None;
        let is_said = state.logged.is_empty() || state.logged_over;
        if !is_said && state.may_log(false) {
            tracing::info!("{}: brought up to date again", self.what);
            state.logged_over = true;
        }
    }

    /// The trouble at this moment, if any.
    pub(crate) fn now(&self) -> Option<Failing> {
        let state = self.lock();
        let now = state.now.as_ref()?;
        Some(Failing { why: now.why.clone(), since: now.since.elapsed(), lasts: now.lasts })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The troubles of all views, each by itself. Clones are of the same.
#[derive(Debug, Clone)]
pub(crate) struct ViewTroubles {
    of: Arc<[(View, Trouble)]>,
}

impl ViewTroubles {
    /// None yet.
    pub(crate) fn new() -> Self {
        let of = View::ALL.map(|view| (view, Trouble::of(format!("view `{}`", view.name()))));
        Self { of: Arc::new(of) }
    }

    /// A view's.
    pub(crate) fn of(&self, view: View) -> Option<&Trouble> {
        self.of.iter().find_map(|(of, trouble)| (*of == view).then_some(trouble))
    }

    /// The trouble of a view at this moment, if any.
    pub(crate) fn now(&self, view: View) -> Option<Failing> {
        self.of(view)?.now()
    }

    /// Takes over what came of giving events to views. An error that names no view is told of each.
    pub(crate) fn tried(&self, views: &[View], error: Option<&(dyn Error + 'static)>) {
        for view in views {
            let Some(trouble) = self.of(*view) else { continue };
            match error.and_then(|error| failure_of(*view, error)) {
                Some(failure) => trouble.failed(failure),
                None => trouble.over(),
            }
        }
    }
}

/// The part of an error that is about a view.
fn failure_of<'a>(view: View, error: &'a (dyn Error + 'static)) -> Option<Failure<'a>> {
    let is_its = |of: Option<View>| of.is_none_or(|of| of == view);
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return is_its(error.view()).then(|| Failure { lasts: error.lasts(), ..Failure::passing(error) });
    }
    let Some(error) = error.downcast_ref::<ApplyError>() else { return Some(Failure::passing(error)) };
    let its = error.each().iter().find(|error| is_its(error.view()))?;
    Some(Failure { lasts: its.lasts(), ..Failure::passing(its) })
}

impl State {
    fn may_log(&mut self, is_new: bool) -> bool {
        self.lines.retain(|at| at.elapsed() < WINDOW);
        let may = self.lines.len() < if is_new { LINES_OF_ALL_MAX } else { LINES_MAX };
        if may {
            self.lines.push_back(Instant::now());
        }
        may
    }
}

/// Counts, ports and times differ from try to try.
fn without_numbers(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// An error with its causes, on one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn lines(trouble: &Trouble) -> usize {
        trouble.lock().lines.len()
    }

    fn fails(trouble: &Trouble, why: &str) {
        trouble.failed(Failure::passing(&io::Error::other(why.to_owned())));
    }

    fn why(trouble: &Trouble) -> String {
        trouble.now().unwrap().why
    }

    #[test]
    fn one_line_a_change_and_none_a_try() {
        let trouble = Trouble::of("the view");
        for attempt in 0..5 {
            fails(&trouble, &format!("full, for {attempt} s"));
        }
        assert_eq!((lines(&trouble), why(&trouble)), (1, "full, for 4 s".to_owned()));
        fails(&trouble, "full");
        fails(&trouble, "away");
        assert_eq!(lines(&trouble), 3);
        trouble.over();
        assert_eq!(trouble.now(), None);
    }

    #[test]
    fn what_comes_and_goes_is_not_said_each_time() {
        let trouble = Trouble::of("the view");
        for _ in 0..20 {
            fails(&trouble, "full");
            trouble.over();
        }
        assert_eq!(lines(&trouble), LINES_MAX);
        fails(&trouble, "full");
        assert_eq!(why(&trouble), "full");
        for letter in 'a'..='z' {
            fails(&trouble, &letter.to_string());
        }
        assert_eq!(lines(&trouble), LINES_OF_ALL_MAX);
    }

    fn full(view: View) -> ApplyError {
        StoreError::Runs { view, source: io::Error::other("the disk is full") }.into()
    }

    fn damaged(view: View) -> ApplyError {
        StoreError::Newer { view, found: 9, supported: 1 }.into()
    }

    #[test]
    fn each_view_has_its_own_cause_and_one_that_works_has_none() {
        let troubles = ViewTroubles::new();
        let why = |view| troubles.now(view).map(|failing| (failing.why, failing.lasts));
        troubles
            .tried(&View::ALL, Some(&ApplyError::Several(vec![full(View::Timeline), damaged(View::Funnel)])));
        let (timeline, funnel) = (why(View::Timeline).unwrap(), why(View::Funnel).unwrap());
        assert!(timeline.0.starts_with("view `timeline`") && timeline.0.ends_with("the disk is full"));
        assert!(funnel.0.starts_with("view `funnel` has format `9`"), "{funnel:?}");
        assert_eq!((timeline.1, funnel.1, why(View::Satisfaction)), (false, true, None));
        troubles.tried(&View::ALL, Some(&full(View::Satisfaction)));
        assert!(why(View::Timeline).is_none() && why(View::Satisfaction).unwrap().0.contains("satisfaction"));
        // An error that keeps all views back is reported for each of them.
        troubles.tried(&View::ALL, Some(&ApplyError::Log { source: "away".into() }));
        assert!(View::ALL.iter().all(|view| why(*view).unwrap().0 == "the log could not be read: away"));
        troubles.tried(&View::ALL, None);
        assert_eq!(View::ALL.map(why), [const { None }; View::ALL.len()]);
    }
}
