//! `rapport verify`: is a stopped ledger what was written?

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::Args;
use rapport_server::{Finding, Verification, verify};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::{
    failure::AnswerIsNo,
    shared_args::Shared,
    show::{Align, Output, Page, Progress, Table, count, counted},
};

/// The flags of `rapport verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads every block and every event: checksums, digests, positions without a gap, clocks that never go backwards, \
revisions. Compares the file `blocks` with sled, and each view's position with the end of the log. It needs the ledger \
for itself: stop the server first, or verify a copy that was made while it was stopped. Nothing is repaired.

Exit codes: 0 it is sound, 1 something is wrong (each fault is listed with its place and what to do), 2 it could not \
be looked through.

Examples:
  rapport verify --data ./ledger
  rapport verify --data ./ledger --output json
  rapport verify --data ./ledger --output csv > faults.csv")]
pub(crate) struct VerifyArgs {
    /// The directory of the ledger, as `rapport serve` has it
    #[arg(long, env = "RAPPORT_DATA", value_name = "DIR")]
    data: PathBuf,
}

/// Looks through a ledger and prints what is wrong with it.
///
/// # Errors
/// [`AnswerIsNo`], or it could not be looked through.
pub(crate) async fn run(shared: &Shared, args: VerifyArgs) -> anyhow::Result<()> {
    let data = args.data.clone();
    let verification = spawn_blocking(move || {
        let bar = Progress::bytes(Some(0));
        let found = verify(&data, |bytes, total| {
            bar.of(total);
            bar.at(bytes, "verified".to_owned());
        });
        bar.finish();
        found
    });
    let found = verification.await.context("verifying ended by a fault of the program; report this")??;
    let mut page = Page::stdout();
    match shared.output {
        Output::Table => table(&mut page, &found)?,
        Output::Json => json(&mut page, &found)?,
        Output::Csv => csv(&mut page, &found)?,
    }
    page.finish()?;
    if found.findings.is_empty() {
        return Ok(());
    }
    let faults = counted(faults(&found), "fault", "faults");
    let data = args.data.display();
    Err(AnswerIsNo(format!("the ledger in `{data}` is damaged: {faults}; what to do is beside each")).into())
}

/// All faults: those of the log that are not listed, too.
fn faults(found: &Verification) -> u64 {
    found.log.faults + found.findings.iter().filter(|finding| finding.part != "log").count() as u64
}

fn optional(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn cells(finding: &Finding) -> [String; 5] {
    let Finding { part, generation, position, what, remedy } = finding;
    [(*part).to_owned(), optional(*generation), optional(*position), what.clone(), remedy.clone()]
}

const COLUMNS: [&str; 5] = ["part", "generation", "position", "fault", "remedy"];

fn table(page: &mut Page, found: &Verification) -> anyhow::Result<()> {
    let log = &found.log;
    writeln!(page, "events       {}", count(log.events))?;
    writeln!(page, "last         {}", count(log.last.0))?;
    writeln!(page, "blocks       {}, {} bytes", count(log.blocks), count(log.bytes))?;
    writeln!(page, "generations  {}", count(log.generations))?;
    for (view, position) in &found.views {
        let position = position.map_or_else(|| "not built".to_owned(), |position| count(position.0));
        writeln!(page, "view         {view}: {position}")?;
    }
    if found.findings.is_empty() {
        writeln!(page, "\nsound")?;
        return Ok(());
    }
    let [part, generation, position, fault, remedy] = COLUMNS;
    let mut table = Table::new(&[
        (part, Align::Left),
        (generation, Align::Right),
        (position, Align::Right),
        (fault, Align::Cut),
        (remedy, Align::Telling),
    ]);
    for finding in &found.findings {
        table.row(cells(finding));
    }
    table.print(page, "Faults")?;
    let more = faults(found).saturating_sub(found.findings.len() as u64);
    if more > 0 {
        writeln!(page, "… and {} more", count(more))?;
    }
    Ok(())
}

fn json(page: &mut Page, found: &Verification) -> anyhow::Result<()> {
    let log = &found.log;
    let finding = |finding: &Finding| {
        let Finding { part, generation, position, what, remedy } = finding;
        json!({ "part": part, "generation": generation, "position": position, "fault": what, "remedy": remedy })
    };
    let view = |(view, position): &(&str, Option<rapport_model::Position>)| json!({ "view": view, "position": position.map(|position| position.0) });
    let whole = json!({
        "sound": found.findings.is_empty(),
        "generations": log.generations,
        "blocks": log.blocks,
        "bytes": log.bytes,
        "events": log.events,
        "lastPosition": log.last.0,
        "views": found.views.iter().map(view).collect::<Vec<_>>(),
        "faults": faults(found),
        "findings": found.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *page, &whole)?;
    Ok(writeln!(page)?)
}

fn csv(page: &mut Page, found: &Verification) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(page);
    csv.write_record(COLUMNS)?;
    for finding in &found.findings {
        csv.write_record(cells(finding))?;
    }
    Ok(csv.flush()?)
}
