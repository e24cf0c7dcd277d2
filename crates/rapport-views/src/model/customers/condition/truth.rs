//! Whether something holds, where it may not be known (S. C. Kleene, "Introduction to Metamathematics", 1952, §64).

/// Whether something holds. No is before unknown, and unknown before yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model::customers) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub(in crate::model::customers) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub(super) const fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}
