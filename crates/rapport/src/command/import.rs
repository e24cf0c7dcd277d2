//! `rapport import`: files of other systems become events.
//!
//! `rapport-import` decides what a mapping means. This module appends the rows, counts them and shows the outcome.

mod appending;
mod dry_run;
mod presets;
mod refusal;
mod rejects;
mod suggest;
mod summary;
mod types;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use jiff::tz::TimeZone;
use rapport_import::{FileEnd, Import, Mapping, Options, Step, Tally};
use rapport_proto::validate::Limits;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use self::{
    appending::{Appending, Terms},
    rejects::Rejects,
    summary::Summary,
};
use super::append::simulated_now;
use crate::{
    client::{self, Client},
    failure, moment,
    shared_args::Shared,
    show::{Progress, Zone, count},
};

/// Steps handed over at a time by the thread that reads the files.
const STEPS: usize = 256;
/// Handed over and not yet taken.
const CHUNKS_AHEAD: usize = 8;

/// The flags of `rapport import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Importing the same file again adds nothing; next month's export adds what is new and what changed. A row that is wrong \
goes to the reject file with its line, column, value and reason, and the rest goes on. The summary adds up: \
rows = accepted + duplicate + rejected; `no event` says how many of them give no event. docs/import.md says how to write \
a mapping of your own.

Examples:
  rapport import --list                                     the presets
  rapport import hubspot ./export                           a folder
  rapport import olist ./brazilian-ecommerce --dry-run      what would happen
  rapport import --show cdnow > mine.toml                   a preset to begin with
  rapport import --suggest sales.xlsx > mine.toml           a first mapping, from the file
  rapport import --types deal.opened                        the fields of a type
  rapport import ./mine.toml sales.csv --reject-file wrong.csv")]
pub(crate) struct ImportArgs {
    /// A preset's name, or a file with a mapping
    #[arg(value_name = "MAPPING", required_unless_present_any = ["list", "show", "types", "suggest"])]
    mapping: Option<String>,
    /// Files or folders to read; `TABLE=PATH` says which table of the mapping a file is
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Append nothing: show the first events and everything that would be rejected
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go; the file of an earlier import is kept under a numbered name [default:
    /// MAPPING-rejects.csv]
    #[arg(long, value_name = "FILE")]
    reject_file: Option<PathBuf>,
    /// The date of events that have none (a date alone: the end of that day in the ledger's zone)
    #[arg(long, value_name = "TIME")]
    undated_as: Option<String>,
    /// The recorded clock, for a ledger on a simulated clock [default: now]
    #[arg(long, value_name = "TIME")]
    simulated_now: Option<String>,
    /// List the presets
    #[arg(long, conflicts_with_all = ["mapping", "paths"])]
    list: bool,
    /// Print a preset
    #[arg(long, value_name = "NAME", conflicts_with_all = ["mapping", "paths", "list"])]
    show: Option<String>,
    /// List the types of events, or the fields of one: names, kinds, values, which are required
    #[arg(long, value_name = "TYPE", num_args = 0..=1, default_missing_value = "",
          conflicts_with_all = ["mapping", "paths", "list", "show"])]
    types: Option<String>,
    /// Print a first mapping for a file, made from its columns and values
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mapping", "paths", "list", "show", "types"])]
    suggest: Option<PathBuf>,
}

