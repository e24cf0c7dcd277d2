//! Why a row cannot become events.

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The column, or empty when the fault is the row's.
    pub column: String,
    /// The value as the file has it.
    pub value: String,
    /// What was expected. Never holds the value: it may be personal.
    pub reason: String,
}

impl Fault {
    pub(crate) fn new(column: &str, value: &str, reason: impl Into<String>) -> Self {
        Self { column: column.to_owned(), value: value.to_owned(), reason: reason.into() }
    }
}
