//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::{
    definition::targets::DEFAULT,
    v1::{self, RetentionMeasure},
};

use super::{INACTIVE_DAYS, scenario::WhatIf};
use crate::{
    answers::{AnswerError, AsOf, AskError, window::Window},
    calendar::{Every, same_length_before},
    model::page_size,
    model::{currency, purchases::Source},
};

/// More days than anybody lives.
const INACTIVE_DAYS_MAX: u32 = 36_500;

/// A [`v1::RetentionRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RetentionParams {
    pub(super) source: Source,
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    measures: Vec<RetentionMeasure>,
    pub(super) window: Window,
    /// As long, until the window begins.
    pub(super) before: Window,
    /// All that had happened until T.
    pub(super) always: Window,
    /// The twelve months before T.
    pub(super) year: Window,
    pub(super) inactive_days: u32,
    pub(super) every: Every,
    pub(super) currency: Option<String>,
    pub(super) what_if: WhatIf,
    /// Whose targets.
    pub(super) targets: String,
    /// Whether the request says of which window.
    pub(super) is_window_given: bool,
    /// Alerts a page at most.
    pub(super) page_size: usize,
}

impl RetentionParams {
    /// What a request asks as of a moment; days and months are those of `zone`.
    pub(super) fn from_request(
        request: &v1::RetentionRequest,
        source: Source,
        as_of: AsOf,
        zone: TimeZone,
    ) -> Result<Self, AskError> {
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        let window = Window::of_request(from, to, as_of.occurred_until)?;
        let window = if from.is_some() { window } else { window.last_months(12, &zone) };
        let always = Window::of_request(None, None, as_of.occurred_until)?;
        Ok(Self {
            source,
            as_of,
            measures: measures(&request.measures)?,
            window,
            before: same_length_before(window, &zone),
            always,
            year: always.last_months(12, &zone),
            inactive_days: inactive_days(request.inactive_days)?,
            every: every(request.every)?,
            currency: currency::asked(&request.currency, "currency")?,
            what_if: WhatIf::of(request.what_if.as_ref())?,
            targets: if request.targets.is_empty() { DEFAULT } else { &request.targets }.to_owned(),
            is_window_given: from.is_some() || to.is_some(),
            page_size: page_size(request.page_size),
            zone,
        })
    }

    /// The same question of another window.
    pub(super) fn of_window(&self, window: Window) -> Self {
        Self { window, before: same_length_before(window, &self.zone), ..self.clone() }
    }

    pub(super) fn wants(&self, measure: RetentionMeasure) -> bool {
        self.measures.is_empty() || self.measures.contains(&measure)
    }

    /// Whether one of these is wanted.
    pub(super) fn wants_any(&self, measures: &[RetentionMeasure]) -> bool {
        measures.iter().any(|measure| self.wants(*measure))
    }
}

/// None when all are wanted.
fn measures(wanted: &[i32]) -> Result<Vec<RetentionMeasure>, AnswerError> {
    let unknown = |value| AnswerError::UnknownValue { field: "measures", value };
    let read = |value: &i32| RetentionMeasure::try_from(*value).map_err(|_| unknown(*value));
    let wanted = wanted.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let all = wanted.contains(&RetentionMeasure::Unspecified);
    Ok(if all { Vec::new() } else { wanted })
}

pub(super) fn inactive_days(asked: u32) -> Result<u32, AskError> {
    if asked > INACTIVE_DAYS_MAX {
        let expected = format!("expected at most `{INACTIVE_DAYS_MAX}` days, found `{asked}`; give fewer");
        return Err(AskError::Field { field: "inactive_days", expected });
    }
    Ok(if asked == 0 { INACTIVE_DAYS } else { asked })
}

pub(super) fn every(asked: i32) -> Result<Every, AskError> {
    let unknown = |_| AnswerError::UnknownValue { field: "every", value: asked };
    match v1::Every::try_from(asked).map_err(unknown)? {
        v1::Every::Unspecified | v1::Every::Month => Ok(Every::Month),
        v1::Every::Week => Ok(Every::Week),
        v1::Every::Quarter => Ok(Every::Quarter),
        v1::Every::Year => Ok(Every::Year),
        v1::Every::Day => {
            let expected = "expected weeks, months, quarters or years, found days; choose longer periods";
            Err(AskError::Field { field: "every", expected: expected.to_owned() })
        }
    }
}
