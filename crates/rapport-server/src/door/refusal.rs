//! Why a call is refused: every error of the libraries becomes one of these here, and nowhere else, with the reason
//! code that clients see.

use std::fmt::Display;

use rapport_log::{AppendError, EnvelopeError, NoSuchStream, ReadError as LogReadError, SubmitError};
use rapport_model::ErrorClass;
use rapport_proto::{
    status, v1,
    validate::{Invalid, Violation},
};
use rapport_store::{ApplyError, ReadError as ViewReadError, StoreError};
use rapport_views::{answers::AnswerError, model::AskError};
use tonic::Status;

use crate::project::source::is_stop;

/// What [`Refusal::beyond`] says of positions.
pub(crate) const LAST_POSITION: &str = "the ledger's last position";

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of thing went wrong.
    pub class: ErrorClass,
    /// The reason of `google.rpc.ErrorInfo`, in UPPER_SNAKE_CASE.
    pub reason: &'static str,
    /// What went wrong and what to do. Never personal data.
    pub message: String,
    /// The faults of the request.
    pub violations: Vec<Violation>,
}

impl Refusal {
    /// Without violations.
    pub fn new(class: ErrorClass, reason: &'static str, message: impl Into<String>) -> Self {
        Self { class, reason, message: message.into(), violations: Vec::new() }
    }

    /// A field of the request is wrong.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Invalid { violations: vec![Violation { field: field.into(), description: description.into() }] }
            .into()
    }

    /// A position or revision that is not there, of another ledger or of this one before it was set back: `last` is
    /// the last of `whose`.
    pub fn beyond(field: &str, whose: &str, last: impl Display, found: impl Display) -> Self {
        let expected = format!(
            "expected at most `{last}`, {whose}, found `{found}`; is it the right ledger, or was it set back?"
        );
        Self::field(field, expected)
    }

    /// The server stops.
    pub fn stopping() -> Self {
        Self::new(ErrorClass::Unavailable, "STOPPING", "the server stops; try again when it is back")
    }

    /// The log could not be read for a view.
    pub fn log(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "the log cannot be read for a view");
        Self::new(ErrorClass::Unavailable, "STORAGE", format!("the log could not be read: {error}"))
    }

    /// The source of a projector service could not be read.
    pub fn source(error: &(dyn std::error::Error + 'static)) -> Self {
        if is_stop(error) {
            return Self::stopping();
        }
        tracing::error!(error, "the source cannot be read");
        Self::new(ErrorClass::Unavailable, "SOURCE", format!("the source could not be read: {error}"))
    }

    /// A fault of the program: `what` it was doing.
    pub fn internal(what: &str) -> Self {
        tracing::error!(what, "a task of the server ended without an answer");
        Self::new(
            ErrorClass::Internal,
            "INTERNAL",
            format!("{what} ended without an answer; report this with the server's log"),
        )
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        status::status(refusal.class, refusal.reason, refusal.message, &refusal.violations)
    }
}

impl From<Refusal> for v1::AppendError {
    fn from(refusal: Refusal) -> Self {
        let violation = |fault: Violation| v1::append_error::Violation {
            field: fault.field,
            description: fault.description,
        };
        Self {
            code: i32::from(status::code(refusal.class)),
            message: status::cut(&refusal.message),
            reason: refusal.reason.to_owned(),
            violations: status::listed(&refusal.violations).into_iter().map(violation).collect(),
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        let message = format!("the request is wrong: {invalid}");
        Self {
            class: ErrorClass::Invalid,
            reason: "INVALID_REQUEST",
            message,
            violations: invalid.violations,
        }
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        let reason = match error {
            SubmitError::Busy => "QUEUE_FULL",
            SubmitError::Stopped => "STOPPING",
        };
        Self::new(error.class(), reason, error.to_string())
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        let reason = match &error {
            AppendError::ConditionBeyondEnd { after, end } => {
                return Self::beyond("condition.after", LAST_POSITION, end, after);
            }
            AppendError::Empty { .. } | AppendError::Limit { .. } => "INVALID_REQUEST",
            AppendError::Clock { .. } => "CLOCK",
            AppendError::StaleRevision { .. } => "STALE_REVISION",
            AppendError::ConditionFailed { .. } => "CONDITION_FAILED",
            AppendError::IdTaken { .. } => "EVENT_ID_TAKEN",
            AppendError::IdRepeated { .. } => "EVENT_ID_REPEATED",
            AppendError::Poisoned => "LOG_POISONED",
            AppendError::Read(error) => read_reason(error),
        };
        let violations = match &error {
            AppendError::Clock { .. } => vec![violation("simulated_now", error.to_string())],
            // The message names the path.
            AppendError::Empty { path } => vec![violation(path, "give at least one".to_owned())],
            AppendError::Limit { .. }
            | AppendError::StaleRevision { .. }
            | AppendError::ConditionFailed { .. }
            | AppendError::ConditionBeyondEnd { .. }
            | AppendError::IdTaken { .. }
            | AppendError::IdRepeated { .. }
            | AppendError::Poisoned
            | AppendError::Read(_) => Vec::new(),
        };
        Self { class: error.class(), reason, message: error.to_string(), violations }
    }
}

impl From<LogReadError> for Refusal {
    fn from(error: LogReadError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the log cannot be read");
        Self::new(error.class(), read_reason(&error), error.to_string())
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Self::new(error.class(), "CORRUPT", error.to_string())
    }
}

impl From<NoSuchStream> for Refusal {
    fn from(error: NoSuchStream) -> Self {
        Self::new(error.class(), "NO_SUCH_STREAM", error.to_string())
    }
}

fn read_reason(error: &LogReadError) -> &'static str {
    match error {
        LogReadError::Corrupt(_) => "CORRUPT",
        LogReadError::Storage(_) => "STORAGE",
    }
}