/// Imports, or shows what would be.
///
/// # Errors
/// The mapping or a file cannot be used, or the server failed. Rejected rows are not an error.
pub(crate) async fn run(shared: &Shared, args: ImportArgs) -> anyhow::Result<()> {
    if args.list {
        return presets::list(shared.output);
    }
    if let Some(name) = &args.show {
        return presets::show(name);
    }
    if let Some(name) = &args.types {
        return types::print(shared.output, name);
    }
    if let Some(path) = &args.suggest {
        return suggest::print(path);
    }
    let name = args.mapping.as_deref().unwrap_or_default();
    anyhow::ensure!(
        !args.paths.is_empty(),
        "`{name}` is taken as the mapping, and there is nothing to read behind it: `rapport import MAPPING PATH…`; \
         `rapport import --list` shows the presets, `rapport import --suggest FILE` makes a first mapping"
    );
    let mapping = mapping(name)?;
    if args.dry_run {
        let zone = dry_run::zone(&shared.server, [&args.undated_as, &args.simulated_now]).await?;
        let now = now(moment::until(args.simulated_now.as_deref(), "--simulated-now", &zone)?.as_ref());
        let undated_as = undated_as(&args, zone)?;
        let import = open(&mapping, &args, Options { undated_as, now, ..Options::default() })?;
        return dry_run::run(shared.output, import, &mapping, args.reject_file);
    }
    let client = Client::connect(&shared.server).await?;
    let head = client.ledger_head().await?;
    let closed = client.last_position(&mapping.batch_stream()).await?;
    let limits = Limits::from(head.limits);
    let undated_as = undated_as(&args, client::zone(&head)?)?;
    let clock = simulated_now(&head, args.simulated_now.as_deref())?;
    let options = Options { undated_as, now: now(clock.as_ref()), limits, is_repeated: closed > 0 };
    let import = open(&mapping, &args, options)?;
    let progress = Progress::bytes(Some(import.bytes_total()));
    let rejects = Rejects::new(args.reject_file.clone(), mapping.name());
    let terms = Terms { mapping, now: clock, closed, head: head.position, limits };
    let mut run = Run {
        appending: Appending::begin(&client, terms).await?,
        tally: Tally::default(),
        rejects,
        summary: Summary::default(),
        definitions: 0,
        reading: None,
    };
    let outcome = tokio::select! {
        outcome = run.all(read_ahead(import), &progress) => outcome,
        stopped = stopped() => stopped,
    };
    progress.finish();
    if let Some((table, file)) = run.reading.take() {
        run.summary.stopped_in(&table, &file, run.tally.counts());
    }
    run.rejects.finish()?;
    run.summary.print(shared.output, &run.rejects)?;
    outcome.map_err(|error| run.told(error))
}

/// Returns when the command is told to stop, so that the import can still say what it appended.
async fn stopped() -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    anyhow::bail!("the import was told to stop")
}

/// A preset, or the file of that name.
fn mapping(name: &str) -> anyhow::Result<Mapping> {
    let path = Path::new(name);
    if path.is_file() {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the mapping `{name}`"))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        return Mapping::parse(&text, &stem).with_context(|| format!("cannot use the mapping file `{name}`"));
    }
    anyhow::ensure!(
        !path.is_dir() || Mapping::preset_text(name).is_some(),
        "`{name}` is a folder and not a mapping; name a preset (`rapport import --list`) or the TOML file of a mapping \
         first, then the folder: `rapport import hubspot {name}`"
    );
    Ok(Mapping::preset(name)?)
}

/// The date of events that have none; prints the moment that it means.
fn undated_as(args: &ImportArgs, zone: TimeZone) -> anyhow::Result<Option<rapport_model::Timestamp>> {
    let moment = moment::until(args.undated_as.as_deref(), "--undated-as", &zone)?;
    if moment.is_some() {
        eprintln!("events without a date are dated {}", Zone::new(zone).rfc3339_named(moment.as_ref()));
    }
    Ok(moment.as_ref().and_then(rapport_proto::time::from_proto))
}

/// The recorded clock as the import begins: the simulated one, else this machine's.
fn now(simulated: Option<&prost_types::Timestamp>) -> Option<rapport_model::Timestamp> {
    match simulated {
        Some(simulated) => rapport_proto::time::from_proto(simulated),
        None => Some(jiff::Timestamp::now().into()),
    }
}

fn open(mapping: &Mapping, args: &ImportArgs, options: Options) -> anyhow::Result<Import> {
    let import = Import::new(mapping, &args.paths, options).map_err(|error| {
        let error = anyhow::Error::from(error);
        let told = format!("{}; nothing was appended", failure::message(&error));
        error.context(told)
    })?;
    for (file, reason) in import.not_read() {
        eprintln!("not read: {} ({reason})", file.display());
    }
    Ok(import)
}

