//! Words of conditions that a file writes otherwise.
//!
//! A condition that no row meets rejects nothing: `when = { Stage = "won" }` over a file that writes `Won` leaves every
//! deal open. So the first value that differs from a word only by case, blanks or marks is kept, and a warning names it
//! at the end of the file.

use super::tree::Expr;

/// The first such value of each word.
#[derive(Debug, Default)]
pub(crate) struct Words(Vec<Near>);

#[derive(Debug)]
struct Near {
    column: String,
    word: String,
    value: String,
    line: u64,
}

impl Words {
    /// Takes note of a value that a condition compared with these words and found different.
    pub(crate) fn note(&mut self, subject: &Expr, words: &[String], value: &str, line: u64) {
        let Some(word) = words.iter().find(|word| is_near(word, value)) else { return };
        if self.0.iter().all(|known| known.column != subject.label || known.word != *word) {
            let (column, word, value) = (subject.label.clone(), word.clone(), value.to_owned());
            self.0.push(Near { column, word, value, line });
        }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|Near { column, word, value, line }| {
            format!(
                "a condition asks whether `{column}` is `{word}`; line {line} has `{value}`, which is another value: write \
                 it as the file does"
            )
        })
    }
}

/// Whether two texts differ by case, blanks and marks alone.
fn is_near(left: &str, right: &str) -> bool {
    plain(left).eq(plain(right)) && plain(left).next().is_some()
}

fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}
