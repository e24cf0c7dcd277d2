//! `rapport append`: JSON lines become events.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::Args;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        AppendError, AppendResponse, AppendStreamResponse, HeadResponse,
        append_stream_response::Result as Answer, head_response::Clock,
    },
    validate::Limits,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::event_lines::{Batch, parse};
use crate::{
    client::{self, Client},
    failure::Refused,
    moment,
    shared_args::Shared,
    show::{Output, Page, Progress, count, counted},
};

/// Requests on their way at any moment.
const IN_FLIGHT_MAX: usize = 16;
/// Lines read ahead.
const LINES_AHEAD: usize = 4096;
/// A request is sent when its payloads reach so many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// The flags of `rapport append`.
#[derive(Debug, Args)]
#[command(after_help = "\
A line is the canonical JSON of `rapport.v1.Event` with one more key, `stream`; or {\"stream\": …, \"event\": {…}}. \
What `rapport tail --output json` prints can be appended to another ledger. An event without an id gets one, and \
an event whose id is in the ledger already is not added again: with ids, a file can be appended twice.

The first line that is wrong or too large ends the command; the lines before it are appended. What the ledger refuses \
(an id that is taken by other content, say) it refuses with the whole request, see --batch; later requests may be on \
their way by then.

Examples:
  rapport append events.jsonl
  tail -f crm.jsonl | rapport append -
  echo '{\"stream\":\"deal-42\",\"customer\":\"7\",\"payload\":{\"dealOpened\":{\"dealId\":\"42\",\"stage\":\"new\",
    \"amount\":{\"minorUnits\":\"125000\",\"currency\":\"EUR\"}}}}' | tr -d '\\n' | rapport append")]
pub(crate) struct AppendArgs {
    /// The file; `-` is stdin
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
    /// Events a request; each request is appended whole or not at all
    #[arg(long, default_value_t = 500, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    batch: u64,
    /// The recorded clock, for a ledger on a simulated clock [default: now]
    #[arg(long, value_name = "TIME")]
    simulated_now: Option<String>,
}

/// What was appended so far.
#[derive(Default)]
struct Appended {
    events: u64,
    duplicates: u64,
    first_position: u64,
    last_position: u64,
}

