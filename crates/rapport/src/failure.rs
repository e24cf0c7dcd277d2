//! The message and the exit code of a command that fails.

use std::{fmt, io, process::ExitCode};

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{client::unreachable::broken_off, flags::in_flags, show::visible};

/// Done, and the answer is no: exit 1.
const NO: u8 = 1;
/// Wrong usage, or it failed: exit 2.
const FAILED: u8 = 2;

/// The command did its work, and the answer is no: the ledger is damaged, or the topic is not the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct AnswerIsNo(pub String);

/// The server answered with an error.
#[derive(Debug)]
pub(crate) struct Refused(Box<Status>);

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self(Box::new(status))
    }
}

impl Refused {
    /// Why, as programs are told it: in UPPER_SNAKE_CASE, empty where the server names no reason.
    pub(crate) fn reason(&self) -> String {
        self.0.get_details_error_info().map_or_else(String::new, |info| info.reason)
    }
}

impl std::error::Error for Refused {}

/// The message, and below it every fault of the request with its field.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lost) = broken_off(&self.0) {
            return f.write_str(&lost);
        }
        f.write_str(&in_flags(self.0.message()))?;
        if self.0.message().is_empty() {
            write!(f, "the server answered {:?} without a message", self.0.code())?;
        }
        let faults = self.0.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        // One fault is in the message itself.
        for fault in faults.iter().filter(|fault| !self.0.message().contains(&fault.description)) {
            write!(f, "{}", in_flags(&format!("\n  `{}`: {}", fault.field, fault.description)))?;
        }
        Ok(())
    }
}

/// Prints why and gives the exit code. A reader of our output that went away (`rapport tail | head`) is not a failure.
pub(crate) fn exit(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    // The message may quote data that others wrote, with characters that steer a terminal.
    let message = message(error).split('\n').map(visible).collect::<Vec<_>>().join("\n");
    eprintln!("rapport: {message}");
    ExitCode::from(if error.chain().any(is_no) { NO } else { FAILED })
}

/// An error and its sources, each text once.
pub(crate) fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // Several libraries repeat their source in their own text.
        if !message.contains(&text) {
            message = if message.is_empty() { text } else { format!("{message}: {text}") };
        }
    }
    message
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The request was understood and the answer is no: what it asks for does not exist, or the ledger is not as the
/// request demands, or not what was written.
fn is_no(cause: &(dyn std::error::Error + 'static)) -> bool {
    if cause.is::<AnswerIsNo>() {
        return true;
    }
    cause.downcast_ref::<Refused>().is_some_and(|refused| {
        matches!(refused.0.code(), Code::NotFound | Code::Aborted | Code::FailedPrecondition)
    })
}
