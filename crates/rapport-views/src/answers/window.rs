//! The windows of requests.

use rapport_model::Timestamp;
use rapport_proto::time;

use super::AnswerError;
pub(crate) use crate::calendar::Window;

impl Window {
    /// The period of a request as of `occurred_until`: what is left out reaches to the ends, and nothing reaches
    /// beyond `occurred_until`, which itself belongs to it. A period that begins later is empty.
    pub(crate) fn of_request(
        from: Option<&prost_types::Timestamp>,
        to: Option<&prost_types::Timestamp>,
        occurred_until: Timestamp,
    ) -> Result<Self, AnswerError> {
        let from = from.map(|moment| moment_of(moment, "period_from")).transpose()?;
        let to = to.map(|moment| moment_of(moment, "period_to")).transpose()?;
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Err(AnswerError::EmptyPeriod { from: "period_from", until: "period_to" });
        }
        let end = just_after(occurred_until);
        let to = to.map_or(end, |to| to.min(end));
        Ok(Self { from: from.map_or(Timestamp::MIN, |from| from.min(to)), to })
    }
}

/// The next microsecond.
pub(crate) fn just_after(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.as_micros().saturating_add(1))
}

/// A moment of a request.
pub(crate) fn moment_of(
    moment: &prost_types::Timestamp,
    field: &'static str,
) -> Result<Timestamp, AnswerError> {
    time::from_proto(moment).ok_or(AnswerError::Time { field })
}