/// Appends the lines of a file.
///
/// # Errors
/// A line is wrong, or the server refused a request.
pub(crate) async fn run(shared: &Shared, args: AppendArgs) -> anyhow::Result<()> {
    let client = Client::connect(&shared.server).await?;
    let (now, limits) = match client.ledger_head_if_allowed().await? {
        Some(head) => (simulated_now(&head, args.simulated_now.as_deref())?, Limits::from(head.limits)),
        None => {
            let told = args.simulated_now.is_some();
            anyhow::ensure!(!told, "--simulated-now: needs a token that has the role `read`, too");
            (None, Limits::default())
        }
    };
    let (lines, bytes) = open(&args.file)?;
    let progress = Progress::bytes(bytes);

    let (requests, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    let (sent, mut in_flight) = mpsc::channel(IN_FLIGHT_MAX);
    let batches = tokio::spawn(send_batches(lines, args.batch, (now, limits), requests, sent));
    let answers =
        client.ledger().append_stream(ReceiverStream::new(outgoing)).await.map_err(Refused::from)?;
    let mut total = Appended::default();
    let outcome = take_answers(answers.into_inner(), &mut in_flight, &mut total, &progress).await;
    progress.finish();
    // Ends the sender too, when it was the server that refused.
    drop(in_flight);
    print(shared.output, &total)?;
    outcome?;
    batches.await.context("reading the lines failed")?
}

/// A simulated ledger wants to be told the time; any other refuses to be.
pub(crate) fn simulated_now(
    head: &HeadResponse,
    text: Option<&str>,
) -> anyhow::Result<Option<prost_types::Timestamp>> {
    let simulated = head.clock() == Clock::Simulated;
    match text {
        Some(_) if !simulated => {
            anyhow::bail!("--simulated-now: this ledger runs on the machine's clock; leave the flag out")
        }
        Some(_) => moment::until(text, "--simulated-now", &client::zone(head)?),
        None if simulated => Ok(Some(time::to_proto(Timestamp::from(jiff::Timestamp::now())))),
        None => Ok(None),
    }
}

type Lines = mpsc::Receiver<io::Result<(u64, String, u64)>>;

/// The lines with their numbers and the bytes read, from a thread that reads ahead; and how many bytes there are.
fn open(file: &PathBuf) -> anyhow::Result<(Lines, Option<u64>)> {
    let (to, lines) = mpsc::channel(LINES_AHEAD);
    let (reader, bytes): (Box<dyn BufRead + Send>, _) = if file.as_os_str() == "-" {
        (Box::new(BufReader::new(io::stdin())), None)
    } else {
        let opened = File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let bytes = opened.metadata().ok().map(|metadata| metadata.len());
        (Box::new(BufReader::with_capacity(1 << 20, opened)), bytes)
    };
    std::thread::spawn(move || {
        let mut place = 0;
        for (number, line) in (1..).zip(reader.split(b'\n')) {
            let line = line.and_then(|bytes| {
                place += bytes.len() as u64 + 1;
                // Some programs begin a file with a mark of its encoding.
                let text =
                    if number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) } else { &bytes };
                let text = str::from_utf8(text).map_err(|_| {
                    io::Error::new(io::ErrorKind::InvalidData, format!("line {number} is not UTF-8"))
                })?;
                Ok((number, text.to_owned(), place))
            });
            let failed = line.is_err();
            if to.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    Ok((lines, bytes))
}

/// Turns lines into requests: what is there already goes into one request, up to its limits, so that a file is sent
/// in large requests and a slow pipe at once.
async fn send_batches(
    mut lines: Lines,
    batch_events: u64,
    (now, limits): (Option<prost_types::Timestamp>, Limits),
    requests: mpsc::Sender<rapport_proto::v1::AppendRequest>,
    sent: mpsc::Sender<(Batch, u64)>,
) -> anyhow::Result<()> {
    let mut failed = None;
    // One line more still fits into the request.
    let room =
        limits.request_bytes_max.min(limits.message_bytes_max).saturating_sub(limits.payload_bytes_max);
    let full = BATCH_BYTES.min(room);
    while failed.is_none() {
        let Some(mut line) = lines.recv().await else { break };
        let mut batch = Batch::default();
        let mut place = 0;
        loop {
            if let Err(error) = add_line(&mut batch, &mut place, line, &limits) {
                failed = Some(error);
                break;
            }
            if batch.events as u64 >= batch_events || batch.bytes >= full {
                break;
            }
            match lines.try_recv() {
                Ok(next) => line = next,
                Err(_) => break,
            }
        }
        if batch.events == 0 {
            continue;
        }
        batch.request.simulated_now = now;
        let request = std::mem::take(&mut batch.request);
        // Both fail only when the other side has given up and says why.
        if sent.send((batch, place)).await.is_err() || requests.send(request).await.is_err() {
            return Ok(());
        }
    }
    failed.map_or(Ok(()), Err)
}

fn add_line(
    batch: &mut Batch,
    place: &mut u64,
    line: io::Result<(u64, String, u64)>,
    limits: &Limits,
) -> anyhow::Result<()> {
    let (number, text, read) = line.context("cannot read the events")?;
    *place = read;
    if text.trim().is_empty() {
        return Ok(());
    }
    let (stream, event) = parse(&text).with_context(|| format!("line {number}"))?;
    let (bytes, limit) = (event.payload.len(), limits.payload_bytes_max);
    anyhow::ensure!(
        bytes <= limit,
        "line {number}: the event's payload has {bytes} bytes and may have {limit} (`payload_bytes_max` of the server)"
    );
    batch.push(number, stream, event);
    Ok(())
}

/// Answers come in the order of the requests, one each.
async fn take_answers(
    mut answers: Streaming<AppendStreamResponse>,
    in_flight: &mut mpsc::Receiver<(Batch, u64)>,
    total: &mut Appended,
    progress: &Progress,
) -> anyhow::Result<()> {
    while let Some((batch, place)) = in_flight.recv().await {
        let (first, last) = batch.span();
        let unsure = || {
            format!(
                "lines {first} and later may not be appended; append them again: an event whose id the ledger has is not \
                 appended twice"
            )
        };
        let answer = answers.message().await.map_err(Refused::from).with_context(unsure)?;
        match answer.and_then(|answer| answer.result) {
            Some(Answer::Appended(appended)) => total.add(&batch, &appended),
            Some(Answer::Error(error)) => {
                let lines = if first == last {
                    format!("line {first} was not appended")
                } else {
                    format!("lines {first} to {last} were not appended")
                };
                let named = batch.lines_named_in(&error.message);
                let named = named.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
                let because = if named.is_empty() || first == last {
                    lines
                } else {
                    format!("{lines}, because of line {named}")
                };
                return Err(explain(&batch, error).context(because));
            }
            None => anyhow::bail!("the server ended the connection; {}", unsure()),
        }
        progress.at(place, format!("{} events", count(total.events)));
    }
    Ok(())
}

/// The server's refusal, with lines instead of indexes.
fn explain(batch: &Batch, error: AppendError) -> anyhow::Error {
    let mut faults = String::new();
    // A fault that is not of one line is in the message itself.
    let of_a_line = |field: &str| batch.line_of(field).is_some();
    for fault in error.violations.iter().filter(|fault| of_a_line(&fault.field) || error.violations.len() > 1)
    {
        let traced = batch.line_of(&fault.field).map(|(line, field)| format!("line {line}: `{field}`"));
        let place = traced.unwrap_or_else(|| format!("`{}`", fault.field));
        faults.push_str(&format!("\n  {place}: {}", fault.description));
    }
    Refused::from(Status::new(Code::from_i32(error.code), error.message + &faults)).into()
}

impl Appended {
    fn add(&mut self, batch: &Batch, answer: &AppendResponse) {
        if self.first_position == 0 {
            self.first_position = answer.first_position;
        }
        self.last_position = answer.last_position;
        self.events += batch.events as u64;
        self.duplicates += answer.duplicates.len() as u64;
    }
}

fn print(output: Output, total: &Appended) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    let Appended { events, duplicates, first_position, last_position } = *total;
    let added = events - duplicates;
    match output {
        Output::Table if events == 0 => writeln!(page, "nothing appended")?,
        Output::Table => {
            write!(page, "appended {}", counted(added, "event", "events"))?;
            if duplicates > 0 {
                write!(page, "; {} were there already", count(duplicates))?;
            }
            writeln!(page, "; positions {first_position} to {last_position}")?;
        }
        Output::Json => writeln!(
            page,
            "{}",
            serde_json::json!({"events": added, "duplicates": duplicates, "firstPosition": first_position, "lastPosition": last_position})
        )?,
        Output::Csv => {
            writeln!(page, "events,duplicates,first_position,last_position")?;
            writeln!(page, "{added},{duplicates},{first_position},{last_position}")?;
        }
    }
    page.finish()
}
