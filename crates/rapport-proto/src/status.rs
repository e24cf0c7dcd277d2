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

/// The largest status, which travels in headers: clients accept at least 8 KiB of headers, and details take twice the
/// space of their text.
const MESSAGE_BYTES_MAX: usize = 1 << 10;
const VIOLATIONS_BYTES_MAX: usize = 2 << 10;

/// The first faults of a request, as many as have room in a status; the last one says how many more there are.
#[must_use]
pub fn listed(violations: &[Violation]) -> Vec<Violation> {
    let mut room = VIOLATIONS_BYTES_MAX;
    let fits = |fault: &&Violation| {
        let bytes = fault.field.len() + fault.description.len();
        room = room.saturating_sub(bytes);
        room > 0
    };
    let mut listed: Vec<_> = violations.iter().take_while(fits).cloned().collect();
    if let Some(next) = violations.get(listed.len()) {
        let more = violations.len() - listed.len();
        let description = format!("this and the faults behind it, {more} in all, are not listed");
        listed.push(Violation { field: cut(&next.field), description });
    }
    listed
}

/// The beginning of a text that has room in a status.
#[must_use]
pub fn cut(text: &str) -> String {
    if text.len() <= MESSAGE_BYTES_MAX {
        return text.to_owned();
    }
    let end = (0..=MESSAGE_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
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
    for violation in &listed(violations) {
        details.add_bad_request_violation(&violation.field, &violation.description);
    }
    Status::with_error_details(code(class), cut(&message.into()), details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_room_for_itself_whatever_it_is_to_say() {
        let fault = |bytes| Violation { field: "f".repeat(bytes), description: "ē".repeat(bytes) };
        for violations in [vec![fault(10); 1_000], vec![fault(5_000); 3], vec![fault(1)], vec![]] {
            let listed = listed(&violations);
            let bytes: usize = listed.iter().map(|fault| fault.field.len() + fault.description.len()).sum();
            assert!(bytes < VIOLATIONS_BYTES_MAX + MESSAGE_BYTES_MAX + 100, "{bytes}");
            assert!(listed.len() <= violations.len() && listed.is_empty() == violations.is_empty());
            assert_eq!(listed == violations, violations.len() < 2);
        }
        let said = cut(&"ē".repeat(5_000));
        assert!(said.len() <= MESSAGE_BYTES_MAX + 3 && said.ends_with("ē…"));
        assert_eq!(cut("short"), "short");
    }
}
