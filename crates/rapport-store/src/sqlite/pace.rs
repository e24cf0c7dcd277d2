//! How events come to a view.

/// How soon applied events are to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// More events come at once: rows are collected and committed in large sorted transactions.
    CatchingUp,
    /// No more events wait: everything collected is committed.
    Following,
}
