//! The log itself, without gRPC: requests straight into its writer, beside the bare disk.

use std::{
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::Context;
use rapport_log::{LogOptions, Writer, WriterOptions};
use rapport_proto::validate;
use tempfile::TempDir;

use super::{
    disk, load,
    row::{Row, Run, Times},
    setting::Bench,
};

/// Events a request.
const BATCH: usize = 100;
/// Requests on their way.
const IN_FLIGHT: usize = 64;
/// Bytes of a block of the limit: what the log writes at once.
const BLOCK_BYTES: usize = 96 << 10;

/// Appends `--events` events a run, each to a new log.
///
/// # Errors
/// The log's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let (events, size, customers) = (bench.args.events, bench.args.size, bench.customers());
    let (mut runs, mut synced) = (Vec::new(), Vec::new());
    for _ in 0..bench.args.runs {
        let (run, sync) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            let folder = TempDir::with_prefix("rapport-")?;
            let run = append(folder.path(), events, size, customers)?;
            let block_events = (BLOCK_BYTES / size.max(1)).max(1) as u64;
            let sync =
                disk::write_and_sync(folder.path(), BLOCK_BYTES, block_events, Duration::from_secs(2))?;
            Ok((run, sync))
        })
        .await??;
        runs.push(run);
        synced.push(sync);
    }
    bench.print(&Row {
        work: "log",
        what: "without gRPC".to_owned(),
        shape: (1, BATCH, size),
        unit: "events",
        runs,
        limits: vec![("fdatasync", synced)],
        notes: vec![("events", events.to_string())],
    })
}

fn append(folder: &Path, events: u64, size: usize, customers: u64) -> anyhow::Result<Run> {
    let (appender, reader) = rapport_log::open(&folder.join("log"), LogOptions::default())?;
    let writer = Writer::spawn(appender, WriterOptions::default())?;
    let limits = validate::Limits::default();
    let (answer_to, answers) = mpsc::channel();
    let mut times = Times::new()?;
    let (requests, mut answered) = (events.div_ceil(BATCH as u64), 0);
    let begun = Instant::now();
    for number in 0..requests {
        let request = load::request(load::customer("", number, customers), number, BATCH, size);
        let request = validate::append_request(request, &limits)?;
        let (answer_to, sent) = (answer_to.clone(), Instant::now());
        // A receiver that is gone does not need the answer.
        writer.submit(request, move |answer| drop(answer_to.send((answer, sent.elapsed()))))?;
        while number - answered >= IN_FLIGHT as u64 {
            answered += take(&answers, &mut times)?;
        }
    }
    while answered < requests {
        answered += take(&answers, &mut times)?;
    }
    let run = Run::new(requests * BATCH as u64, begun.elapsed(), &times);
    writer.close();
    anyhow::ensure!(
        reader.head().position.0 == requests * BATCH as u64,
        "the log does not hold what it answered"
    );
    Ok(run)
}

type Answered = (Result<rapport_model::Appended, rapport_log::AppendError>, Duration);

fn take(answers: &mpsc::Receiver<Answered>, times: &mut Times) -> anyhow::Result<u64> {
    let (answer, took) = answers.recv().context("the log's writer is gone")?;
    answer?;
    times.add(took);
    Ok(1)
}
