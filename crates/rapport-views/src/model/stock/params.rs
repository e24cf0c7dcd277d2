//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, stock_request::By};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::currency,
    model::page_size,
};

/// A [`v1::StockRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StockParams {
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    pub(super) by_category: bool,
    /// Rows a page at most.
    pub(super) page_size: usize,
    currency: Option<String>,
}

impl StockParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::StockRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let by = By::try_from(request.by)
            .map_err(|_| AnswerError::UnknownValue { field: "by", value: request.by })?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            by_category: by == By::Category,
            page_size: page_size(request.page_size),
            currency: currency::asked(&request.currency, "currency")?,
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }

    /// How long the period is, in microseconds.
    pub(super) fn length(&self) -> i128 {
        i128::from(self.window.to.as_micros()) - i128::from(self.window.from.as_micros())
    }
}
