//! The question to satisfaction, read once.

use jiff::tz::TimeZone;
use rapport_proto::v1::{self, SatisfactionMeasure, satisfaction_request::GroupBy};

use crate::{
    answers::{AnswerError, AsOf, window::Window},
    rows::Instrument,
};

/// A [`v1::SatisfactionRequest`] whose clocks are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct SatisfactionParams {
    pub(super) as_of: AsOf,
    pub(super) zone: TimeZone,
    pub(super) instrument: Option<Instrument>,
    pub(super) question: Option<String>,
    pub(super) wave: Option<String>,
    pub(super) period: Window,
    pub(super) group_by: GroupBy,
    pub(super) companies: bool,
    parts: Vec<SatisfactionMeasure>,
}

impl SatisfactionParams {
    /// What a request asks as of a moment; months end in `zone`.
    ///
    /// # Errors
    /// A field is wrong.
    pub fn from_request(
        request: &v1::SatisfactionRequest,
        as_of: AsOf,
        zone: TimeZone,
    ) -> Result<Self, AnswerError> {
        let period = Window::of_request(
            request.period_from.as_ref(),
            request.period_to.as_ref(),
            as_of.occurred_until,
        )?;
        let group_by = GroupBy::try_from(request.group_by)
            .map_err(|_| AnswerError::UnknownValue { field: "group_by", value: request.group_by })?;
        let parts: Vec<_> = request.measures.iter().map(|value| part_of(*value)).collect::<Result<_, _>>()?;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Self {
            as_of,
            zone,
            instrument: given(&request.instrument).map(|name| instrument_of(&name)).transpose()?,
            question: request.question.clone(),
            wave: given(&request.wave),
            period,
            group_by,
            companies: request.companies || parts.contains(&SatisfactionMeasure::Companies),
            parts,
        })
    }

    /// Whether a part is asked for.
    pub(super) fn wants(&self, part: SatisfactionMeasure) -> bool {
        wants(&self.parts, part)
    }
}

/// Whether a part is among those that are asked for.
pub(crate) fn wants(parts: &[SatisfactionMeasure], part: SatisfactionMeasure) -> bool {
    parts.is_empty() || parts.contains(&SatisfactionMeasure::Unspecified) || parts.contains(&part)
}

fn part_of(value: i32) -> Result<SatisfactionMeasure, AnswerError> {
    SatisfactionMeasure::try_from(value).map_err(|_| AnswerError::UnknownValue { field: "measures", value })
}

/// The instrument that a request names.
pub(crate) fn instrument_of(name: &str) -> Result<Instrument, AnswerError> {
    let all = [Instrument::Nps, Instrument::Csat, Instrument::Ces, Instrument::Custom];
    let known = all.into_iter().find(|instrument| name_of(*instrument) == name);
    known.ok_or_else(|| AnswerError::UnknownInstrument { instrument: name.to_owned() })
}

/// As requests and answers write it.
pub(super) fn name_of(instrument: Instrument) -> &'static str {
    match instrument {
        Instrument::Nps => "nps",
        Instrument::Csat => "csat",
        Instrument::Ces => "ces",
        Instrument::Custom => "custom",
    }
}
