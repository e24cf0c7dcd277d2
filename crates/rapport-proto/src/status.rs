//! Error classes as gRPC statuses: the one place where this is decided.

use rapport_model::ErrorClass;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::validate::Violation;

/// The domain of every `google.rpc.ErrorInfo` that Rapport sends.
pub const DOMAIN: &str = "rapport";

/// The gRPC code of a class.
#[must_use]
pub fn code(class: ErrorClass) -> Code {
    match class {
        ErrorClass::Invalid => Code::InvalidArgument,
        ErrorClass::NotFound => Code::NotFound,
        ErrorClass::StaleRevision => Code::Aborted,
        ErrorClass::ConditionFailed => Code::FailedPrecondition,
        ErrorClass::Unauthenticated => Code::Unauthenticated,
        ErrorClass::Denied => Code::PermissionDenied,
        ErrorClass::Busy => Code::ResourceExhausted,
        ErrorClass::Unavailable => Code::Unavailable,
        ErrorClass::TimedOut => Code::DeadlineExceeded,
        ErrorClass::Corrupt => Code::DataLoss,
        ErrorClass::Internal => Code::Internal,
    }
}

/// A status with `google.rpc.ErrorInfo` (`reason` in UPPER_SNAKE_CASE) and, when there are violations,
/// `google.rpc.BadRequest`.
pub fn status(
    class: ErrorClass,
    reason: &str,
    message: impl Into<String>,
    violations: &[Violation],
) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, []);
    for violation in violations {
        details.add_bad_request_violation(&violation.field, &violation.description);
    }
    Status::with_error_details(code(class), message, details)
}
