//! The query of a reader.

/// From old to new, or from new to old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From old to new.
    #[default]
    Forwards,
    /// From new to old.
    Backwards,
}

/// Selects events: one matching item is enough; no items select everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// The alternatives.
    pub items: Vec<QueryItem>,
}

/// One alternative: an event must match every field that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryItem {
    /// One of these types.
    pub types: Vec<String>,
    /// All of these tags.
    pub tags: Vec<String>,
    /// This customer.
    pub customer: String,
    /// Streams whose name begins so.
    pub stream_prefix: String,
}

impl Query {
    /// Whether every event is selected.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.items.is_empty() || self.items.iter().any(QueryItem::is_everything)
    }
}

impl QueryItem {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.types.is_empty()
            && self.tags.is_empty()
            && self.customer.is_empty()
            && self.stream_prefix.is_empty()
    }

    /// Whether an event with these properties is selected.
    #[must_use]
    pub fn matches<'a>(
        &self,
        event_type: &str,
        customer: &str,
        stream: &str,
        mut has_tag: impl FnMut(&str) -> bool + 'a,
    ) -> bool {
        (self.types.is_empty() || self.types.iter().any(|wanted| wanted == event_type))
            && (self.customer.is_empty() || self.customer == customer)
            && stream.starts_with(&self.stream_prefix)
            && self.tags.iter().all(|tag| has_tag(tag))
    }
}
