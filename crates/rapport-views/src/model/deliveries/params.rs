//! What is asked, read once.

use jiff::{civil::Date, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    deliveries_request::{By, List},
};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    calendar::day,
    model::page_size,
};

/// A [`v1::DeliveriesRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeliveriesParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// The day of T.
    pub(super) today: Date,
    pub(super) by: By,
    pub(super) suppliers: bool,
    /// Never left open.
    pub(super) list: List,
    /// Rows a page at most.
    pub(super) page_size: usize,
    /// The first and the last day of the window; `None` where it is empty.
    days: Option<(Date, Date)>,
}

impl DeliveriesParams {
    /// What a request asks as of a moment; days and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::DeliveriesRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let list = match List::try_from(request.list).map_err(|_| unknown("list", request.list))? {
            List::Unspecified => List::Late,
            list => list,
        };
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, zone) };
        let last = Timestamp::from_micros(window.to.as_micros().saturating_sub(1));
        Ok(Self {
            as_of,
            window,
            days: (window.from < window.to).then(|| (day(window.from, zone), day(last, zone))),
            today: day(as_of.bounded().occurred_until, zone),
            zone: zone.clone(),
            by,
            suppliers: request.suppliers,
            list,
            page_size: page_size(request.page_size),
        })
    }

    /// Whether a day is in the period.
    pub(super) fn has(&self, day: Date) -> bool {
        self.days.is_some_and(|(first, last)| first <= day && day <= last)
    }
}
