//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1;

use crate::answers::{AnswerError, AsOf, window::Window};
use crate::model::page_size;

/// A [`v1::HandoverRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HandoverParams {
    pub(super) as_of: AsOf,
    /// T, as far as the wire reaches.
    pub(super) until: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// Whose dossier; empty for the orphans.
    pub(super) staff: String,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl HandoverParams {
    /// What a request asks as of a moment; months and days are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::HandoverRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            until: as_of.bounded().occurred_until,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            staff: request.staff.clone(),
            page_size: page_size(request.page_size),
        })
    }
}
