//! The language of conditions: `abc = A and silence > 60d and region = "Riga"`.
//!
//! ```text
//! condition  = all { "or" all }
//! all        = part { "and" part }
//! part       = "not" part | "(" condition ")" | test
//! test       = field op value | field "in" "(" value { "," value } ")" | field "is" [ "not" ] "known"
//! op         = "=" | "!=" | "<" | "<=" | ">" | ">="
//! value      = word [ currency ] | "\"" text "\""
//! ```
//!
//! A text is read to tokens, then to an [`Expr`] whose tests are typed by their fields. Faults say at which column.

mod op;
mod parse;
mod token;
mod truth;
mod typed;

pub(super) use op::Op;
pub(super) use parse::parse;
pub(super) use truth::Truth;
pub(super) use typed::{Literal, Test};

use super::field::Field;

/// What a customer must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// All of these; of none it is true.
    All(Vec<Expr>),
    /// One of these.
    Any(Vec<Expr>),
    /// The opposite.
    Not(Box<Expr>),
    /// A comparison.
    Test(Test),
    /// Whether the field has a value.
    Known(Field),
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// From 1, in characters.
    pub(super) column: usize,
    /// What was expected there, and what was found.
    pub(super) expected: String,
}

impl Expr {
    /// The fields that it asks, each once, in the order in which they are written.
    pub(super) fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.each(&mut |field| {
            if !fields.contains(field) {
                fields.push(field.clone());
            }
        });
        fields
    }

    fn each(&self, take: &mut impl FnMut(&Field)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.each(take)),
            Self::Not(part) => part.each(take),
            Self::Test(test) => take(&test.field),
            Self::Known(field) => take(field),
        }
    }

    /// Whether it holds, where `test` says it of a test and `known` of a field.
    pub(super) fn holds(&self, test: &impl Fn(&Test) -> Truth, known: &impl Fn(&Field) -> bool) -> Truth {
        match self {
            Self::All(parts) => {
                parts.iter().fold(Truth::Yes, |so_far, part| so_far.and(part.holds(test, known)))
            }
            Self::Any(parts) => {
                parts.iter().fold(Truth::No, |so_far, part| so_far.or(part.holds(test, known)))
            }
            Self::Not(part) => part.holds(test, known).not(),
            Self::Test(one) => test(one),
            Self::Known(field) => Truth::of(known(field)),
        }
    }
}
