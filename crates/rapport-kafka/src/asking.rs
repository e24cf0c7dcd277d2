//! Questions to a broker that may be away, asked so that a wish to stop is heard meanwhile.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use rdkafka::{error::KafkaError, types::RDKafkaErrorCode as Code};

use crate::{PublishError, Stop};

/// What a client waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The first try waits so long; each further one twice as long, for a broker that is slow rather than away.
const FIRST: Duration = Duration::from_millis(500);
/// No try is longer: so soon a wish to stop is heard.
const LONGEST: Duration = Duration::from_secs(2);
/// Between two looks at an answer that is awaited.
const STEP: Duration = Duration::from_millis(10);

/// Asks again and again what a broker that is away does not answer, until patience ends.
pub fn ask<T>(
    doing: &'static str,
    stop: &Stop,
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
            Err(error) if is_silence(&error) && Instant::now() < deadline => {
                wait = (wait * 2).min(LONGEST);
            }
            Err(error) => return Err(PublishError::kafka(doing)(error)),
        }
    }
}

/// Waits for what the admin client's own thread brings.
pub fn answer<T>(
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

/// A connection that is not there, or does not answer in time.
fn is_silence(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(
        code,
        Some(Code::OperationTimedOut | Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve)
    )
}
