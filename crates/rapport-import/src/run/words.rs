//! Words of a mapping's conditions that a file writes otherwise, or does not have.
//!
//! A condition that no row meets gives no event, and no reject either: `when = { Stage = "won" }` over a file that
//! writes `Won` leaves every deal open. So the end of a file says which values differ from such a word by case, blanks or
//! marks alone, and which emits gave nothing.

use crate::{
    expr::{
        Expr,
        condition::{Condition, Op},
        context::Context,
    },
    mapping::Table,
};

/// The conditions of a table's emits, while a file is read.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Those without a value that is nearly one of their words.
    watched: Vec<Asked>,
    near: Vec<String>,
    /// For each emit whether a row gave it.
    given: Vec<bool>,
    rows: u64,
}

/// A test of a condition that compares with words, by its place.
#[derive(Debug)]
struct Asked {
    emit: usize,
    alternative: usize,
    test: usize,
}

impl Words {
    pub fn new(table: &Table) -> Self {
        let mut watched = Vec::new();
        for (emit, when) in
            table.emits.iter().enumerate().filter_map(|(place, emit)| Some((place, emit.when.as_ref()?)))
        {
            for (alternative, tests) in when.0.iter().enumerate() {
                let asked = tests.iter().enumerate().filter(|(_, test)| words(&test.op).is_some());
                watched.extend(asked.map(|(test, _)| Asked { emit, alternative, test }));
            }
        }
        Self { watched, near: Vec::new(), given: vec![false; table.emits.len()], rows: 0 }
    }

    /// Takes note of a row's values.
    pub fn note(&mut self, table: &Table, row: &Context<'_>) {
        self.rows += 1;
        self.watched.retain(|asked| {
            let Some((name, subject, words)) = asked.of(table) else { return false };
            let Ok(text) = subject.eval(row) else { return true };
            if words.iter().any(|word| **word == *text) {
                return true;
            }
            let Some(word) = words.iter().find(|word| is_near(word, &text)) else { return true };
            self.near.push(format!(
                "the `when` of `{name}` asks whether `{}` is `{word}`; line {} has `{text}`, which is another value: write \
                 it as the file does",
                subject.label, row.line.line
            ));
            false
        });
    }

    /// Takes note of an emit that a row gave.
    pub fn gave(&mut self, emit: usize) {
        if let Some(given) = self.given.get_mut(emit) {
            *given = true;
        }
    }

    /// What the end of the file says of them; of emits that gave nothing only where `every`.
    pub fn warnings(self, table: &Table, every: bool) -> Vec<String> {
        let emits = table.emits.iter().zip(&self.given);
        let silent = emits.filter(|(emit, given)| !**given && emit.when.as_ref().is_some_and(has_words));
        let silent: Vec<&str> = silent.map(|(emit, _)| emit.name.as_str()).collect();
        let mut warnings = self.near;
        if every && self.rows > 0 && !silent.is_empty() {
            warnings.push(format!(
                "no row meets the `when` of `{}`; if some should, compare its words with the file's",
                silent.join("`, `")
            ));
        }
        warnings
    }
}

impl Asked {
    /// The emit's name, what is compared, and the words.
    fn of<'a>(&self, table: &'a Table) -> Option<(&'a str, &'a Expr, &'a [String])> {
        let emit = table.emits.get(self.emit)?;
        let test = emit.when.as_ref()?.0.get(self.alternative)?.get(self.test)?;
        Some((&emit.name, &test.subject, words(&test.op)?))
    }
}

fn has_words(when: &Condition) -> bool {
    when.0.iter().flatten().any(|test| matches!(test.op, Op::In(_)))
}

/// The words that a test compares a value with.
fn words(op: &Op) -> Option<&[String]> {
    match op {
        Op::In(words) | Op::NotIn(words) => Some(words),
        Op::Empty(_) | Op::Starts(_) | Op::Above(..) | Op::Below(..) | Op::Same(_) | Op::Differs(_) => None,
    }
}

/// Whether two texts differ by case, blanks and marks alone.
fn is_near(left: &str, right: &str) -> bool {
    plain(left).eq(plain(right)) && plain(left).next().is_some()
}

fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}
