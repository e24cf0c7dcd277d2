//! Events without a date.

use super::error::MappingError;

/// What becomes of an event whose date is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undated {
    /// The row is rejected.
    Reject,
    /// `occurred_at` is left out: the moment of recording.
    Recording,
    /// The event is not emitted.
    Skip,
}

impl Undated {
    pub(crate) fn parse(value: &toml::Value, place: &str) -> Result<Self, MappingError> {
        match value.as_str() {
            Some("reject") => Ok(Self::Reject),
            Some("recording") => Ok(Self::Recording),
            Some("skip") => Ok(Self::Skip),
            _ => Err(MappingError::wrong(place, "undated", value, "`reject`, `recording` or `skip`")),
        }
    }
}
