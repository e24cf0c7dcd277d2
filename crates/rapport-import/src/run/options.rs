//! What the caller decides about an import.

use rapport_model::Timestamp;
use rapport_proto::validate::Limits;

/// What the caller decides about an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The date of events that have none, in place of the mapping's `undated`.
    pub undated_as: Option<Timestamp>,
    /// The recorded clock when the import begins. An event that ends something gets no date that is later than this;
    /// without a clock it keeps any date.
    pub now: Option<Timestamp>,
    /// How large events and requests may be.
    pub limits: Limits,
    /// Whether the ledger may have events that an earlier version of Rapport made by this mapping.
    pub is_repeated: bool,
}
