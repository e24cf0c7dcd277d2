//! What a question and its answer have beside the messages.

use jiff::tz::TimeZone;
use rapport_model::{ErrorClass, Position};

use super::{AnswerError, AsOf, FigureHit, kept::Keeping};
use crate::{
    read::{EventSource, ReadError, Rows},
    view::View,
};

/// What a question has beside its request.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// As of when.
    pub as_of: AsOf,
    /// The ledger's zone: days and months begin there.
    pub zone: &'a TimeZone,
    /// The figure whose objects are wanted in place of the answer.
    pub figure: Option<&'a str>,
    /// Rows that earlier pages had.
    pub skip: usize,
    /// The events, for what rows alone do not say.
    pub events: &'a dyn EventSource,
    /// The rows of further views. Numbers of names and texts mean something within one view alone.
    pub beside: &'a [(View, Box<dyn Rows>)],
    /// Of a question about now: what may be some moments old in its answer, which says so.
    pub kept: Option<Keeping<'a>>,
}

impl<'a> Asked<'a> {
    /// The last event that an answer of `rows`, those of the model's own view, and of those beside them is of.
    pub(crate) fn position(&self, rows: &dyn Rows) -> Position {
        let beside = self.beside.iter().map(|(_, rows)| rows.position());
        beside.fold(rows.position(), Position::min)
    }

    /// The rows of a view that the model names in `BESIDE`.
    ///
    /// # Errors
    /// It does not name it.
    pub fn rows_of(&self, view: View) -> Result<&'a dyn Rows, ReadError> {
        let found = self.beside.iter().find(|(one, _)| *one == view);
        found.map(|(_, rows)| &**rows).ok_or(ReadError::NotBeside { view: view.name() })
    }
}

/// An answer at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered<R> {
    /// Whole except for `meta.position`, which the rows know.
    pub response: R,
    /// What the figure asked for counts, in the order in which they are listed; empty when none was asked for.
    pub objects: Vec<FigureHit>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The question is wrong.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The rows cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A field of the request is wrong: its name, and what was expected.
    #[error("{expected}")]
    Field {
        /// Its path in the request.
        field: &'static str,
        /// What was expected.
        expected: String,
    },
}

impl AskError {
    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Answer(error) => error.class(),
            Self::Read(error) => error.class(),
            Self::Field { .. } => ErrorClass::Invalid,
        }
    }
}