fn violation(field: &str, description: String) -> Violation {
    Violation { field: field.to_owned(), description }
}

impl From<AnswerError> for Refusal {
    fn from(error: AnswerError) -> Self {
        let reason = match &error {
            AnswerError::NoSuchPipeline { .. } => "NO_SUCH_PIPELINE",
            AnswerError::NoSuchFigure { .. } => "NO_SUCH_FIGURE",
            AnswerError::Time { .. }
            | AnswerError::Length { .. }
            | AnswerError::EmptyPeriod { .. }
            | AnswerError::UnknownValue { .. }
            | AnswerError::UnknownInstrument { .. }
            | AnswerError::UnknownCurrency { .. }
            | AnswerError::UnknownClass { .. }
            | AnswerError::MalformedFigure { .. } => return Self::field(error.field(), error.to_string()),
        };
        Self::new(error.class(), reason, error.to_string())
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Answer(error) => error.into(),
            AskError::Read(error) => error.into(),
            AskError::Field { field, expected } => Self::field(field, expected),
        }
    }
}

impl From<ViewReadError> for Refusal {
    fn from(error: ViewReadError) -> Self {
        let reason = match &error {
            ViewReadError::UnknownCustomer => "NO_SUCH_CUSTOMER",
            ViewReadError::UnknownObject => "NO_SUCH_OBJECT",
            ViewReadError::PageToken | ViewReadError::PageOfAnotherQuestion => {
                return Self::field("page_token", error.to_string());
            }
            ViewReadError::Missing { .. } | ViewReadError::Row(_) => "CORRUPT",
            ViewReadError::NotBeside { .. } => "INTERNAL",
            ViewReadError::Store(_) | ViewReadError::Source(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a view cannot be read");
                "STORAGE"
            }
        };
        Self::new(error.class(), reason, error.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let reason = match &error {
            StoreError::Rebuilding { .. } => "REBUILDING",
            StoreError::File { .. }
            | StoreError::Runs { .. }
            | StoreError::Database { .. }
            | StoreError::Damaged { .. }
            | StoreError::Postgres { .. }
            | StoreError::Url { .. }
            | StoreError::SchemaPrefix { .. }
            | StoreError::NoSchema { .. }
            | StoreError::Newer { .. }
            | StoreError::Events { .. }
            | StoreError::Directory { .. }
            | StoreError::OtherLedger { .. }
            | StoreError::OtherHistory { .. }
            | StoreError::Stopped { .. } => {
                tracing::error!(error = &error as &dyn std::error::Error, "the views failed");
                "STORAGE"
            }
        };
        Self::new(error.class(), reason, error.to_string())
    }
}

impl From<ApplyError> for Refusal {
    fn from(error: ApplyError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a view cannot be built");
        Self::new(error.class(), "STORAGE", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_of_a_wrong_request_is_named_once() {
        let field = "period_to";
        let (value, name) = (7, "x".to_owned());
        let answers = [
            AnswerError::Time { field },
            AnswerError::Length { field },
            AnswerError::EmptyPeriod { from: "period_from", until: field },
            AnswerError::UnknownValue { field, value },
            AnswerError::UnknownInstrument { instrument: name.clone() },
            AnswerError::MalformedFigure { figure: name },
        ];
        let pages = [ViewReadError::PageToken, ViewReadError::PageOfAnotherQuestion];
        let refusals = answers.into_iter().map(Refusal::from).chain(pages.into_iter().map(Refusal::from));
        let empty =
            [AppendError::Empty { path: "appends" }, AppendError::Empty { path: "appends[0].events" }];
        for refusal in refusals.chain(empty.into_iter().map(Refusal::from)) {
            let [fault] = &refusal.violations[..] else { panic!("{refusal:?}") };
            let named = format!("`{}`", fault.field);
            assert_eq!(refusal.message.matches(&named).count(), 1, "{}", refusal.message);
            assert!(!fault.description.contains(&named), "{}", fault.description);
        }
    }
}
