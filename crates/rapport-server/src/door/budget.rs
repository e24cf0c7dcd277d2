//! How many bytes of appends may wait for the log at once.

use std::sync::Arc;

use rapport_model::{ErrorClass, NewEvent};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::door::refusal::Refusal;

/// Bytes are counted in units of so many.
const UNIT: usize = 1024;
/// What a request weighs beyond its payloads: its envelope in our memory.
const EVENT_OVERHEAD: usize = 512;
const TAG_OVERHEAD: usize = size_of::<String>();

/// The bytes that may wait. A request holds its share until it is answered.
#[derive(Clone)]
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    units_max: usize,
}

/// A request's share; dropping it gives it back.
pub(crate) struct Share(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Budget {
    /// Of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let units_max = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { units: Arc::new(Semaphore::new(units_max)), units_max }
    }

    /// A share for a request, or a refusal when too much waits.
    pub(crate) fn take(&self, request: &rapport_model::AppendRequest) -> Result<Share, Refusal> {
        match Arc::clone(&self.units).try_acquire_many_owned(self.weigh(request)) {
            Ok(permit) => Ok(Share(permit)),
            Err(_) => Err(Refusal::new(
                ErrorClass::Busy,
                "QUEUE_FULL",
                "too many appends wait for the log; repeat in a moment, or append over a stream, which waits by itself",
            )),
        }
    }

    /// A share for a request, as soon as there is one.
    pub(crate) async fn wait(&self, request: &rapport_model::AppendRequest) -> Result<Share, Refusal> {
        let permit = Arc::clone(&self.units).acquire_many_owned(self.weigh(request)).await;
        permit.map(Share).map_err(|_| Refusal::stopping())
    }

    /// Bytes in use.
    pub(crate) fn used(&self) -> usize {
        (self.units_max - self.units.available_permits().min(self.units_max)) * UNIT
    }

    /// A request above the whole budget would wait for ever: it then takes all of it.
    fn weigh(&self, request: &rapport_model::AppendRequest) -> u32 {
        let events = request.appends.iter().flat_map(|append| &append.events);
        let tags = |event: &NewEvent| event.tags.iter().map(|tag| tag.len() + TAG_OVERHEAD).sum::<usize>();
        let bytes: usize = events.map(|event| event.payload.len() + tags(event) + EVENT_OVERHEAD).sum();
        u32::try_from(bytes.div_ceil(UNIT).clamp(1, self.units_max)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::{AppendRequest, EventId, ExpectedRevision, NewEvent, StreamAppend};

    use super::*;

    fn request(bytes: usize) -> AppendRequest {
        let event = NewEvent {
            id: EventId::from_u128(1),
            event_type: "note.recorded".to_owned(),
            customer: String::new(),
            tags: Vec::new(),
            occurred_at: None,
            actor: None,
            channel: String::new(),
            source: String::new(),
            correlation_id: String::new(),
            causation_id: String::new(),
            payload: vec![0; bytes].into(),
        };
        let append = StreamAppend {
            stream: "s".to_owned(),
            expected_revision: ExpectedRevision::Any,
            events: vec![event],
        };
        AppendRequest { appends: vec![append], condition: None, simulated_now: None }
    }

    #[test]
    fn what_does_not_fit_is_refused_until_a_share_is_given_back() {
        let budget = Budget::new(10 * UNIT);
        let share = budget.take(&request(8 * UNIT)).ok().unwrap();
        let refusal = budget.take(&request(8 * UNIT)).err().unwrap();
        assert_eq!((refusal.class, refusal.reason), (ErrorClass::Busy, "QUEUE_FULL"));
        assert_eq!(budget.used(), 9 * UNIT);
        drop(share);
        assert!(budget.take(&request(8 * UNIT)).is_ok());
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_request_larger_than_everything_takes_everything() {
        let budget = Budget::new(4 * UNIT);
        assert!(budget.take(&request(100 * UNIT)).is_ok());
    }
}
