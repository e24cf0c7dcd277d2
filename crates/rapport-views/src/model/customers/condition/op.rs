//! How a condition compares.

use std::cmp::Ordering;

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model::customers) enum Op {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Op {
    pub(super) const fn written(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it says only that values are the same, or not.
    pub(in crate::model::customers) const fn is_of_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it holds for a value that is so beside the written one.
    pub(in crate::model::customers) const fn holds(self, is: Ordering) -> bool {
        match self {
            Self::Equal => is.is_eq(),
            Self::NotEqual => is.is_ne(),
            Self::Less => is.is_lt(),
            Self::AtMost => is.is_le(),
            Self::More => is.is_gt(),
            Self::AtLeast => is.is_ge(),
        }
    }
}
