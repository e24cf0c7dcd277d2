//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self,
    calls_request::{By, Direction as Wire},
};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::page_size,
    rows::Direction,
};

/// A [`v1::CallsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CallsParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// Never left open.
    pub(super) by: By,
    /// `None`: both.
    pub(super) direction: Option<Direction>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl CallsParams {
    /// What a request asks as of a moment; hours, days and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::CallsRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = match By::try_from(request.by).map_err(|_| unknown("by", request.by))? {
            By::Unspecified => By::Hour,
            by => by,
        };
        let direction =
            Wire::try_from(request.direction).map_err(|_| unknown("direction", request.direction))?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            by,
            direction: match direction {
                Wire::Unspecified => None,
                Wire::Inbound => Some(Direction::Inbound),
                Wire::Outbound => Some(Direction::Outbound),
            },
            page_size: page_size(request.page_size),
        })
    }
}
