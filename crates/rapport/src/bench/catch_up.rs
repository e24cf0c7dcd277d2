//! Building all views from the log: events of a plausible company, all types mixed.

use std::time::Instant;

use rapport_proto::v1::{AppendRequest, RebuildRequest};

use super::{
    Bench, fill,
    row::{Row, Run},
};
use crate::{
    demo::{
        Requests,
        story::{Plan, Story},
        wait_for_views,
    },
    failure::Refused,
};

/// A customer of the story has about so many events.
const EVENTS_A_CUSTOMER: u64 = 40;
/// The story of every measurement.
const SEED: u64 = 1;

/// Fills a ledger with a story and rebuilds every view.
///
/// # Errors
/// The server's.
pub async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let subject = bench.subject().await?;
    let customers = u32::try_from((args.events / EVENTS_A_CUSTOMER).max(1))?;
    let plan = Plan { seed: SEED, customers, until: jiff::civil::date(2026, 1, 1) };
    let story = || Story::new(plan).into_iter().flatten();
    let events = story().count() as u64;
    // On the machine's clock: what was recorded when does not matter here.
    let requests = Requests { story: story().peekable() }
        .map(|request| AppendRequest { simulated_now: None, ..request });
    fill::append(&subject, requests, events).await?;
    let head = subject.head().await?;
    wait_for_views(&subject.client, head).await?;
    let mut runs = Vec::new();
    for _ in 0..args.runs {
        let begun = Instant::now();
        let answers =
            subject.client.views().rebuild(RebuildRequest::default()).await.map_err(Refused::from)?;
        let (mut answers, mut done) = (answers.into_inner(), false);
        while let Some(progress) = answers.message().await.map_err(Refused::from)? {
            done = progress.done;
        }
        anyhow::ensure!(done, "the server ended the rebuild before it was done");
        runs.push(Run::rate_only(head, begun.elapsed()));
    }
    bench.print(&Row {
        work: "project",
        what: "all views".to_owned(),
        unit: "events",
        runs,
        notes: vec![("events", head.to_string())],
        ..Row::default()
    })?;
    subject.stop().await
}
