//! An event of an import, with its stream and how it was made.

use rapport_proto::v1;

/// An event and the stream it goes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamEvent {
    /// The stream.
    pub stream: String,
    /// The event; it has passed validation.
    pub event: v1::Event,
    /// The emit and the row that made it.
    pub origin: Origin,
}

impl StreamEvent {
    /// Whether nothing says when it happened: it counts from the moment of recording on.
    #[must_use]
    pub fn counts_from_the_import_on(&self) -> bool {
        self.event.occurred_at.is_none() && !self.origin.dated
    }
}

/// How an event was made, as far as it decides how a change of the event is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// The emit's place in its table.
    pub(crate) emit: usize,
    /// Whether the source dates it, and neither the import nor the caller.
    pub(crate) dated: bool,
    /// Whether it tells a state. Its id is then the same whatever the state is.
    pub(crate) is_state: bool,
    /// Whether its date is the moment of the row's last change, at or before which it happened.
    pub(crate) last_change: bool,
    /// Whether it ends something, so that it has happened by the import that tells it.
    pub(crate) ends: bool,
    /// Whether another row can have the same id.
    pub(crate) is_shared: bool,
    /// The joins of the table whose files were not given, a bit each.
    pub(crate) absent_joins: u64,
    /// The same as an earlier version of Rapport made it, where that had another id.
    pub(crate) earlier: Option<Box<v1::Event>>,
}
