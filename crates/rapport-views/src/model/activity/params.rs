//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, activity_request::By};

use crate::answers::{AnswerError, AsOf, AskError, window::Window};

/// Rows of a page that does not say how many, at most: events are many more than an answer has room for.
const ROWS_MAX: usize = 10_000;
/// Days before and after a milestone that are compared, unless the request says how many.
const WINDOW_DAYS: u32 = 90;
/// The most that it may say.
const WINDOW_DAYS_MAX: u32 = 3_650;

/// A [`v1::ActivityRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ActivityParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// Never left open.
    pub(super) by: By,
    /// Days before and after a milestone.
    pub(super) window_days: u32,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ActivityParams {
    /// What a request asks as of a moment; days and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ActivityRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |_| AnswerError::UnknownValue { field: "by", value: request.by };
        let by = match By::try_from(request.by).map_err(unknown)? {
            By::Unspecified => By::Type,
            by => by,
        };
        if request.customers.iter().any(String::is_empty) {
            let expected = "expected the id of a customer, found an empty text; leave it out".to_owned();
            return Err(AskError::Field { field: "customers", expected });
        }
        let window_days = match request.window_days {
            0 => WINDOW_DAYS,
            days if days <= WINDOW_DAYS_MAX => days,
            days => {
                let expected = format!("expected at most 3,650 days, found `{days}`; give fewer");
                return Err(AskError::Field { field: "window_days", expected });
            }
        };
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            by,
            window_days,
            page_size: match request.page_size {
                0 => ROWS_MAX,
                size => size as usize,
            },
        })
    }
}
