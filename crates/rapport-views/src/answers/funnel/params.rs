//! The question to the funnel, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::FunnelMeasure};

use crate::answers::{
    AnswerError, AsOf,
    window::{Window, moment_of},
};

/// A [`v1::FunnelRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunnelParams {
    pub(super) as_of: AsOf,
    pub(super) pipeline: Option<String>,
    pub(super) period: Window,
    pub(super) cohort: Option<Cohort>,
    pub(super) measures: Measures,
    /// Of the overview.
    pub(super) lately: Window,
    /// Whether the request says itself from when on.
    from_is_given: bool,
}

/// Which deals to follow, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cohort {
    pub(super) entry: Window,
    pub(super) window_micros: i64,
}

/// A set of measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measures(u16);

impl Measures {
    /// Whatever is answered unless measures are named.
    pub(super) const ALL: Self = Self(!(1 << FunnelMeasure::Overview as u16));
    pub(super) const NONE: Self = Self(0);

    pub(super) fn only(measure: FunnelMeasure) -> Self {
        Self(1 << (measure as u16))
    }

    pub(super) fn has(self, measure: FunnelMeasure) -> bool {
        self.0 & Self::only(measure).0 != 0
    }

    pub(super) fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl FunnelParams {
    /// Reads a request as of a moment.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn from_request(request: &v1::FunnelRequest, as_of: AsOf) -> Result<Self, AnswerError> {
        let period = Window::of_request(
            request.period_from.as_ref(),
            request.period_to.as_ref(),
            as_of.occurred_until,
        )?;
        let pipeline = (!request.pipeline.is_empty()).then(|| request.pipeline.clone());
        let cohort = request.cohort.as_ref().map(cohort_of).transpose()?;
        let measures = measures_of(&request.measures)?;
        let from_is_given = request.period_from.is_some();
        let params = Self { as_of, pipeline, period, cohort, measures, lately: period, from_is_given };
        Ok(params.in_zone(&TimeZone::UTC))
    }

    /// With the twelve months of the overview as they are in this zone; UTC's otherwise.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> Self {
        let lately = if self.from_is_given { self.period } else { self.period.last_months(12, zone) };
        Self { lately, ..self }
    }

    /// The only pipeline wanted, so that the rows of others need not be read.
    #[must_use]
    pub fn pipeline(&self) -> Option<&str> {
        self.pipeline.as_deref()
    }

    /// Whether deals have to be handed over; not so when only leads are asked for.
    #[must_use]
    pub fn wants_deals(&self) -> bool {
        self.measures != Measures::only(FunnelMeasure::Leads)
    }

    /// Whether leads have to be handed over.
    #[must_use]
    pub fn wants_leads(&self) -> bool {
        self.measures.has(FunnelMeasure::Leads)
    }
}

fn cohort_of(cohort: &v1::funnel_request::Cohort) -> Result<Cohort, AnswerError> {
    let moment = |moment: &Option<prost_types::Timestamp>, field| {
        moment.as_ref().ok_or(AnswerError::Time { field }).and_then(|moment| moment_of(moment, field))
    };
    let (from, to) = (moment(&cohort.from, "cohort.from")?, moment(&cohort.to, "cohort.to")?);
    if to <= from {
        return Err(AnswerError::EmptyPeriod { from: "cohort.from", until: "cohort.to" });
    }
    let window = cohort.window.as_ref().and_then(time::duration_from_proto).filter(|micros| *micros >= 0);
    let window_micros = window.ok_or(AnswerError::Length { field: "cohort.window" })?;
    Ok(Cohort { entry: Window { from, to }, window_micros })
}

impl Cohort {
    /// The last moment at which a deal that entered then is followed.
    pub(super) fn followed_until(self, entered_at: Timestamp) -> Timestamp {
        Timestamp::from_micros(entered_at.as_micros().saturating_add(self.window_micros))
    }
}

fn measures_of(wanted: &[i32]) -> Result<Measures, AnswerError> {
    let mut set = Measures::NONE;
    for value in wanted {
        let unknown = |_| AnswerError::UnknownValue { field: "measures", value: *value };
        let measure = FunnelMeasure::try_from(*value).map_err(unknown)?;
        match measure {
            FunnelMeasure::Unspecified => set = Measures(set.0 | Measures::ALL.0),
            FunnelMeasure::Snapshot
            | FunnelMeasure::Conversion
            | FunnelMeasure::Cohort
            | FunnelMeasure::Balance
            | FunnelMeasure::TimeInStage
            | FunnelMeasure::Outcomes
            | FunnelMeasure::Competitors
            | FunnelMeasure::LossReasons
            | FunnelMeasure::Leads
            | FunnelMeasure::Overview => set = Measures(set.0 | Measures::only(measure).0),
        }
    }
    Ok(if wanted.is_empty() { Measures::ALL } else { set })
}
