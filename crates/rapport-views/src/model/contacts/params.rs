//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, contacts_request::By};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::page_size,
    model::purchases::Source,
};

/// A [`v1::ContactsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ContactsParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// Never left open.
    pub(super) by: By,
    pub(super) source: Source,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ContactsParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ContactsRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |_| AnswerError::UnknownValue { field: "by", value: request.by };
        let by = match By::try_from(request.by).map_err(unknown)? {
            By::Unspecified => By::Kind,
            by => by,
        };
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            by,
            source,
            page_size: page_size(request.page_size),
        })
    }
}
