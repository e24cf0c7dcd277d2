//! The moment that a question asks about.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

/// The latest moment that can be asked for: in rows, the end of time stands for what still lasts.
pub const LATEST: Timestamp = Timestamp::from_micros(i64::MAX - 1);

/// The moment an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// T: what had happened by then, inclusive.
    pub occurred_until: Timestamp,
    /// K: what was known by then, inclusive.
    pub recorded_until: Timestamp,
}

impl AsOf {
    /// The same, at most [`LATEST`] on both clocks.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            occurred_until: self.occurred_until.min(LATEST),
            recorded_until: self.recorded_until.min(LATEST),
        }
    }

    /// As the answer repeats it.
    pub(crate) fn to_proto(self) -> v1::AsOf {
        v1::AsOf {
            occurred_until: Some(time::to_proto(self.occurred_until)),
            recorded_until: Some(time::to_proto(self.recorded_until)),
        }
    }
}
