//! Putting a line together: a head, words, and details after a colon.

use rapport_model::{Decimal, currency_exponent};
use rapport_proto::v1::{Line as ProductLine, Money};

/// Longer texts are cut: a line is for scanning, the payload has the whole.
const TEXT_CHARS_MAX: usize = 160;

/// A line being put together.
pub(super) struct Line {
    head: String,
    details: Vec<String>,
}

/// Begins a line.
pub(super) fn line(head: &str) -> Line {
    Line { head: head.to_owned(), details: Vec::new() }
}

impl Line {
    /// Adds a word to the head, unless it is empty.
    pub(super) fn word(mut self, word: &str) -> Self {
        if !word.is_empty() {
            self.head.push(' ');
            self.head.push_str(word);
        }
        self
    }

    /// Adds `label word` to the head, unless the word is empty.
    pub(super) fn labelled(self, label: &str, word: &str) -> Self {
        if word.is_empty() { self } else { self.word(label).word(word) }
    }

    /// Adds a detail, unless it is empty; line breaks become spaces.
    pub(super) fn detail(mut self, detail: &str) -> Self {
        let shown = shortened(detail);
        if !shown.is_empty() {
            self.details.push(shown);
        }
        self
    }

    /// Adds the detail `label word`, unless the word is empty.
    pub(super) fn labelled_detail(self, label: &str, word: &str) -> Self {
        if word.is_empty() { self } else { self.detail(&format!("{label} {word}")) }
    }

    /// Adds the detail `label number`, if it was said; 0 is a number.
    pub(super) fn number(self, label: &str, number: Option<f64>) -> Self {
        match number {
            Some(number) => self.detail(&format!("{label} {number}")),
            None => self,
        }
    }

    /// Adds an amount, if there is one.
    pub(super) fn amount(self, amount: Option<&Money>) -> Self {
        match amount {
            Some(amount) => self.detail(&money(amount)),
            None => self,
        }
    }

    /// Adds a list.
    pub(super) fn list(self, items: &[String]) -> Self {
        self.detail(&items.join(", "))
    }

    /// Adds the total, or the sum of the lines where they are of one currency, and the products.
    pub(super) fn lines(self, total: Option<&Money>, lines: &[ProductLine]) -> Self {
        let sum = total.cloned().or_else(|| sum(lines));
        let products: Vec<_> =
            lines.iter().take(3).map(|line| format!("{} × {}", line.quantity, line.product)).collect();
        let more = if lines.len() > 3 { format!("{} more", lines.len() - 3) } else { String::new() };
        self.amount(sum.as_ref()).detail(&products.join(", ")).detail(&more)
    }

    /// The line.
    pub(super) fn done(self) -> String {
        if self.details.is_empty() {
            self.head
        } else {
            format!("{}: {}", self.head, self.details.join(" · "))
        }
    }
}

/// The beginning of a text with single spaces between its words; of a long text no more is looked at.
fn shortened(text: &str) -> String {
    let mut shown = String::new();
    let mut chars_left = TEXT_CHARS_MAX;
    for word in text.split_whitespace() {
        let space = if shown.is_empty() { "" } else { " " };
        for letter in space.chars().chain(word.chars()) {
            let Some(left) = chars_left.checked_sub(1) else { return shown + "…" };
            chars_left = left;
            shown.push(letter);
        }
    }
    shown
}

/// An amount in major units.
pub(super) fn money(amount: &Money) -> String {
    let scale = currency_exponent(&amount.currency).unwrap_or(0);
    format!("{} {}", Decimal { units: amount.minor_units, scale }, amount.currency)
}

fn sum(lines: &[ProductLine]) -> Option<Money> {
    let mut nets = lines.iter().filter_map(|line| line.net.as_ref());
    let first = nets.next()?.clone();
    nets.try_fold(first, |sum, net| {
        let minor_units = sum.minor_units.checked_add(net.minor_units)?;
        (sum.currency == net.currency).then_some(Money { minor_units, ..sum })
    })
}

/// `in 2 h 5 min`, for what took some time.
pub(super) fn duration(duration: Option<&prost_types::Duration>) -> String {
    let seconds = duration.map_or(0, |duration| duration.seconds);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => String::new(),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_after_160_characters_and_its_white_space_is_one_space() {
        assert_eq!(shortened("  a\n\tb  "), "a b");
        let (whole, longer) = ("ā".repeat(160), "ā".repeat(161));
        assert_eq!(shortened(&whole), whole);
        assert_eq!(shortened(&longer), format!("{whole}…"));
        assert_eq!(shortened(&format!("{whole} b")), format!("{whole}…"));
        assert_eq!(shortened(&format!("{whole}  ")), whole);
    }
}
