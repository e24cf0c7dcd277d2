//! Building all views from the log: events of a plausible company, all types mixed.

use std::{path::Path, time::Instant};

use rapport_bench::sqlite;
use rapport_proto::v1::{AppendRequest, RebuildRequest};
use rapport_story::{Plan, Requests, Story};
use tempfile::TempDir;

use super::{
    fill, footprint,
    row::{Row, Run},
    setting::{Bench, Subject},
};
use crate::{demo::wait_for_views, failure::Refused};

/// A customer of the story has about so many events.
const EVENTS_A_CUSTOMER: u64 = 40;
/// The story of every measurement.
const SEED: u64 = 1;

/// The same rows by plain SQLite, into files that are deleted again.
fn by_hand(views: &Path, events: u64) -> anyhow::Result<Run> {
    let folder = TempDir::with_prefix_in("by-hand-", views.parent().unwrap_or(views))?;
    let written = sqlite::write_views(views, folder.path())?;
    Ok(Run::rate_only(events, written.elapsed))
}

/// Tells a ledger the story of about so many events, and gives its head, at which its own views are then.
///
/// # Errors
/// The server's.
pub(super) async fn story(subject: &Subject, events: u64) -> anyhow::Result<u64> {
    let customers = u32::try_from((events / EVENTS_A_CUSTOMER).max(1))?;
    let plan = Plan { seed: SEED, customers, until: jiff::civil::date(2026, 1, 1) };
    let story = || Story::new(plan).into_iter().flatten();
    let events = story().count() as u64;
    // On the machine's clock: what was recorded when does not matter here.
    let requests = Requests::of(story()).map(|request| AppendRequest { simulated_now: None, ..request });
    fill::append(subject, requests, events).await?;
    let head = subject.head().await?;
    wait_for_views(&subject.client, head).await?;
    Ok(head)
}

/// Fills a ledger with a story and rebuilds every view.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let subject = bench.subject().await?;
    let head = story(&subject, args.events).await?;
    let (mut runs, mut limits, mut notes) = (Vec::new(), Vec::new(), vec![("events", head.to_string())]);
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
        if let Some(own) = &subject.own {
            limits.push(by_hand(&own.data().join("views"), head)?);
        }
    }
    if let Some(own) = &subject.own {
        notes.push(("peak-memory", footprint::memory(&subject, "VmHWM:")?));
        let bytes = footprint::disk_bytes(&own.data().join("views"))?;
        notes.push(("view-bytes-an-event", format!("{:.0}", bytes as f64 / head as f64)));
    }
    bench.print(&Row {
        work: "project",
        what: "all views".to_owned(),
        unit: "events",
        runs,
        limits: if limits.is_empty() { Vec::new() } else { vec![("by-hand", limits)] },
        notes,
        ..Row::default()
    })?;
    subject.stop().await
}
