//! The errors of a question.

use rapport_model::ErrorClass;

/// The question cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A moment is out of range or not there.
    #[error("expected a time in the years 1 to 9999")]
    Time {
        /// The request's field.
        field: &'static str,
    },
    /// A length of time is out of range or not there.
    #[error("expected a length of time of at most 10,000 years that is not negative")]
    Length {
        /// The request's field.
        field: &'static str,
    },
    /// A period that ends before it begins.
    #[error("expected a time after `{from}`; give a later end, or leave one of them out")]
    EmptyPeriod {
        /// The field of the beginning.
        from: &'static str,
        /// The field of the end.
        until: &'static str,
    },
    /// An enum's number that this build does not know.
    #[error("expected a value of its enum in the contract (`proto/rapport/v1`), found `{value}`")]
    UnknownValue {
        /// The request's field.
        field: &'static str,
        /// Its number.
        value: i32,
    },
    /// No such instrument.
    #[error("expected `nps`, `csat`, `ces` or `custom`, found `{instrument}`")]
    UnknownInstrument {
        /// What was asked for.
        instrument: String,
    },
    /// Not the code of a currency.
    #[error("expected a currency by its code in ISO 4217, such as `EUR`, found `{code}`")]
    UnknownCurrency {
        /// The request's field.
        field: &'static str,
        /// What was asked for.
        code: String,
    },
    /// No such class.
    #[error("expected a class of what is asked for ({known}), found `{class}`")]
    UnknownClass {
        /// What was asked for.
        class: String,
        /// Those that there are.
        known: String,
    },
    /// The pipeline has neither a definition nor a deal at that moment.
    #[error(
        "there is no pipeline `{pipeline}` at that moment; ask without a pipeline to see which there are"
    )]
    NoSuchPipeline {
        /// What was asked for.
        pipeline: String,
    },
    /// The text is not a figure.
    #[error("expected `Figure.figure` of an answer as it is, found `{figure}`")]
    MalformedFigure {
        /// What was asked for.
        figure: String,
    },
    /// The answer has no such figure, or it counts nothing.
    #[error(
        "the answer has no figure `{figure}` that counts anything; ask again and take one from the answer"
    )]
    NoSuchFigure {
        /// What was asked for.
        figure: String,
    },
}

impl AnswerError {
    /// What kind of error it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Time { .. }
            | Self::Length { .. }
            | Self::EmptyPeriod { .. }
            | Self::UnknownValue { .. }
            | Self::UnknownInstrument { .. }
            | Self::UnknownCurrency { .. }
            | Self::UnknownClass { .. }
            | Self::MalformedFigure { .. } => ErrorClass::Invalid,
            Self::NoSuchPipeline { .. } | Self::NoSuchFigure { .. } => ErrorClass::NotFound,
        }
    }

    /// The request's field that is wrong. The text of an error that is [`ErrorClass::Invalid`] stands behind this field and
    /// does not repeat it.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Time { field }
            | Self::Length { field }
            | Self::UnknownValue { field, .. }
            | Self::UnknownCurrency { field, .. } => field,
            Self::EmptyPeriod { until, .. } => until,
            Self::UnknownInstrument { .. } => "instrument",
            Self::UnknownClass { .. } => "only_class",
            Self::NoSuchPipeline { .. } => "pipeline",
            Self::MalformedFigure { .. } | Self::NoSuchFigure { .. } => "figure",
        }
    }
}
