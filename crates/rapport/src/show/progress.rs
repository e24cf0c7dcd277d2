//! A progress bar on stderr: on a terminal only.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{number::count, visible::visible};

/// Before so long, a rate is a guess.
const RATE_AFTER: Duration = Duration::from_millis(500);

/// How far something long is.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Where it stood when it was first looked at: what had been done before says nothing about the speed.
    start: Start,
}

type Start = Arc<OnceLock<(Instant, u64)>>;

impl Progress {
    /// Over so many bytes; without a length it counts up.
    pub(crate) fn bytes(total: Option<u64>) -> Self {
        Self::styled(
            total,
            "{bar:30} {bytes}/{total_bytes}{rate}{left}  {msg}",
            "{spinner} {bytes}  {msg}",
            |bytes| HumanBytes(bytes).to_string(),
        )
    }

    /// Over so many events.
    pub(crate) fn events(total: u64) -> Self {
        Self::styled(Some(total), "{bar:30} {place}/{all} events{rate}{left}  {msg}", "", count)
    }

    fn styled(
        total: Option<u64>,
        with_length: &str,
        without_length: &str,
        amount: fn(u64) -> String,
    ) -> Self {
        // Draws nothing where stderr is not a terminal.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let start = Start::default();
        let template = if total.is_some() { with_length } else { without_length };
        if let Ok(style) = ProgressStyle::with_template(template) {
            // What cannot be written into a line is left out of it.
            let (of_rate, of_left) = (Arc::clone(&start), Arc::clone(&start));
            let style = style
                .with_key("place", move |state: &ProgressState, line: &mut dyn fmt::Write| {
                    let _ = line.write_str(&amount(state.pos()));
                })
                .with_key("all", move |state: &ProgressState, line: &mut dyn fmt::Write| {
                    let _ = line.write_str(&amount(state.len().unwrap_or(0)));
                })
                .with_key("rate", move |state: &ProgressState, line: &mut dyn fmt::Write| {
                    if let Some(rate) = rate(&of_rate, state.pos()) {
                        let _ = write!(line, "  {}/s", amount(whole(rate)));
                    }
                })
                .with_key("left", move |state: &ProgressState, line: &mut dyn fmt::Write| {
                    let still = state.len().unwrap_or(0).saturating_sub(state.pos());
                    if let Some(rate) = rate(&of_left, state.pos()) {
                        let left = Duration::from_secs(whole((still as f64 / rate).ceil()));
                        let _ = write!(line, "  {} left", HumanDuration(left));
                    }
                });
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self { bar, start }
    }

    /// Moves to `place`, with a word on it.
    pub(crate) fn at(&self, place: u64, message: String) {
        self.start.get_or_init(|| (Instant::now(), place));
        self.bar.set_position(place);
        self.bar.set_message(visible(&message).into_owned());
    }

    /// The length turned out otherwise.
    pub(crate) fn of(&self, total: u64) {
        self.bar.set_length(total);
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A second's worth, over the whole way since the start.
fn rate(start: &Start, place: u64) -> Option<f64> {
    let (since, from) = start.get()?;
    per_second(place.saturating_sub(*from), since.elapsed())
}

fn per_second(done: u64, elapsed: Duration) -> Option<f64> {
    (done > 0 && elapsed >= RATE_AFTER).then(|| done as f64 / elapsed.as_secs_f64())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturates")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_what_was_done_since_the_start_and_none_is_told_too_early() {
        assert_eq!(per_second(10_000, Duration::from_millis(2_500)), Some(4_000.0));
        assert_eq!(per_second(73_995, Duration::from_millis(2)), None);
        assert_eq!(per_second(0, Duration::from_secs(9)), None);
    }
}
