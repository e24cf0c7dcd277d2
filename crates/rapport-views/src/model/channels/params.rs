//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::{
    ChannelsRequest,
    channels_request::{By, Conversions, Measure},
};

use super::rule::Rule;
use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    model::page_size,
    model::{currency, purchases::Source},
    read::Rows,
};

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// When something happened, and its place in the log.
pub(super) type Place = (Timestamp, Position);

/// A [`ChannelsRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChannelsParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) window: Window,
    pub(super) source: Source,
    pub(super) currency: Option<String>,
    /// Whether credit goes to campaigns.
    pub(super) by_campaign: bool,
    /// Whether every purchase is a conversion.
    pub(super) all: bool,
    pub(super) rule: Rule,
    pub(super) measures: Measures,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// The parts that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Measures {
    pub(super) attribution: bool,
    pub(super) models: bool,
    pub(super) spend: bool,
    pub(super) campaigns: bool,
}

impl ChannelsParams {
    /// What a request asks as of a moment; quarters are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &ChannelsRequest,
        rows: &dyn Rows,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |field, value| AnswerError::UnknownValue { field, value };
        let by = By::try_from(request.by).map_err(|_| unknown("by", request.by))?;
        let conversions = Conversions::try_from(request.conversions)
            .map_err(|_| unknown("conversions", request.conversions))?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        Ok(Self {
            as_of,
            zone: zone.clone(),
            window: if from.is_some() { window } else { window.last_months(12, zone) },
            source: Source::asked(request.purchases_from, rows, as_of)?,
            currency: currency::asked(&request.currency, "currency")?,
            by_campaign: by == By::Campaign,
            all: conversions == Conversions::All,
            rule: Rule::of(request, rows, as_of)?,
            measures: Measures::of(&request.measures)?,
            page_size: page_size(request.page_size),
        })
    }

    /// Whether rows of this currency are wanted.
    pub(super) fn wants(&self, code: &str) -> bool {
        self.currency.as_ref().is_none_or(|wanted| wanted == code)
    }

    /// So far before a purchase its path begins at the earliest.
    pub(super) fn lookback_of(&self, moment: Timestamp) -> Timestamp {
        let micros = i64::from(self.rule.lookback_days) * DAY;
        Timestamp::from_micros(moment.as_micros().saturating_sub(micros))
    }
}

impl Measures {
    const ALL: Self = Self { attribution: true, models: true, spend: true, campaigns: true };

    fn of(wanted: &[i32]) -> Result<Self, AnswerError> {
        let mut set = Self::default();
        for value in wanted {
            let unknown = |_| AnswerError::UnknownValue { field: "measures", value: *value };
            match Measure::try_from(*value).map_err(unknown)? {
                Measure::Unspecified => return Ok(Self::ALL),
                Measure::Attribution => set.attribution = true,
                Measure::Models => set.models = true,
                Measure::Spend => set.spend = true,
                Measure::Campaigns => set.campaigns = true,
            }
        }
        Ok(if wanted.is_empty() { Self::ALL } else { set })
    }

    /// Whether conversions are credited.
    pub(super) const fn credit(self) -> bool {
        self.attribution || self.models
    }
}
