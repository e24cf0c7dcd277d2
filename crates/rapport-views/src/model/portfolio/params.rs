//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1;

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    calendar::months_before,
    model::page_size,
    model::{currency, purchases::Source},
};

/// A [`v1::PortfolioRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PortfolioParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    /// The window of the same length that ends where this one begins.
    pub(super) before: Window,
    pub(super) currency: Option<String>,
    /// Products a page at most.
    pub(super) page_size: usize,
}

impl PortfolioParams {
    /// What a request asks as of a moment.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::PortfolioRequest,
        source: Source,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AnswerError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, zone) };
        Ok(Self {
            source,
            as_of,
            zone: zone.clone(),
            window,
            before: before(window, zone),
            currency: currency::asked(&request.currency, "currency")?,
            page_size: page_size(request.page_size),
        })
    }

    pub(super) fn wants(&self, currency: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == currency)
    }
}

const DAY_MICROS: i64 = 86_400_000_000;

/// Of a window of whole months so many months before, otherwise as long on the clock: March is compared with February.
fn before(window: Window, zone: &TimeZone) -> Window {
    let length = window.to.as_micros().saturating_sub(window.from.as_micros());
    // A month has 28 to 31 days.
    let (least, most) = (length / (31 * DAY_MICROS) - 1, length / (28 * DAY_MICROS) + 1);
    let mut months = (least.max(1)..=most.min(1_200)).filter_map(|months| i32::try_from(months).ok());
    let whole = months.find(|months| months_before(window.to, *months, zone) == window.from);
    let from = match whole {
        Some(months) => months_before(window.from, months, zone),
        None => Timestamp::from_micros(window.from.as_micros().saturating_sub(length)),
    };
    Window { from: from.min(window.from), to: window.from }
}

#[cfg(test)]
mod tests {
    use rapport_model::parse_moment;

    use super::*;

    #[test]
    fn whole_months_are_compared_with_the_months_before_and_other_windows_with_as_many_hours() {
        let riga = TimeZone::get("Europe/Riga").unwrap();
        let at = |text: &str| parse_moment(text, &riga).unwrap();
        let begins =
            |from: &str, to: &str| before(Window { from: at(from), to: at(to) }, &riga).from.to_string();
        // Riga is two hours before UTC in winter and three in summer.
        assert_eq!(begins("2026-02-28T22:00:00Z", "2026-03-31T21:00:00Z"), "2026-01-31T22:00:00Z");
        assert_eq!(begins("2025-12-31T22:00:00Z", "2026-12-31T22:00:00Z"), "2024-12-31T22:00:00Z");
        assert_eq!(begins("2025-07-15T12:00:01Z", "2026-07-15T12:00:01Z"), "2024-07-15T12:00:01Z");
        assert_eq!(begins("2026-03-02T00:00:00Z", "2026-03-12T00:00:00Z"), "2026-02-20T00:00:00Z");
        assert_eq!(begins("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z"), "2026-03-02T00:00:00Z");
    }
}
