//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1;

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::currency,
    model::page_size,
};

/// A [`v1::ReceivablesRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ReceivablesParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    pub(super) currency: Option<String>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ReceivablesParams {
    /// What a request asks as of a moment; days and months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ReceivablesRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            currency: currency::asked(&request.currency, "currency")?,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}
