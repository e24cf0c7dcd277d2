//! A story as requests to a ledger: batches of what is recorded at about the same time.

use std::iter::Peekable;

use rapport_proto::{
    time,
    v1::{AppendRequest, StreamAppend},
};

use crate::telling::Planned;

/// What is recorded in the same five minutes is one request, recorded at the moment of its last event.
const TICK_MICROS: i64 = 5 * 60 * 1_000_000;
/// Events of one request at most.
const REQUEST_EVENTS_MAX: usize = 1_000;

/// A story as requests, in order.
pub struct Requests<S: Iterator<Item = Planned>> {
    /// What is still to come.
    story: Peekable<S>,
}

impl<S: Iterator<Item = Planned>> Requests<S> {
    /// Of a story, or of a part of one.
    pub fn of(story: S) -> Self {
        Self { story: story.peekable() }
    }
}

impl<S: Iterator<Item = Planned>> Iterator for Requests<S> {
    type Item = AppendRequest;

    fn next(&mut self) -> Option<AppendRequest> {
        let first = self.story.next()?;
        let tick = |planned: &Planned| planned.recorded_at.as_micros().div_euclid(TICK_MICROS);
        let this_tick = tick(&first);
        let mut request = AppendRequest::default();
        let (mut events, mut last) = (1, first.recorded_at);
        add(&mut request, first);
        while events < REQUEST_EVENTS_MAX
            && let Some(planned) = self.story.next_if(|planned| tick(planned) == this_tick)
        {
            last = planned.recorded_at;
            events += 1;
            add(&mut request, planned);
        }
        request.simulated_now = Some(time::to_proto(last));
        Some(request)
    }
}

/// Neighbours of one stream go together; the order of the story stays.
fn add(request: &mut AppendRequest, planned: Planned) {
    match request.appends.last_mut() {
        Some(append) if append.stream == planned.stream => append.events.push(planned.event),
        _ => request.appends.push(StreamAppend {
            stream: planned.stream,
            expected_revision: None,
            events: vec![planned.event],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::Plan, story::Story};

    #[test]
    fn requests_hold_the_whole_story_in_order_and_never_record_before_it_happened() {
        let plan = Plan { seed: 3, customers: 80, until: "2026-06-01".parse().unwrap() };
        let story: Vec<_> = Story::new(plan).unwrap().collect();
        let requests: Vec<_> = Requests::of(story.clone().into_iter()).collect();
        assert!(requests.len() < story.len());
        let mut clock = None;
        let mut ids = Vec::new();
        for request in requests {
            let now = time::from_proto(&request.simulated_now.unwrap());
            assert!(clock <= now);
            clock = now;
            for event in request.appends.into_iter().flat_map(|append| append.events) {
                let is_planned = event.tags.is_empty() && event.channel == "visit";
                assert!(is_planned || time::from_proto(&event.occurred_at.unwrap()) <= now);
                ids.push(event.id);
            }
        }
        assert_eq!(ids, story.into_iter().map(|planned| planned.event.id).collect::<Vec<_>>());
    }
}
