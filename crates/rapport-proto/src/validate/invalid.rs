//! What is wrong with a request.

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field, such as `events[0].customer`.
    pub field: String,
    /// What was expected. Never holds what may be personal.
    pub description: String,
}

/// What is wrong with a request; at least one violation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.violations))]
pub struct Invalid {
    /// Every fault, in the order of the fields.
    pub violations: Vec<Violation>,
}

fn summary(violations: &[Violation]) -> String {
    let first = violations.first().map(|fault| format!("`{}`: {}", fault.field, fault.description));
    let more = violations.len().saturating_sub(1);
    let tail = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    first.unwrap_or_default() + &tail
}
