//! Refusals of the server, and whether a row is to blame for one.

use rapport_proto::v1::AppendError;
use tonic::{Code, Status};

use crate::failure::Refused;

/// Why the server ends a stream whose request is larger than a message may be.
const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";

/// Whether the request is to blame, and not the server or its state.
pub(super) fn is_of_the_row(error: &AppendError) -> bool {
    // Every row of this import would be refused for its clock.
    let of_all = error.reason == "CLOCK";
    let of_the_request = matches!(
        Code::from_i32(error.code),
        Code::InvalidArgument | Code::FailedPrecondition | Code::Aborted | Code::NotFound
    );
    !of_all && (of_the_request || error.reason == MESSAGE_TOO_LARGE)
}

/// Whether the ledger, or the request itself, has an event of this id that says otherwise.
pub(super) fn is_known_id(error: &AppendError) -> bool {
    matches!(error.reason.as_str(), "EVENT_ID_TAKEN" | "EVENT_ID_REPEATED")
}

/// Whether the transport did not take a request for its size.
pub(super) fn is_too_large(status: &Status) -> bool {
    status.code() == Code::OutOfRange || Refused::from(status.clone()).reason() == MESSAGE_TOO_LARGE
}

/// The same as an answer in the stream.
pub(super) fn too_large(status: &Status) -> AppendError {
    AppendError {
        code: Code::ResourceExhausted.into(),
        message: status.message().to_owned(),
        reason: MESSAGE_TOO_LARGE.to_owned(),
        violations: Vec::new(),
    }
}

/// Why a row is rejected.
pub(super) fn reason(error: &AppendError) -> String {
    if is_known_id(error) {
        // The server's remedy behind the `;` is meant for programs that make ids themselves.
        let taken = error.message.split(';').next().unwrap_or_default();
        return format!("{taken}: another import appended it at the same time; import again");
    }
    let faults = error.violations.iter().map(|fault| {
        let field = fault.field.split_once(".payload.").map_or(fault.field.as_str(), |(_, field)| field);
        format!("`{field}`: {}", fault.description)
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() { error.message.clone() } else { faults.join("; ") }
}

/// As the error that ends the command.
pub(super) fn status(error: AppendError) -> Refused {
    let message = if error.violations.is_empty() {
        error.message.clone()
    } else {
        format!("{}: {}", error.message, reason(&error))
    };
    Status::new(Code::from_i32(error.code), message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: Code, reason: &str) -> AppendError {
        AppendError { code: code.into(), reason: reason.into(), ..AppendError::default() }
    }

    #[test]
    fn a_row_is_to_blame_for_what_it_holds_and_for_its_size_and_not_for_the_servers_state() {
        for (code, reason) in [
            (Code::InvalidArgument, "INVALID_REQUEST"),
            (Code::FailedPrecondition, "EVENT_ID_TAKEN"),
            (Code::NotFound, ""),
            (Code::ResourceExhausted, MESSAGE_TOO_LARGE),
        ] {
            assert!(is_of_the_row(&error(code, reason)), "{reason}");
        }
        for (code, reason) in [
            (Code::InvalidArgument, "CLOCK"),
            (Code::ResourceExhausted, "QUEUE_FULL"),
            (Code::Unavailable, "LOG_POISONED"),
        ] {
            assert!(!is_of_the_row(&error(code, reason)), "{reason}");
        }
    }

    #[test]
    fn a_request_that_the_transport_does_not_take_is_a_refusal_with_its_sizes() {
        let status = Status::out_of_range("message length too large: found 9 bytes, the limit is: 8 bytes");
        assert!(is_too_large(&status) && !is_too_large(&Status::unavailable("gone")));
        let refused = too_large(&status);
        assert!(is_of_the_row(&refused));
        assert_eq!(reason(&refused), status.message());
    }
}
