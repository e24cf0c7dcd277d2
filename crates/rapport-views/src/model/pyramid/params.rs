//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{PyramidLevel, PyramidMeasure, PyramidRequest};

use super::{bought::Period, cuts::Cuts};
use crate::{
    answers::{
        AnswerError, AsOf, AskError,
        window::{Window, just_after, moment_of},
    },
    calendar::months_before,
    model::page_size,
    model::{currency, purchases::Source},
};

/// How far below the next level is near, unless it is asked for.
const WITHIN: f64 = 0.25;
/// Months from the earlier moment to the later one, unless it is asked for.
const MONTHS: i32 = 12;

/// A [`PyramidRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PyramidParams {
    pub(super) cuts: Cuts,
    pub(super) now: Period,
    pub(super) before: Period,
    pub(super) measures: Measures,
    pub(super) currency: Option<String>,
    pub(super) within: f64,
    pub(super) level: Option<PyramidLevel>,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

/// The parts that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Measures {
    pub(super) levels: bool,
    pub(super) migration: bool,
    pub(super) candidates: bool,
    pub(super) customers: bool,
    pub(super) market: bool,
}

impl PyramidParams {
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &PyramidRequest,
        source: Source,
        (as_of, cuts): (AsOf, Cuts),
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let unknown = |_| AnswerError::UnknownValue { field: "level", value: request.level };
        let level = PyramidLevel::try_from(request.level).map_err(unknown)?;
        let months = i32::try_from(cuts.says.window_months).unwrap_or(i32::MAX);
        let now = Period { source, as_of, window: window(request, as_of.occurred_until, months, zone)? };
        Ok(Self {
            now,
            before: before(request, now, months, zone)?,
            cuts,
            measures: Measures::of(&request.measures)?,
            currency: currency::asked(&request.currency, "currency")?,
            within: within(request.within)?,
            level: Some(level).filter(|level| *level != PyramidLevel::Unspecified),
            page_size: page_size(request.page_size),
        })
    }

    /// The latest moment before the earlier period ends.
    pub(super) const fn compared_with(&self) -> Timestamp {
        self.before.as_of.occurred_until
    }
}

impl Measures {
    const ALL: Self = Self { levels: true, migration: true, candidates: true, customers: true, market: true };

    pub(super) fn of(wanted: &[i32]) -> Result<Self, AnswerError> {
        let mut set = Self::default();
        for value in wanted {
            let unknown = |_| AnswerError::UnknownValue { field: "measures", value: *value };
            match PyramidMeasure::try_from(*value).map_err(unknown)? {
                PyramidMeasure::Unspecified => return Ok(Self::ALL),
                PyramidMeasure::Levels => set.levels = true,
                PyramidMeasure::Migration => set.migration = true,
                PyramidMeasure::Candidates => set.candidates = true,
                PyramidMeasure::Customers => set.customers = true,
                PyramidMeasure::Market => set.market = true,
            }
        }
        Ok(if wanted.is_empty() { Self::ALL } else { set })
    }

    /// Whether the earlier moment is looked at.
    pub(super) const fn compare(self) -> bool {
        self.migration || self.candidates || self.customers
    }
}

/// What is left out reaches to T, and so many months back from the end.
fn window(
    request: &PyramidRequest,
    until: Timestamp,
    months: i32,
    zone: &TimeZone,
) -> Result<Window, AnswerError> {
    let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
    let window = Window::of_request(from, to, until)?;
    Ok(if from.is_some() { window } else { window.last_months(months, zone) })
}

/// The earlier moment with its own period, which is as long: so many months, or as long as the one that is asked for.
fn before(request: &PyramidRequest, now: Period, months: i32, zone: &TimeZone) -> Result<Period, AskError> {
    let given =
        request.compared_with.as_ref().map(|moment| moment_of(moment, "compared_with")).transpose()?;
    if given.is_some_and(|given| just_after(given) >= now.window.to) {
        let expected = "expected a time before the end of the period; give an earlier one, or leave it out for twelve months before the end";
        return Err(AskError::Field { field: "compared_with", expected: expected.to_owned() });
    }
    let to = given.map_or_else(|| months_before(now.window.to, MONTHS, zone), just_after).min(now.window.to);
    let window = if request.period_from.is_some() {
        let length = now.window.to.as_micros().saturating_sub(now.window.from.as_micros());
        Window { from: Timestamp::from_micros(to.as_micros().saturating_sub(length)), to }
    } else {
        Window { from: Timestamp::MIN, to }.last_months(months, zone)
    };
    let occurred_until = Timestamp::from_micros(to.as_micros().saturating_sub(1));
    Ok(Period { as_of: AsOf { occurred_until, ..now.as_of }, window, ..now })
}

fn within(asked: Option<f64>) -> Result<f64, AskError> {
    let within = asked.unwrap_or(WITHIN);
    if (0.0..=1.0).contains(&within) {
        return Ok(within);
    }
    let expected = format!("expected a share from 0 to 1, such as `{WITHIN}`, found `{within}`");
    Err(AskError::Field { field: "within", expected })
}
