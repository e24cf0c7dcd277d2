//! What a text is compared with.

use crate::rows::ObjectId;

/// Rows that a lookup by several beginnings looks at, at most.
pub const EXAMINED_MAX: usize = 2_000;

/// What a text is like. No text among these is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Like {
    /// One of these.
    AnyOf(Vec<String>),
    /// A text that begins so.
    Begins(String),
}

/// What a lookup finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likely {
    /// Customers as recorded, in any order; one may come several times.
    pub customers: Vec<ObjectId>,
    /// Whether no limit was met.
    pub are_all: bool,
}

impl Like {
    /// Whether a text is.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::AnyOf(these) => these.iter().any(|one| one == text),
            Self::Begins(beginning) => text.starts_with(beginning),
        }
    }

    /// Whether it is one text: one range of an index, in the order of the log.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::AnyOf(these) if these.len() == 1)
    }

    /// Behind all texts that begin so: no character is greater. (A text that goes on with that character is not a word.)
    #[must_use]
    pub fn behind(beginning: &str) -> String {
        format!("{beginning}\u{10ffff}")
    }
}
