//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, orders_request};

use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    calendar::{Every, Periods},
    model::page_size,
    model::{currency, purchases::Source},
};

/// Periods that one answer has at most: fifty years of days.
const PERIODS_MAX: u32 = 20_000;

/// An [`v1::OrdersRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OrdersParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) by: By,
    pub(super) window: Window,
    pub(super) currency: Option<String>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// What rows are of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum By {
    /// Those that touch the window.
    Periods(Periods),
    /// The texts in a column of the lines.
    Column(&'static str),
    /// The methods of payments.
    Payment,
}

impl OrdersParams {
    /// What a request asks as of a moment; days, weeks and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::OrdersRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, zone) };
        Ok(Self {
            source,
            as_of,
            by: By::of(request, window, zone)?,
            window,
            currency: currency::asked(&request.currency, "currency")?,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }

    /// The part of a period that lies in the window.
    pub(super) fn within(&self, period: Window) -> Window {
        let from = period.from.max(self.window.from);
        Window { from, to: period.to.min(self.window.to).max(from) }
    }
}

impl By {
    fn of(request: &v1::OrdersRequest, window: Window, zone: &TimeZone) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = orders_request::By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let every = v1::Every::try_from(request.every).map_err(|_| unknown("every", request.every))?;
        let of_periods = matches!(by, orders_request::By::Unspecified | orders_request::By::Period);
        if !of_periods && every != v1::Every::Unspecified {
            let expected = format!(
                "expected no period beside `by`, found `{}`; leave one of the two out",
                every.as_str_name()
            );
            return Err(AskError::Field { field: "every", expected });
        }
        Ok(match by {
            orders_request::By::Unspecified | orders_request::By::Period => {
                let every = Every::of_wire(request.every).unwrap_or(Every::Month);
                let periods = Periods::around(window, every, zone.clone());
                if periods.count > PERIODS_MAX {
                    let expected = format!(
                        "expected at most `{PERIODS_MAX}` periods, found `{}`; ask for longer ones, or for a later \
                         `period_from`",
                        periods.count
                    );
                    return Err(AskError::Field { field: "every", expected });
                }
                Self::Periods(periods)
            }
            orders_request::By::Product => Self::Column("product"),
            orders_request::By::Category => Self::Column("category"),
            orders_request::By::Channel => Self::Column("channel"),
            orders_request::By::Staff => Self::Column("staff"),
            orders_request::By::Branch => Self::Column("branch"),
            orders_request::By::Payment => Self::Payment,
        })
    }
}
