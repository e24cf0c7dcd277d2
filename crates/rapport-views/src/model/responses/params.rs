//! What is asked, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, scores_request::Responses};

use super::by::By;
use crate::{
    answers::{AnswerError, AsOf, AskError, satisfaction::instrument_of, window::Window},
    model::page_size,
    rows::Instrument,
};

/// Groupings at once at most.
const BY_MAX: usize = 2;
/// Ten years and some days.
const ROLLING_DAYS_MAX: u32 = 3_660;

/// A [`v1::ScoresRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScoresParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) instrument: Option<Instrument>,
    /// Empty: every survey.
    pub(super) survey: String,
    pub(super) question: Option<String>,
    pub(super) wave: Option<String>,
    pub(super) period: Window,
    /// Whether the period has a beginning.
    pub(super) has_beginning: bool,
    /// Whether of each customer, question and wave only the latest response counts.
    pub(super) latest_only: bool,
    /// Two at most, each once.
    pub(super) by: Vec<By>,
    /// 0: no series.
    pub(super) rolling_days: u32,
    /// Rows a page at most.
    pub(super) page_size: usize,
}

impl ScoresParams {
    /// What a request asks as of a moment; months are those of `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub(super) fn from_request(
        request: &v1::ScoresRequest,
        as_of: AsOf,
        zone: &TimeZone,
    ) -> Result<Self, AskError> {
        let responses = Responses::try_from(request.responses)
            .map_err(|_| AnswerError::UnknownValue { field: "responses", value: request.responses })?;
        let (from, to) = (request.period_from.as_ref(), request.period_to.as_ref());
        if request.rolling_days > ROLLING_DAYS_MAX {
            let days = request.rolling_days;
            let expected = format!("expected 1 to {ROLLING_DAYS_MAX} days, found `{days}`");
            return Err(AskError::Field { field: "rolling_days", expected });
        }
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Self {
            as_of,
            zone: zone.clone(),
            instrument: given(&request.instrument).map(|name| instrument_of(&name)).transpose()?,
            survey: request.survey_id.clone(),
            question: request.question.clone(),
            wave: given(&request.wave),
            period: Window::of_request(from, to, as_of.occurred_until)?,
            has_beginning: from.is_some(),
            latest_only: responses == Responses::Latest,
            by: groupings(&request.by)?,
            rolling_days: request.rolling_days,
            page_size: page_size(request.page_size),
        })
    }

    /// Whether the questions of an instrument are compared with each other.
    pub(super) fn compares_questions(&self) -> bool {
        self.by.contains(&By::Question)
    }
}

fn groupings(asked: &[String]) -> Result<Vec<By>, AskError> {
    let wrong = |expected| AskError::Field { field: "by", expected };
    let mut all: Vec<By> = Vec::new();
    for text in asked {
        let one = By::parse(text).map_err(wrong)?;
        if all.contains(&one) {
            return Err(wrong(format!("expected two different groups, found `{text}` twice; leave one out")));
        }
        all.push(one);
    }
    if all.len() > BY_MAX {
        let n = all.len();
        return Err(wrong(format!("expected at most {BY_MAX} groups, found {n}; leave some out")));
    }
    Ok(all)
}
