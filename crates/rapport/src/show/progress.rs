//! A progress bar on stderr: on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far something long is.
pub struct Progress(ProgressBar);

impl Progress {
    /// Over so many bytes; without a length it counts up.
    pub fn bytes(total: Option<u64>) -> Self {
        Self::styled(
            total,
            "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
            "{spinner} {bytes}  {msg}",
        )
    }

    /// Over so many events.
    pub fn events(total: u64) -> Self {
        Self::styled(Some(total), "{bar:30} {human_pos}/{human_len} events  {per_sec}  {eta} left  {msg}", "")
    }

    fn styled(total: Option<u64>, with_length: &str, without_length: &str) -> Self {
        // Draws nothing where stderr is not a terminal.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let template = if total.is_some() { with_length } else { without_length };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        Self(bar)
    }

    /// Moves to `place`, with a word on it.
    pub fn at(&self, place: u64, message: String) {
        self.0.set_position(place);
        self.0.set_message(message);
    }

    /// The length turned out otherwise.
    pub fn of(&self, total: u64) {
        self.0.set_length(total);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
