//! How long a ledger takes to open, and what a server holds of memory and disk.

use std::{fs, path::Path, time::Instant};

use anyhow::Context;
use prost::Message;
use rapport_proto::v1::{ReadAllRequest, RecordedEvent};
use tempfile::TempDir;

use super::{
    fill,
    row::{Row, Run, Times},
    setting::{Bench, Subject},
};
use crate::{
    client::Client, client::server_args::ServerArgs, demo::wait_for_views, failure::Refused,
    own_server::OwnServer,
};

/// Events whose JSON is measured.
const SAMPLE: u64 = 1_000;

/// Fills a ledger, stops the server and starts it again; always a server of its own.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let args = &bench.args;
    let folder = TempDir::with_prefix("rapport-")?;
    let mut subject = open(folder.path()).await?;
    fill::notes(&subject, "", args.events, bench.customers(), args.size).await?;
    wait_for_views(&subject.client, subject.head().await?).await?;
    let json = json_bytes(&subject).await?;
    let peak = memory(&subject, "VmHWM:")?;
    let mut runs = Vec::new();
    for _ in 0..args.runs {
        subject.stop().await?;
        let begun = Instant::now();
        subject = open(folder.path()).await?;
        let took = begun.elapsed();
        let mut times = Times::new()?;
        times.add(took);
        runs.push(Run::new(args.events, took, &times));
    }
    let resident = memory(&subject, "VmRSS:")?;
    subject.stop().await?;
    let (log, all) = (disk_bytes(&folder.path().join("log"))?, disk_bytes(folder.path())?);
    let per_json = |bytes: u64| format!("{:.2}", bytes as f64 / (json * args.events as f64));
    bench.print(&Row {
        work: "open",
        what: format!("{} events", args.events),
        shape: (0, 0, args.size),
        unit: "events",
        runs,
        notes: vec![
            ("memory-after-open", resident),
            ("peak-memory-while-filled", peak),
            ("log-bytes-a-JSON-byte", per_json(log)),
            ("with-views", per_json(all)),
        ],
        ..Row::default()
    })
}

async fn open(data: &Path) -> anyhow::Result<Subject> {
    let own = OwnServer::serve(Some(data), &[]).await?;
    let server = ServerArgs::own(own.url());
    let client = Client::connect(&server).await?;
    Ok(Subject { client, server, own: Some(own) })
}

/// Bytes of an event's canonical JSON, on average.
async fn json_bytes(subject: &Subject) -> anyhow::Result<f64> {
    let request = ReadAllRequest { limit: SAMPLE, ..ReadAllRequest::default() };
    let mut answers = subject.client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner();
    let (mut bytes, mut events) = (0, 0_u32);
    while let Some(answer) = answers.message().await.map_err(Refused::from)? {
        for event in answer.events {
            let event = RecordedEvent::decode(event)?;
            bytes += rapport_proto::json::to_json("rapport.v1.RecordedEvent", &event)?.to_string().len();
            events += 1;
        }
    }
    Ok(bytes as f64 / f64::from(events.max(1)))
}

/// A line of the process's own account, such as its resident memory.
///
/// # Errors
/// It has ended, or the system keeps no such account.
pub(super) fn memory(subject: &Subject, key: &str) -> anyhow::Result<String> {
    let id = subject.own.as_ref().and_then(OwnServer::process_id).context("the server has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("this system has no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    let kibibytes: u64 = line.split_whitespace().next().unwrap_or_default().parse().unwrap_or_default();
    Ok(format!("{} MB", kibibytes / 1_024))
}

/// Bytes of all files in a folder and below.
///
/// # Errors
/// It cannot be read.
pub(super) fn disk_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { disk_bytes(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
