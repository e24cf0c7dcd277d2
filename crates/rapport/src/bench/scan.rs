//! Reading everything.

use std::time::Instant;

use prost::Message;
use rapport_proto::v1::{ReadAllRequest, RecordedEvent};

use super::{
    fill,
    row::{Row, Run},
    setting::{Bench, Subject},
};
use crate::failure::Refused;

/// Fills a ledger and reads all of it.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let subject = bench.subject().await?;
    let args = &bench.args;
    let there = subject.head().await?;
    fill::notes(&subject, "", args.events.saturating_sub(there).max(1), bench.customers(), args.size).await?;
    let mut runs = Vec::new();
    let mut events = 0;
    for _ in 0..args.runs {
        let begun = Instant::now();
        events = read(&subject, ReadAllRequest::default()).await?;
        runs.push(Run::rate_only(events, begun.elapsed()));
    }
    bench.print(&Row {
        work: "scan",
        what: format!("{events} events"),
        shape: (1, 0, args.size),
        unit: "events",
        runs,
        ..Row::default()
    })?;
    subject.stop().await
}

/// How many events a query gives; each is decoded, as a reader would.
///
/// # Errors
/// The server's.
pub(super) async fn read(subject: &Subject, request: ReadAllRequest) -> anyhow::Result<u64> {
    let answers = subject.client.ledger().read_all(request).await.map_err(Refused::from)?;
    let mut answers = answers.into_inner();
    let mut events = 0;
    while let Some(answer) = answers.message().await.map_err(Refused::from)? {
        for event in answer.events {
            let event = RecordedEvent::decode(event)?;
            events += u64::from(event.position > 0);
        }
    }
    Ok(events)
}
