//! The trouble of a task that is tried again and again, for pages, answers and the log.
//!
//! The log gets a line when a trouble begins or changes and one when it is over, and none for a mere try. A trouble that
//! comes and goes, or changes its words all the time, gets a few lines a minute at most.

use std::{
    collections::VecDeque,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Lines of one and the same trouble within [`WINDOW`]: it began, and it is over.
const LINES_MAX: usize = 2;
/// The same of several troubles that take turns.
const LINES_OF_ALL_MAX: usize = 6;
/// See [`LINES_MAX`].
const WINDOW: Duration = Duration::from_secs(60);

/// Something's trouble. Clones are of the same.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What is to be brought up to date.
    what: Arc<str>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    now: Option<(String, Instant)>,
    /// The last trouble that the log has.
    logged: String,
    /// Whether the last line was that it is over.
    logged_over: bool,
    /// When the latest lines were written.
    lines: VecDeque<Instant>,
}

impl Trouble {
    /// None yet.
    pub fn of(what: impl Into<Arc<str>>) -> Self {
        Self { what: what.into(), state: Arc::default() }
    }

    /// It failed. The text holds no content: errors here never do.
    pub fn failed(&self, error: &dyn Error) {
        self.failed_since(error, Instant::now());
    }

    /// It failed, and had not gone on since a moment, unless it is known to have failed before that.
    pub fn failed_since(&self, error: &dyn Error, since: Instant) {
        let text = with_causes(error);
        let mut state = self.lock();
        let since = state.now.as_ref().map_or(since, |(_, before)| *before);
        let is_new = without_numbers(&state.logged) != without_numbers(&text);
        if (is_new || state.logged_over) && state.may_log(is_new) {
            tracing::warn!("{}: cannot be brought up to date, trying again: {text}", self.what);
            state.logged.clone_from(&text);
            state.logged_over = false;
        }
        state.now = Some((text, since));
    }

    /// It works.
    pub fn over(&self) {
        let mut state = self.lock();
        state.now = None;
        let is_said = state.logged.is_empty() || state.logged_over;
        if !is_said && state.may_log(false) {
            tracing::info!("{}: brought up to date again", self.what);
            state.logged_over = true;
        }
    }

    /// What is wrong, and for how long.
    pub fn now(&self) -> Option<(String, Duration)> {
        self.lock().now.as_ref().map(|(text, since)| (text.clone(), since.elapsed()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
fn with_causes(error: &dyn Error) -> String {
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

    #[test]
    fn one_line_a_change_and_none_a_try() {
        let trouble = Trouble::of("the view");
        let (full, away) = (io::Error::other("full"), io::Error::other("away"));
        for attempt in 0..5 {
            trouble.failed(&io::Error::other(format!("full, for {attempt} s")));
        }
        assert_eq!((lines(&trouble), trouble.now().unwrap().0), (1, "full, for 4 s".to_owned()));
        trouble.failed(&full);
        trouble.failed(&away);
        assert_eq!(lines(&trouble), 3);
        trouble.over();
        assert_eq!(trouble.now(), None);
    }

    #[test]
    fn what_comes_and_goes_is_not_said_each_time() {
        let trouble = Trouble::of("the view");
        for _ in 0..20 {
            trouble.failed(&io::Error::other("full"));
            trouble.over();
        }
        assert_eq!(lines(&trouble), LINES_MAX);
        trouble.failed(&io::Error::other("full"));
        assert_eq!(trouble.now().unwrap().0, "full");
        for letter in 'a'..='z' {
            trouble.failed(&io::Error::other(letter.to_string()));
        }
        assert_eq!(lines(&trouble), LINES_OF_ALL_MAX);
    }
}
