//! `rapport tail`: prints the events of a ledger or of a topic.

mod topic;

use std::{
    error::Error as _,
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::Bytes;
use clap::{Args, builder::NonEmptyStringValueParser};
use prost::Message;
use rapport_proto::v1::{
    Query, ReadAllRequest, ReadDirection, ReadResponse, RecordedEvent, SubscribeRequest, query::Item,
    read_all_request, subscribe_request, subscribe_response,
};
use tokio::time::sleep;
use tonic::{Status, Streaming};

use super::{event_types, kafka_args::PropertyArgs, view_time::Asking};
use crate::{
    cli::{Output, Shared},
    failure::Refused,
    moment,
    show::{Page, Zone, cut, written},
};

/// How many events are printed by default.
const LINES: u64 = 10;
/// How long a lost server is tried again unless the command is told: the server may be restarting.
const RETRY_S: u64 = 60;
/// The time between two tries.
const RETRY: Duration = Duration::from_secs(1);

/// The flags of `rapport tail`.
#[derive(Debug, Args)]
#[command(after_help = "\
`--output json` prints one event a line, in the canonical JSON of `rapport.v1.RecordedEvent`.

--from kafka://… asks a topic instead of a ledger, and ends at the topic's end. So a ledger that was restored from an \
older backup gets back what it lost: the events come in the ledger's order, each once, and `rapport append` takes the \
lines. When events are missing, the rest is printed and the command fails. A position beyond the topic's end is refused.

Examples:
  rapport tail                                   the last ten events
  rapport tail --follow                          … and what comes
  rapport tail --from 1 --output json            the whole ledger
  rapport tail --customer 4711 --type deal.won --type deal.lost
  rapport tail --tag deal:42 --lines 100
  rapport tail --from 2026-01-01 --lines 5       the first five recorded in 2026
  rapport tail --from kafka://localhost:9092 --after 4711 --output json")]
pub struct TailArgs {
    /// Begin at this position, or at the first event recorded at this time or later (a date: from its beginning); or
    /// read the topic at kafka://BROKERS[/TOPIC] instead of a ledger
    #[arg(long, value_name = "POSITION|TIME|URL")]
    from: Option<String>,
    /// Begin after this position
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// At most so many events: the last ones, or with --from the first ones [default: 10; with --from all]
    #[arg(long, short = 'n', value_name = "EVENTS")]
    lines: Option<u64>,
    /// Stay and print what comes
    #[arg(long, short)]
    follow: bool,
    /// With --follow: how many seconds a lost server is tried again; 0 ends the command at once
    #[arg(long, value_name = "SECONDS", default_value_t = RETRY_S)]
    retry_s: u64,
    /// Only these types, such as `deal.won`; one that neither the vocabulary nor an event has is refused
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Only this customer, as recorded
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    customer: Option<String>,
    /// Only events with all of these tags, such as `deal:42`
    #[arg(long = "tag", value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    tags: Vec<String>,
    /// Only streams whose name begins so
    #[arg(long, value_name = "PREFIX", value_parser = NonEmptyStringValueParser::new())]
    stream_prefix: Option<String>,
    #[command(flatten)]
    properties: PropertyArgs,
    /// A TOML file with the same keys as for `serve`; of it, `[kafka.properties]` is used
    #[arg(long, env = "RAPPORT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Prints events.
///
/// # Errors
/// The server's, or stdout does not take them.
pub async fn run(shared: &Shared, args: TailArgs) -> anyhow::Result<()> {
    if topic::is_topic(args.from.as_deref()) {
        return topic::run(shared.output, args);
    }
    args.properties.refuse()?;
    let asking = Asking::connect(shared).await?;
    asking.client.check_that_it_has_events(&asking.head)?;
    event_types::check(&asking, &args.types).await?;
    let mut printer = Printer::new(shared.output, asking.zone.clone())?;
    let begin = from(&args, &asking.zone)?;
    check_beginning(&args, begin.as_ref(), asking.head.position)?;
    match (begin, args.follow) {
        (Some(from), false) => printer.read(&asking, &args, from).await?,
        (Some(from), true) => {
            let from = match from {
                read_all_request::From::FromPosition(first) => {
                    subscribe_request::From::AfterPosition(first.saturating_sub(1))
                }
                read_all_request::From::FromRecordedAt(moment) => {
                    subscribe_request::From::FromRecordedAt(moment)
                }
            };
            printer.follow(&asking, &args, from).await?;
        }
        (None, follow) => {
            let head = asking.head.position;
            printer.last(&asking, &args, head).await?;
            if follow {
                printer.follow(&asking, &args, subscribe_request::From::AfterPosition(head)).await?;
            }
        }
    }
    printer.page.finish()
}

fn query(args: &TailArgs) -> Option<Query> {
    let item = Item {
        types: args.types.clone(),
        tags: args.tags.clone(),
        customer: args.customer.clone().unwrap_or_default(),
        stream_prefix: args.stream_prefix.clone().unwrap_or_default(),
    };
    (item != Item::default()).then(|| Query { items: vec![item] })
}

fn from(args: &TailArgs, zone: &Zone) -> anyhow::Result<Option<read_all_request::From>> {
    if let Some(after) = args.after {
        anyhow::ensure!(args.from.is_none(), "--after is for a topic or alone; give --from or --after");
        return Ok(Some(read_all_request::From::FromPosition(after.saturating_add(1))));
    }
    let Some(text) = args.from.as_deref() else { return Ok(None) };
    if let Ok(position) = text.parse() {
        return Ok(Some(read_all_request::From::FromPosition(position)));
    }
    let moment = moment::since(Some(text), "--from", zone.time_zone()).map_err(|_| {
        anyhow::anyhow!(
            "--from: `{text}` is neither a position nor a time; expected a number such as `42`, RFC 3339 such as \
             `2026-03-31T17:00:00+03:00`, a date such as `2026-03-31`, or a topic such as `kafka://HOST:PORT`"
        )
    })?;
    Ok(moment.map(read_all_request::From::FromRecordedAt))
}

/// A position beyond the end is of another ledger, or of this one before it was set back.
fn check_beginning(args: &TailArgs, from: Option<&read_all_request::From>, head: u64) -> anyhow::Result<()> {
    let Some(read_all_request::From::FromPosition(first)) = from else { return Ok(()) };
    let (flag, found, last) = match args.after {
        Some(after) => ("--after", after, head),
        None => ("--from", *first, head.saturating_add(1)),
    };
    anyhow::ensure!(
        found <= last,
        "{flag}: expected at most `{last}`, because the ledger ends at position `{head}`, found `{found}`; is it the right \
         ledger, or was it set back?"
    );
    Ok(())
}

struct Printer {
    page: Page,
    output: Output,
    zone: Zone,
    /// How many events are still to be printed; `None` for all.
    left: Option<u64>,
    /// The position of the last event printed.
    last: Option<u64>,
    /// Whether a server has accepted the subscription at least once.
    is_subscribed: bool,
}

impl Printer {
    fn new(output: Output, zone: Zone) -> anyhow::Result<Self> {
        let mut page = Page::of(output);
        if output == Output::Csv {
            writeln!(
                page,
                "position,recorded_at,occurred_at,type,customer,stream,revision,id,actor,channel,source,tags,payload"
            )?;
        }
        Ok(Self { page, output, zone, left: None, last: None, is_subscribed: false })
    }

    async fn read(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: read_all_request::From,
    ) -> anyhow::Result<()> {
        let request = ReadAllRequest {
            query: query(args),
            direction: ReadDirection::Forwards.into(),
            from: Some(from),
            limit: args.lines.unwrap_or(0),
        };
        self.print_all(asking.client.ledger().read_all(request).await.map_err(Refused::from)?.into_inner())
            .await
    }

    async fn print_all(&mut self, mut chunks: Streaming<ReadResponse>) -> anyhow::Result<()> {
        while let Some(chunk) = chunks.message().await.map_err(Refused::from)? {
            self.print(&chunk)?;
        }
        Ok(())
    }

    /// Prints the last events up to `head`, in order. Reading backwards finds where they begin, without keeping them in
    /// memory.
    async fn last(&mut self, asking: &Asking, args: &TailArgs, head: u64) -> anyhow::Result<()> {
        let limit = args.lines.unwrap_or(LINES);
        if limit == 0 || head == 0 {
            return Ok(());
        }
        let backwards = ReadAllRequest {
            query: query(args),
            direction: ReadDirection::Backwards.into(),
            from: Some(read_all_request::From::FromPosition(head)),
            limit,
        };
        let mut ledger = asking.client.ledger();
        let mut chunks = ledger.read_all(backwards.clone()).await.map_err(Refused::from)?.into_inner();
        let (mut first, mut found) = (None, 0);
        while let Some(chunk) = chunks.message().await.map_err(Refused::from)? {
            found += chunk.events.len() as u64;
            first = chunk.events.last().cloned().or(first);
        }
        let Some(first) = first else { return Ok(()) };
        let first =
            RecordedEvent::decode(first).context("the server sent bytes that are not an event")?.position;
        let forwards = ReadAllRequest {
            direction: ReadDirection::Forwards.into(),
            from: Some(read_all_request::From::FromPosition(first)),
            limit: found,
            ..backwards
        };
        self.print_all(ledger.read_all(forwards).await.map_err(Refused::from)?.into_inner()).await
    }

    async fn follow(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: subscribe_request::From,
    ) -> anyhow::Result<()> {
        // Without a beginning, --lines limits only the events before `head`.
        self.left = args.lines.filter(|_| args.from.is_some() || args.after.is_some());
        let mut from = from;
        let mut gone: Option<Instant> = None;
        loop {
            let Some(lost) = self.subscribe(asking, args, from, &mut gone).await? else { return Ok(()) };
            let is_first = gone.is_none();
            let since = *gone.get_or_insert_with(Instant::now);
            // A first subscription that fails is an error at once.
            if !self.is_subscribed || since.elapsed() >= Duration::from_secs(args.retry_s) {
                return Err(Refused::from(lost).into());
            }
            if is_first {
                let why = lost.message();
                eprintln!("rapport: the connection to the server was lost ({why}); connecting again");
            }
            sleep(RETRY).await;
            from = self.last.map_or(from, subscribe_request::From::AfterPosition);
        }
    }

    /// Prints until enough is printed. Returns the status when the connection is lost.
    async fn subscribe(
        &mut self,
        asking: &Asking,
        args: &TailArgs,
        from: subscribe_request::From,
        gone: &mut Option<Instant>,
    ) -> anyhow::Result<Option<Status>> {
        let request =
            SubscribeRequest { query: query(args), from: Some(from), ..SubscribeRequest::default() };
        let mut messages = match asking.client.ledger().subscribe(request).await {
            Ok(messages) => messages.into_inner(),
            Err(status) if status.source().is_some() => return Ok(Some(status)),
            Err(status) => return Err(Refused::from(status).into()),
        };
        (self.is_subscribed, *gone) = (true, None);
        self.page.flush()?;
        loop {
            let message = match messages.message().await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                // The status has a source: it comes from the connection, not from the server.
                Err(status) if status.source().is_some() => return Ok(Some(status)),
                Err(status) => return Err(Refused::from(status).into()),
            };
            if let Some(subscribe_response::Message::Events(chunk)) = message.message {
                self.print(&chunk)?;
                self.page.flush()?;
            }
            if self.left == Some(0) {
                return Ok(None);
            }
        }
        anyhow::bail!("the server ended the subscription; it stops or was restarted, run the command again")
    }

    fn print(&mut self, chunk: &ReadResponse) -> anyhow::Result<()> {
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

    fn event(&mut self, bytes: Bytes) -> anyhow::Result<()> {
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
