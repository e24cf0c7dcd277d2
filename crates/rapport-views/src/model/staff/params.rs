//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self,
    staff_request::{By, List},
};

use crate::answers::{AnswerError, AsOf, window::Window};
use crate::model::page_size;

/// A [`v1::StaffRequest`] whose clocks are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StaffParams {
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    /// Never left open.
    pub(super) by: By,
    /// Never left open.
    pub(super) list: List,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl StaffParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::StaffRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = match By::try_from(request.by).map_err(|_| unknown("by", request.by))? {
            By::Unspecified => By::Staff,
            by => by,
        };
        let list = match List::try_from(request.list).map_err(|_| unknown("list", request.list))? {
            List::Unspecified => List::Work,
            list => list,
        };
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, zone) };
        let page_size = page_size(request.page_size);
        Ok(Self { as_of, window, by, list, page_size })
    }
}
