//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, needs_request::By};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::page_size,
    model::purchases::Source,
};

/// A [`v1::NeedsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NeedsParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// The twelve months until T.
    pub(super) year: Window,
    pub(super) by: By,
    pub(super) source: Source,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl NeedsParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::NeedsRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |_| AnswerError::UnknownValue { field: "by", value: request.by };
        let by = By::try_from(request.by).map_err(unknown)?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            year: Window::of_request(None, None, as_of.occurred_until)?.last_months(12, zone),
            zone: zone.clone(),
            by,
            source,
            page_size: page_size(request.page_size),
        })
    }
}
