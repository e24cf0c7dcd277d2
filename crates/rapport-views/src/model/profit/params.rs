//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{
    self,
    profit_request::{Discounts, Order},
};

use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    model::page_size,
    model::{currency, purchases::Source},
    rows::Instrument,
};

/// A [`v1::ProfitRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProfitParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) window: Window,
    pub(super) currency: Option<String>,
    pub(super) worst_first: bool,
    pub(super) discounts_in_price: bool,
    /// Whose responses count: the first of these that has any.
    pub(super) instruments: Vec<Instrument>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ProfitParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ProfitRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let order = Order::try_from(request.order).map_err(|_| unknown("order", request.order))?;
        let discounts = request.discounts;
        let discounts = Discounts::try_from(discounts).map_err(|_| unknown("discounts", discounts))?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            source,
            as_of,
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            currency: currency::asked(&request.currency, "currency")?,
            worst_first: order == Order::Worst,
            discounts_in_price: discounts == Discounts::InPrice,
            instruments: instruments(&request.instrument)?,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

/// Only these two have one scale everywhere, on which high is good.
fn instruments(asked: &str) -> Result<Vec<Instrument>, AskError> {
    match asked {
        "" => Ok(vec![Instrument::Nps, Instrument::Csat]),
        "nps" => Ok(vec![Instrument::Nps]),
        "csat" => Ok(vec![Instrument::Csat]),
        other => {
            let expected = format!("expected `nps` or `csat`, found `{other}`");
            Err(AskError::Field { field: "instrument", expected })
        }
    }
}
