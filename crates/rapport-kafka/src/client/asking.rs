//! Asks a broker that may be unreachable, and stops when the publisher must stop.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::{PublishError, Stop};

/// How long a client waits for an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long the first try waits. Each further one waits twice as long, for a broker that is slow.
const FIRST: Duration = Duration::from_millis(500);
/// The longest try, so that the publisher can stop between two of them.
const LONGEST: Duration = Duration::from_secs(2);
/// The time between two looks at an answer.
const STEP: Duration = Duration::from_millis(10);

/// Repeats a question to a broker that does not answer, until patience ends.
pub(crate) fn ask<T>(
    doing: &'static str,
    stop: &Stop,
    question: impl Fn(Duration) -> Result<T, KafkaError>,
) -> Result<T, PublishError> {
    ask_unless(doing, stop, || false, question)
}

/// The same, but gives up after the first try for which `is_vain` says that no broker will answer.
pub(crate) fn ask_unless<T>(
    doing: &'static str,
    stop: &Stop,
    mut is_vain: impl FnMut() -> bool,
    question: impl Fn(Duration) -> Result<T, KafkaError>,
) -> Result<T, PublishError> {
    let deadline = Instant::now() + PATIENCE;
    let mut wait = FIRST;
    loop {
        if stop.is_set() {
            return Err(PublishError::Stopped);
        }
        match question(wait) {
            Ok(answer) => return Ok(answer),
            Err(error) if is_silence(&error) && Instant::now() < deadline && !is_vain() => {
                let left = deadline.saturating_duration_since(Instant::now());
                wait = (wait * 2).min(LONGEST).min(left.max(FIRST));
            }
            Err(error) => return Err(PublishError::kafka(doing)(error)),
        }
    }
}

/// Waits for an answer that the admin client's own thread receives.
pub(crate) fn answer<T>(
    doing: &'static str,
    stop: &Stop,
    asked: impl Future<Output = Result<T, KafkaError>>,
) -> Result<T, PublishError> {
    let mut asked = pin!(asked);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match asked.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer.map_err(PublishError::kafka(doing)),
            Poll::Pending if stop.is_set() => return Err(PublishError::Stopped),
            Poll::Pending => stop.wait(STEP),
        }
    }
}

/// Whether the broker is unreachable, or does not answer in time.
fn is_silence(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(Code::OperationTimedOut | Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve)
    )
}
