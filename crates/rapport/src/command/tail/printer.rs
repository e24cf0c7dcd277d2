//! How `rapport tail` prints events.

use std::io::Write;

use anyhow::Context;
use bytes::Bytes;
use prost::Message;
use rapport_proto::v1::{ReadResponse, RecordedEvent};

use crate::show::{Output, Page, Zone, cut, written};

/// Prints events, each as a line, a record or an object.
pub(super) struct Printer {
    pub page: Page,
    pub output: Output,
    pub zone: Zone,
    /// How many events are still to be printed; `None` for all.
    pub left: Option<u64>,
    /// The position of the last event printed.
    pub last: Option<u64>,
    /// Whether a server has accepted the subscription at least once.
    pub is_subscribed: bool,
}

impl Printer {
    /// Prints to stdout; CSV begins with its header.
    pub(super) fn new(output: Output, zone: Zone) -> anyhow::Result<Self> {
        let mut page = Page::of(output);
        if output == Output::Csv {
            writeln!(
                page,
                "position,recorded_at,occurred_at,type,customer,stream,revision,id,actor,channel,source,tags,payload"
            )?;
        }
        Ok(Self { page, output, zone, left: None, last: None, is_subscribed: false })
    }

    /// Prints the events of a chunk, as far as they are still to be printed.
    pub(super) fn print(&mut self, chunk: &ReadResponse) -> anyhow::Result<()> {
        for bytes in &chunk.events {
            match &mut self.left {
                Some(0) => return Ok(()),
                Some(left) => *left -= 1,
                None => {}
            }
            self.event(bytes.clone()).context("the server sent bytes that are not an event")?;
        }
        Ok(())
    }

    /// Prints one event.
    pub(super) fn event(&mut self, bytes: Bytes) -> anyhow::Result<()> {
        let event = RecordedEvent::decode(bytes)?;
        self.last = Some(event.position);
        let value = rapport_proto::json::to_json("rapport.v1.RecordedEvent", &event)?;
        match self.output {
            Output::Json => writeln!(self.page, "{value}")?,
            Output::Table => self.line(&event, &value)?,
            Output::Csv => self.record(&event, &value)?,
        }
        Ok(())
    }

    fn line(&mut self, event: &RecordedEvent, value: &serde_json::Value) -> anyhow::Result<()> {
        let line = format!(
            "{:>9}  {}  {:<26} {:<14} {}",
            event.position,
            self.zone.second(event.occurred_at.as_ref()),
            event.r#type,
            event.customer,
            content(value),
        );
        writeln!(self.page, "{}", cut(&line))?;
        Ok(())
    }

    fn record(&mut self, event: &RecordedEvent, value: &serde_json::Value) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(&mut self.page);
        csv.write_record([
            event.position.to_string(),
            self.zone.rfc3339(event.recorded_at.as_ref()),
            self.zone.rfc3339(event.occurred_at.as_ref()),
            event.r#type.clone(),
            event.customer.clone(),
            event.stream.clone(),
            event.revision.to_string(),
            event.id.clone(),
            event.actor.as_ref().map(|actor| actor.id.clone()).unwrap_or_default(),
            event.channel.clone(),
            event.source.clone(),
            event.tags.join(" "),
            content(value),
        ])
        .map_err(written)?;
        Ok(csv.flush()?)
    }
}

/// The JSON of the payload, without the name of its type, which is printed in a column of its own.
fn content(value: &serde_json::Value) -> String {
    let payload = value.get("payload").and_then(serde_json::Value::as_object);
    payload.and_then(|payload| payload.values().next()).map(ToString::to_string).unwrap_or_default()
}
