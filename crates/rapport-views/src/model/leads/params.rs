//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{
    self,
    leads_request::{By, List},
};

use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    calendar::{Every, Periods},
    model::page_size,
};

/// Days of the window of a cohort, unless the request gives others.
pub(super) const WINDOW_DAYS: u32 = 90;

const WINDOW_DAYS_MAX: u32 = 3_650;

/// In microseconds.
const DAY: i64 = 86_400_000_000;

/// A [`v1::LeadsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LeadsParams {
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    pub(super) by: By,
    /// Never left open.
    pub(super) list: List,
    /// Within which leads of a cohort have to be converted; never 0.
    pub(super) window_days: u32,
    /// Rows a page at most.
    pub(super) page_size: usize,
    zone: TimeZone,
}

impl LeadsParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::LeadsRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let list = match List::try_from(request.list).map_err(|_| unknown("list", request.list))? {
            List::Unspecified => List::Open,
            list => list,
        };
        let window_days = match request.window_days {
            0 => WINDOW_DAYS,
            days if days > WINDOW_DAYS_MAX => {
                let expected =
                    format!("expected at most `{WINDOW_DAYS_MAX}` days, found `{days}`; give fewer");
                return Err(AskError::Field { field: "window_days", expected });
            }
            days => days,
        };
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, zone) };
        Ok(Self {
            as_of,
            window,
            by,
            list,
            window_days,
            page_size: page_size(request.page_size),
            zone: zone.clone(),
        })
    }

    /// T.
    pub(super) fn now(&self) -> Timestamp {
        self.as_of.bounded().occurred_until
    }

    /// The end of the window that begins at a moment.
    pub(super) fn window_after(&self, moment: Timestamp) -> Timestamp {
        Timestamp::from_micros(moment.as_micros().saturating_add(i64::from(self.window_days) * DAY))
    }

    /// The month of a moment, such as `2026-03`, and where it ends.
    pub(super) fn month(&self, moment: Timestamp) -> (String, Timestamp) {
        let to = Timestamp::from_micros(moment.as_micros().saturating_add(1));
        let month = Periods::around(Window { from: moment, to }, Every::Month, self.zone.clone());
        (month.label(month.window.from), month.window.to)
    }
}

/// Whole days of 24 hours from one moment to another; none where the other is earlier.
pub(super) fn days(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(micros(from, to) / DAY).unwrap_or(u32::MAX)
}

/// Microseconds from one moment to another. A step that was taken before the one from which it is measured took no time.
pub(super) fn micros(from: Timestamp, to: Timestamp) -> i64 {
    to.as_micros().saturating_sub(from.as_micros()).max(0)
}