/// Some steps, and the bytes read so far.
type Chunk = anyhow::Result<(Vec<Step>, u64)>;

/// The steps from a thread that reads while the server works.
fn read_ahead(mut import: Import) -> mpsc::Receiver<Chunk> {
    let (to, chunks) = mpsc::channel(CHUNKS_AHEAD);
    std::thread::spawn(move || {
        loop {
            let steps: Result<Vec<Step>, _> = import.by_ref().take(STEPS).collect();
            let chunk = steps.map(|steps| (steps, import.bytes_read())).map_err(anyhow::Error::from);
            let last = chunk.as_ref().map_or(true, |(steps, _)| steps.is_empty());
            if to.blocking_send(chunk).is_err() || last {
                return;
            }
        }
    });
    chunks
}

/// One import under way.
struct Run {
    appending: Appending,
    /// The rows of the file that is read now.
    tally: Tally,
    rejects: Rejects,
    summary: Summary,
    /// Definitions that were appended.
    definitions: u64,
    /// The table and the file that is read now.
    reading: Option<(Arc<str>, Arc<PathBuf>)>,
}

impl Run {
    async fn all(&mut self, mut chunks: mpsc::Receiver<Chunk>, progress: &Progress) -> anyhow::Result<()> {
        while let Some(chunk) = chunks.recv().await {
            let (steps, bytes) = chunk?;
            for step in steps {
                self.step(step).await?;
            }
            let events = self.summary.events() + self.tally.counts().events_added;
            progress.at(bytes, format!("{} events", count(events)));
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Definition(event) => {
                self.definitions += u64::from(self.appending.one(event).await?);
                Ok(())
            }
            Step::Row(row) => {
                self.reads(&row.table, &row.file);
                self.appending.push(row, &mut self.tally, &mut self.rejects).await
            }
            Step::Reject(reject) => {
                self.reads(&reject.table, &reject.file);
                self.tally.rejected(&reject);
                self.rejects.write(&reject)
            }
            Step::FileEnd(end) => self.close(&end).await,
        }
    }

    /// Why the import stopped, and what of it is in the ledger.
    fn told(&self, error: anyhow::Error) -> anyhow::Error {
        let appended = if self.summary.events() + self.definitions > 0 {
            "what was appended before stays, and importing again goes on behind it"
        } else if self.appending.is_unanswered {
            "what was on its way may have been appended; importing again goes on behind it"
        } else {
            "nothing was appended"
        };
        let told = format!("{}; {appended}", failure::message(&error));
        error.context(told)
    }

    fn reads(&mut self, table: &Arc<str>, file: &Arc<PathBuf>) {
        if self.reading.is_none() {
            self.reading = Some((Arc::clone(table), Arc::clone(file)));
        }
    }

    async fn close(&mut self, end: &FileEnd) -> anyhow::Result<()> {
        self.appending.flush(&mut self.tally, &mut self.rejects).await?;
        let counts = self.tally.counts();
        anyhow::ensure!(
            counts.rows() == end.rows,
            "`{}`: {} rows were read and {} counted",
            end.file.display(),
            end.rows,
            counts.rows()
        );
        if let Some(closed) = end.batch_closed(&counts) {
            self.appending.one(closed).await?;
        }
        self.summary.file(end, counts);
        self.tally = Tally::default();
        self.reading = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_that_cannot_be_used_is_named_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        fs::write(&path, "name = ").unwrap();
        let told = format!("{:#}", mapping(&path.display().to_string()).unwrap_err());
        assert!(told.starts_with(&format!("cannot use the mapping file `{}`: ", path.display())), "{told}");
        let told = format!("{:#}", mapping(&folder.path().display().to_string()).unwrap_err());
        assert!(told.contains("is a folder and not a mapping; name a preset"), "{told}");
        assert!(mapping("cdnow").is_ok());
    }
}
