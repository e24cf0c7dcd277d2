//! The names of figures: `default/snapshot/qualified/EUR`.
//!
//! The parts are joined by `/`; within a part `/` is written `%2F` and `%` is written `%25`, so that a name is read in
//! one way only. `docs/views-funnel.md` and `docs/views-satisfaction.md` list them.

use rapport_proto::v1::FunnelMeasure;

use super::AnswerError;

/// A name made of its parts.
#[must_use]
pub fn encode(parts: &[&str]) -> String {
    let escaped: Vec<_> = parts.iter().map(|part| part.replace('%', "%25").replace('/', "%2F")).collect();
    escaped.join("/")
}

/// The parts of a name.
///
/// # Errors
/// The text was not written by [`encode`].
pub fn parse(figure: &str) -> Result<Vec<String>, AnswerError> {
    let parts: Vec<_> = figure.split('/').map(|part| part.replace("%2F", "/").replace("%25", "%")).collect();
    let borrowed: Vec<_> = parts.iter().map(String::as_str).collect();
    if figure.is_empty() || encode(&borrowed) != figure {
        return Err(AnswerError::MalformedFigure { figure: figure.to_owned() });
    }
    Ok(parts)
}

/// Where a funnel's figure stands in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunnelPlace {
    /// The pipeline; `None` for figures over all of them.
    pub(crate) pipeline: Option<String>,
    /// The part of the funnel.
    pub(crate) measure: FunnelMeasure,
}

/// Where the figure of this name stands.
pub(crate) fn funnel_place(figure: &str) -> Result<FunnelPlace, AnswerError> {
    let parts = parse(figure)?;
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let malformed = || AnswerError::MalformedFigure { figure: figure.to_owned() };
    match parts.as_slice() {
        ["leads", _step] => Ok(FunnelPlace { pipeline: None, measure: FunnelMeasure::Leads }),
        [pipeline, name, _of, _what] => {
            let known = PIPELINE_MEASURES.iter().find(|(measure, _)| measure == name);
            let (_, measure) = known.ok_or_else(malformed)?;
            Ok(FunnelPlace { pipeline: Some((*pipeline).to_owned()), measure: *measure })
        }
        _ => Err(malformed()),
    }
}

/// The measures of a pipeline; a figure is `pipeline/measure/of/what`.
const PIPELINE_MEASURES: [(&str, FunnelMeasure); 9] = [
    ("overview", FunnelMeasure::Overview),
    ("snapshot", FunnelMeasure::Snapshot),
    ("conversion", FunnelMeasure::Conversion),
    ("cohort", FunnelMeasure::Cohort),
    ("balance", FunnelMeasure::Balance),
    ("time_in_stage", FunnelMeasure::TimeInStage),
    ("outcomes", FunnelMeasure::Outcomes),
    ("competitors", FunnelMeasure::Competitors),
    ("loss_reasons", FunnelMeasure::LossReasons),
];

/// Whether the text names a figure of satisfaction.
pub(crate) fn check_satisfaction(figure: &str) -> Result<(), AnswerError> {
    let parts = parse(figure)?;
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["scores" | "trend" | "rolling", _, _, _, _]
        | ["attributes", _, "answers"]
        | ["companies", _, _, _, "contacts"] => Ok(()),
        _ => Err(AnswerError::MalformedFigure { figure: figure.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_were_written() {
        for parts in [&["a/b", "50%", "%2F", ""][..], &["leads", "opened"], &["", ""], &["ā", "/", "%"]] {
            let name = encode(parts);
            assert_eq!(parse(&name).unwrap(), parts, "{name}");
        }
        assert_eq!(encode(&["default", "snapshot", "a/b", "EUR"]), "default/snapshot/a%2Fb/EUR");
    }

    #[test]
    fn what_no_answer_wrote_is_malformed() {
        for text in [
            "",
            "leads",
            "50%/opened",
            "a%2f/snapshot/b/c",
            "default/snapshots/a/EUR",
            "a/balance/b",
            "leads/a/b",
        ] {
            let error = funnel_place(text).unwrap_err();
            assert_eq!(error, AnswerError::MalformedFigure { figure: text.to_owned() });
        }
    }
}
