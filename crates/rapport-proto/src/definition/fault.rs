//! The faults of a body, with their paths.

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, from the event's payload on: `body.stages[1].name`.
    pub path: String,
    /// What was expected, and what was found.
    pub description: String,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// What prevents reading the body.
    pub faults: Vec<Fault>,
    /// What a new body must not have, although it can be read with it.
    pub flaws: Vec<Fault>,
}

impl Faults {
    pub(super) fn fault(&mut self, path: &str, description: impl Into<String>) {
        self.faults.push(Fault { path: path.to_owned(), description: description.into() });
    }

    pub(super) fn flaw(&mut self, path: &str, description: impl Into<String>) {
        self.flaws.push(Fault { path: path.to_owned(), description: description.into() });
    }
}
