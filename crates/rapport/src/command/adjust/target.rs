//! The event that is adjusted: what it said when it was recorded, and what is believed of it now.

use anyhow::Context as _;
use prost::Message as _;
use rapport_model::{EventId, Position, Timestamp};
use rapport_proto::{
    event_ref::EventRef,
    once_left_out,
    v1::{
        GetEventRequest, Query, ReadAllRequest, RecordedEvent, get_event_request::By, payload::Kind, query,
    },
};
use rapport_views::projection::belief::{Adjustment, Belief, believed_at};

use crate::{client::Client, failure::Refused};

/// An event with everything that adjusts it.
pub(super) struct Target {
    pub(super) event: RecordedEvent,
    pub(super) recorded: Belief,
    /// Ascending by position.
    adjustments: Vec<Adjustment>,
    /// The end of the ledger when it was read.
    pub(super) head: u64,
}

impl Target {
    /// Finds an event by its id or its position.
    pub(super) async fn find(client: &Client, text: &str) -> anyhow::Result<Self> {
        let by = match (text.parse::<u64>(), text.parse::<EventId>()) {
            (Ok(position), _) => By::Position(position),
            (_, Ok(id)) => By::Id(id.to_string()),
            _ => anyhow::bail!(
                "`{text}` is neither the id of an event nor a position; `rapport timeline CUSTOMER --output json` has both"
            ),
        };
        let head = client.head().await?.position;
        let found = client.ledger().get_event(GetEventRequest { by: Some(by) }).await;
        let event = found.map_err(Refused::from).with_context(|| format!("event `{text}`"))?.into_inner();
        let kind = once_left_out::kind(&event.payload);
        let recorded = Belief::recorded(&EventRef::from(&event), kind);
        let mut adjustments = Vec::new();
        let mut waiting = vec![event.clone()];
        while let Some(of) = waiting.pop() {
            for by in adjusting(client, &of.id).await? {
                let kind = once_left_out::kind(&by.payload);
                adjustments.extend(
                    kind.and_then(|kind| Adjustment::of(&EventRef::from(&by), &kind, Position(of.position))),
                );
                waiting.push(by);
            }
        }
        adjustments.sort_unstable_by_key(|adjustment| adjustment.position);
        Ok(Self { event, recorded, adjustments, head })
    }

    /// What is believed now.
    pub(super) fn believed(&self) -> Belief {
        self.with(&[])
    }

    /// What would be believed with these adjustments as well.
    pub(super) fn with(&self, further: &[Adjustment]) -> Belief {
        let all: Vec<_> = self.adjustments.iter().chain(further).cloned().collect();
        believed_at(Position(self.event.position), &self.recorded, &all, Timestamp::MAX).0
    }

    /// The adjustment that an event with this content would be.
    pub(super) fn adjustment(&self, kind: &Kind) -> Option<Adjustment> {
        let event = RecordedEvent { position: self.head + 1, ..RecordedEvent::default() };
        Adjustment::of(&EventRef::from(&event), kind, Position(self.event.position))
    }

    /// What must not have been appended since it was read.
    pub(super) fn unless(&self) -> (query::Item, u64) {
        (adjusts(&self.event.id), self.head)
    }
}

fn adjusts(id: &str) -> query::Item {
    query::Item { tags: vec![format!("event:{id}")], ..query::Item::default() }
}

/// The events that name this one as their target.
async fn adjusting(client: &Client, id: &str) -> anyhow::Result<Vec<RecordedEvent>> {
    let query = Some(Query { items: vec![adjusts(id)] });
    let request = ReadAllRequest { query, ..ReadAllRequest::default() };
    let mut answers = client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner();
    let mut found = Vec::new();
    while let Some(answer) = answers.message().await.map_err(Refused::from)? {
        for event in answer.events {
            found.push(RecordedEvent::decode(event).context("the server sent an event that cannot be read")?);
        }
    }
    Ok(found)
}
