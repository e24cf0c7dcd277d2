//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self,
    prices_request::{By, Of},
};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    model::page_size,
    model::{currency, purchases::Source},
};

/// A [`v1::PricesRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PricesParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    pub(super) currency: Option<String>,
    pub(super) of_offers: bool,
    /// Never left open.
    pub(super) by: By,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl PricesParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::PricesRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = match By::try_from(request.by).map_err(|_| unknown("by", request.by))? {
            By::Unspecified => By::Product,
            by => by,
        };
        let of = Of::try_from(request.of).map_err(|_| unknown("of", request.of))?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            source,
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            zone: zone.clone(),
            currency: currency::asked(&request.currency, "currency")?,
            of_offers: of == Of::Offers,
            by,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}
